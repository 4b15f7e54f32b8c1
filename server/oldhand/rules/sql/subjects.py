"""The subjects that a rule's `find` can name: how each is searched for, and what a rule may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from oldhand.rules.sql.candidates import PLACES, Candidate
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


SUBJECTS: Mapping[str, Subject] = {
    "statement": Subject(find_statements, QUERY_KINDS, QUERY_TRAITS, PLACES | {"HEAD", "KEYWORD", "BLOCK"}),
    "expression": Subject(find_expressions, EXPRESSION_KINDS, QUERY_TRAITS, PLACES | {"EXPRESSION", "KEYWORD"}),
    "table": Subject(find_tables, frozenset({"create table"}), CREATE_TABLE_TRAITS, PLACES),
    "column": Subject(
        find_columns,
        frozenset({"create table", "add column", "alter column"}),
        COLUMN_TRAITS,
        PLACES | {"TYPE", "DEFINITION", "COLUMN"},
    ),
    "foreign key": Subject(
        find_foreign_keys,
        frozenset({"create table", "add column", "add foreign key"}),
        FOREIGN_KEY_TRAITS,
        PLACES | {"CONSTRAINT", "COLUMN"},
    ),
    "index": Subject(find_indexes, frozenset({"create index"}), INDEX_TRAITS, PLACES | {"INDEX", "KEYWORD"}),
    "change": Subject(find_changes, CHANGE_KINDS, CHANGE_TRAITS, PLACES | {"CHANGE", "NAME", "TYPE"}),
}
