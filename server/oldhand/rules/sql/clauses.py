"""Query blocks: each SELECT, INSERT, UPDATE and DELETE of a statement with its clauses, wherever it is nested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from oldhand.rules.sql.statements import Statement
from oldhand.rules.sql.table_uses import TABLE_CLAUSES, TableUse, table_uses
from oldhand.rules.sql.tokens import Token, TokenKind


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause: its name in lower case, and its words and its content as indexes into the statement's tokens."""

    name: str
    keyword: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """One SELECT, INSERT, UPDATE or DELETE.

    `verb` is in lower case. `role` says what the block is for: "statement", "cte", "exists", "derived" (a table in
    FROM), "source" (of INSERT, CREATE VIEW, CREATE TABLE AS) or "subquery".
    `start..end` are indexes into the statement's tokens: the verb, and the first token that is no more of the block.
    `ctes` are the names that WITH gives to queries anywhere in the statement.
    """

    statement: Statement
    verb: str
    role: str
    start: int
    end: int
    clauses: tuple[Clause, ...]
    tables: tuple[TableUse, ...]
    ctes: frozenset[str]

    def clause(self, name: str) -> Clause | None:
        """The first clause of that name."""
        for clause in self.clauses:
            if clause.name == name:
                return clause
        return None

    def content(self, clause: Clause) -> tuple[Token, ...]:
        """The tokens of a clause without its own key words."""
        return self.statement.tokens[clause.start : clause.end]


def query_blocks(statement: Statement) -> tuple[Block, ...]:
    """The blocks of a statement in the order of their verbs; none where it is not made of queries."""
    if statement.kind not in _QUERY_KINDS:
        return ()
    return tuple(_Reader(statement).blocks())


_QUERY_KINDS = frozenset(
    {
        "select",
        "insert",
        "update",
        "delete",
        "replace",
        "merge",
        "with",
        "create view",
        "create table",
        "values",
    }
)
_DEEPEST = 40  # parentheses in each other in which queries are looked for
_VERBS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE"})
_SET_OPERATIONS = frozenset({"UNION", "INTERSECT", "EXCEPT", "MINUS"})
_CLAUSES = {
    "FROM": ("from", 1),
    "WHERE": ("where", 1),
    "GROUP": ("group by", 2),
    "HAVING": ("having", 1),
    "ORDER": ("order by", 2),
    "LIMIT": ("limit", 1),
    "OFFSET": ("offset", 1),
    "FETCH": ("fetch", 1),
    "RETURNING": ("returning", 1),
    "SET": ("set", 1),
    "VALUES": ("values", 1),
    "USING": ("using", 1),
    "WINDOW": ("window", 1),
    "QUALIFY": ("qualify", 1),
    "FOR": ("for", 1),
    "INTO": ("into", 1),
    "TABLESAMPLE": ("tablesample", 1),
}
_VERB_OF = {
    "set": {"update", "insert"},
    "using": {"delete"},
    "values": {"insert", "replace"},
    "into": {"select"},
}
_OPERAND_ENDS = frozenset({TokenKind.WORD, TokenKind.QUOTED, TokenKind.STRING, TokenKind.NUMBER, TokenKind.PLACEHOLDER})
_NO_OPERANDS = frozenset(
    {
        "AND", "OR", "NOT", "BY", "SELECT", "ON", "CASE", "WHEN", "THEN", "ELSE", "JOIN", "AS", "IN", "LIKE", "ILIKE",
        "BETWEEN", "INTO",
    }
)  # fmt: skip


@dataclass(slots=True)
class _Open:
    """A block whose end has not been seen."""

    verb: str
    role: str
    start: int
    clauses: list[tuple[str, int, int]] = field(default_factory=list)


