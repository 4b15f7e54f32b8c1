"""Expressions that a rule may ask for: stars, calls, run-time values, and predicates that no index can serve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oldhand.rules.sql.clauses import Block, Clause
from oldhand.rules.sql.constraints import items
from oldhand.rules.sql.names import Name, read_name
from oldhand.rules.sql.statements import Statement
from oldhand.rules.sql.tokens import Token, TokenKind

EXPRESSION_KINDS = frozenset(
    {
        "star", "table star", "call", "variable", "call on column", "cast on column", "arithmetic on column",
        "leading wildcard",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression in a clause; `start..end` are indexes into the statement's tokens.

    `function` is the called function in lower case or the type cast to, `column` the column it is about; both may be
    empty.
    """

    block: Block
    kind: str
    clause: str
    start: int
    end: int
    function: str = ""
    column: str = ""


def expressions(block: Block) -> Iterator[Expression]:
    """The expressions of a block, in the order of its clauses."""
    for clause in block.clauses:
        match clause.name:
            case "select" | "returning":
                yield from _stars(block, clause)
            case "order by":
                yield from _calls(block, clause)
            case "limit" | "offset":
                yield from _variables(block, clause)
            case "where":
                yield from _predicates(block, clause)
            case _:
                pass


def is_selective(block: Block) -> bool:
    """Whether the WHERE demands, besides all else, that a plain column equals something: an index may serve that."""
    where = block.clause("where")
    return where is not None and any(
        _is_plain_equality(block.statement, start, end)
        for start, end in _conjuncts(block.statement, where.start, where.end)
    )


def _stars(block: Block, clause: Clause) -> Iterator[Expression]:
    tokens = block.statement.tokens
    for start, end in items(block.statement, clause.start, clause.end):
        if tokens[end - 1].key != "*":
            continue
        qualified = end - start > 2 and tokens[end - 2].key == "."
        first = end - 1
        while qualified and first > start and (tokens[first - 1].key == "." or tokens[first].key == "."):
            first -= 1
        bare = first == start or tokens[first - 1].key in _BEFORE_STAR or tokens[first - 1].kind is TokenKind.NUMBER
        if bare or (tokens[first - 1].key == ")" and tokens[start].key in ("DISTINCT", "TOP")):
            yield Expression(block, "table star" if qualified else "star", clause.name, first, end)


_BEFORE_STAR = frozenset({"DISTINCT", "ALL", "SQL_CALC_FOUND_ROWS", "STRAIGHT_JOIN", "PERCENT", "TIES"})


def _calls(block: Block, clause: Clause) -> Iterator[Expression]:
    statement = block.statement
    for start, end in items(statement, clause.start, clause.end):
        name, place = _called(statement, start, end)
        if name is not None:
            yield Expression(block, "call", clause.name, start, place, ".".join(name.parts))


def _called(statement: Statement, start: int, end: int) -> tuple[Name | None, int]:
    """The function whose call begins at `start`, and the index behind the call."""
    if start >= end or statement.tokens[start].kind not in (TokenKind.WORD, TokenKind.QUOTED):
        return None, start
    name, place = read_name(statement.tokens, start)
    if name is None or place >= end or statement.tokens[place].key != "(":
        return None, start
    return name, min(end, statement.closing[place] + 1)


def _variables(block: Block, clause: Clause) -> Iterator[Expression]:
    """A LIMIT or OFFSET that is known only at run time; MySQL's `LIMIT offset, count` gives an "offset"."""
    statement, name = block.statement, clause.name
    found = list(items(statement, clause.start, clause.end))
    for position, (start, end) in enumerate(found):
        numbers = all(token.kind is TokenKind.NUMBER or token.key in _ROWS for token in statement.tokens[start:end])
        if not numbers:
            offset = name == "limit" and len(found) == 2 and position == 0
            yield Expression(block, "variable", "offset" if offset else name, start, end)


_ROWS = frozenset({"ROW", "ROWS", "ALL", "NULL"})


def _predicates(block: Block, clause: Clause) -> Iterator[Expression]:
    statement = block.statement
    for start, end in _conjuncts(statement, clause.start, clause.end):
        found = _predicate(block, start, end)
        if found is not None:
            kind, first, last, function, column = found
            yield Expression(block, kind, "where", first, last, function, column)


_DEEPEST = 20  # parentheses around conjuncts that are looked into


def _conjuncts(statement: Statement, start: int, end: int, depth: int = 0) -> Iterator[tuple[int, int]]:
    """What AND joins outside parentheses, those around a whole conjunct taken off; nothing where OR joins."""
    tokens = statement.tokens
    if end - start > 1 and tokens[start].key == "(" and statement.closing[start] == end - 1 and depth < _DEEPEST:
        yield from _conjuncts(statement, start + 1, end - 1, depth + 1)
        return
    parts: list[tuple[int, int]] = []
    first = index = start
    between = False
    while index < end:
        key = tokens[index].key
        if key == "(":
            index = min(end, statement.closing[index])
        elif key == "OR":
            return
        elif key == "BETWEEN":
            between = True
        elif key == "AND" and between:
            between = False
        elif key == "AND":
            parts.append((first, index))
            first = index + 1
        index += 1
    parts.append((first, end))
    for part_start, part_end in parts:
        if part_start == start and part_end == end:
            yield part_start, part_end
        elif part_start < part_end:
            yield from _conjuncts(statement, part_start, part_end, depth + 1)


_COMPARISONS = frozenset({"=", "<", ">", "<=", ">=", "LIKE", "ILIKE", "BETWEEN", "IN"})


def _comparison(statement: Statement, start: int, end: int) -> int:
    """The index of the comparison outside parentheses, or `end`."""
    index = start
    while index < end:
        key = statement.tokens[index].key
        if key == "(":
            index = min(end, statement.closing[index])
        elif key in _COMPARISONS:
            return index
        index += 1
    return end


