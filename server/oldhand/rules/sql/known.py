"""What the statements of one text make known to each other: which tables are new or temporary, what is indexed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from oldhand.rules.sql.changes import Change, CreateIndex
from oldhand.rules.sql.clauses import Block
from oldhand.rules.sql.names import Name, read_name
from oldhand.rules.sql.statements import Statement
from oldhand.rules.sql.tables import CreateTable

Topic = tuple[str, str]
"""What can be asked for: a word, and the name that it is asked about, without its schema."""


class Offer(NamedTuple):
    """Something that a statement makes known of a table, under its topic.

    The topics: "created" by a CREATE TABLE or, in its place, a
    view; "made", which are these and all else that did not exist before, such as a
    table under its new name; "added" by the name of a new column; "emptied" of all rows; "filled" by INSERT;
    "temporary"; and "keyed", by an index, a primary key or a unique one, with its kind and columns.
    """

    topic: Topic
    table: str
    schema: str
    kind: str = ""
    columns: tuple[str, ...] = ()

    def is_of(self, table: Name) -> bool:
        """Whether it is about that table, where a missing schema may be any."""
        schema = table.schema
        return self.table == table.last and (not schema or not self.schema or schema == self.schema)


Offers = Mapping[Topic, Sequence[Offer]]


class Known:
    """What is known of tables; `asked` are the topics that answers were given on."""

    def __init__(self, offers: Offers) -> None:
        self.offers = offers
        self.asked: set[Topic] = set()

    def is_new(self, table: Name) -> bool:
        """Whether the table is made here, so that it has no rows and no readers yet."""
        return self._any("made", table)

    def is_created(self, table: Name) -> bool:
        """Whether a table or view of that name is created here."""
        return self._any("created", table)

    def is_added(self, table: Name, column: str) -> bool:
        """Whether the column is added to the table here."""
        return any(offer.is_of(table) for offer in self._on("added", column))

    def is_emptied(self, table: Name) -> bool:
        """Whether all rows of the table are deleted here."""
        return self._any("emptied", table)

    def is_filled(self, table: Name) -> bool:
        """Whether rows are inserted into the table here."""
        return self._any("filled", table)

    def is_temporary(self, table: Name) -> bool:
        """Whether the table lives no longer than its session."""
        return table.last.startswith("#") or self._any("temporary", table)

    def is_indexed(self, table: Name, columns: Sequence[str]) -> bool:
        """Whether an index, primary key or unique constraint made here begins with these columns, in any order."""
        wanted = set(columns)
        return any(
            offer.is_of(table) and set(offer.columns[: len(columns)]) == wanted
            for offer in self._on("keyed", table.last)
        )

    def has_key(self, table: Name, kind: str) -> bool:
        """Whether the table is given a key of that kind here: "primary key", "unique" or "index"."""
        return any(offer.is_of(table) and offer.kind == kind for offer in self._on("keyed", table.last))

    def _any(self, word: str, table: Name) -> bool:
        return any(offer.is_of(table) for offer in self._on(word, table.last))

    def _on(self, word: str, name: str) -> Sequence[Offer]:
        topic = (word, name)
        self.asked.add(topic)
        return self.offers.get(topic, ())


def by_topic(offers: Iterable[Offer]) -> dict[Topic, list[Offer]]:
    """Offers as they are asked for."""
    found: dict[Topic, list[Offer]] = {}
    for offer in offers:
        found.setdefault(offer.topic, []).append(offer)
    return found


def offers_of(
    statements: Iterable[Statement],
    blocks: Iterable[Block],
    tables: Iterable[CreateTable],
    indexes: Iterable[CreateIndex],
    changes: Iterable[Change],
) -> Iterator[Offer]:
    """All that statements make known, of what was read in them."""
    for table in tables:
        yield _offer("created", table.name)
        yield _offer("made", table.name)
        if "temporary" in table.traits:
            yield _offer("temporary", table.name)
        yield from _keys_of(table)
    for index in indexes:
        yield _key(index.table, "unique" if "unique" in index.traits else "index", index.columns)
    for statement in statements:
        if statement.kind == "create view":
            name, _ = read_name(statement.tokens, statement.body)
            if name is not None:
                yield _offer("made" if "MATERIALIZED" in statement.modifiers else "created", name)
    for block in blocks:
        yield from _of_block(block)
    for change in changes:
        yield from _of_change(change)


def _of_block(block: Block) -> Iterator[Offer]:
    if not block.tables or block.tables[0].name is None:
        return
    if block.verb in ("insert", "replace"):
        yield _offer("filled", block.tables[0].name)
    elif block.verb == "delete" and not any(clause.name in ("where", "limit", "using") for clause in block.clauses):
        yield _offer("emptied", block.tables[0].name)


def _of_change(change: Change) -> Iterator[Offer]:
    if change.column is not None:
        yield Offer(("added", change.column.name.last), change.table.last, change.table.schema)
    if change.kind == "truncate":
        yield _offer("emptied", change.table)
    elif change.kind == "rename table" and change.new_name is not None:
        yield _offer("made", change.new_name)
    if change.constraint is not None and change.constraint.kind in _KEYS:
        yield _key(change.table, change.constraint.kind, change.constraint.columns)
    elif change.column is not None:
        for kind in change.column.constraints & _KEYS:
            yield _key(change.table, kind, (change.column.name.last,))


def _keys_of(table: CreateTable) -> Iterator[Offer]:
    for constraint in table.constraints:
        if constraint.kind in _KEYS:
            yield _key(table.name, constraint.kind, constraint.columns)
    for column in table.columns:
        for kind in column.constraints & _KEYS:
            yield _key(table.name, kind, (column.name.last,))


_KEYS = frozenset({"primary key", "unique", "index"})


def _offer(word: str, table: Name) -> Offer:
    return Offer((word, table.last), table.last, table.schema)


def _key(table: Name, kind: str, columns: tuple[str, ...]) -> Offer:
    return Offer(("keyed", table.last), table.last, table.schema, kind, columns)
