"""A call's arguments, with those looked up that stand in an options object or a dictionary of the same file."""

from __future__ import annotations

import re

from oldhand.rules.facts.names import Names
from oldhand.rules.facts.shapes import Arguments, Shapes, arguments, entries, options_argument
from oldhand.syntax.node import Node

_MAX_DEPTH = 3
_OPTIONS = re.compile(r"(?i)(opts|options|config|configuration|settings|params|kwargs|init|attrs|flags)$")


def known_arguments(call: Node, names: Names) -> Arguments:
    """The arguments of a call, with what a variable in last place, or one that is spread, is known to hold.

    What such a variable may hold besides counts as spread.
    """
    shapes = names.index.shapes
    given = arguments(call, shapes)
    named = dict(given.named)
    spreads: list[Node] = []
    last = options_argument(given.positional)
    if last is not None and "object" in shapes.containers:
        if last.kind == "object":
            spreads.extend(_looked_up(last, named, names))
        elif last.kind in shapes.names and _look_up(last, named, names):
            pass
        elif len(given.positional) > 1 and _OPTIONS.search(_called(last, shapes)):
            spreads.append(last)
    for spread in given.spreads:
        if not (spread.kind in shapes.names and _look_up(spread, named, names)):
            spreads.append(spread)
    return Arguments(given.positional, named, tuple(spreads))


def _called(node: Node, shapes: Shapes) -> str:
    """The name of a variable or a member, or that of the function that a call calls; "" for anything else."""
    if node.kind in shapes.calls:
        target = node.child(shapes.calls[node.kind])
        return target.text if target is not None else ""
    return node.text if node.kind in shapes.names or node.kind in shapes.members else ""


def _looked_up(container: Node, named: dict[str, Node], names: Names) -> list[Node]:
    """Take in what is spread into an object literal; what could not be looked up is returned."""
    shapes = names.index.shapes
    unknown: list[Node] = []
    for child in container.named_children:
        if child.kind in shapes.spreads and child.named_children:
            inner = child.named_children[0]
            if not (inner.kind in shapes.names and _look_up(inner, named, names)):
                unknown.append(inner)
    return unknown


def _look_up(name: Node, named: dict[str, Node], names: Names) -> bool:
    """Take in the entries of the literal that a variable holds; whether it is one."""
    shapes = names.index.shapes
    holders = _holders(name, names)
    if len(holders) != 1:
        return False
    literal = holders[0]
    while literal.kind in shapes.transparent and literal.named_children:
        literal = literal.named_children[0]
    if literal.kind == "call" and literal.text.startswith("dict("):
        found = arguments(literal, shapes).named
    elif literal.kind in {"object", "dictionary"}:
        if any(child.kind in shapes.spreads for child in literal.named_children):
            return False
        found = entries(literal, shapes)
    else:
        return False
    for key, value in found.items():
        named.setdefault(key, value)
    return True


def _holders(name: Node, names: Names) -> list[Node]:
    """The expressions that a variable is set to, in the function or else in the file."""
    found = names.reaching(name.text, name)
    if found or names.parameter(name.text, name) is not None:
        return [definition.value for definition in found if definition.how == "assign"]
    declared = names.module.declared(name.text)
    return [one.definition.value for one in declared if one.definition is not None and one.definition.how == "assign"]


def resolved(node: Node, names: Names) -> Node:
    """What a variable was set to, where there is one such place alone; any other expression is itself."""
    for _ in range(_MAX_DEPTH):
        if node.kind not in names.index.shapes.names:
            break
        holders = _holders(node, names)
        if len(holders) != 1:
            break
        node = holders[0]
    return node
