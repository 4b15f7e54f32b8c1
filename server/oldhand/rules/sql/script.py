"""A text of SQL as a whole: its dialect, what it is for, its statements and what is in them."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import chain

from oldhand.rules.sql.changes import Change, CreateIndex, changes, create_index
from oldhand.rules.sql.clauses import Block, query_blocks
from oldhand.rules.sql.dialect import Dialect, guess_dialect
from oldhand.rules.sql.known import Known, known
from oldhand.rules.sql.located import SqlText
from oldhand.rules.sql.purpose import purpose_of, undone_sections
from oldhand.rules.sql.statements import Statement, split_statements
from oldhand.rules.sql.tables import CreateTable, create_table
from oldhand.rules.sql.tokens import tokenize


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """Everything that is read from one text of SQL.

    `purpose` is one of PURPOSES. Sections that undo a migration are left out, except where the whole text is one.
    `transaction` says that the text begins a transaction by itself, `generated` that code is made from its queries,
    in which a star becomes the columns of that day.
    """

    source: SqlText
    dialect: Dialect
    purpose: str
    statements: tuple[Statement, ...]
    blocks: tuple[Block, ...]
    tables: tuple[CreateTable, ...]
    indexes: tuple[CreateIndex, ...]
    changes: tuple[Change, ...]
    known: Known
    transaction: bool
    generated: bool


def read_script(source: SqlText, path: str, dialect: Dialect | None) -> Script:
    """Read a whole text; `dialect` None has it guessed from the text and its path, "/" between folders."""
    text = source.text
    spoken = dialect if dialect is not None else guess_dialect(text, path)
    undone = () if source.host else undone_sections(text)
    starts = [start for start, _ in undone]

    def is_live(statement: Statement) -> bool:
        section = bisect_right(starts, statement.start) - 1
        return section < 0 or statement.start >= undone[section][1]

    statements = tuple(filter(is_live, split_statements(text, tokenize(text, spoken))))
    blocks = tuple(chain.from_iterable(map(query_blocks, statements)))
    tables = tuple(table for table in map(create_table, statements) if table is not None)
    indexes = tuple(index for index in map(create_index, statements) if index is not None)
    changed = tuple(chain.from_iterable(map(changes, statements)))
    return Script(
        source,
        spoken,
        purpose_of(source, path, {statement.kind for statement in statements}),
        statements,
        blocks,
        tables,
        indexes,
        changed,
        known(statements, blocks, tables, indexes, changed),
        any(statement.kind == "begin" for statement in statements),
        _SQLC.search(text) is not None,
    )


_SQLC = re.compile(r"^--\s*name:\s*\w+\s+:\w+", re.MULTILINE)
