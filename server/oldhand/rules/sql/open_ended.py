"""Whether a query in a program may have more clauses than its text shows."""

from __future__ import annotations

from oldhand.rules.sql.clauses import Block
from oldhand.rules.sql.tokens import Token, TokenKind


def may_continue(block: Block) -> bool:
    """Whether a value that the program puts in stands where a clause could: then any clause may be in it."""
    tokens = block.statement.tokens
    for index in range(block.start + 1, block.end):
        token, before = tokens[index], tokens[index - 1]
        if token.kind is not TokenKind.PLACEHOLDER or token.text[0] in "?:@" or token.text[:2].lstrip("$").isdigit():
            continue
        ends = before.kind is not TokenKind.OPERATOR or before.key in (")", "]", "*")
        if ends and before.key not in _TAKES_VALUE and not _is_in_name(tokens, index):
            return True
    return False


def _is_in_name(tokens: tuple[Token, ...], index: int) -> bool:
    """Whether the value at `index` seems to be a part of a name, as in `tenant_{id}`."""
    before, token = tokens[index - 1], tokens[index]
    if before.end != token.start or before.kind is not TokenKind.WORD:
        return False
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    goes_on = following is not None and following.start == token.end and following.kind is TokenKind.WORD
    return before.text.endswith("_") or goes_on


_TAKES_VALUE = frozenset(
    {
        "SELECT", "FROM", "JOIN", "UPDATE", "INTO", "SET", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "ILIKE",
        "BETWEEN", "LIMIT", "OFFSET", "BY", "VALUES", "ON", "AS", "IS", "THEN", "ELSE", "WHEN", "RETURNING",
        "INTERVAL", "TABLE", "ONLY", "USING", "HAVING", "TOP", "ANY", "ALL", "DELETE", "INSERT", "DISTINCT",
        "CASE", "ESCAPE", "REGEXP",
    }
)  # fmt: skip
