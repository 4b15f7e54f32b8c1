"""The nodes of a pattern as functions: comparing a leaf or a metavariable, and saying what to skip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from oldhand.rules.dialect.match import Env, Run, same, same_named
from oldhand.rules.dialect.strictness import (
    ERROR,
    EXTRAS,
    MATCHED,
    NO_MATCH,
    SKIP_BOTH,
    SKIP_CANDIDATE,
    SKIP_GOAL,
    Outcome,
    Strictness,
)
from oldhand.syntax.node import Node

Compare: TypeAlias = Callable[[Node, Env, Run], Outcome]
"""Compares a node of the pattern with one of the text.

Captures where the answer is MATCHED; where a part matched and the whole does not, the caller undoes.
"""


@dataclass(frozen=True, slots=True)
class Variable:
    """A metavariable: `$A`; `$$A`, anonymous nodes too; `$$$A`, any number of nodes. "" captures nothing."""

    name: str
    named_only: bool = True
    many: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """A node of the pattern among its siblings.

    `many` is set for a `$$$`. `trivial` is an anonymous node. `optional` may be left over when the text's nodes
    are used up. `captures` says whether comparing may bind something.
    """

    compare: Compare
    many: Variable | None = None
    trivial: bool = False
    optional: bool = False
    captures: bool = False


def leaf(kind: str, named: bool, text: str, strictness: Strictness) -> Compare:
    """Compare with a node that has no children; an anonymous one is known by its kind alone."""
    length = len(text)
    any_kind = kind == ERROR or strictness is Strictness.TEMPLATE
    any_text = strictness is Strictness.SIGNATURE or (not named and strictness is not Strictness.TEMPLATE)
    skip = _skipping(strictness, strictness.skips_anonymous_goals and not named)

    def compare(node: Node, env: Env, run: Run) -> Outcome:
        if (any_kind or (node.kind == kind and node.named is named)) and (
            any_text or (node.end - node.start == length and node.source.startswith(text, node.start))
        ):
            return MATCHED
        return skip(node)

    return compare


def _skipping(strictness: Strictness, optional: bool) -> Callable[[Node], Outcome]:
    """What follows from a leaf that does not match; `optional` says that the text need not have it."""
    comments = strictness.skips_comments
    skips_anonymous = strictness is not Strictness.CST

    def skip(node: Node) -> Outcome:
        if comments and node.kind in EXTRAS:
            return SKIP_CANDIDATE
        if node.named or not skips_anonymous:
            return SKIP_GOAL if optional else NO_MATCH
        return SKIP_BOTH if optional else SKIP_CANDIDATE

    return skip


def capture(variable: Variable, skips_comments: bool) -> Compare:
    """Compare with a metavariable for one node."""
    name, named_only = variable.name, variable.named_only

    def compare(node: Node, env: Env, run: Run) -> Outcome:
        if skips_comments and node.kind in EXTRAS:
            return SKIP_CANDIDATE
        if named_only and not node.named:
            return NO_MATCH
        if name:
            bound = env.single.get(name)
            if bound is None:
                env.single[name] = node
            elif not same(bound, node, run):
                return NO_MATCH
        return MATCHED

    return compare


def capture_one_of_many(name: str) -> Compare:
    """Compare one node with a `$$$`, as happens only where goals before it were passed over."""

    def compare(node: Node, env: Env, run: Run) -> Outcome:
        return MATCHED if capture_many(name, [node], env, run) else NO_MATCH

    return compare


def capture_many(name: str, nodes: list[Node], env: Env, run: Run) -> bool:
    """Bind the nodes to a `$$$NAME`; False where it is bound to other code."""
    if not name:
        return True
    bound = env.multi.get(name)
    if bound is None:
        env.multi[name] = nodes
        return True
    return same_named(bound, nodes, run)
