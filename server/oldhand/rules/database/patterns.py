"""Patterns over dotted names that also say where the model, the row or the statement of an operation stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from oldhand.rules.name_sets import alternatives

_PART = re.compile(r"(\(\{\w+\}\)|\{\w+\}|\*)")
_NEEDS = re.compile(r"\((\w+)=\)\Z")
_SEGMENTS = {
    "model": r"(?P<model>[^\W\d]\w*(?:\[\])?)",
    # What stands for a table by its own name: `this.usersRepository`, `db.userCollection`.
    "table": r"(?P<model>\w*(?:[rR]epository|[rR]epo|[mM]odel|[cC]ollection|[tT]able|[dD]ao)_?)",
    # A class, where a name in lower case or in capitals would be something else: `session.get(User, …)`.
    "Model": r"(?P<model>[A-Z]\w*[a-z]\w*)",
    "object": r"(?:.+)",
}
_ARGUMENTS = frozenset({"model", "Model", "object", "statement"})
_CLASS = re.compile(r"[A-Z]\w*[a-z]\w*\Z")


class Kind(Enum):
    """What an operation does.

    SAVE writes an object whose origin says whether the row is new; EXECUTE runs a statement that says the rest;
    BUILD only makes an object.
    """

    READ = "read"
    EXISTS = "exists"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    UPSERT = "upsert"
    SAVE = "save"
    EXECUTE = "execute"
    BUILD = "build"
    COMMIT = "commit"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern of a list.

    `argument` says what the first argument of the call named `of` is: "model", "Model", "object" or "statement".
    `on_object` says that the call is a method of the row itself. `needs` is an argument that the call has by name.
    """

    kind: Kind
    regex: re.Pattern[str]
    last: str
    argument: str = ""
    of: str = ""
    on_object: bool = False
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Recognized:
    """A pattern that fits a call, and the model's name where a part of the dotted name says it."""

    pattern: Pattern
    model: str


class OperationPatterns:
    """The patterns of all kinds; of several that fit a call, the first in the order of the lists counts."""

    def __init__(self, lists: Mapping[Kind, Iterable[str]]) -> None:
        self._by_last: dict[str, list[Pattern]] = {}
        self._unwanted: list[tuple[Kind, re.Pattern[str]]] = []
        for kind, patterns in lists.items():
            for text in patterns:
                for choice in alternatives(text.removeprefix("!")):
                    pattern = _pattern(kind, choice)
                    if text.startswith("!"):
                        self._unwanted.append((kind, pattern.regex))
                    else:
                        self._by_last.setdefault(pattern.last, []).append(pattern)

    def may_match(self, last_name: str) -> bool:
        """Whether a call whose callee has this last name can be an operation."""
        return last_name in self._by_last

    def recognize(self, names: Iterable[str]) -> Iterator[Recognized]:
        """The ways in which a call of one of these names is an operation, in the order of the patterns."""
        known = list(names)
        lasts = dict.fromkeys(name.rsplit(".", 1)[-1] for name in known)
        for pattern in (pattern for last in lasts for pattern in self._by_last.get(last, ())):
            for name in known:
                found = pattern.regex.fullmatch(name)
                if found is not None and not self._is_unwanted(pattern.kind, name):
                    yield Recognized(pattern, found.groupdict().get("model") or "")

    def _is_unwanted(self, kind: Kind, name: str) -> bool:
        return any(kind is other and regex.fullmatch(name) for other, regex in self._unwanted)


def fits(what: str, name: str) -> bool:
    """Whether an argument of that name can be what a pattern says it is."""
    return what != "Model" or _CLASS.match(name) is not None


def _pattern(kind: Kind, text: str) -> Pattern:
    """Compile one pattern.

    Raises ValueError where a `{…}` is none that is known, or the last name is not plain.
    """
    needed = _NEEDS.search(text)
    needs = needed[1] if needed is not None else ""
    text = _NEEDS.sub("", text)
    regex = r"(?:.*\.)?" if text.startswith(("{model}", "{Model}", "{table}")) else ""
    argument = of = ""
    pieces = _PART.split(text)
    for position, piece in enumerate(pieces):
        if piece.startswith("({"):
            argument = piece[2:-2]
            of = re.split(r"[.*}]", pieces[position - 1])[-1]
            if argument not in _ARGUMENTS:
                raise ValueError(f"`{text}`: `{argument}` is not one of {', '.join(sorted(_ARGUMENTS))}.")
            regex += "" if position >= len(pieces) - 2 and not pieces[-1] else r"\(\)"
        elif piece.startswith("{"):
            if piece[1:-1] not in _SEGMENTS:
                raise ValueError(f"`{text}`: `{piece}` is not one of {', '.join(_SEGMENTS)}.")
            regex += _SEGMENTS[piece[1:-1]]
        else:
            regex += ".*" if piece == "*" else re.escape(piece)
    last = re.split(r"[.*]", _PART.sub(lambda part: "*" if part[0] == "*" else "", text))[-1]
    if not last:
        raise ValueError(f"`{text}` has to end in the name of a method or function.")
    return Pattern(kind, re.compile(regex, re.DOTALL), last, argument, of, text.startswith("{object}"), needs)
