"""The tables that a clause names, each with its alias."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oldhand.rules.sql.names import Name, read_name
from oldhand.rules.sql.statements import Statement
from oldhand.rules.sql.tokens import TokenKind

TABLE_CLAUSES = frozenset({"from", "using", "update", "insert", "replace"})
"""The clauses that begin with a table."""


@dataclass(frozen=True, slots=True)
class TableUse:
    """A table, function or derived table in FROM, UPDATE, DELETE or INSERT.

    `name` is None for a derived table; `calls` says that it is a function.
    """

    name: Name | None
    alias: str
    calls: bool


def table_uses(statement: Statement, clause: str, start: int, end: int) -> Iterator[TableUse]:
    """The tables in the clause at `start..end`: its first, and those behind each JOIN and each comma."""
    tokens, closing = statement.tokens, statement.closing
    reads = clause in ("from", "using")
    commas = reads or clause == "update"
    expected, index = True, start
    while index < end:
        key = tokens[index].key
        if expected and key in _BEFORE_TABLE:
            index += 1
        elif expected:
            use, index = _table_use(statement, index, end, reads=reads)
            if use is not None:
                yield use
            expected = False
        elif key == "(":
            index = min(end, closing[index]) + 1
        else:
            expected = key in ("JOIN", "APPLY") or (commas and key == ",")
            index += 1


def _table_use(statement: Statement, index: int, end: int, *, reads: bool) -> tuple[TableUse | None, int]:
    tokens, closing = statement.tokens, statement.closing
    if tokens[index].key == "(":
        alias, place = _alias(statement, min(end, closing[index]) + 1, end)
        return TableUse(None, alias, calls=False), place
    name, place = read_name(tokens, index)
    if name is None:
        return None, index + 1
    calls = reads and place < end and tokens[place].key == "("
    if calls:
        place = min(end, closing[place]) + 1
    alias, place = _alias(statement, place, end)
    return TableUse(name, alias or name.last, calls), place


def _alias(statement: Statement, index: int, end: int) -> tuple[str, int]:
    tokens = statement.tokens
    if index < end and tokens[index].key == "AS":
        index += 1
    if index < end:
        token = tokens[index]
        if token.kind in (TokenKind.WORD, TokenKind.QUOTED) and token.key not in _NO_ALIAS:
            return token.name, index + 1
    return "", index


_BEFORE_TABLE = frozenset(
    {"ONLY", "LATERAL", "INTO", "LOW_PRIORITY", "IGNORE", "OR", "ABORT", "FAIL", "ROLLBACK", "TABLE"}
)
_NO_ALIAS = frozenset(
    {
        "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "OUTER", "ON", "USING", "WHERE", "SET",
        "VALUES", "SELECT", "DEFAULT", "WITH", "USE", "FORCE", "TABLESAMPLE", "OVERRIDING", "STRAIGHT_JOIN",
        "FINAL", "PIVOT",
    }
)  # fmt: skip
