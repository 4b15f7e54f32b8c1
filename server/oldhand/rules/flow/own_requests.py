"""Requests that the program makes itself, which only share their name with those that it gets."""

from __future__ import annotations

from oldhand.rules.facts.names import Names
from oldhand.syntax.node import Node


def is_own_request(node: Node, names: Names) -> bool:
    """Whether it is a part of something made here: `request.url` after `const request = new Request(url)`."""
    shapes = names.index.shapes
    while node.kind in shapes.members or node.kind in shapes.calls:
        base = node.child(shapes.members[node.kind][0] if node.kind in shapes.members else shapes.calls[node.kind])
        if base is None:
            return False
        node = base
    return node.kind in shapes.names and any(
        found.how == "assign" and found.value.kind == "new_expression" for found in names.reaching(node.text, node)
    )
