"""Checking a file: from a text and rules to an analysis, which makes the next one a matter of what changed.

Values in, values out; the caller keeps an `Analysis` and hands it back with the next state of the text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from oldhand.findings import Finding, fingerprint
from oldhand.rules.analysis import Analysis
from oldhand.rules.carried import Carried, apart, carried, with_changes
from oldhand.rules.compile import program
from oldhand.rules.facts.shapes import shapes_of
from oldhand.rules.results import results
from oldhand.rules.rule import RuleSet
from oldhand.rules.sql_results import sql_results
from oldhand.rules.unit_rules import Hit, UnitRun, check_whole
from oldhand.syntax.half_typed import Changes, half_typed
from oldhand.syntax.languages import Language
from oldhand.syntax.tree import parse
from oldhand.text.ranges import TextRange


def check(path: str, language: Language, text: str, rules: RuleSet, previous: Analysis | None = None) -> Analysis:
    """Find what the rules say of `text`; `previous`, an analysis of an earlier state, saves most of the work.

    While a statement is half typed, the findings outside of it are those of the text with that statement as it was when
    it was whole.
    A rule that raises or uses up its steps is off for this file and told in `problems`.
    """
    compiled = program(rules, language)
    run = UnitRun(path, compiled)
    if previous is not None and (previous.language is not language or previous.rules is not rules):
        previous = None
    before = previous.whole if previous is not None else None
    if language.grammar is None:
        return _check_sql(language, text, run, before, rules)
    if isinstance(previous, Carried):
        left = apart(previous, text)
        if left.items:
            whole = check(path, language, left.undone(previous.before.text, text), rules, previous.before)
            found = with_changes(whole, previous.before.text, text, left)
            # Several that are half typed may make a whole together.
            if found is not None and (
                len(found.changes.items) == 1 or parse(language, text, found.before.tree).has_error
            ):
                return found
    base = before.tree if before is not None else None
    change = half_typed(base, text) if base is not None else None
    if before is not None and base is not None and change is not None and not base.has_error:
        return carried(before, text, Changes((change,)))
    tree = parse(language, text, base)
    if before is not None and change is not None and tree.has_error:
        # Where something else was broken before, the change might have mended that.
        return carried(before, text, Changes((change,)))
    shapes = shapes_of(language)
    units = results(tree, shapes, run, before.units if before is not None else ()) if shapes is not None else ()
    hits: list[tuple[Hit, int]] = [(hit, result.unit.start) for result in units for hit in result.hits]
    if compiled.wide or (shapes is None and compiled.narrow):
        hits.extend((hit, 0) for hit in check_whole(tree, shapes, run))
    return Analysis(language, text, rules, _placed(hits, text), (*compiled.failed, *run.problems), tree, units)


def _check_sql(language: Language, text: str, run: UnitRun, before: Analysis | None, rules: RuleSet) -> Analysis:
    earlier = before.sql if before is not None else None
    checked = run.guarded_sql(lambda: [sql_results(text, run, earlier)])
    sql = checked[0] if checked else None
    placed = _placed(sql.hits() if sql is not None else (), text)
    return Analysis(language, text, rules, placed, (*run.program.failed, *run.problems), sql=sql)


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
