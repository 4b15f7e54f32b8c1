"""What a statement of SQL does to which table, as far as rules on sequences of operations ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oldhand.rules.database.patterns import Kind
from oldhand.rules.sql.dialect import Dialect
from oldhand.rules.sql.names import read_name
from oldhand.rules.sql.statements import Statement, split_statements
from oldhand.rules.sql.tokens import Token, TokenKind, tokenize


@dataclass(frozen=True, slots=True)
class SqlOperation:
    """One statement.

    `bound` are the columns that an UPDATE sets to nothing but a bind parameter, and does not compare with anything.
    `locks` says that the rows read stay locked.
    """

    kind: Kind
    table: str
    locks: bool = False
    bound: tuple[str, ...] = ()


_KINDS = {
    "select": Kind.READ,
    "insert": Kind.CREATE,
    "update": Kind.UPDATE,
    "delete": Kind.DELETE,
    "merge": Kind.UPSERT,
    "replace": Kind.UPSERT,
    "commit": Kind.COMMIT,
}
_LOCKING = (("FOR", "UPDATE"), ("FOR", "SHARE"), ("FOR", "NO"), ("FOR", "KEY"), ("UPDLOCK",))
_TOLERANT = (
    ("ON", "CONFLICT"),
    ("ON", "DUPLICATE"),
    ("OR", "IGNORE"),
    ("OR", "REPLACE"),
    ("NOT", "EXISTS"),
    ("IGNORE",),
)


def read_sql(text: str) -> SqlOperation | None:
    """What the first statement of `text` does; None for what is neither a read nor a write of rows."""
    statement = next(split_statements(text, tokenize(text, Dialect.UNKNOWN)), None)
    if statement is None or statement.kind not in _KINDS:
        return None
    kind = _KINDS[statement.kind]
    keys = tuple(token.key for token in statement.tokens)
    if kind is Kind.READ:
        return SqlOperation(kind, _behind(statement, "FROM"), locks=_any(keys, _LOCKING))
    if kind is Kind.CREATE:
        made = Kind.UPSERT if _any(keys, _TOLERANT) else kind
        return SqlOperation(made, _behind(statement, "INTO"))
    if kind is Kind.UPDATE:
        return _update(statement)
    if kind is Kind.DELETE:
        return SqlOperation(kind, _behind(statement, "FROM"))
    return SqlOperation(kind, _behind(statement, "INTO"))


def _update(statement: Statement) -> SqlOperation:
    tokens = statement.tokens
    place = statement.body
    while place < len(tokens) and tokens[place].key in {"ONLY", "OR", "ROLLBACK", "ABORT", "IGNORE"}:
        place += 1
    name, _ = read_name(tokens, place)
    bound: list[str] = []
    keys = [token.key for token in tokens]
    compared = {token.name for token in tokens[keys.index("WHERE") :]} if "WHERE" in keys else set()
    for column, value in _set_items(tokens):
        if column in compared:
            continue
        if len(value) == 1 and value[0].kind is TokenKind.PLACEHOLDER:
            bound.append(column)
    return SqlOperation(Kind.UPDATE, name.last if name is not None else "", False, tuple(bound))


def _set_items(tokens: Sequence[Token]) -> list[tuple[str, list[Token]]]:
    """Each column that a SET clause names, with the tokens of its new value."""
    keys = [token.key for token in tokens]
    if "SET" not in keys:
        return []
    items: list[tuple[str, list[Token]]] = []
    depth = 0
    place = keys.index("SET") + 1
    while place < len(tokens) and not (depth == 0 and keys[place] in {"WHERE", "FROM", "RETURNING", "ORDER", "LIMIT"}):
        if depth == 0 and place + 1 < len(tokens) and keys[place + 1] == "=" and keys[place - 1] in {"SET", ",", "."}:
            items.append((tokens[place].name, []))
            place += 2
            continue
        depth += (keys[place] == "(") - (keys[place] == ")")
        if items and not (depth == 0 and keys[place] == ","):
            items[-1][1].append(tokens[place])
        place += 1
    return items


def _behind(statement: Statement, word: str) -> str:
    """The table named behind the first such word outside parentheses; "" where there is none."""
    tokens = statement.tokens
    depth = 0
    for index in range(max(statement.body - 1, 0), len(tokens)):
        depth += (tokens[index].key == "(") - (tokens[index].key == ")")
        if depth <= 0 and tokens[index].key == word:
            name, _ = read_name(tokens, index + 1)
            return name.last if name is not None else ""
    return ""


def _any(keys: tuple[str, ...], wanted: tuple[tuple[str, ...], ...]) -> bool:
    return any(
        keys[index : index + len(words)] == words for words in wanted for index in range(len(keys) - len(words) + 1)
    )
