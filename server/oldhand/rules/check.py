"""Checking a file: units that are new or rest on something that changed are looked at, the others keep their findings.

Values in, values out; the caller keeps an `Analysis` and hands it back with the next state of the text.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from oldhand.findings import Finding, Fix, fingerprint
from oldhand.problems import Problem
from oldhand.rules.compile import program
from oldhand.rules.facts.index import index_unit
from oldhand.rules.facts.module import Module, UnitFacts, offered
from oldhand.rules.facts.shapes import Shapes, shapes_of
from oldhand.rules.facts.units import Unit, cut, nodes
from oldhand.rules.rule import RuleSet
from oldhand.rules.sql.around import statement_at as sql_statement_at
from oldhand.rules.sql.dialect import guess_dialect
from oldhand.rules.sql.tokens import TokenKind, tokenize
from oldhand.rules.unit_rules import Hit, UnitRun, check_sql_file, check_unit, check_whole
from oldhand.syntax.languages import Language
from oldhand.syntax.tree import SyntaxTree, parse
from oldhand.text.edits import changed_span
from oldhand.text.ranges import TextRange

_MAX_RETIRED = 48


@dataclass(frozen=True, slots=True, eq=False)
class UnitResult:
    """A unit with its facts, what was found in it, and the questions about other units that this rests on."""

    unit: Unit
    facts: UnitFacts
    hits: tuple[Hit, ...]
    asked: frozenset[str]
    offered: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, eq=False)
class Retired:
    """A unit that an earlier state had; `changed` are the names that have changed since it was last looked at."""

    result: UnitResult
    changed: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """One checked state of a file.

    `placed` are the findings, in text order, each with what it was made from. `retired` are units of the states just
    before: while somebody types, a text falls apart and comes together again, and they come back.
    """

    language: Language
    text: str
    rules: RuleSet
    placed: Sequence[tuple[Finding, Hit, int]]
    problems: tuple[Problem, ...]
    tree: SyntaxTree | None = None
    units: tuple[UnitResult, ...] = ()
    retired: Mapping[tuple[str, str], Retired] = field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, in text order; their fixes are made by `fix`."""
        return tuple(finding for finding, _, _ in self.placed)

    def fix(self, finding: Finding) -> Fix | None:
        """The fix for one of the findings, which nobody has verified yet; None where none can be made."""
        for placed, hit, start in self.placed:
            if placed.fingerprint == finding.fingerprint and placed.range == finding.range:
                return hit.fix.at(start, self.text, self.tree) if hit.fix is not None else None
        return None

    def syntax_errors(self) -> list[TextRange]:
        """What does not parse; nothing for SQL, which is not parsed."""
        return self.tree.error_ranges() if self.tree is not None else []

    def comments(self) -> list[TextRange]:
        """The ranges of the comments, in text order."""
        if self.tree is None:
            tokens = tokenize(self.text, guess_dialect(self.text, ""))
            return [TextRange(token.start, token.end) for token in tokens if token.kind is TokenKind.COMMENT]
        if not self.units:
            kinds = ("comment", "line_comment", "block_comment")
            return [node.range for node in self.tree.root().descendants() if node.kind in kinds]
        return [
            node.range.moved(result.unit.start)
            for result in self.units
            for node in result.facts.index.by_kind.get("comment", ())
        ]

    def statement_at(self, place: TextRange) -> TextRange | None:
        """The innermost statement around a place; None where none is."""
        if self.tree is None:
            return sql_statement_at(self.text, place)
        node = self.tree.smallest_at(place)
        while node is not None and not node.type.endswith(("_statement", "_declaration", "_definition", "assignment")):
            node = node.parent
        return self.tree.range_of(node) if node is not None else None


def check(path: str, language: Language, text: str, rules: RuleSet, previous: Analysis | None = None) -> Analysis:
    """Find what the rules say of `text`; `previous`, an analysis of an earlier state, saves most of the work.

    A rule that raises or uses up its steps is off for this file and told in `problems`.
    """
    compiled = program(rules, language)
    run = UnitRun(path, compiled)
    if language.grammar is None:
        found = check_sql_file(text, run)
        return Analysis(
            language, text, rules, _placed(((hit, 0) for hit in found), text), (*compiled.failed, *run.problems)
        )
    if previous is not None and (previous.language is not language or previous.rules is not rules):
        previous = None
    tree = parse(language, text, previous.tree if previous is not None else None)
    shapes = shapes_of(language)
    units, retired = _checked(tree, shapes, run, previous) if shapes is not None else ((), {})
    hits: list[tuple[Hit, int]] = [(hit, result.unit.start) for result in units for hit in result.hits]
    if compiled.wide or shapes is None:
        hits.extend((hit, 0) for hit in check_whole(tree, shapes, run))
    return Analysis(language, text, rules, _placed(hits, text), (*compiled.failed, *run.problems), tree, units, retired)


