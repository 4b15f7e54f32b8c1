"""What a rule's `find` looks through: every statement, table, column, index, change and expression, with its traits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from oldhand.rules.sql.changes import CHANGE_KINDS, Change
from oldhand.rules.sql.clauses import Block, ctes
from oldhand.rules.sql.expressions import EXPRESSION_KINDS, expressions
from oldhand.rules.sql.names import Name
from oldhand.rules.sql.open_ended import may_continue
from oldhand.rules.sql.script import Script
from oldhand.rules.sql.statements import Statement
from oldhand.rules.sql.tables import Column, CreateTable, TypeName

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that a rule may report.

    `traits` are what `has` and `lacks` ask for; where `whole` is false, the text may be unfinished and nothing can be
    said about what it lacks. `places` are spans of the SQL by name, the first of them being what is reported unless
    the rule says otherwise; `values` are texts for the message. `name`, `type`, `function` and `clause` are what the
    rule's filters of that name are held against.
    """

    statement: Statement
    kind: str
    traits: frozenset[str]
    places: Mapping[str, Span]
    values: Mapping[str, str]
    whole: bool = True
    name: str = ""
    type: str = ""
    function: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What can be found under one name, with the kinds, traits and places that a rule may ask for."""

    find: Callable[[Script], Iterator[Candidate]]
    kinds: frozenset[str]
    traits: frozenset[str]
    places: frozenset[str] = field(default=frozenset({"STATEMENT", "AFTER", "TABLE"}))


def _statements(script: Script) -> Iterator[Candidate]:
    for block in script.blocks:
        tokens = block.statement.tokens
        keyword = tokens[block.start]
        places = {"KEYWORD": (keyword.start, keyword.end), "BLOCK": (keyword.start, tokens[block.end - 1].end)}
        target = next((use.name for use in block.tables if use.name is not None), None)
        whole = block.statement.whole and not script.source.continues and not may_continue(block)
        traits = frozenset(_block_traits(script, block))
        yield _candidate(script, block.statement, block.verb, traits, places, target, whole=whole)


_ROLES = frozenset({"statement", "cte", "exists", "derived", "source", "subquery"})
_CLAUSE_TRAITS = frozenset(
    {
        "from", "where", "group by", "having", "order by", "limit", "offset", "fetch", "returning", "set", "values",
        "using", "window", "for", "into", "qualify", "tablesample",
    }
)  # fmt: skip
_BLOCK_TRAITS = _CLAUSE_TRAITS | {f"in {role}" for role in _ROLES} | {
    "join", "top", "count", "catalog", "from query", "from function", "temporary table", "new table", "restricted join",
}  # fmt: skip
_CATALOGS = frozenset({"information_schema", "pg_catalog", "sys", "mysql", "performance_schema", "sqlite_master"})


def _block_traits(script: Script, block: Block) -> Iterator[str]:
    """The block's clauses, its role, and of what kind the tables are."""
    for clause in block.clauses[1:]:
        yield clause.name
    yield f"in {block.role}"
    tokens = block.statement.tokens[block.start : block.end]
    if any(token.key in ("JOIN", "APPLY") for token in tokens):
        yield "join"
    if any(token.key in ("TOP", "FIRST") for token in tokens[1:4]):
        yield "top"
    named = ctes(block.statement)
    names = [use.name for use in block.tables if use.name is not None]
    if any(use.calls for use in block.tables):
        yield "from function"
    if any(use.name is None for use in block.tables) or any(name.last in named for name in names):
        yield "from query"
    if names and all(_CATALOGS.intersection(name.parts) or name.last.startswith(_CATALOG_PREFIXES) for name in names):
        yield "catalog"
    if names and script.known.is_temporary(names[0]):
        yield "temporary table"
    if names and script.known.is_new(names[0]):
        yield "new table"


_CATALOG_PREFIXES = ("pg_", "sqlite_", "pragma_")


def _expressions(script: Script) -> Iterator[Candidate]:
    for block in script.blocks:
        traits: frozenset[str] | None = None
        for found in expressions(block):
            if traits is None:
                traits = frozenset(_block_traits(script, block))
            tokens = block.statement.tokens
            span = (tokens[found.start].start, tokens[found.end - 1].end)
            keyword = tokens[block.start]
            target = next((use.name for use in block.tables if use.name is not None), None)
            yield _candidate(
                script,
                block.statement,
                found.kind,
                traits | {"selective"} if found.selective else traits,
                {"EXPRESSION": span, "KEYWORD": (keyword.start, keyword.end)},
                target,
                name=found.column,
                function=found.function,
                clause=found.clause,
                whole=block.statement.whole and not script.source.continues and not may_continue(block),
            )


_TABLE_TRAITS = frozenset(
    {
        "temporary", "as", "like", "inherits", "partition", "partitioned", "foreign", "virtual", "if not exists",
        "primary key", "unique", "columns",
    }
)  # fmt: skip


