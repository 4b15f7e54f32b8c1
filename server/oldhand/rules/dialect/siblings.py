"""Comparing the children of a pattern's node with a text's.

There is no backtracking: `$$$` takes the nodes up to the first that the next goal matches, and punctuation
after a `$$$` is not looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oldhand.rules.dialect.goals import Compare, Goal, capture_many
from oldhand.rules.dialect.match import Env, Run, StepsExceeded
from oldhand.rules.dialect.strictness import (
    ERROR,
    MATCHED,
    NO_MATCH,
    SKIP_CANDIDATE,
    SKIP_GOAL,
    Outcome,
    Strictness,
)
from oldhand.syntax.node import Node

# Where the goals and the nodes stand: the next goal, and the next node or _FAILED.
_Place = tuple[int, int]
_FAILED = -1


def inner(kind: str, named: bool, goals: Sequence[Goal], strictness: Strictness) -> Compare:
    """Compare with a node that has children."""
    any_kind = kind == ERROR or strictness is Strictness.TEMPLATE
    matches = siblings(goals, strictness)

    def compare(node: Node, env: Env, run: Run) -> Outcome:
        if not any_kind and (node.kind != kind or node.named is not named):
            return NO_MATCH
        return MATCHED if matches(node.children, env, run) else NO_MATCH

    return compare


def siblings(goals: Sequence[Goal], strictness: Strictness) -> Callable[[list[Node], Env, Run], bool]:
    """Whether a list of nodes is what the goals describe, from its first node on."""
    if not goals:
        return lambda nodes, env, run: bool(nodes)
    compares = tuple(goal.compare for goal in goals)
    lists = tuple(_list(goals, at) for at in range(len(goals)))
    count = len(goals)
    needed = max((at + 1 for at, goal in enumerate(goals) if not goal.optional), default=0)
    skips_rest = strictness.skips_rest if strictness is not Strictness.SMART else None

    def match(nodes: list[Node], env: Env, run: Run) -> bool:
        run.steps -= 1
        if run.steps < 0:
            raise StepsExceeded
        size = len(nodes)
        if not size:
            return False
        at = index = 0
        while True:
            found = lists[at]
            if found is not None:
                index = found.take(nodes, index, env, run)
                at = found.next
                if at == count or index == _FAILED:
                    return index != _FAILED
                if lists[at] is not None:
                    continue
            outcome = compares[at](nodes[index], env, run)
            if outcome is MATCHED:
                at += 1
                index += 1
            elif outcome is NO_MATCH:
                return False
            else:
                at, index = skip(outcome, (at, index), nodes, env, run)
            if at == count:
                return index != _FAILED and (skips_rest is None or all(map(skips_rest, nodes[index:])))
            if index == size:
                return False

    def skip(outcome: Outcome, place: _Place, nodes: list[Node], env: Env, run: Run) -> _Place:
        """Go on from an outcome that skips, up to the next that matches; `count` goals are the end."""
        at, index = place
        while outcome is not NO_MATCH:
            run.spend(1)
            if outcome is not SKIP_GOAL:
                index += 1
            if outcome is not SKIP_CANDIDATE:
                at += 1
            if outcome is MATCHED or at == count:
                return at, index
            if index == len(nodes):
                return count, index if at >= needed else _FAILED
            outcome = compares[at](nodes[index], env, run)
        return count, _FAILED

    return match


@dataclass(frozen=True, slots=True, eq=False)
class _List:
    """A `$$$` among its siblings.

    `next` is the first goal behind it that is no punctuation, `goal` that goal, None at the end. `dropped`
    counts the punctuation between; as many of the nodes taken are not captured.
    """

    name: str
    next: int
    goal: Goal | None
    dropped: int

    def take(self, nodes: list[Node], index: int, env: Env, run: Run) -> int:
        """Capture nodes from `index` on; the index behind them, _FAILED where the next goal has no node."""
        end = self._end(nodes, index, env, run)
        if self.goal is not None and end >= len(nodes):
            return _FAILED
        taken = nodes[index : end - self.dropped] if self.name else []
        return end if capture_many(self.name, taken, env, run) else _FAILED

    def _end(self, nodes: list[Node], index: int, env: Env, run: Run) -> int:
        goal = self.goal
        if goal is None:
            return len(nodes)
        if goal.many is not None:
            return index + 1
        mark = env.mark()
        for end in range(index, len(nodes)):
            run.spend(1)
            found = goal.compare(nodes[end], env, run) is MATCHED
            if goal.captures:
                env.undo(mark)
            if found:
                return end
        return len(nodes)


def _list(goals: Sequence[Goal], at: int) -> _List | None:
    many = goals[at].many
    if many is None:
        return None
    after = at + 1
    while after < len(goals) and goals[after].trivial:
        after += 1
    goal = goals[after] if after < len(goals) else None
    return _List(many.name, after, goal, after - at - 1)