def _checked(
    tree: SyntaxTree, shapes: Shapes, run: UnitRun, previous: Analysis | None
) -> tuple[tuple[UnitResult, ...], dict[tuple[str, str], Retired]]:
    """Results for all units of the tree, reused where nothing that they rest on has changed; and those retired."""
    before = {result.unit.key: result for result in previous.units} if previous is not None else {}
    retired = dict(previous.retired) if previous is not None else {}
    units = cut(tree)
    untouched = _untouched(tree, previous) if previous is not None and tree.has_error else []
    units = [unit for unit in units if not _is_torn(unit, before, untouched)]
    facts = [_facts(unit, tree, shapes, before, retired) for unit in units]
    keys = {unit.key for unit in units}
    new = {unit.key: offered(known) for unit, known in zip(units, facts, strict=True) if unit.key not in before}
    gone = [result for key, result in before.items() if key not in keys]
    lost: set[tuple[str, str]] = set().union(*(result.offered for result in gone))
    changed = {name for name, _ in lost.symmetric_difference(set().union(*new.values()))}
    stuck = _stuck(tree, units, untouched)
    module_units = [*facts, *(result.facts for result in stuck)]
    results: list[UnitResult] = []
    for unit, known in zip(units, facts, strict=True):
        old, since = before.get(unit.key), changed
        if old is None and unit.key in retired:
            old, since = retired[unit.key].result, changed | retired[unit.key].changed
        if old is not None and old.asked.isdisjoint(since):
            results.append(UnitResult(unit, old.facts, old.hits, old.asked, old.offered))
            continue
        module = Module(run.path, module_units)
        hits = check_unit(known, module, run)
        pairs = old.offered if old is not None else new[unit.key]
        results.append(UnitResult(unit, known, hits, frozenset(module.asked), pairs))
    return (
        tuple(sorted([*results, *stuck], key=lambda result: result.unit.start)),
        _retire(retired, keys, gone, frozenset(changed)),
    )


def _facts(
    unit: Unit,
    tree: SyntaxTree,
    shapes: Shapes,
    before: Mapping[tuple[str, str], UnitResult],
    retired: Mapping[tuple[str, str], Retired],
) -> UnitFacts:
    if unit.key in before:
        return before[unit.key].facts
    if unit.key in retired:
        return retired[unit.key].result.facts
    return UnitFacts(index_unit(nodes(unit, tree), tree.language, shapes, unit.owner))


def _retire(
    retired: Mapping[tuple[str, str], Retired],
    current: set[tuple[str, str]],
    gone: Iterable[UnitResult],
    changed: frozenset[str],
) -> dict[tuple[str, str], Retired]:
    """What is remembered of units that are no longer there: the last ones, with what has changed since."""
    kept = [(key, Retired(old.result, old.changed | changed)) for key, old in retired.items() if key not in current]
    kept.extend((result.unit.key, Retired(result, changed)) for result in gone)
    return dict(kept[-_MAX_RETIRED:])


def _untouched(tree: SyntaxTree, previous: Analysis) -> list[UnitResult]:
    """Units of the last state in which nothing was typed, where they are now, whatever the tree makes of them."""
    before, after = changed_span(previous.text, tree.text)
    shift = after.end - before.end
    found: list[UnitResult] = []
    for result in previous.units:
        unit = result.unit
        if unit.end <= before.start:
            found.append(result)
        elif unit.start >= before.end:
            found.append(replace(result, unit=replace(unit, start=unit.start + shift, end=unit.end + shift)))
    return found


def _is_torn(unit: Unit, before: Mapping[tuple[str, str], UnitResult], untouched: list[UnitResult]) -> bool:
    """Whether a unit is the work of a syntax error: it is broken, and what was several units before is in it.

    An open quote or bracket makes one of the rest of a file; looking at that with every key that is pressed would
    cost much and find nothing that is true.
    """
    if not untouched or unit.key in before or not any(source.has_error for source in unit.sources):
        return False
    first = bisect_left(untouched, unit.start, key=lambda result: result.unit.start)
    return len(untouched) > first + 1 and untouched[first + 1].unit.end <= unit.end


def _stuck(tree: SyntaxTree, units: list[Unit], untouched: list[UnitResult]) -> list[UnitResult]:
    """Units of the last state that a syntax error elsewhere has torn apart, though their own text is as it was."""
    if not untouched:
        return []
    present = {(unit.start, unit.end) for unit in units}
    errors = tree.error_ranges()
    return [
        result
        for result in untouched
        if (result.unit.start, result.unit.end) not in present
        and not any(TextRange(result.unit.start, result.unit.end).touches(error) for error in errors)
    ]


def _placed(hits: Iterable[tuple[Hit, int]], text: str) -> list[tuple[Finding, Hit, int]]:
    """Hits as findings at their places, in text order, numbered where they are equal; with hit and start.

    Of several by one rule at one place the most severe is kept.
    """

    def order(item: tuple[Hit, int]) -> tuple[int, int, int]:
        place = item[0].finding.range
        return place.start + item[1], place.end + item[1], -item[0].finding.severity

    ordered = sorted(hits, key=order)
    counts: Counter[tuple[str, str, str]] = Counter()
    seen: set[tuple[str, TextRange]] = set()
    placed: list[tuple[Finding, Hit, int]] = []
    for hit, start in ordered:
        rule, place = hit.finding.rule, hit.finding.range.moved(start)
        if (rule, place) in seen:
            continue
        seen.add((rule, place))
        key = (rule, hit.scope, text[place.start : place.end])
        identity = fingerprint(*key, counts[key])
        counts[key] += 1
        placed.append((replace(hit.finding, range=place, fingerprint=identity), hit, start))
    return placed
