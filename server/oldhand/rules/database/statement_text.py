"""The constant text of a statement that is handed to a call: literals, their sums, variables that hold them."""

from __future__ import annotations

from oldhand.rules.context import Context
from oldhand.rules.database.chains import plain
from oldhand.rules.facts.shapes import arguments
from oldhand.rules.facts.values import HOLE
from oldhand.syntax.node import Node

_MAX_DEPTH = 5


def statement_text(node: Node, context: Context, depth: int = 0) -> str:
    """The text, with `HOLE` for what is not constant; "" where none of it is.

    Much less than what `flow` finds, and of bounded cost: it is asked of every call named `get` or `run`.
    """
    shapes = context.index.shapes
    if depth > _MAX_DEPTH:
        return ""
    node = plain(node, context.names)
    if node.kind in shapes.strings:
        return "".join(_piece(child, context, depth) for child in node.children)
    if node.kind in shapes.binaries:
        left, right = node.child("left"), node.child("right")
        first = statement_text(left, context, depth + 1) if left is not None else ""
        return first + (statement_text(right, context, depth + 1) or HOLE) if first and right is not None else first
    if node.kind in shapes.calls:
        # `text("…")`, sql`…`, `"…".format(…)`, `dedent("…")`
        target = node.child(shapes.calls[node.kind])
        given = arguments(node, shapes).positional
        if target is not None and target.kind in shapes.members:
            base = target.child(shapes.members[target.kind][0])
            if base is not None and base.kind in shapes.strings:
                return statement_text(base, context, depth + 1)
        return statement_text(given[0], context, depth + 1) if len(given) == 1 else ""
    return _of_name(node, context, depth) if node.kind in shapes.names else ""


def _piece(child: Node, context: Context, depth: int) -> str:
    shapes = context.index.shapes
    if child.kind in shapes.string_text:
        return child.text
    if child.kind in shapes.interpolations:
        inner = child.child("expression") or next(iter(child.named_children), None)
        return (statement_text(inner, context, depth + 1) if inner is not None else "") or HOLE
    return statement_text(child, context, depth + 1) if child.kind in shapes.strings else ""


def _of_name(node: Node, context: Context, depth: int) -> str:
    definitions = context.names.reaching(node.text, node)
    if not definitions and context.names.parameter(node.text, node) is None:
        definitions = [found.definition for found in context.module.declared(node.text) if found.definition is not None]
    for definition in definitions:
        if definition.how == "assign":
            text = statement_text(definition.value, context, depth + 1)
            if text:
                return text
    return ""
