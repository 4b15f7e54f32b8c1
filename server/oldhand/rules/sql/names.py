"""Names in SQL: of tables, columns and indexes, quoted or not, with or without the schema they are in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from oldhand.rules.sql.tokens import Token, TokenKind

_DEFAULT_SCHEMAS = frozenset({"public", "dbo", "main"})
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it stands at `start..end`.

    `parts` are its identifiers in lower case and without quotes, `text` is what is written.
    """

    parts: tuple[str, ...]
    text: str
    start: int
    end: int

    @property
    def last(self) -> str:
        """The name without its schema."""
        return self.parts[-1]

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the name without its schema."""
        return words_of(self.text.rpartition(".")[2])

    @property
    def schema(self) -> str:
        """The schema, or "" where none is named or it is the one that is meant where none is."""
        schema = self.parts[-2] if len(self.parts) > 1 else ""
        return "" if schema in _DEFAULT_SCHEMAS else schema


def read_name(tokens: Sequence[Token], index: int) -> tuple[Name | None, int]:
    """The name whose first token is at `index`, and the index behind it; None and `index` where there is none.

    What a host program puts into a name (`tenant_{id}`) belongs to it.
    """
    parts: list[str] = []
    place = index
    while place < len(tokens) and _names(tokens[place]):
        part = tokens[place].name
        place += 1
        while place < len(tokens) and _names(tokens[place]) and tokens[place].start == tokens[place - 1].end:
            part += tokens[place].name
            place += 1
        parts.append(part)
        if place + 1 >= len(tokens) or tokens[place].key != "." or not _names(tokens[place + 1]):
            break
        place += 1
    if not parts:
        return None, index
    start, end = tokens[index].start, tokens[place - 1].end
    text = "".join(token.text for token in tokens[index:place])
    return Name(tuple(parts), text, start, end), place


def _names(token: Token) -> bool:
    kind = token.kind
    if kind is TokenKind.STRING:
        return token.text[0] == '"'
    return kind is TokenKind.WORD or kind is TokenKind.QUOTED or kind is TokenKind.PLACEHOLDER


def words_of(name: str) -> tuple[str, ...]:
    """The words of an identifier in lower case: `unitPrice`, `unit_price` and `UNIT-PRICE` give unit and price."""
    return tuple(_WORD.findall(_HUMP.sub(" ", name).lower()))
