"""What was found in each unit of a file: kept for as long as neither the unit nor what it rests on has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oldhand.rules.facts.index import index_unit
from oldhand.rules.facts.module import File, Module, UnitFacts
from oldhand.rules.facts.shapes import Shapes
from oldhand.rules.facts.units import Unit, cut, nodes
from oldhand.rules.unit_rules import Hit, UnitRun, check_unit
from oldhand.syntax.tree import SyntaxTree


@dataclass(frozen=True, slots=True, eq=False)
class UnitResult:
    """A unit with its facts, what was found in it, and the questions about other units that this rests on."""

    unit: Unit
    facts: UnitFacts
    hits: tuple[Hit, ...]
    asked: frozenset[str]


def results(tree: SyntaxTree, shapes: Shapes, run: UnitRun, before: Sequence[UnitResult]) -> tuple[UnitResult, ...]:
    """Results for all units of the tree, in text order; `before`, those of an earlier state, save most of the work."""
    known = {result.unit.key: result for result in before}
    units = cut(tree)
    facts = [
        known[unit.key].facts
        if unit.key in known
        else UnitFacts(index_unit(nodes(unit, tree), tree.language, shapes, unit.owner))
        for unit in units
    ]
    keys = {unit.key for unit in units}
    gone = [result.facts for key, result in known.items() if key not in keys]
    new = [one for unit, one in zip(units, facts, strict=True) if unit.key not in known]
    # A first check asks everything anyway.
    changed = {name for name, _ in _offered(gone) ^ _offered(new)} if known else set[str]()
    file = File(run.path, facts)
    found: list[UnitResult] = []
    for unit, one in zip(units, facts, strict=True):
        old = known.get(unit.key)
        if old is not None and old.asked.isdisjoint(changed):
            found.append(UnitResult(unit, one, old.hits, old.asked))
            continue
        module = Module(file)
        hits = check_unit(one, module, run)
        found.append(UnitResult(unit, one, hits, frozenset(module.asked)))
    return tuple(found)


def _offered(units: Sequence[UnitFacts]) -> set[tuple[str, str]]:
    return set().union(*(unit.offers for unit in units))
