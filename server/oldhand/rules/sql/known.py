"""What the statements of one text make known to each other: which tables are new or temporary, what is indexed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from oldhand.rules.sql.changes import Change, CreateIndex
from oldhand.rules.sql.clauses import Block
from oldhand.rules.sql.names import Name, read_name
from oldhand.rules.sql.statements import Statement
from oldhand.rules.sql.tables import CreateTable

Names = Mapping[str, Sequence[Name]]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Tables by the last part of their names; `keys` are the column lists of indexes, primary keys and unique ones.

    `created` have a CREATE TABLE or, in their place, a view; `made` are these and all else that did not exist before,
    such as a table under its new name. `added` are the tables of new columns, by the name of the column. `emptied`
    lose all their rows, `filled` get some by INSERT.
    """

    created: Names
    made: Names
    added: Names
    emptied: Names
    filled: Names
    temporary: Names
    keys: Mapping[str, Sequence[tuple[Name, str, tuple[str, ...]]]]

    def is_new(self, table: Name) -> bool:
        """Whether the table is made here, so that it has no rows and no readers yet."""
        return _among(self.made, table)

    def is_created(self, table: Name) -> bool:
        """Whether a table or view of that name is created here."""
        return _among(self.created, table)

    def is_added(self, table: Name, column: str) -> bool:
        """Whether the column is added to the table here."""
        return any(table.same(name) for name in self.added.get(column, ()))

    def is_emptied(self, table: Name) -> bool:
        """Whether all rows of the table are deleted here."""
        return _among(self.emptied, table)

    def is_filled(self, table: Name) -> bool:
        """Whether rows are inserted into the table here."""
        return _among(self.filled, table)

    def is_temporary(self, table: Name) -> bool:
        """Whether the table lives no longer than its session."""
        return table.last.startswith("#") or _among(self.temporary, table)

    def is_indexed(self, table: Name, columns: Sequence[str]) -> bool:
        """Whether an index, primary key or unique constraint made here begins with these columns, in any order."""
        wanted = set(columns)
        return any(
            name.same(table) and set(listed[: len(columns)]) == wanted
            for name, _, listed in self.keys.get(table.last, ())
        )

    def has_key(self, table: Name, kind: str) -> bool:
        """Whether the table is given a key of that kind here: "primary key", "unique" or "index"."""
        return any(name.same(table) and found == kind for name, found, _ in self.keys.get(table.last, ()))


def known(
    statements: Sequence[Statement],
    blocks: Sequence[Block],
    tables: Sequence[CreateTable],
    indexes: Iterable[CreateIndex],
    changes: Sequence[Change],
) -> Known:
    """Gather it from all that was read."""
    keys: dict[str, list[tuple[Name, str, tuple[str, ...]]]] = {}
    for table, kind, columns in _keys(tables, indexes, changes):
        keys.setdefault(table.last, []).append((table, kind, columns))
    added: dict[str, list[Name]] = {}
    for change in changes:
        if change.column is not None:
            added.setdefault(change.column.name.last, []).append(change.table)
    return Known(
        _by_last((*(table.name for table in tables), *_views(statements, materialized=False))),
        _by_last((*(table.name for table in tables), *_otherwise_made(statements, changes))),
        added,
        _by_last(_emptied(blocks, changes)),
        _by_last(_filled(blocks)),
        _by_last(table.name for table in tables if "temporary" in table.traits),
        keys,
    )


def _among(names: Names, table: Name) -> bool:
    return any(table.same(name) for name in names.get(table.last, ()))


def _by_last(names: Iterable[Name]) -> Names:
    found: dict[str, list[Name]] = {}
    for name in names:
        found.setdefault(name.last, []).append(name)
    return found


def _keys(
    tables: Iterable[CreateTable], indexes: Iterable[CreateIndex], changes: Iterable[Change]
) -> Iterator[tuple[Name, str, tuple[str, ...]]]:
    for table in tables:
        for constraint in table.constraints:
            if constraint.kind in _KEYS:
                yield table.name, constraint.kind, constraint.columns
        for column in table.columns:
            for kind in column.constraints & _KEYS:
                yield table.name, kind, (column.name.last,)
    for index in indexes:
        yield index.table, "unique" if "unique" in index.traits else "index", index.columns
    for change in changes:
        if change.constraint is not None and change.constraint.kind in _KEYS:
            yield change.table, change.constraint.kind, change.constraint.columns
        elif change.column is not None:
            for kind in change.column.constraints & _KEYS:
                yield change.table, kind, (change.column.name.last,)


_KEYS = frozenset({"primary key", "unique", "index"})


def _otherwise_made(statements: Iterable[Statement], changes: Iterable[Change]) -> Iterator[Name]:
    """What comes to be without CREATE TABLE: materialized views, and tables under the name they are given."""
    yield from _views(statements, materialized=True)
    for change in changes:
        if change.kind == "rename table" and change.new_name is not None:
            yield change.new_name


def _views(statements: Iterable[Statement], *, materialized: bool) -> Iterator[Name]:
    for statement in statements:
        if statement.kind == "create view" and ("MATERIALIZED" in statement.modifiers) is materialized:
            name, _ = read_name(statement.tokens, statement.body)
            if name is not None:
                yield name


def _filled(blocks: Iterable[Block]) -> Iterator[Name]:
    for block in blocks:
        if block.verb in ("insert", "replace") and block.tables and block.tables[0].name is not None:
            yield block.tables[0].name


def _emptied(blocks: Iterable[Block], changes: Iterable[Change]) -> Iterator[Name]:
    for block in blocks:
        bounded = any(clause.name in ("where", "limit", "using") for clause in block.clauses)
        if block.verb == "delete" and not bounded and block.tables and block.tables[0].name is not None:
            yield block.tables[0].name
    for change in changes:
        if change.kind == "truncate":
            yield change.table
