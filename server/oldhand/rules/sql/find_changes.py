"""What rules find in migrations: each action of ALTER TABLE, and each table or index that is dropped or renamed."""

from __future__ import annotations

from collections.abc import Iterator

from oldhand.rules.sql.candidates import TABLE_TRAITS, Candidate, candidate, table_traits
from oldhand.rules.sql.changes import Change
from oldhand.rules.sql.script import Script

CHANGE_TRAITS = TABLE_TRAITS | {
    "not null", "null", "default", "generated", "identity", "auto increment", "references", "primary key",
    "unique", "check", "not valid", "converted", "swapped", "new column",
}  # fmt: skip


def find_changes(script: Script) -> Iterator[Candidate]:
    """Every change to a table that is not made in CREATE TABLE."""
    for change in script.reading.changes:
        values, places = {}, {"CHANGE": (change.start, change.end)}
        if change.name is not None:
            values["NAME"] = change.name.text
            places["NAME"] = (change.name.start, change.name.end)
        if change.new_name is not None:
            values["NEW"] = change.new_name.text
        yield candidate(
            script,
            change.statement,
            change.kind,
            _change_traits(script, change),
            places,
            table=change.table,
            may_come=CHANGE_TRAITS - TABLE_TRAITS,
            values=values,
            words=change.name.words if change.name is not None else (),
            of_type=change.type,
        )


def _change_traits(script: Script, change: Change) -> frozenset[str]:
    traits = set(table_traits(script, change.table))
    known = script.known
    if change.column is not None:
        traits |= change.column.constraints
    elif change.name is not None and known.is_added(change.table, change.name.last):
        traits.add("new column")
    if change.constraint is not None:
        if not change.constraint.validated:
            traits.add("not valid")
        if change.constraint.columns and all(known.is_added(change.table, name) for name in change.constraint.columns):
            traits.add("new column")
    if change.converted:
        traits.add("converted")
    if change.new_name is not None and known.is_created(change.table):
        traits.add("swapped")
    return frozenset(traits)
