"""A text of SQL as rules see it: what is read in its statements, what they know of others, what the text is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from oldhand.rules.sql.changes import Change, CreateIndex, changes, create_index
from oldhand.rules.sql.clauses import Block, query_blocks
from oldhand.rules.sql.dialect import Dialect, guess_dialect
from oldhand.rules.sql.known import Known, Offer, by_topic, offers_of
from oldhand.rules.sql.located import SqlText
from oldhand.rules.sql.purpose import Marks, Section, marks_of, purpose_of
from oldhand.rules.sql.statements import Statement, split_statements
from oldhand.rules.sql.tables import CreateTable, create_table
from oldhand.rules.sql.tokens import tokenize


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What is read in some statements that follow each other, whatever the others are.

    `kinds` are those of the statements; `offers` is what they make known to others.
    """

    source: SqlText
    blocks: tuple[Block, ...]
    tables: tuple[CreateTable, ...]
    indexes: tuple[CreateIndex, ...]
    changes: tuple[Change, ...]
    kinds: frozenset[str]
    offers: frozenset[Offer]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a whole text says of each of its statements.

    `purpose` is one of PURPOSES. `transaction` says that the text begins a transaction by itself, `generated` that code
    is made from its queries, in which a star becomes the columns of that day, `keys_elsewhere` that it creates many
    tables and gives none of them a primary key.
    """

    dialect: Dialect
    purpose: str
    transaction: bool
    generated: bool
    keys_elsewhere: bool


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """What rules look at: a reading with all that surrounds it."""

    reading: Reading
    setting: Setting
    known: Known


def read_script(source: SqlText, path: str, dialect: Dialect | None) -> Script:
    """Read a whole text; `dialect` None has it guessed from the text and its path, "/" between folders.

    Sections that undo a migration are left out.
    """
    text = source.text
    spoken = dialect if dialect is not None else guess_dialect(text, path)
    marks = marks_of(source)
    reading = read(source, split_statements(text, tokenize(text, spoken)), marks.undone)
    offers = by_topic(reading.offers)
    return Script(reading, setting_of(source, path, spoken, marks, [reading], Known(offers)), Known(offers))


def read(source: SqlText, statements: Iterable[Statement], undone: Sequence[Section] = ()) -> Reading:
    """Read statements of a text, but for those in sections that undo a migration."""
    live = [one for one in statements if not any(start <= one.start < end for start, end in undone)]
    blocks = tuple(chain.from_iterable(map(query_blocks, live)))
    tables = tuple(table for table in map(create_table, live) if table is not None)
    indexes = tuple(index for index in map(create_index, live) if index is not None)
    changed = tuple(chain.from_iterable(map(changes, live)))
    kinds = frozenset(statement.kind for statement in live)
    offers = frozenset(offers_of(live, blocks, tables, indexes, changed))
    return Reading(source, blocks, tables, indexes, changed, kinds, offers)


def setting_of(
    source: SqlText, path: str, dialect: Dialect, marks: Marks, readings: Sequence[Reading], known: Known
) -> Setting:
    """The setting that the readings of a text make together."""
    kinds = frozenset().union(*[reading.kinds for reading in readings])
    tables = [table.name for reading in readings for table in reading.tables]
    return Setting(
        dialect,
        purpose_of(source, path, marks, kinds),
        transaction="begin" in kinds,
        generated=marks.generates,
        keys_elsewhere=len(tables) >= _MANY and not any(known.has_key(table, "primary key") for table in tables),
    )


_MANY = 3  # tables without a key among which a key is not just forgotten