def _is_plain_equality(statement: Statement, start: int, end: int) -> bool:
    """Whether this demands a column to equal something, or to be in a list, without a function around the column."""
    tokens, compared = statement.tokens, _comparison(statement, start, end)
    if compared == end or tokens[compared].key not in ("=", "IN"):
        return False
    if compared > start and tokens[compared - 1].key == "NOT":
        return False
    name, place = read_name(tokens, start)
    return name is not None and place == compared and tokens[start].kind in (TokenKind.WORD, TokenKind.QUOTED)


def _predicate(block: Block, start: int, end: int) -> tuple[str, int, int, str, str] | None:
    """What keeps an index from serving the predicate: kind, first and last index, function, column."""
    statement = block.statement
    tokens, compared = statement.tokens, _comparison(statement, start, end)
    if compared in (start, end) or (tokens[compared - 1].key == "NOT"):
        return None
    if tokens[compared].key in ("LIKE", "ILIKE"):
        if _is_leading_wildcard(tokens, compared + 1, end) and (column := _column(tokens, start, compared)):
            return "leading wildcard", start, end, "", column
        return None
    for first, last, other in ((start, compared, (compared + 1, end)), (compared + 1, end, (start, compared))):
        if not any(True for _ in _columns(tokens, *other)):
            found = _wrapped(statement, first, last)
            if found is not None:
                return found
    return None


def _is_leading_wildcard(tokens: Sequence[Token], start: int, end: int) -> bool:
    if start < end and tokens[start].key == "CONCAT":
        start += 2
    if start >= end or tokens[start].kind is not TokenKind.STRING:
        return False
    inside = tokens[start].text.lstrip("eEnN")[1:]
    return inside.startswith("%") and not inside.startswith("%s'") and not inside.startswith("%(")


def _wrapped(statement: Statement, start: int, end: int) -> tuple[str, int, int, str, str] | None:
    """A call, cast or sum around one column that takes up all of `start..end`."""
    tokens = statement.tokens
    if end <= start:
        return None
    name, place = _called(statement, start, end)
    if name is not None:
        inside = list(_columns(tokens, start + 1, place - 1))
        if place == end and len(set(inside)) == 1:
            if name.last in ("cast", "try_cast", "convert"):
                return "cast on column", start, end, _cast_type(tokens, start, end), inside[0]
            return "call on column", start, end, name.last, inside[0]
        return None
    column = _column(tokens, start, end)
    if not column:
        casted = next((index for index in range(start, end) if tokens[index].key == "::"), end)
        column = _column(tokens, start, casted)
        if casted < end and column and casted + 1 < end and end - casted <= 4:
            return "cast on column", start, end, tokens[casted + 1].name, column
        return _sum(tokens, start, end)
    return None


def _cast_type(tokens: Sequence[Token], start: int, end: int) -> str:
    for index in range(start, end):
        if tokens[index].key == "AS" and index + 1 < end:
            return tokens[index + 1].name
    return tokens[start + 2].name if start + 2 < end else ""


def _sum(tokens: Sequence[Token], start: int, end: int) -> tuple[str, int, int, str, str] | None:
    """`column + value`, `column - value` and so on, the value being known before the row is."""
    name, place = read_name(tokens, start)
    if name is None or place >= end or tokens[start].kind not in (TokenKind.WORD, TokenKind.QUOTED):
        return None
    if tokens[place].key not in ("+", "-", "*", "/") or place + 1 >= end or not _is_column(tokens, start):
        return None
    if any(True for _ in _columns(tokens, place + 1, end)):
        return None
    return "arithmetic on column", start, end, tokens[place].key, name.last


def _column(tokens: Sequence[Token], start: int, end: int) -> str:
    """The column that takes up all of `start..end`, or ""."""
    name, place = read_name(tokens, start)
    return name.last if name is not None and place == end and _is_column(tokens, start) else ""


def _columns(tokens: Sequence[Token], start: int, end: int) -> Iterator[str]:
    """The columns that are named in `start..end`, as far as words tell."""
    index = start
    while index < end:
        if _is_column(tokens, index) and tokens[index - 1].key not in ("::", "AS"):
            name, index = read_name(tokens, index)
            assert name is not None
            if index >= len(tokens) or tokens[index].key != "(":
                yield name.last
        else:
            index += 1


def _is_column(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    return token.kind is TokenKind.QUOTED or (token.kind is TokenKind.WORD and token.key not in _NO_COLUMNS)


_NO_COLUMNS = frozenset(
    {
        "NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_TIME", "LOCALTIMESTAMP",
        "LOCALTIME", "CURRENT_USER", "INTERVAL", "DATE", "TIMESTAMP", "TIME", "TIMESTAMPTZ", "DAY", "MONTH",
        "YEAR", "HOUR", "MINUTE", "SECOND", "WEEK", "QUARTER", "EPOCH", "DOW", "DOY", "DECADE", "CENTURY",
        "FROM", "FOR", "IN", "AS", "AND", "OR", "NOT", "IS", "DISTINCT", "CASE", "WHEN", "THEN", "ELSE", "END",
        "LIKE", "ILIKE", "BETWEEN", "ANY", "ALL", "SOME", "EXISTS", "SELECT", "ESCAPE", "COLLATE", "AT", "ZONE",
        "ARRAY", "ROW", "BOTH", "LEADING", "TRAILING", "SYSDATE", "USING", "DAYS", "MONTHS", "YEARS", "HOURS",
        "MINUTES", "SECONDS", "ISOYEAR", "ISODOW", "MICROSECOND", "BINARY",
    }
)  # fmt: skip
