"""Matchers made of matchers: `all`, `any` and `not`, constraints on captures, and utilities that name themselves.

A part's captures are seen by the parts after it, and are forgotten where the whole does not match.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce

from oldhand.rules.dialect.match import FREE, MAX_DEPTH, Check, Env, Matcher, Run, StepsExceeded
from oldhand.syntax.node import Node


def all_of(parts: Sequence[Matcher]) -> Matcher:
    """Matches where every part does.

    They are asked in their order where captures are in play; what nothing depends on is asked as early as it is cheap.
    """
    if len(parts) == 1:
        return parts[0]
    parts = _ordered(parts)
    kinds = [part.kinds for part in parts if part.kinds is not None]
    captures = frozenset[str]().union(*(part.captures for part in parts))
    checks = tuple(part.match for part in parts)
    return Matcher(
        _undone(_every(checks)) if captures else _every(checks),
        reduce(frozenset.intersection, kinds) if kinds else None,
        frozenset[frozenset[str]]().union(*(part.words for part in parts)),
        captures,
        any(part.reads for part in parts),
        max((part.cost for part in parts), default=FREE),
    )


def _ordered(parts: Sequence[Matcher]) -> list[Matcher]:
    waiting = sorted((part for part in parts if not part.captures and not part.reads), key=lambda part: part.cost)
    ordered: list[Matcher] = []
    for part in parts:
        if part.captures or part.reads:
            while waiting and waiting[0].cost <= part.cost:
                ordered.append(waiting.pop(0))
            ordered.append(part)
    return ordered + waiting


def _every(checks: tuple[Check, ...]) -> Check:
    if len(checks) == 2:
        first, second = checks
        return lambda node, env, run: first(node, env, run) and second(node, env, run)

    def match(node: Node, env: Env, run: Run) -> bool:
        for check in checks:  # noqa: SIM110 - all() over a generator takes twice as long
            if not check(node, env, run):
                return False
        return True

    return match


def _undone(check: Check) -> Check:
    """The check, with what it captured forgotten where the answer is no."""

    def match(node: Node, env: Env, run: Run) -> bool:
        mark = env.mark()
        if check(node, env, run):
            return True
        env.undo(mark)
        return False

    return match


def any_of(parts: Sequence[Matcher]) -> Matcher:
    """Matches where a part does; the first that does captures."""
    if len(parts) == 1:
        return parts[0]
    checks = tuple((part.kinds, part.match) for part in parts)

    def match(node: Node, env: Env, run: Run) -> bool:
        for kinds, check in checks:  # noqa: SIM110 - as above
            if (kinds is None or node.kind in kinds) and check(node, env, run):
                return True
        return False

    kinds = [part.kinds for part in parts if part.kinds is not None]
    return Matcher(
        match,
        frozenset[str]().union(*kinds) if len(kinds) == len(parts) else None,
        _either(parts),
        frozenset[str]().union(*(part.captures for part in parts)),
        any(part.reads for part in parts),
        max((part.cost for part in parts), default=FREE),
    )


def _either(parts: Sequence[Matcher]) -> frozenset[frozenset[str]]:
    """One set for all parts, of each the one that tells most; none where a part has no words."""
    if not all(part.words for part in parts):
        return frozenset()
    telling = (max(part.words, key=lambda words: min(map(len, words))) for part in parts)
    return frozenset({frozenset[str]().union(*telling)})


def not_(part: Matcher) -> Matcher:
    """Matches where the part does not; captures nothing."""
    kinds, check = part.kinds, part.match

    def match(node: Node, env: Env, run: Run) -> bool:
        if kinds is not None and node.kind not in kinds:
            return True
        mark = env.mark()
        if not check(node, env, run):
            return True
        env.undo(mark)
        return False

    return Matcher(match, reads=bool(part.captures) or part.reads, cost=part.cost)


def constrained(matcher: Matcher, constraints: Mapping[str, Matcher]) -> Matcher:
    """Matches where the matcher does and each captured node has what is asked of its name.

    Raises ValueError for a name that nothing captures.
    """
    captures = matcher.captures.union(*(constraint.captures for constraint in constraints.values()))
    for name in constraints:
        if name not in captures:
            raise ValueError(f"There is a constraint on ${name}, which the rule does not capture.")
    checks = tuple((name, constraint.match) for name, constraint in constraints.items())
    fits = matcher.match

    def match(node: Node, env: Env, run: Run) -> bool:
        if not fits(node, env, run):
            return False
        for name, check in checks:
            captured = env.single.get(name)
            if captured is not None and not check(captured, env, run):
                return False
        return True

    return replace(matcher, match=_undone(match), captures=captures) if constraints else matcher


def recursive(name: str, table: Mapping[str, Matcher], captures: frozenset[str]) -> Matcher:
    """The utility of that name, looked up when it is used, since it is not compiled yet.

    Raises StepsExceeded where it is used within itself too often.
    """

    def match(node: Node, env: Env, run: Run) -> bool:
        if run.depth == MAX_DEPTH:
            raise StepsExceeded
        run.depth += 1
        try:
            return table[name].match(node, env, run)
        except RecursionError:
            raise StepsExceeded from None
        finally:
            run.depth -= 1

    return Matcher(match, captures=captures)
