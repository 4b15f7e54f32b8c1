"""Candidates: the value that every search through a text of SQL yields, and how one is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oldhand.rules.sql.names import Name
from oldhand.rules.sql.script import Script
from oldhand.rules.sql.statements import Statement
from oldhand.rules.sql.tables import TypeName

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that a rule may report.

    `traits` are what `has` and `lacks` ask for; `may_come` are those that an unfinished text may still bring. `places`
    are spans of the SQL by name, the first of them being what is reported unless the rule says otherwise; `values` are
    texts for the message. The others are what the rule's filters are held against: names in lower case, and the words
    of the names that the candidate and its table have.
    """

    statement: Statement
    kind: str
    traits: frozenset[str]
    places: Mapping[str, Span]
    values: Mapping[str, str]
    may_come: frozenset[str]
    table: str
    table_words: tuple[str, ...]
    words: tuple[str, ...]
    type: str
    function: str
    clause: str


def candidate(
    script: Script,
    statement: Statement,
    kind: str,
    traits: frozenset[str],
    places: Mapping[str, Span],
    *,
    table: Name | None,
    values: Mapping[str, str] | None = None,
    may_come: frozenset[str],
    finished: bool = True,
    words: tuple[str, ...] = (),
    of_type: TypeName | None = None,
    function: str = "",
    clause: str = "",
) -> Candidate:
    """The candidate with what all have in common: the places STATEMENT, AFTER and TABLE, the value TABLE.

    `may_come` counts where the statement has an open parenthesis, or `finished` is false, or the program adds to it.
    """
    spans = {**places, "STATEMENT": (statement.start, statement.end)}
    texts = dict(values or {})
    if statement.terminated:
        spans["AFTER"] = (statement.after, statement.after)
    if table is not None:
        spans.setdefault("TABLE", (table.start, table.end))
        texts["TABLE"] = table.text
    if of_type is not None:
        spans.setdefault("TYPE", (of_type.start, of_type.end))
        texts["TYPE"] = of_type.name
        texts["ARGUMENTS"] = f"({', '.join(of_type.arguments)})" if of_type.arguments else ""
    return Candidate(
        statement,
        kind,
        traits | {"transaction"} if script.setting.transaction else traits,
        spans,
        texts,
        frozenset() if finished and statement.whole and not script.reading.source.continues else may_come,
        table.last if table is not None else "",
        table.words if table is not None else (),
        words,
        of_type.name if of_type is not None else "",
        function,
        clause,
    )


def table_traits(script: Script, table: Name) -> frozenset[str]:
    """What the text makes known of a table: "new table", "emptied table", "temporary table"."""
    known = script.known
    found = (("new table", known.is_new), ("emptied table", known.is_emptied), ("temporary table", known.is_temporary))
    return frozenset(trait for trait, holds in found if holds(table))


TABLE_TRAITS = frozenset({"new table", "emptied table", "temporary table", "transaction"})
"""What `table_traits` yields, and the trait that every candidate may have."""
PLACES = frozenset({"STATEMENT", "AFTER", "TABLE"})
"""The places that `candidate` adds."""
VALUES = frozenset({"TABLE"})
"""The values that `candidate` adds, but for those of a type."""
