"""Constraints of a table: keys, foreign keys, checks and inline indexes, and what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oldhand.rules.sql.names import Name, read_name
from oldhand.rules.sql.statements import Statement
from oldhand.rules.sql.tokens import Token, TokenKind


@dataclass(frozen=True, slots=True)
class Reference:
    """What a foreign key refers to; no columns stands for the other table's primary key."""

    table: Name
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of a table: "primary key", "unique", "foreign key", "check", "exclude", "index" or "not null".

    `columns` are names in lower case, an expression being ""; `written` is how the text writes them. `validated` is
    false where NOT VALID stands.
    """

    kind: str
    name: Name | None
    columns: tuple[str, ...]
    written: tuple[str, ...]
    reference: Reference | None
    validated: bool
    start: int
    end: int


def items(statement: Statement, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The non-empty stretches between commas outside parentheses, as pairs of indexes."""
    first = index = start
    while index < end:
        key = statement.tokens[index].key
        if key == ",":
            if first < index:
                yield first, index
            first = index + 1
        elif key == "(":
            index = min(end, statement.closing[index])
        index += 1
    if first < end:
        yield first, end


_CONSTRAINT_WORDS = frozenset(
    {
        "CONSTRAINT",
        "PRIMARY",
        "UNIQUE",
        "FOREIGN",
        "CHECK",
        "EXCLUDE",
        "INDEX",
        "KEY",
        "FULLTEXT",
        "SPATIAL",
        "PERIOD",
    }
)


def read_constraint(statement: Statement, start: int, end: int) -> Constraint | None:
    """The table constraint or inline index at `start..end`, or None where a column stands there."""
    tokens, place, name = statement.tokens, start, None
    if tokens[place].key not in _CONSTRAINT_WORDS:
        return None
    if tokens[place].key == "CONSTRAINT":
        place += 1
        if place < end and tokens[place].key not in _CONSTRAINT_WORDS:
            name, place = read_name(tokens, place)
    kind = _constraint_kind(tokens, place, end)
    if not kind:
        if tokens[start].key != "CONSTRAINT":
            return None
        kind = "other"
    while place < end and tokens[place].key not in ("(", "REFERENCES"):
        place += 1
    columns: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    if place < end and tokens[place].key == "(":
        columns = column_names(statement, place)
        closed = min(end, statement.closing[place])
        written = tuple(tokens[first].text for first, _ in items(statement, place + 1, closed))
        place = min(end, closed + 1)
    reference = read_reference(statement, place, end) if kind == "foreign key" else None
    validated = not any(_words(tokens, index, "NOT", "VALID") for index in range(place, end))
    return Constraint(kind, name, columns, written, reference, validated, tokens[start].start, tokens[end - 1].end)


def _constraint_kind(tokens: Sequence[Token], place: int, end: int) -> str:
    """The kind of constraint that begins at `place`, behind its name; "" where none does."""
    word = tokens[place].key if place < end else ""
    following = tokens[place + 1].key if place + 1 < end else ""
    match word, following:
        case ("PRIMARY" | "FOREIGN", "KEY") | ("NOT", "NULL"):
            return f"{word} {following}".lower()
        case "UNIQUE" | "CHECK" | "EXCLUDE", _:
            return word.lower()
        case "INDEX" | "KEY" | "FULLTEXT" | "SPATIAL", _ if _is_inline_index(tokens, place, end):
            return "index"
        case _:
            return ""


def _is_inline_index(tokens: Sequence[Token], place: int, end: int) -> bool:
    """Whether MySQL's `KEY name (columns)` stands here, and not a column called `key`."""
    while place < end and tokens[place].key in _CONSTRAINT_WORDS:
        place += 1
    for index in range(place, min(end, place + 4)):
        if tokens[index].key == "(":
            inside = tokens[index + 1] if index + 1 < end else None
            return inside is not None and inside.kind is not TokenKind.NUMBER
    return False


def column_names(statement: Statement, opening: int) -> tuple[str, ...]:
    """The column names in the parentheses at `opening`; an expression among them is ""."""
    tokens = statement.tokens
    end = min(statement.closing[opening], len(tokens))
    names = []
    for start, stop in items(statement, opening + 1, end):
        plain = tokens[start].kind in (TokenKind.WORD, TokenKind.QUOTED)
        calls = stop > start + 1 and tokens[start + 1].key == "(" and tokens[start + 2 : start + 3] != ()
        prefix = calls and tokens[start + 2].kind is TokenKind.NUMBER
        names.append(tokens[start].name if plain and (not calls or prefix) else "")
    return tuple(names)


def read_reference(statement: Statement, start: int, end: int) -> Reference | None:
    """What the first REFERENCES in `start..end` names."""
    tokens = statement.tokens
    for index in range(start, end):
        if tokens[index].key == "REFERENCES":
            table, place = read_name(tokens, index + 1)
            if table is None:
                return None
            listed = place < end and tokens[place].key == "("
            return Reference(table, column_names(statement, place) if listed else ())
    return None


def _words(tokens: Sequence[Token], index: int, *words: str) -> bool:
    return all(index + offset < len(tokens) and tokens[index + offset].key == word for offset, word in enumerate(words))
