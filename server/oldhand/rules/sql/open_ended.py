"""Whether a query in a program may have more clauses than its text shows."""

from __future__ import annotations

from oldhand.rules.sql.clauses import Block
from oldhand.rules.sql.tokens import TokenKind


def may_continue(block: Block) -> bool:
    """Whether a value that the program puts in stands where a clause could: then any clause may be in it."""
    tokens = block.statement.tokens
    for index in range(block.start + 1, block.end):
        token, before = tokens[index], tokens[index - 1]
        if token.kind is not TokenKind.PLACEHOLDER or token.text[0] in "?:@" or token.text[:2].lstrip("$").isdigit():
            continue
        adjoins = token.start == before.end
        ends = before.kind is not TokenKind.OPERATOR or before.key in (")", "]", "*")
        if ends and before.key not in _TAKES_VALUE and not (adjoins and before.kind in _NAMES):
            return True
    return False


_NAMES = frozenset({TokenKind.WORD, TokenKind.QUOTED})
_TAKES_VALUE = frozenset(
    {
        "SELECT", "FROM", "JOIN", "UPDATE", "INTO", "SET", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "ILIKE",
        "BETWEEN", "LIMIT", "OFFSET", "BY", "VALUES", "ON", "AS", "IS", "THEN", "ELSE", "WHEN", "RETURNING",
        "INTERVAL", "TABLE", "ONLY", "USING", "HAVING", "TOP", "ANY", "ALL", "DELETE", "INSERT", "DISTINCT",
        "CASE", "ESCAPE", "REGEXP",
    }
)  # fmt: skip
