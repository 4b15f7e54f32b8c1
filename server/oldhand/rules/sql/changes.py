"""Changes to what exists: the actions of ALTER TABLE, DROP, RENAME and TRUNCATE, and CREATE INDEX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from oldhand.rules.sql.constraints import Constraint, column_names, items, read_constraint
from oldhand.rules.sql.names import Name, read_name
from oldhand.rules.sql.statements import Statement
from oldhand.rules.sql.tables import Column, TypeName, read_column, read_type
from oldhand.rules.sql.tokens import Token, TokenKind


@dataclass(frozen=True, slots=True)
class Change:
    """One change to one table or to a part of it.

    `kind` is one of CHANGE_KINDS. `name` is the column, constraint or index, and None where the change is to the
    table; `new_name` is set for renames. `column` is what ADD COLUMN adds, `constraint` what ADD adds, `type` the
    type that a column gets; `converted` says that USING tells how.
    """

    statement: Statement
    kind: str
    table: Name
    start: int
    end: int
    name: Name | None = None
    new_name: Name | None = None
    column: Column | None = None
    constraint: Constraint | None = None
    type: TypeName | None = None
    converted: bool = False


CHANGE_KINDS = frozenset(
    {
        "add column", "drop column", "rename column", "alter column type", "set not null", "drop not null",
        "set default", "drop default", "alter column", "modify column", "add primary key", "add unique",
        "add foreign key", "add check", "add exclude", "add index", "add constraint", "drop constraint",
        "validate constraint", "rename constraint", "rename table", "drop table", "drop index", "truncate",
        "other",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """A CREATE INDEX.

    `columns` are names in lower case, an expression being ""; `traits` are "unique", "concurrently", "only" (of a
    partitioned table), "partial" and "if not exists". `keyword` is the word INDEX, for a fix to stand behind.
    """

    statement: Statement
    name: Name | None
    table: Name
    columns: tuple[str, ...]
    traits: frozenset[str]
    keyword: Token


def changes(statement: Statement) -> tuple[Change, ...]:
    """The changes that the statement makes, in order."""
    match statement.kind:
        case "alter table":
            return tuple(_alterations(statement))
        case "drop table" | "drop index" | "truncate":
            return tuple(_dropped(statement))
        case "rename table":
            return tuple(_renamed(statement))
        case _:
            return ()


def create_index(statement: Statement) -> CreateIndex | None:
    """The index that the statement creates, or None."""
    tokens = statement.tokens
    if statement.kind != "create index":
        return None
    place, name = statement.body, None
    if place < len(tokens) and tokens[place].key != "ON":
        name, place = read_name(tokens, place)
    while place < len(tokens) and tokens[place].key not in ("ON", "("):
        place += 1
    place += 1
    traits = {_INDEX_TRAITS[word] for word in statement.modifiers if word in _INDEX_TRAITS}
    if place < len(tokens) and tokens[place].key == "ONLY":
        traits.add("only")
        place += 1
    table, place = read_name(tokens, place)
    if table is None:
        return None
    while place < len(tokens) and tokens[place].key != "(":
        place += 1
    columns: tuple[str, ...] = ()
    if place < len(tokens):
        columns = column_names(statement, place)
        if any(token.key == "WHERE" for token in tokens[statement.closing[place] :]):
            traits.add("partial")
    keyword = next(token for token in tokens if token.key == "INDEX")
    return CreateIndex(statement, name, table, columns, frozenset(traits), keyword)


_INDEX_TRAITS = {
    "UNIQUE": "unique", "CONCURRENTLY": "concurrently", "ONLY": "only", "IF NOT EXISTS": "if not exists",
}  # fmt: skip


def _dropped(statement: Statement) -> Iterator[Change]:
    for start, end in items(statement, statement.body, len(statement.tokens)):
        place = start + 1 if statement.tokens[start].key == "ONLY" else start
        name, place = read_name(statement.tokens, place)
        if name is None:
            continue
        table = name
        if statement.kind == "drop index" and place < end and statement.tokens[place].key == "ON":
            table = read_name(statement.tokens, place + 1)[0] or name
        yield Change(statement, statement.kind, table, statement.start, name.end, name)


def _renamed(statement: Statement) -> Iterator[Change]:
    for start, end in items(statement, statement.body, len(statement.tokens)):
        old, place = read_name(statement.tokens, start)
        if old is not None and place < end and statement.tokens[place].key == "TO":
            new = read_name(statement.tokens, place + 1)[0]
            yield Change(statement, "rename table", old, statement.start, statement.tokens[end - 1].end, old, new)


def _alterations(statement: Statement) -> Iterator[Change]:
    tokens = statement.tokens
    table, place = read_name(tokens, statement.body)
    if table is None:
        return
    if place < len(tokens) and tokens[place].key == "*":
        place += 1
    adding = False
    for start, end in items(statement, place, len(tokens)):
        first = start + 2 if tokens[start].key == "WITH" else start  # T-SQL: WITH NOCHECK ADD …
        if first < end:
            adding = tokens[first].key == "ADD" or (adding and tokens[first].key not in _ACTION_WORDS)
            yield from _Action(statement, table, first, end).changes(adding=adding)


_ACTION_WORDS = frozenset(
    {"ADD", "DROP", "ALTER", "MODIFY", "CHANGE", "RENAME", "SET", "VALIDATE", "ENABLE", "DISABLE", "OWNER", "ATTACH"}
)


@dataclass(frozen=True, slots=True)
class _Action:
    """The stretch of an ALTER TABLE between two commas."""

    statement: Statement
    table: Name
    start: int
    end: int

    def changes(self, *, adding: bool) -> Iterator[Change]:
        match self._key(self.start):
            case "ADD":
                yield from self._add(self.start + 1)
            case "DROP":
                yield self._drop()
            case "ALTER":
                yield self._alter()
            case "MODIFY" | "CHANGE":
                yield self._modify()
            case "RENAME":
                yield self._rename()
            case "VALIDATE":
                yield self._change("validate constraint", self._name(self.start + 2)[0])
            case _ if adding:
                yield from self._add(self.start)
            case _:
                yield self._change("other")

    def _key(self, index: int) -> str:
        return self.statement.tokens[index].key if index < self.end else ""

    def _behind(self, index: int, *words: str) -> int:
        """The index behind those of `words` that stand at `index`, in their order."""
        for word in words:
            if self._key(index) == word:
                index += 1
        return index

    def _name(self, index: int) -> tuple[Name | None, int]:
        return read_name(self.statement.tokens, index) if index < self.end else (None, index)

    def _change(self, kind: str, name: Name | None = None) -> Change:
        tokens = self.statement.tokens
        return Change(self.statement, kind, self.table, tokens[self.start].start, tokens[self.end - 1].end, name)

    def _add(self, place: int) -> Iterator[Change]:
        explicit = self._key(place) == "COLUMN"
        place = self._behind(place, "COLUMN", "IF", "NOT", "EXISTS")
        if place >= self.end:
            yield self._change("other")
            return
        if self._key(place) == "(":  # MySQL, Oracle: ADD (a INT, b INT)
            stop = min(self.end, self.statement.closing[place])
            for first, last in items(self.statement, place + 1, stop):
                yield self._added_column(first, last)
            return
        constraint = None if explicit else read_constraint(self.statement, place, self.end)
        if constraint is None:
            yield self._added_column(place, self.end)
            return
        kind = f"add {constraint.kind}"
        change = self._change(kind if kind in CHANGE_KINDS else "add constraint", constraint.name)
        yield replace(change, constraint=constraint)

    def _added_column(self, first: int, last: int) -> Change:
        column = read_column(self.statement, first, last)
        if column is None or column.type is None:
            return self._change("other")
        return replace(self._change("add column", column.name), column=column, type=column.type)

    def _drop(self) -> Change:
        place = self.start + 1
        match self._key(place):
            case "CONSTRAINT" | "CHECK" | "PRIMARY" | "FOREIGN":
                place = self._behind(place + 1, "KEY", "IF", "EXISTS")
                return self._change("drop constraint", self._name(place)[0])
            case "INDEX" | "KEY":
                return self._change("drop index", self._name(self._behind(place + 1, "IF", "EXISTS"))[0])
            case "PARTITION" | "EXPRESSION" | "IDENTITY" | "DEFAULT" | "PERIOD":
                return self._change("other")
            case _:
                place = self._behind(place, "COLUMN", "IF", "EXISTS")
                name, _ = self._name(place)
                return self._change("drop column" if name is not None else "other", name)

    def _alter(self) -> Change:
        explicit = self._key(self.start + 1) == "COLUMN"
        place = self._behind(self.start + 1, "COLUMN", "IF", "EXISTS")
        if self._key(place) in ("CONSTRAINT", "INDEX"):
            return self._change("other")
        name, place = self._name(place)
        match self._key(place), self._key(place + 1), self._key(place + 2):
            case ("TYPE", _, _) | ("SET", "DATA", _):
                place = self._behind(place, "SET", "DATA", "TYPE")
                type_name, place = read_type(self.statement, place, self.end)
                using = any(self._key(index) == "USING" for index in range(place, self.end))
                return replace(self._change("alter column type", name), type=type_name, converted=using)
            case "SET", "NOT", "NULL":
                return self._change("set not null", name)
            case "DROP", "NOT", "NULL":
                return self._change("drop not null", name)
            case ("SET" | "DROP") as verb, "DEFAULT", _:
                return self._change(f"{verb.lower()} default", name)
            case _:
                type_name, _ = read_type(self.statement, place, self.end)  # T-SQL: ALTER COLUMN c INT NOT NULL
                plain = explicit and type_name is not None and self._key(place) not in ("SET", "DROP", "ADD", "RESTART")
                if plain and self.statement.tokens[place].kind is TokenKind.WORD:
                    return replace(self._change("alter column type", name), type=type_name)
                return self._change("alter column", name)

    def _modify(self) -> Change:
        place = self._behind(self.start + 1, "COLUMN", "IF", "EXISTS")
        name, after = self._name(place)
        if self._key(self.start) == "CHANGE":
            new_name, after = self._name(after)
            if name is not None and new_name is not None and name.last != new_name.last:
                return replace(self._change("rename column", name), new_name=new_name)
        type_name, _ = read_type(self.statement, after, self.end)
        return replace(self._change("modify column", name), type=type_name)

    def _rename(self) -> Change:
        place = self.start + 1
        match self._key(place):
            case "TO" | "AS":
                return replace(self._change("rename table", self.table), new_name=self._name(place + 1)[0])
            case "CONSTRAINT" | "INDEX" | "KEY":
                return self._change("rename constraint", self._name(place + 1)[0])
            case _:
                old, place = self._name(self._behind(place, "COLUMN", "IF", "EXISTS"))
                new = self._name(place + 1)[0] if self._key(place) == "TO" else None
                if new is None:  # MySQL: RENAME new_table
                    return replace(self._change("rename table", self.table), new_name=old)
                return replace(self._change("rename column", old), new_name=new)
