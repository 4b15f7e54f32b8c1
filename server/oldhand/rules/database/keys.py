"""The values that go into an operation, as dotted paths, by which two operations are seen to be about one row."""

from __future__ import annotations

from collections.abc import Iterator

from oldhand.rules.context import Context
from oldhand.rules.database.chains import chain, continued
from oldhand.rules.database.operations import Operation
from oldhand.syntax.node import Node

# Too general to tell rows apart.
_ROOTS = frozenset(
    "self this cls req request ctx context event info res response db session tx prisma models settings config".split()
)


def paths(operation: Operation, context: Context) -> frozenset[str]:
    """The dotted paths of all values that an operation is given, those that are put into a new row later included."""
    found: set[str] = set()
    calls = [operation.call, *continued(operation.call, context.names)]
    calls.extend(link.call for link in chain(operation.call, context.names) if link.call is not None)
    if operation.made is not None:
        calls.append(operation.made)
    for call in calls:
        holder = call.child("arguments")
        if holder is not None:
            found.update(values_in(holder, context))
    if operation.row is not None and operation.row.kind in context.index.shapes.names:
        for value in _assigned(operation.row.text, context):
            found.update(values_in(value, context))
    return frozenset(path for path in found if operation.model not in path.split("."))


def share(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether a path of the one is, or is part of, a path of the other."""
    return any(
        mine == theirs or mine.startswith(theirs + ".") or theirs.startswith(mine + ".")
        for mine in one
        for theirs in other
    )


def values_in(node: Node, context: Context) -> Iterator[str]:
    """The dotted paths of the variables below a node, with those that they were taken from."""
    shapes = context.index.shapes
    stack = [node]
    while stack:
        part = stack.pop()
        if part.kind in shapes.keyword_arguments:
            value = part.child(shapes.keyword_arguments[part.kind][1])
            stack.extend([value] if value is not None else [])
        elif part.kind in shapes.members or part.kind in shapes.names:
            base = _root(part, context)
            if base is None:
                # A member of a call's result: what matters is inside the call.
                stack.extend(part.children)
                continue
            for name in (part.text, *context.names.of(part)):
                path = name.replace("?.", ".").replace("()", "").replace("[]", "").replace("!.", ".")
                if path not in _ROOTS:
                    yield path
        else:
            stack.extend(child for child in part.children if part.kind not in shapes.calls or child.field != "function")
            if part.kind in shapes.calls:
                target = part.child(shapes.calls[part.kind])
                if target is not None and target.kind in shapes.members:
                    stack.extend(
                        child for child in (target.child(shapes.members[target.kind][0]),) if child is not None
                    )


def _root(node: Node, context: Context) -> Node | None:
    shapes = context.index.shapes
    place: Node | None = node
    while place is not None and place.kind in shapes.members:
        place = place.child(shapes.members[place.kind][0])
    return place if place is not None and (place.kind in shapes.names or place.kind in shapes.this) else None


def _assigned(name: str, context: Context) -> Iterator[Node]:
    """The values that are put into fields of the variable."""
    shapes = context.index.shapes
    for kind in ("assignment", "assignment_expression"):
        for node in context.index.by_kind.get(kind, ()):
            left, right = node.child("left"), node.child("right")
            if left is None or right is None or left.kind not in shapes.members:
                continue
            base = left.child(shapes.members[left.kind][0])
            if base is not None and base.text == name:
                yield right
