"""Fences: material from a repository between tags that nothing in it can close."""

from __future__ import annotations

import hashlib
import hmac
import secrets

_LENGTH = 16


class Fences:
    """Makes tags with a random word in their names.

    The word depends on a secret of this process and on all of the material of a request: nobody who writes material can
    know it, and the same material gets the same one, so that a second question about it finds the first in the
    server's cache.
    """

    def __init__(self, secret: bytes | None = None) -> None:
        self._secret = secret or secrets.token_bytes(32)

    def word(self, *material: str) -> str:
        """The random word for a request with this material; it does not stand in any of it."""
        number = 0
        while True:
            mac = hmac.new(self._secret, str(number).encode(), hashlib.sha256)
            for part in material:
                encoded = part.encode("utf-8", "surrogatepass")
                mac.update(len(encoded).to_bytes(8, "big") + encoded)
            word = mac.hexdigest()[:_LENGTH]
            if not any(word in part for part in material):
                return word
            number += 1


def fenced(kind: str, word: str, material: str, about: str = "") -> str:
    """The material between tags; `about` stands in the opening one and is our own words alone."""
    return f"<{kind}-{word}{' ' + about if about else ''}>\n{material}\n</{kind}-{word}>"
