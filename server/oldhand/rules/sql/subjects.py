"""The subjects that a rule's `find` can name: how each is searched for, and what a rule may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from oldhand.rules.sql.candidates import PLACES, VALUES, Candidate
from oldhand.rules.sql.changes import CHANGE_KINDS
from oldhand.rules.sql.expressions import EXPRESSION_KINDS
from oldhand.rules.sql.find_changes import CHANGE_TRAITS, find_changes
from oldhand.rules.sql.find_queries import QUERY_KINDS, QUERY_TRAITS, find_expressions, find_statements
from oldhand.rules.sql.find_schema import (
    COLUMN_TRAITS,
    CREATE_TABLE_TRAITS,
    FOREIGN_KEY_TRAITS,
    INDEX_TRAITS,
    find_columns,
    find_foreign_keys,
    find_indexes,
    find_tables,
)
from oldhand.rules.sql.script import Script


@dataclass(frozen=True, slots=True)
class Subject:
    """What can be found under one name, with the kinds, traits and places that a rule may ask for."""

    find: Callable[[Script], Iterator[Candidate]]
    kinds: frozenset[str]
    traits: frozenset[str]
    places: frozenset[str]
    values: frozenset[str]


_TYPED = frozenset({"TYPE", "ARGUMENTS"})

SUBJECTS: Mapping[str, Subject] = {
    "statement": Subject(
        find_statements,
        kinds=QUERY_KINDS,
        traits=QUERY_TRAITS,
        places=PLACES | {"HEAD", "KEYWORD", "BLOCK"},
        values=VALUES,
    ),
    "expression": Subject(
        find_expressions,
        kinds=EXPRESSION_KINDS,
        traits=QUERY_TRAITS,
        places=PLACES | {"EXPRESSION", "KEYWORD"},
        values=VALUES | {"COLUMN", "FUNCTION"},
    ),
    "table": Subject(
        find_tables, kinds=frozenset({"create table"}), traits=CREATE_TABLE_TRAITS, places=PLACES, values=VALUES
    ),
    "column": Subject(
        find_columns,
        kinds=frozenset({"create table", "add column", "alter column"}),
        traits=COLUMN_TRAITS,
        places=PLACES | {"TYPE", "DEFINITION", "COLUMN"},
        values=VALUES | _TYPED | {"COLUMN"},
    ),
    "foreign key": Subject(
        find_foreign_keys,
        kinds=frozenset({"create table", "add column", "add foreign key"}),
        traits=FOREIGN_KEY_TRAITS,
        places=PLACES | {"CONSTRAINT", "COLUMN"},
        values=VALUES | {"COLUMN", "REFERENCED", "INDEX"},
    ),
    "index": Subject(
        find_indexes,
        kinds=frozenset({"create index"}),
        traits=INDEX_TRAITS,
        places=PLACES | {"INDEX", "KEYWORD"},
        values=VALUES | {"INDEX"},
    ),
    "change": Subject(
        find_changes,
        kinds=CHANGE_KINDS,
        traits=CHANGE_TRAITS,
        places=PLACES | {"CHANGE", "NAME", "TYPE"},
        values=VALUES | _TYPED | {"NAME", "NEW"},
    ),
}
