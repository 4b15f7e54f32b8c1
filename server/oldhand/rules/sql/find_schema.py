"""What rules find in a schema: tables, columns, foreign keys and indexes."""

from __future__ import annotations

from collections.abc import Iterator

from oldhand.rules.sql.candidates import TABLE_TRAITS, Candidate, Span, candidate, table_traits
from oldhand.rules.sql.constraints import Constraint
from oldhand.rules.sql.names import Name
from oldhand.rules.sql.script import Script
from oldhand.rules.sql.statements import Statement
from oldhand.rules.sql.tables import Column

CREATE_TABLE_TRAITS = frozenset(
    {
        "temporary", "as", "like", "inherits", "partition", "partitioned", "foreign", "virtual",
        "if not exists", "primary key", "unique", "columns", "transaction", "keys elsewhere",
    }
)  # fmt: skip
COLUMN_TRAITS = TABLE_TRAITS | {
    "primary key", "composite key", "not null", "null", "unique", "default", "references", "check", "generated",
    "identity", "auto increment", "array",
}  # fmt: skip
FOREIGN_KEY_TRAITS = TABLE_TRAITS | {"indexed", "not valid", "new column"}
INDEX_TRAITS = TABLE_TRAITS | {"unique", "concurrently", "only", "partial", "if not exists"}


def find_tables(script: Script) -> Iterator[Candidate]:
    """Every CREATE TABLE; a primary key that the text adds later counts.

    Where many tables are created and none has a key, these are added in another file.
    """
    for table in script.reading.tables:
        traits = set(table.traits)
        traits.update(kind for kind in ("primary key", "unique") if script.known.has_key(table.name, kind))
        if table.columns:
            traits.add("columns")
        if script.setting.keys_elsewhere:
            traits.add("keys elsewhere")
        place = {"TABLE": (table.name.start, table.name.end)}
        yield candidate(
            script,
            table.statement,
            "create table",
            frozenset(traits),
            place,
            table=table.name,
            may_come=CREATE_TABLE_TRAITS,
        )


def find_columns(script: Script) -> Iterator[Candidate]:
    """Every column that is created, added or given another type; it is reported by its type."""
    for table in script.reading.tables:
        keyed = [item.columns for item in table.constraints if item.kind == "primary key"]
        referring = {name for item in table.constraints if item.kind == "foreign key" for name in item.columns}
        for column in table.columns:
            traits = set(column.constraints)
            for columns in keyed:
                if column.name.last in columns:
                    traits.add("primary key" if len(columns) == 1 else "composite key")
            if column.name.last in referring:
                traits.add("references")
            yield _column(script, table.statement, table.name, column, kind="create table", traits=frozenset(traits))
    for change in script.reading.changes:
        if change.column is not None:
            column, found = change.column, change.column.constraints
            yield _column(script, change.statement, change.table, column, kind="add column", traits=found)
        elif (
            change.kind in ("alter column type", "modify column")
            and change.name is not None
            and change.type is not None
        ):
            column = Column(change.name, change.type, frozenset(), None, "", change.start, change.end)
            yield _column(script, change.statement, change.table, column, kind="alter column", traits=frozenset())


def _column(
    script: Script, statement: Statement, table: Name, column: Column, *, kind: str, traits: frozenset[str]
) -> Candidate:
    typed = column.type
    places = {"DEFINITION": (column.start, column.end), "COLUMN": (column.name.start, column.name.end)}
    if typed is not None:
        places = {"TYPE": (typed.start, typed.end), **places}
        traits |= {"array"} if typed.name.endswith("[]") else frozenset()
    return candidate(
        script,
        statement,
        kind,
        traits | table_traits(script, table),
        places,
        table=table,
        values={"COLUMN": column.name.text},
        may_come=COLUMN_TRAITS - TABLE_TRAITS,
        words=column.name.words,
        of_type=typed,
    )


def find_foreign_keys(script: Script) -> Iterator[Candidate]:
    """Every foreign key, of a column or of a table, in CREATE TABLE and ALTER TABLE; a column's by its name."""
    for table in script.reading.tables:
        for column in table.columns:
            if column.reference is not None:
                yield _foreign_key(script, table.statement, table.name, column, "create table")
        for constraint in table.constraints:
            if constraint.kind == "foreign key" and constraint.columns:
                yield _foreign_key(script, table.statement, table.name, constraint, "create table")
    for change in script.reading.changes:
        if change.column is not None and change.column.reference is not None:
            yield _foreign_key(script, change.statement, change.table, change.column, "add column")
        elif change.kind == "add foreign key" and change.constraint is not None and change.constraint.columns:
            yield _foreign_key(script, change.statement, change.table, change.constraint, change.kind)


def _foreign_key(script: Script, statement: Statement, table: Name, key: Column | Constraint, kind: str) -> Candidate:
    places: dict[str, Span] = {"CONSTRAINT": (key.start, key.end)}
    traits = set(table_traits(script, table))
    if isinstance(key, Column):
        columns: tuple[str, ...] = (key.name.last,)
        written: tuple[str, ...] = (key.name.text,)
        places = {"COLUMN": (key.name.start, key.name.end), **places}
    else:
        columns, written = key.columns, key.written
        if not key.validated:
            traits.add("not valid")
    if script.known.is_indexed(table, columns):
        traits.add("indexed")
    if all(script.known.is_added(table, column) for column in columns):
        traits.add("new column")
    values = {
        "COLUMN": ", ".join(written),
        "REFERENCED": key.reference.table.text if key.reference is not None else "",
        "INDEX": _index_name(table, columns),
    }
    return candidate(
        script,
        statement,
        kind,
        frozenset(traits),
        places,
        table=table,
        may_come=FOREIGN_KEY_TRAITS - TABLE_TRAITS,
        values=values,
    )


_LONGEST_NAME = 63  # bytes of an identifier in Postgres, the shortest limit of those that need such an index


def _index_name(table: Name, columns: tuple[str, ...]) -> str:
    return "_".join((table.last, *columns))[: _LONGEST_NAME - 4] + "_idx"


def find_indexes(script: Script) -> Iterator[Candidate]:
    """Every CREATE INDEX; it is reported up to its table."""
    for index in script.reading.indexes:
        statement = index.statement
        yield candidate(
            script,
            statement,
            "create index",
            index.traits | table_traits(script, index.table),
            {"INDEX": (statement.start, index.table.end), "KEYWORD": (index.keyword.start, index.keyword.end)},
            table=index.table,
            may_come=INDEX_TRAITS - TABLE_TRAITS,
            values={"INDEX": index.name.text if index.name is not None else "this index"},
            words=index.name.words if index.name is not None else (),
        )