def _tables(script: Script) -> Iterator[Candidate]:
    for table in script.tables:
        traits = set(table.traits)
        traits.update(kind for kind in ("primary key", "unique") if script.known.has_key(table.name, kind))
        if table.columns:
            traits.add("columns")
        places = {"TABLE": (table.name.start, table.name.end)}
        yield _candidate(script, table.statement, "create table", frozenset(traits), places, table.name)


_COLUMN_TRAITS = frozenset(
    {
        "primary key", "composite key", "not null", "null", "unique", "default", "references", "check", "generated",
        "identity", "auto increment", "temporary table", "new table", "array",
    }
)  # fmt: skip


def _columns(script: Script) -> Iterator[Candidate]:
    for table in script.tables:
        keyed = [item.columns for item in table.constraints if item.kind == "primary key"]
        referring = {name for item in table.constraints if item.kind == "foreign key" for name in item.columns}
        for column in table.columns:
            traits = set(column.constraints)
            for columns in keyed:
                if column.name.last in columns:
                    traits.add("primary key" if len(columns) == 1 else "composite key")
            if column.name.last in referring:
                traits.add("references")
            yield _column(script, table.statement, table.name, column, "create table", traits)
    for change in script.changes:
        if change.column is not None:
            yield _column(
                script, change.statement, change.table, change.column, "add column", change.column.constraints
            )


def _column(
    script: Script, statement: Statement, table: Name, column: Column, kind: str, constraints: set[str] | frozenset[str]
) -> Candidate:
    traits = frozenset(constraints) | _table_traits(script, table)
    places = {"DEFINITION": (column.start, column.end), "COLUMN": (column.name.start, column.name.end)}
    values = {"COLUMN": column.name.text}
    if column.type is not None:
        places = {"TYPE": (column.type.start, column.type.end)} | places
        values |= _type_values(column.type)
        if column.type.name.endswith("[]"):
            traits |= {"array"}
    type_name = column.type.name if column.type is not None else ""
    return _candidate(
        script, statement, kind, traits, places, table, values, name=column.name.last, type_name=type_name
    )


def _type_values(found: TypeName) -> dict[str, str]:
    arguments = f"({', '.join(found.arguments)})" if found.arguments else ""
    return {"TYPE": found.name, "ARGUMENTS": arguments}


def _table_traits(script: Script, table: Name) -> frozenset[str]:
    known = script.known
    found = (("new table", known.is_new), ("emptied table", known.is_emptied), ("temporary table", known.is_temporary))
    return frozenset(trait for trait, holds in found if holds(table))


_KEY_TRAITS = frozenset(
    {"indexed", "not valid", "new table", "temporary table", "emptied table", "new column", "foreign", "transaction"}
)


def _foreign_keys(script: Script) -> Iterator[Candidate]:
    added = {(item.table.last, item.column.name.last) for item in script.changes if item.column is not None}
    for table in script.tables:
        for constraint in table.constraints:
            if constraint.kind == "foreign key" and constraint.columns:
                span = (constraint.start, constraint.end)
                referenced = constraint.reference.table.text if constraint.reference is not None else ""
                yield _foreign_key(
                    script, table.statement, "create table", table.name, constraint.columns, referenced, span, set()
                )
        for column in table.columns:
            if column.reference is not None:
                span = (column.start, column.end)
                yield _foreign_key(
                    script, table.statement, "create table", table.name, (column.name.last,),
                    column.reference.table.text, span, set(),
                )  # fmt: skip
    for change in script.changes:
        span, traits = (change.start, change.end), set[str]()
        if change.kind == "add foreign key" and change.constraint is not None and change.constraint.columns:
            columns = change.constraint.columns
            reference = change.constraint.reference
            if not change.constraint.validated:
                traits.add("not valid")
            if all((change.table.last, name) in added for name in columns):
                traits.add("new column")
        elif change.column is not None and change.column.reference is not None:
            columns, reference = (change.column.name.last,), change.column.reference
            traits.add("new column")
        else:
            continue
        referenced = reference.table.text if reference is not None else ""
        yield _foreign_key(script, change.statement, change.kind, change.table, columns, referenced, span, traits)


def _foreign_key(
    script: Script, statement: Statement, kind: str, table: Name, columns: tuple[str, ...], referenced: str, span: Span,
    traits: set[str],
) -> Candidate:  # fmt: skip
    if script.known.is_indexed(table, columns):
        traits.add("indexed")
    traits |= _table_traits(script, table)
    values = {
        "COLUMN": ", ".join(columns),
        "REFERENCED": referenced,
        "INDEX": f"{table.last}_{'_'.join(columns)}_idx",
    }
    return _candidate(script, statement, kind, frozenset(traits), {"CONSTRAINT": span}, table, values, name=columns[0])


_INDEX_TRAITS = frozenset(
    {
        "unique", "concurrently", "only", "partial", "if not exists", "new table", "temporary table", "emptied table",
        "transaction",
    }
)  # fmt: skip


