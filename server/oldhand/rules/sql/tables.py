"""CREATE TABLE: columns with types and constraints, and the constraints of the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oldhand.rules.sql.constraints import Constraint, Reference, items, read_constraint, read_reference
from oldhand.rules.sql.names import Name, read_name
from oldhand.rules.sql.statements import Statement
from oldhand.rules.sql.tokens import Token, TokenKind


@dataclass(frozen=True, slots=True)
class TypeName:
    """A column's type: its words in lower case without arguments, and what is in the parentheses."""

    name: str
    arguments: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column definition.

    `constraints` holds those that were found, by name: "primary key", "not null", "null", "unique", "default",
    "references", "check", "generated", "identity", "auto increment", "not valid". `default` is the text of the value.
    """

    name: Name
    type: TypeName | None
    constraints: frozenset[str]
    reference: Reference | None
    default: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CreateTable:
    """A CREATE TABLE.

    `traits` are: "temporary", "as" (made by a query), "like", "inherits", "partition" (PARTITION OF), "partitioned",
    "foreign", "virtual", and "if not exists".
    """

    statement: Statement
    name: Name
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...]
    traits: frozenset[str]


def create_table(statement: Statement) -> CreateTable | None:
    """The table that the statement creates, or None where it creates none or does not say its name."""
    if statement.kind != "create table":
        return None
    name, place = read_name(statement.tokens, statement.body)
    if name is None:
        return None
    traits = {_TRAITS[word] for word in statement.modifiers if word in _TRAITS}
    columns: list[Column] = []
    constraints: list[Constraint] = []
    tokens, end = statement.tokens, place
    if place < len(tokens) and tokens[place].key == "(":
        end = min(statement.closing[place], len(tokens))
        for start, stop in items(statement, place + 1, end):
            if tokens[start].key == "LIKE":
                traits.add("like")
            elif (constraint := read_constraint(statement, start, stop)) is not None:
                constraints.append(constraint)
            elif (column := read_column(statement, start, stop)) is not None:
                columns.append(column)
    traits.update(_options(tokens[end:]))
    if name.last.startswith("#"):
        traits.add("temporary")
    return CreateTable(statement, name, tuple(columns), tuple(constraints), frozenset(traits))


_TRAITS = {
    "TEMPORARY": "temporary", "FOREIGN": "foreign", "EXTERNAL": "foreign", "VIRTUAL": "virtual",
    "IF NOT EXISTS": "if not exists",
}  # fmt: skip


def _options(tokens: Sequence[Token]) -> Iterator[str]:
    """The traits in what stands around the list of columns."""
    for index, token in enumerate(tokens):
        following = tokens[index + 1].key if index + 1 < len(tokens) else ""
        if token.key in ("AS", "SELECT"):
            yield "as"
            return
        if token.key in ("INHERITS", "LIKE", "CLONE", "DUPLICATE"):
            yield "inherits" if token.key == "INHERITS" else "like"
        elif token.key == "PARTITION":
            yield "partition" if following == "OF" else "partitioned"
        elif token.key == "OF" and index == 0:
            yield "like"


_COLUMN_CONSTRAINTS = {
    ("PRIMARY", "KEY"): "primary key",
    ("NOT", "NULL"): "not null",
    ("NOT", "VALID"): "not valid",
    ("AS", "IDENTITY"): "identity",
    ("NULL", ""): "null",
    ("UNIQUE", ""): "unique",
    ("DEFAULT", ""): "default",
    ("REFERENCES", ""): "references",
    ("CHECK", ""): "check",
    ("GENERATED", ""): "generated",
    ("AS", ""): "generated",
    ("IDENTITY", ""): "identity",
    ("AUTO_INCREMENT", ""): "auto increment",
    ("AUTOINCREMENT", ""): "auto increment",
}
_BEHIND_TYPE = frozenset(
    {
        "PRIMARY", "NOT", "NULL", "UNIQUE", "DEFAULT", "REFERENCES", "CHECK", "GENERATED", "AS", "IDENTITY",
        "AUTO_INCREMENT", "AUTOINCREMENT", "CONSTRAINT", "COLLATE", "COMMENT", "ON", "CHARACTER_SET", "CHARSET",
        "KEY", "FIRST", "AFTER", "USING", "ENCODE", "STORAGE", "COMPRESSION", "INVISIBLE", "VISIBLE", "SPARSE",
        "CODEC", "TTL",
    }
)  # fmt: skip
_MORE_TYPE = frozenset(
    {
        "PRECISION", "VARYING", "WITH", "WITHOUT", "LOCAL", "TIME", "ZONE", "UNSIGNED", "SIGNED", "ZEROFILL",
        "LARGE", "OBJECT", "CHARACTER", "CHAR", "RAW", "YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO",
        "ARRAY", "VARCHAR",
    }
)  # fmt: skip


def read_column(statement: Statement, start: int, end: int) -> Column | None:
    """The column defined at `start..end`."""
    tokens = statement.tokens
    name, place = read_name(tokens, start)
    if name is None or len(name.parts) != 1:
        return None
    type_name, place = read_type(statement, place, end)
    constraints: set[str] = set()
    default = ""
    index = place
    while index < end:
        key = tokens[index].key
        following = tokens[index + 1].key if index + 1 < end else ""
        if key == "(":
            index = min(end, statement.closing[index]) + 1
            continue
        found = _COLUMN_CONSTRAINTS.get((key, following))
        width = 2 if found else 1
        found = found or (None if key == "ON" else _COLUMN_CONSTRAINTS.get((key, "")))
        if key in ("ON", "SET"):  # ON DELETE SET NULL, SET DEFAULT
            width = 2
            found = None
        if found is not None:
            constraints.add(found)
        if found == "default":
            stop = _behind_value(statement, index + 1, end)
            default = " ".join(token.text for token in tokens[index + 1 : stop])
            width = stop - index
        index += max(1, width)
    reference = read_reference(statement, place, end)
    return Column(name, type_name, frozenset(constraints), reference, default, tokens[start].start, tokens[end - 1].end)


def read_type(statement: Statement, start: int, end: int) -> tuple[TypeName | None, int]:
    """The type at `start`, and the index behind it; SQLite's columns may have none."""
    tokens = statement.tokens
    if (
        start >= end
        or tokens[start].kind not in (TokenKind.WORD, TokenKind.QUOTED)
        or tokens[start].key in _BEHIND_TYPE
    ):
        return None, start
    name, place = read_name(tokens, start)
    if name is None:
        return None, start
    words = [".".join(name.parts)]
    arguments: tuple[str, ...] = ()
    while place < end:
        token = tokens[place]
        if token.key == "(" and not arguments:
            stop = min(end, statement.closing[place])
            arguments = tuple(inside.text for inside in tokens[place + 1 : stop] if inside.key != ",")
            place = min(end, stop + 1)
        elif token.key == "[":
            while place < end and tokens[place].key != "]":
                place += 1
            words[-1] += "[]"
            place = min(end, place + 1)
        elif token.key in _MORE_TYPE and not _sets_character(tokens, place):
            words.append(token.name)
            place += 1
        else:
            break
    return TypeName(" ".join(words), arguments, tokens[start].start, tokens[place - 1].end), place


def _behind_value(statement: Statement, start: int, end: int) -> int:
    """The index behind a DEFAULT's value."""
    tokens, index = statement.tokens, start
    while index < end:
        if tokens[index].key == "(":
            index = min(end, statement.closing[index] + 1)
        elif index > start and (tokens[index].key in _BEHIND_TYPE or tokens[index].key == "SET"):
            break
        else:
            index += 1
    return index


def _sets_character(tokens: Sequence[Token], index: int) -> bool:
    """Whether MySQL's CHARACTER SET stands here, which is no part of the type."""
    return tokens[index].key == "CHARACTER" and tokens[index + 1 : index + 2] != () and tokens[index + 1].key == "SET"