class _Reader:
    """One pass over a statement's tokens: at every depth of parentheses at most one block is open."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.tokens = statement.tokens
        self.has_with = any(token.key == "WITH" for token in statement.tokens)
        self.ctes = _ctes(statement) if self.has_with else frozenset()
        self.done: list[Block] = []

    def blocks(self) -> Iterator[Block]:
        roles = ["statement"]
        open_blocks: list[_Open | None] = [None]
        for index, token in enumerate(self.tokens):
            key = token.key
            if len(roles) > _DEEPEST and key not in ("(", ")"):
                continue
            if key == "(":
                roles.append(self._role(index, roles[-1], open_blocks[-1]))
                open_blocks.append(None)
            elif key == ")":
                if len(roles) > 1:
                    self._close(open_blocks.pop(), index)
                    roles.pop()
            elif token.kind is not TokenKind.WORD:
                continue
            elif key in _VERBS and self._is_verb(index, open_blocks[-1]):
                before = open_blocks[-1]
                role = "source" if before is not None and before.verb in ("insert", "replace") else roles[-1]
                if key == "SELECT" and before is None and len(roles) == 1 and self.statement.kind.startswith("create"):
                    role = "source"
                self._close(before, index)
                open_blocks[-1] = _Open(key.lower(), role, index)
            elif key in _SET_OPERATIONS:
                last = open_blocks[-1]
                if last is not None and self._after_operand(index, last):
                    self._close(last, index)
                    open_blocks[-1] = None
            elif key in _CLAUSES:
                self._clause(index, open_blocks[-1])
        for block in reversed(open_blocks):
            self._close(block, len(self.tokens))
        return iter(sorted(self.done, key=lambda block: block.start))

    def _is_verb(self, index: int, current: _Open | None) -> bool:
        before = self.tokens[index - 1].key if index else ""
        following = self.tokens[index + 1].key if index + 1 < len(self.tokens) else ""
        match self.tokens[index].key:
            case "SELECT":
                return before not in (".", "GRANT")
            case "REPLACE":
                return index == 0 and following == "INTO"
            case "INSERT":
                return current is None and following != "(" and before not in ("THEN", ".")
            case _:
                return current is None and before not in ("DO", "FOR", "ON", "KEY", "THEN", "OF", ".", ",")

    def _role(self, opening: int, outer: str, current: _Open | None) -> str:
        """What a block in the parentheses that open here would be for."""
        before = self.tokens[opening - 1].key if opening else ""
        if before == "EXISTS":
            return "exists"
        if _opens_cte(self.tokens, opening):
            return "cte" if self.has_with else "source"
        if before in ("FROM", "JOIN", "LATERAL") or (before == "," and self._in_clause(current, "from")):
            return "derived"
        if (before == "(" or opening == 0) and current is None:
            return outer
        return "subquery"

    @staticmethod
    def _in_clause(current: _Open | None, name: str) -> bool:
        return current is not None and bool(current.clauses) and current.clauses[-1][0] == name

    def _clause(self, index: int, current: _Open | None) -> None:
        name, words = _CLAUSES[self.tokens[index].key]
        if current is None or not self._after_operand(index, current):
            return
        if current.verb not in _VERB_OF.get(name, {current.verb}):
            return
        if name == "from" and self._is_distinct_from(index):
            return
        if words == 2 and (index + 1 >= len(self.tokens) or self.tokens[index + 1].key != "BY"):
            return
        current.clauses.append((name, index, index + words))

    def _is_distinct_from(self, index: int) -> bool:
        return index > 1 and self.tokens[index - 1].key == "DISTINCT" and self.tokens[index - 2].key in ("IS", "NOT")

    def _after_operand(self, index: int, current: _Open) -> bool:
        """Whether what stands before can end an expression; else the word at `index` is a column's name."""
        before = self.tokens[index - 1]
        if before.kind is TokenKind.OPERATOR:
            return before.key in (")", "]", "*")
        if before.kind not in _OPERAND_ENDS or self.tokens[index - 2].key == ".":
            return before.kind in _OPERAND_ENDS
        if current.clauses and current.clauses[-1][1] <= index - 1 < current.clauses[-1][2]:
            return False
        return before.key not in _NO_OPERANDS

    def _close(self, block: _Open | None, end: int) -> None:
        if block is None:
            return
        ends = [keyword for _, keyword, _ in block.clauses[1:]] + [end]
        clauses = (
            tuple(
                Clause(name, keyword, min(start, stop), stop)
                for (name, keyword, start), stop in zip(block.clauses, ends, strict=True)
            )
            if block.clauses
            else ()
        )
        first = clauses[0].keyword if clauses else end
        head = Clause(block.verb, block.start, min(block.start + 1, first), first)
        tables = tuple(
            use
            for clause in (head, *clauses)
            if clause.name in TABLE_CLAUSES
            for use in table_uses(self.statement, clause.name, clause.start, clause.end)
        )
        self.done.append(
            Block(self.statement, block.verb, block.role, block.start, end, (head, *clauses), tables, self.ctes)
        )


def _opens_cte(tokens: tuple[Token, ...], opening: int) -> bool:
    """Whether the parenthesis stands after AS, as those of common table expressions do, and holds a statement."""
    before = tokens[opening - 1].key if opening else ""
    inside = tokens[opening + 1].key if opening + 1 < len(tokens) else ""
    return before in ("AS", "MATERIALIZED") and (inside in _VERBS or inside in ("WITH", "VALUES", "("))


def _ctes(statement: Statement) -> frozenset[str]:
    """The names that the statement's WITH clauses give."""
    tokens = statement.tokens
    opening = {closed: index for index, closed in enumerate(statement.closing) if closed}
    found = set()
    for index, token in enumerate(tokens):
        if token.key == "(" and index and _opens_cte(tokens, index):
            place = index - 1
            while place > 0 and tokens[place].key in ("MATERIALIZED", "NOT", "AS"):
                place -= 1
            if tokens[place].key == ")":
                place = opening.get(place, 0) - 1
            if place >= 0:
                found.add(tokens[place].name)
    return frozenset(found)
