"""What matching works with: captures, the step budget, and the `Matcher` that a rule is compiled to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from oldhand.syntax.node import Node

MAX_STEPS = 1_000_000
MAX_DEPTH = 60

# What it costs to ask: a look at the node, at its text or children, at names, at values.
FREE, CHEAP, FAIR, DEAR = range(4)


class StepsExceeded(Exception):
    """A rule took more steps on a text than it is given; nothing it found there counts."""


class Env:
    """Captures: `single` has the node of each `$NAME`, `multi` the nodes of each `$$$NAME`.

    Entries are only added, never replaced, so that the dictionaries have them in the order of capture and a
    state is two lengths.
    """

    __slots__ = ("multi", "single")

    def __init__(self) -> None:
        self.single: dict[str, Node] = {}
        self.multi: dict[str, list[Node]] = {}

    def __repr__(self) -> str:
        return f"Env({self.single}, {self.multi})"

    def copy(self) -> Env:
        """An environment of its own with the same captures."""
        copy = Env()
        copy.single.update(self.single)
        copy.multi.update(self.multi)
        return copy

    def mark(self) -> tuple[int, int]:
        """The present state, for `undo`."""
        return len(self.single), len(self.multi)

    def undo(self, mark: tuple[int, int]) -> None:
        """Forget what was captured since the mark."""
        while len(self.single) > mark[0]:
            self.single.popitem()
        while len(self.multi) > mark[1]:
            self.multi.popitem()


class Run:
    """One rule's run over one text: the steps that are left, and a context for added predicates."""

    __slots__ = ("context", "depth", "steps")

    def __init__(self, context: object = None, steps: int = MAX_STEPS) -> None:
        self.context = context
        self.steps = steps
        self.depth = 0

    def spend(self, steps: int) -> None:
        """Take steps from the budget.

        Raises StepsExceeded when it is used up.
        """
        self.steps -= steps
        if self.steps < 0:
            raise StepsExceeded


Check: TypeAlias = Callable[[Node, Env, Run], bool]
"""Whether a node matches; captures in the environment, which it leaves as it was where the answer is no."""


@dataclass(frozen=True, slots=True, eq=False)
class Matcher:
    """A compiled rule, or a part of one.

    `kinds` are the node kinds that it can match, None for any. `words` are sets of texts, of each of which one stands
    in the text of any node that matches. `captures` are the names that a match may bind; `reads` says that the answer
    may depend on what is captured, though nothing is bound. `cost` orders parts that can be asked in any order.
    """

    match: Check
    kinds: frozenset[str] | None = None
    words: frozenset[frozenset[str]] = frozenset()
    captures: frozenset[str] = frozenset()
    reads: bool = False
    cost: int = DEAR


def same(one: Node, other: Node, run: Run) -> bool:
    """Whether two nodes are equal code: kinds are the same all the way down, texts where one is a leaf."""
    stack = [(one, other)]
    while stack:
        one, other = stack.pop()
        run.spend(1)
        if one is other:
            continue
        if _named_leaf(one) or _named_leaf(other):
            if one.end - one.start != other.end - other.start or one.text != other.text:
                return False
        elif one.kind != other.kind or one.named != other.named or len(one.children) != len(other.children):
            return False
        else:
            stack.extend(zip(one.children, other.children, strict=True))
    return True


def same_named(ones: list[Node], others: list[Node], run: Run) -> bool:
    """Whether the named nodes of two lists are equal code, pair by pair."""
    ones = [node for node in ones if node.named]
    others = [node for node in others if node.named]
    return len(ones) == len(others) and all(same(one, other, run) for one, other in zip(ones, others, strict=True))


def _named_leaf(node: Node) -> bool:
    return not any(child.named for child in node.children)