def _indexes(script: Script) -> Iterator[Candidate]:
    for index in script.indexes:
        traits = index.traits | _table_traits(script, index.table)
        statement = index.statement
        places = {"INDEX": (statement.start, index.table.end), "KEYWORD": (index.keyword.start, index.keyword.end)}
        values = {"INDEX": index.name.text if index.name is not None else "the index"}
        yield _candidate(script, statement, "create index", traits, places, index.table, values)


_CHANGE_TRAITS = frozenset(
    {
        "not null", "default", "generated", "identity", "auto increment", "references", "primary key", "unique", "null",
        "check", "new table", "emptied table", "temporary table", "not valid", "converted", "remade", "transaction",
        "new column",
    }
)  # fmt: skip


def _changes(script: Script) -> Iterator[Candidate]:
    added = {(item.table.last, item.column.name.last) for item in script.changes if item.column is not None}
    for change in script.changes:
        traits = set(_table_traits(script, change.table))
        if change.column is not None:
            traits |= change.column.constraints
        if change.constraint is not None and not change.constraint.validated:
            traits.add("not valid")
        if change.converted:
            traits.add("converted")
        if change.kind == "rename table" and _is_swap(script, change):
            traits.add("remade")
        if change.name is not None and change.column is None and (change.table.last, change.name.last) in added:
            traits.add("new column")
        if change.constraint is not None and all(
            (change.table.last, name) in added for name in change.constraint.columns
        ):
            traits.add("new column")
        values, places = {}, {"CHANGE": (change.start, change.end)}
        if change.name is not None:
            values["COLUMN"] = change.name.text
            places["COLUMN"] = (change.name.start, change.name.end)
        if change.new_name is not None:
            values["NEW"] = change.new_name.text
        if change.type is not None:
            values |= _type_values(change.type)
            places["TYPE"] = (change.type.start, change.type.end)
        yield _candidate(
            script, change.statement, change.kind, frozenset(traits), places, change.table, values,
            name=change.name.last if change.name is not None else "",
            type_name=change.type.name if change.type is not None else "",
        )  # fmt: skip


def _is_swap(script: Script, change: Change) -> bool:
    """Whether the name that is given up is taken again here, as when a table is copied to change it."""
    return any(
        table.name.same(change.table) or (change.new_name is not None and table.name.same(change.new_name))
        for table in script.tables
    )


def _candidate(
    script: Script,
    statement: Statement,
    kind: str,
    traits: frozenset[str],
    places: Mapping[str, Span],
    table: Name | None,
    values: Mapping[str, str] | None = None,
    *,
    name: str = "",
    type_name: str = "",
    function: str = "",
    clause: str = "",
    whole: bool | None = None,
) -> Candidate:
    spans = {**places, "STATEMENT": (statement.start, statement.end)}
    if statement.terminated:
        spans["AFTER"] = (statement.after, statement.after)
    texts = {"STATEMENT": statement.kind, **(values or {})}
    if table is not None:
        spans.setdefault("TABLE", (table.start, table.end))
        texts["TABLE"] = table.text
    if whole is None:
        whole = statement.whole and not script.source.continues
    if script.transaction:
        traits |= {"transaction"}
    return Candidate(statement, kind, traits, spans, texts, whole, name, type_name, function, clause)


_COMMON = frozenset({"STATEMENT", "AFTER", "TABLE"})
_TRANSACTION = frozenset({"transaction"})
SUBJECTS: Mapping[str, Subject] = {
    "statement": Subject(
        _statements,
        frozenset({"select", "insert", "update", "delete", "replace"}),
        _BLOCK_TRAITS | _TRANSACTION,
        _COMMON | {"KEYWORD", "BLOCK"},
    ),
    "expression": Subject(
        _expressions,
        EXPRESSION_KINDS,
        _BLOCK_TRAITS | _TRANSACTION | {"selective"},
        _COMMON | {"EXPRESSION", "KEYWORD"},
    ),
    "table": Subject(_tables, frozenset({"create table"}), _TABLE_TRAITS | _TRANSACTION, _COMMON),
    "column": Subject(
        _columns,
        frozenset({"create table", "add column"}),
        _COLUMN_TRAITS | _TRANSACTION | {"emptied table"},
        _COMMON | {"TYPE", "DEFINITION", "COLUMN"},
    ),
    "foreign key": Subject(
        _foreign_keys,
        frozenset({"create table", "add column", "add foreign key"}),
        _KEY_TRAITS,
        _COMMON | {"CONSTRAINT"},
    ),
    "index": Subject(_indexes, frozenset({"create index"}), _INDEX_TRAITS, _COMMON | {"INDEX", "KEYWORD"}),
    "change": Subject(_changes, CHANGE_KINDS, _CHANGE_TRAITS, _COMMON | {"CHANGE", "COLUMN", "TYPE"}),
}
