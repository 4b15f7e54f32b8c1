"""The relations `inside`, `has`, `follows` and `precedes`, and how far each looks.

A step is counted for every node looked at, so that relations within relations can not run away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from oldhand.rules.dialect.match import Check, Env, Matcher, Run, StepsExceeded
from oldhand.syntax.node import Node

Stop: TypeAlias = Matcher | bool
"""How far a relation looks: to the neighbour (False), to the end (True), to a node that matches and no further."""


def inside(outer: Matcher, stop: Stop, field: str) -> Check:
    """Whether an ancestor matches; with `field`, one that holds the node, or the way to it, in that field."""
    if not field:
        return _along(outer, stop, lambda node: node.parent)
    kinds, fits = outer.kinds, outer.match

    def match(node: Node, env: Env, run: Run) -> bool:
        below, above = node, node.parent
        while above is not None:
            run.spend(1)
            fitting = (kinds is None or above.kind in kinds) and above.child(field) is below
            if fitting and fits(above, env, run):
                return True
            if stop is False or (stop is not True and _stops(stop, above, run)):
                return False
            below, above = above, above.parent
        return False

    return match


def follows(former: Matcher, stop: Stop) -> Check:
    """Whether a sibling before the node matches, the nearest first."""
    return _along(former, stop, Node.previous)


def precedes(later: Matcher, stop: Stop) -> Check:
    """Whether a sibling after the node matches, the nearest first."""
    return _along(later, stop, Node.next)


def _along(other: Matcher, stop: Stop, step: Callable[[Node], Node | None]) -> Check:
    """Whether one of the nodes that `step` leads to matches."""
    kinds, fits = other.kinds, other.match

    def match(node: Node, env: Env, run: Run) -> bool:
        there = step(node)
        while there is not None:
            run.steps -= 1
            if run.steps < 0:
                raise StepsExceeded
            if (kinds is None or there.kind in kinds) and fits(there, env, run):
                return True
            if stop is False or (stop is not True and _stops(stop, there, run)):
                return False
            there = step(there)
        return False

    return match


def _stops(stop: Matcher, node: Node, run: Run) -> bool:
    return stop.match(node, Env(), run)


def has(inner: Matcher, stop: Stop, field: str) -> Check:
    """Whether a node below matches, in text order; with `field`, the child in that field or a node below it."""
    kinds, fits = inner.kinds, inner.match

    def match(node: Node, env: Env, run: Run) -> bool:
        children = node.children
        if field:
            child = node.child(field)
            children = [child] if child is not None else []
        below = children[::-1]
        while below:
            there = below.pop()
            run.steps -= 1
            if run.steps < 0:
                raise StepsExceeded
            if (kinds is None or there.kind in kinds) and fits(there, env, run):
                return True
            if there.children and stop is not False and (stop is True or not _stops(stop, there, run)):
                below.extend(reversed(there.children))
        return False

    return match
