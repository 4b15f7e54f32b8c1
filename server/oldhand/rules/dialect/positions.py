"""The key `nthChild`: a node's place among its siblings, in CSS's notation."""

from __future__ import annotations

import re
from collections.abc import Callable

from oldhand.rules.dialect.match import Check, Env, Matcher, Run
from oldhand.syntax.node import Node

_POSITION = re.compile(r"(?:(?P<step>[+-]?\d{0,6})n(?P<offset>[+-]\d{1,6})?|(?P<only>[+-]?\d{1,6}))\Z")


def nth_child(position: object, of: Matcher | None, reverse: bool) -> Check:
    """Whether the node has that place among its named siblings, or among those of them that match `of`.

    Raises ValueError for a position that is neither a number nor of the form `An+B`.
    """
    fits = _position(position)

    def match(node: Node, env: Env, run: Run) -> bool:
        if node.parent is None or not node.named:
            return False
        before = 0
        siblings = node.parent.children
        run.spend(len(siblings))
        for sibling in siblings[: node.index : -1] if reverse else siblings[: node.index]:
            if sibling.named and (of is None or of.match(sibling, env.copy(), run)):
                before += 1
        return fits(before + 1) and (of is None or of.match(node, env, run))

    return match


def _position(position: object) -> Callable[[int], bool]:
    """Whether a place, counted from 1, is one of `An+B` for an n from 0 on."""
    text = "".join(str(position).split()).lower()
    found = _POSITION.match(text)
    if not found or isinstance(position, bool | float):
        raise ValueError(f'The position "{position}" of nthChild is neither a number nor of the form "2n+1".')
    if found["only"]:
        only = int(found["only"])
        return lambda place: place == only
    sign_or_step = found["step"]
    step = int(sign_or_step + "1") if sign_or_step in {"", "+", "-"} else int(sign_or_step)
    offset = int(found["offset"] or 0)
    if step == 0:
        return lambda place: place == offset
    return lambda place: (place - offset) % step == 0 and (place - offset) // step >= 0
