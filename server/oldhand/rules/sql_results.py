"""What was found in each unit of a file of SQL: kept for as long as neither it nor what it rests on has changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from oldhand.rules.sql.check import admitted, matches, scope_of
from oldhand.rules.sql.dialect import Dialect, guess_dialect, speaks_alike
from oldhand.rules.sql.known import Known, Offer, Topic, by_topic
from oldhand.rules.sql.located import SqlText
from oldhand.rules.sql.purpose import Section, marks_of
from oldhand.rules.sql.script import Reading, Script, Setting, read, setting_of
from oldhand.rules.sql.stretch import split
from oldhand.rules.sql.units import Cut, Unit, cut, recut
from oldhand.rules.unit_rules import Hit, UnitRun, sql_hit, sql_rules
from oldhand.text.edits import changed_span

Offers = dict[Topic, list[Offer]]
Limit = tuple[int, str]
"""The number of a rule of which one hit is enough for each table, and the table."""


@dataclass(frozen=True, slots=True, eq=False)
class SqlResult:
    """A unit with what is read in it, what was found there, and the topics that this rests on.

    `undone` are the sections of the unit that undo a migration. `told` is what others know of it: what it offers, and
    where it is half typed what it did when it was last whole. Of the hits in a file that have the same limit only the
    first counts.
    """

    unit: Unit
    undone: tuple[Section, ...]
    reading: Reading
    told: frozenset[Offer]
    hits: tuple[tuple[Hit, Limit | None], ...] = ()
    asked: frozenset[Topic] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class SqlFile:
    """A checked file of SQL.

    `offers` is what its units tell each other. `settled` is the text that the setting was found out from: the last one
    in which nothing was half typed.
    """

    path: str
    cut: Cut
    setting: Setting
    settled: str
    offers: Offers
    results: tuple[SqlResult, ...]

    def hits(self) -> Iterator[tuple[Hit, int]]:
        """All hits with the place of their unit; of those of which only the first counts, the first in the text."""
        limited: list[tuple[int, int, Hit, Limit]] = []
        for result, start in zip(self.results, self.cut.starts, strict=False):
            for hit, limit in result.hits:
                if limit is None:
                    yield hit, start
                else:
                    limited.append((hit.finding.range.start + start, start, hit, limit))
        limited.sort(key=lambda one: one[0])
        seen: set[Limit] = set()
        for _, start, hit, limit in limited:
            if limit not in seen:
                seen.add(limit)
                yield hit, start


def sql_results(text: str, run: UnitRun, before: SqlFile | None) -> SqlFile:
    """Check a file of SQL; `before`, an earlier state of it, saves most of the work.

    Where that is so, what is half typed leaves everything else as it was: the setting, and what others know.
    """
    divided = recut(before.cut, text) if before is not None and before.path == run.path else None
    if before is None or divided is None:
        return _fresh(text, run)
    dialect = before.setting.dialect if divided.half_typed else _dialect(text, before)
    if dialect is not before.setting.dialect:
        return _fresh(text, run)
    return _checked(divided, run, before)


def _fresh(text: str, run: UnitRun) -> SqlFile:
    return _checked(cut(text, guess_dialect(text, run.path)), run, None)


def _dialect(text: str, before: SqlFile) -> Dialect:
    if speaks_alike(before.settled, text, *changed_span(before.settled, text)):
        return before.setting.dialect
    return guess_dialect(text, before.path)


def _checked(divided: Cut, run: UnitRun, before: SqlFile | None) -> SqlFile:
    source = SqlText.of_file(divided.text)
    marks = marks_of(source)
    results, new, gone = _results(divided, marks.undone, before)
    offers, changed = _exchanged(before.offers if before is not None else {}, gone, [results[index] for index in new])
    if before is not None and divided.half_typed:
        setting, settled = before.setting, before.settled
    else:
        readings = [result.reading for result in results]
        setting = setting_of(source, run.path, divided.dialect, marks, readings, Known(offers))
        settled = divided.text
    again = set(new)
    if before is None or setting != before.setting:
        again.update(range(len(results)))
    elif changed:
        again.update(index for index, result in enumerate(results) if not result.asked.isdisjoint(changed))
    _find(results, again, setting, offers, run)
    return SqlFile(run.path, divided, setting, settled, offers, tuple(results))


def _results(
    divided: Cut, sections: Sequence[Section], before: SqlFile | None
) -> tuple[list[SqlResult], list[int], list[SqlResult]]:
    """A result for each unit, the indexes of those in which nothing is found yet, and the results that are gone."""
    known = {result.unit: result for result in before.results} if before is not None else {}
    results: list[SqlResult] = []
    new: list[int] = []
    for unit, undone in zip(divided.units, _undone(divided, sections), strict=True):
        result = known.get(unit)
        if result is None or result.undone != undone:
            result = _read(unit, undone, divided.dialect)
            new.append(len(results))
        results.append(result)
    kept = set(results)
    return results, new, [result for result in known.values() if result not in kept]


def _undone(divided: Cut, sections: Sequence[Section]) -> Iterator[tuple[Section, ...]]:
    """For each unit the sections that undo a migration, as far as they are in it, in its own offsets."""
    for start, end in zip(divided.starts, divided.starts[1:], strict=False):
        yield tuple(
            (max(since, start) - start, min(until, end) - start)
            for since, until in sections
            if since < end and until > start
        )


def _read(unit: Unit, undone: tuple[Section, ...], dialect: Dialect) -> SqlResult:
    """What is read in a unit, with nothing found yet; what is half typed lacks nothing."""
    source = SqlText.of_file(unit.text)
    if unit.earlier is None:
        reading = read(source, unit.stretch.statements, undone)
        return SqlResult(unit, undone, reading, reading.offers)
    reading = read(replace(source, continues=True), unit.stretch.statements, undone)
    return SqlResult(unit, undone, reading, read(source, split(unit.earlier, dialect).statements, undone).offers)


def _exchanged(offers: Offers, gone: Sequence[SqlResult], new: Sequence[SqlResult]) -> tuple[Offers, frozenset[Topic]]:
    """The offers when some units make place for others, and the topics on which there are others then."""
    lost = [offer for result in gone for offer in result.told]
    won = [offer for result in new for offer in result.told]
    exchanged = dict(offers)
    for topic in {offer.topic for offer in (*lost, *won)}:
        exchanged[topic] = list(exchanged.get(topic, ()))
    for offer in lost:
        exchanged[offer.topic].remove(offer)
    for offer in won:
        exchanged[offer.topic].append(offer)
    return exchanged, frozenset(offer.topic for offer in set(lost) ^ set(won))


def _find(results: list[SqlResult], indexes: Iterable[int], setting: Setting, offers: Offers, run: UnitRun) -> None:
    """Find anew what is in some of the units."""
    rules = sql_rules(run.program, run.path)
    numbered = admitted([compiled for compiled, _ in rules], setting, scope_of(run.path))
    for index in indexes:
        known = _known(results[index], offers)
        script = Script(results[index].reading, setting, known)
        hits = tuple(
            (
                sql_hit(match, rules[match.index][1], run.path, ""),
                (match.index, match.first_of) if match.first_of is not None else None,
            )
            for match in matches(script, numbered)
        )
        results[index] = replace(results[index], hits=hits, asked=frozenset(known.asked))


def _known(result: SqlResult, offers: Offers) -> Known:
    """What is known in a unit: what all tell each other, and what it says itself."""
    if not result.unit.half_typed:
        return Known(offers)
    own = by_topic(result.reading.offers)
    return Known({**offers, **{topic: [*offers.get(topic, ()), *mine] for topic, mine in own.items()}})
