"""Reading a JSON answer while it streams: each object of a list is there as soon as it closes.

The text is scanned once, whatever its length: a search for the characters that matter, and `json.loads` for each whole
object. What stands before the first bracket (prose, a code fence) and behind the last is passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_OBJECT = 64 * 1024
"""Characters of one object; a longer one is dropped."""

MAX_DEPTH = 32
"""Brackets within each other; what is deeper is no answer to anything that was asked."""

_BRACKET = re.compile(r'["{}\[\]]')
_QUOTE = re.compile(r'["\\]')
_KEY = re.compile(r'"([A-Za-z_]{1,40})"\s{0,20}:\s{0,20}\[$')
_LISTS = (["{", "["], ["["])


@dataclass(frozen=True, slots=True)
class Item:
    """An object of the list under `key`, which is "" for a list that is the whole answer."""

    key: str
    value: dict[str, Any]


class Items:
    """Takes an answer in pieces of any size, and gives its objects.

    `broken` counts objects that were no JSON or too long. `finished` says that the outermost bracket has closed, or
    that nothing more is read because the brackets are too deep.
    """

    def __init__(self) -> None:
        self.broken = 0
        self.finished = False
        self._open: list[str] = []
        self._in_string = False
        self._escaped = False
        self._key = ""
        self._parts: list[str] = []
        self._length = 0

    def feed(self, text: str) -> Iterator[Item]:
        """The objects that this piece completes."""
        at = kept = 0
        while not self.finished:
            at = self._behind_string(text, at) if self._in_string else at
            found = None if self._in_string else _BRACKET.search(text, at)
            if found is None:
                break
            at = found.end()
            match found[0]:
                case '"':
                    self._in_string = bool(self._open)
                case "{" | "[" as bracket:
                    if bracket == "{" and self._open in _LISTS:
                        self._start()
                        kept = at - 1
                    self._open.append(bracket)
                    if bracket == "[" and self._open in _LISTS:
                        self._keep(text[kept:at])
                        self._key = self._key_of_list()
                        kept = at
                    self.finished = len(self._open) > MAX_DEPTH
                case _ if self._open:
                    self._open.pop()
                    if self._open in _LISTS:
                        self._keep(text[kept:at])
                        kept = at
                        yield from self._whole()
                    self.finished = not self._open
                case _:
                    pass
        self._keep(text[kept:])

    def _behind_string(self, text: str, at: int) -> int:
        """Go on inside a string, to the place behind its end or the end of the piece."""
        while at < len(text):
            if self._escaped:
                self._escaped = False
                at += 1
                continue
            found = _QUOTE.search(text, at)
            if found is None:
                return len(text)
            at = found.end()
            if found[0] == '"':
                self._in_string = False
                return at
            self._escaped = True
        return at

    def _start(self) -> None:
        self._parts, self._length = [], 0

    def _keep(self, piece: str) -> None:
        """Remember a piece, unless there is too much already."""
        self._length += len(piece)
        if self._length <= MAX_OBJECT:
            self._parts.append(piece)

    def _key_of_list(self) -> str:
        found = _KEY.search("".join(self._parts)[-100:])
        self._start()
        return found[1] if found else ""

    def _whole(self) -> Iterator[Item]:
        """The object that has just closed."""
        text, too_long = "".join(self._parts), self._length > MAX_OBJECT
        self._start()
        try:
            value = None if too_long else json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            yield Item(self._key, value)
        else:
            self.broken += 1
