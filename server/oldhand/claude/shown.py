"""What of a text is sent: secrets as placeholders, characters that do not show as escapes, and the way back."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from oldhand import secrets
from oldhand.claude import detected
from oldhand.rules.characters.code_points import SUSPECT, is_needed
from oldhand.text.ranges import TextRange
from oldhand.text.visible import is_invisible

# A string is taken for a secret from so many characters and bits a character on, if it has letters and digits: words
# have some 2 to 3.5 bits, random base64 of this length about 4.3, hexadecimal digits less than 4.
_RANDOM = re.compile(r"(?:[\"'`]|[=:][ \t]*)(?P<secret>[A-Za-z0-9+/_=-]{24,200})(?=[\"'`\s,;)}\]]|\Z)")
_BITS = 4.0
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NAME = re.compile(r"(?:[A-Za-z]{2,}\d{0,4}[_/-]?)+")
_ESCAPE = re.compile(r"\\u\{[0-9A-F]{4,6}\}")
_NEVER_SENT = re.compile(
    r"\.env(?:\..*)?|.*\.env|\.(?:npmrc|pypirc|netrc|pgpass|htpasswd|dockercfg|git-credentials|vault-token)|_netrc"
    r"|.*\.(?:pem|key|p12|pfx|jks|keystore|bks|crt|cer|der|csr|p7b|p8|ppk|kdbx|asc|gpg|tfstate|tfvars|ovpn)(?:\.backup)?"
    r"|id_(?:rsa|dsa|ecdsa|ed25519).*|(?:.*[._-])?kubeconfig.*|credentials?(?:\.\w+)?|(?:.*[._-])?secrets?\.(?:ya?ml|json|toml|ini|env)"
    r"|service[_-]?account.*\.json|application_default_credentials\.json|terraform\.tfstate.*|master\.key",
    re.IGNORECASE,
)
# Files of hashes that package managers write.
_LOCK = re.compile(r"(?:^|[/.\\-])lock(?:\.|$)|\.(?:lock|sum)$|npm-shrinkwrap\.json$")
_NEVER_FOLDERS = frozenset({".ssh", ".aws", ".gnupg", ".kube", ".docker", ".azure"})


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A text as it is sent.

    `masked` are the places of the source that it does not have; the offsets of `_sources` and `_places`, which belong
    together, are of all that is written differently. `_secrets` has the secret of each placeholder.
    """

    text: str
    masked: tuple[TextRange, ...]
    _sources: tuple[TextRange, ...]
    _places: tuple[TextRange, ...]
    _secrets: dict[str, str]

    def to_source(self, place: TextRange) -> TextRange:
        """A range of the shown text in the source; what is written differently belongs to it as a whole."""
        return _moved(place, self._places, self._sources)

    def to_shown(self, place: TextRange) -> TextRange:
        """A range of the source in the shown text; what is written differently belongs to it as a whole."""
        return _moved(place, self._sources, self._places)

    def restore(self, replacement: str, original: str) -> str | None:
        """The replacement with the secrets of `original`, each of whose placeholders it must have once; None if not.

        An escape does not become the character that it stands for: a text that has one is None too.
        """
        if _ESCAPE.search(replacement):
            return None
        result = replacement
        for placeholder, secret in self._secrets.items():
            wanted = original.count(placeholder)
            if wanted > 1 or result.count(placeholder) != wanted:
                return None
            result = result.replace(placeholder, secret)
        return None if secrets.PLACEHOLDER.search(result) and not secrets.PLACEHOLDER.search(original) else result


def show(text: str, path: str) -> Shown:
    """The text of a file as it may be sent."""
    changes = dict.fromkeys(_secret_places(text, path), "")
    taken = set(secrets.PLACEHOLDER.findall(text))
    known: dict[str, str] = {}
    for place in changes:
        secret = text[place.start : place.end]
        if secret not in known:
            number = len(known) + 1
            while f"__SECRET_{number}__" in taken:
                number += 1
            taken.add(f"__SECRET_{number}__")
            known[secret] = f"__SECRET_{number}__" + "\n" * secret.count("\n")
        changes[place] = known[secret]
    masked = tuple(changes)
    changes |= {place: shown for place, shown in _unseen(text) if not any(place.overlaps(other) for other in masked)}
    parts: list[str] = []
    places: list[TextRange] = []
    done = length = 0
    sources = sorted(changes)
    for source in sources:
        parts += [text[done : source.start], changes[source]]
        start = length + source.start - done
        length = start + len(changes[source])
        places.append(TextRange(start, length))
        done = source.end
    shown = "".join([*parts, text[done:]])
    return Shown(shown, masked, tuple(sources), tuple(places), {name: secret for secret, name in known.items()})


def sendable(path: str) -> str:
    """Why a file is never sent, in a sentence; "" for one that may be."""
    *folders, name = path.replace("\\", "/").split("/")
    if _NEVER_SENT.fullmatch(name) or _NEVER_FOLDERS.intersection(folder.lower() for folder in folders):
        return "Files of this name hold keys or passwords and are never sent."
    return ""


def _secret_places(text: str, path: str) -> list[TextRange]:
    """Where secrets stand, in order and apart; what is found once counts wherever it stands."""
    locked = _LOCK.search(path) is not None
    found = [*secrets.find(text), *detected.find(text, random=not locked)]
    if not locked:
        found += _random(text)
    for secret in {text[place.start : place.end] for place in found}:
        if len(secret) >= 6:
            found += [TextRange(*match.span()) for match in re.finditer(re.escape(secret), text)]
    apart: list[TextRange] = []
    for place in sorted(found):
        if apart and place.start < apart[-1].end:
            apart[-1] = TextRange(apart[-1].start, max(apart[-1].end, place.end))
        elif len(place):
            apart.append(place)
    return apart


def _random(text: str) -> Iterator[TextRange]:
    for match in _RANDOM.finditer(text):
        value = match["secret"]
        if _UUID.fullmatch(value) or _NAME.fullmatch(value) or secrets.entropy(value) < _BITS:
            continue
        if any(one.isdigit() for one in value) and any(one.isalpha() for one in value):
            yield TextRange(*match.span("secret"))


def _unseen(text: str) -> Iterator[tuple[TextRange, str]]:
    if text.isascii() and not re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f]", text):
        return
    needed = {at for run in SUSPECT.finditer(text) if is_needed(text, *run.span()) for at in range(*run.span())}
    for at, character in enumerate(text):
        odd = SUSPECT.match(character) is not None or (character not in "\t\n\r\f" and is_invisible(character))
        if odd and at not in needed:
            yield TextRange(at, at + 1), f"\\u{{{ord(character):04X}}}"


def _moved(place: TextRange, old: tuple[TextRange, ...], new: tuple[TextRange, ...]) -> TextRange:
    def offset(at: int, *, end: bool) -> int:
        number = bisect_right(old, at, key=lambda one: one.start) - 1
        if number < 0:
            return at
        if at >= old[number].end:
            return at - old[number].end + new[number].end
        if at == old[number].start:
            return new[number].start
        return new[number].end if end else new[number].start

    start = offset(place.start, end=False)
    return TextRange(start, max(start, offset(place.end, end=True)))
