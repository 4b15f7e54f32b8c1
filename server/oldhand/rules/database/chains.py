"""Chains of calls such as `session.query(User).filter_by(…).first()`, also where variables stand between the steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oldhand.rules.facts.names import Names
from oldhand.syntax.node import Node

_MAX_LINKS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """One step of a chain: a member, or a call of it where `call` is there; `base` is what stands before the dot."""

    name: str
    call: Node | None
    base: Node | None


def chain(node: Node, names: Names) -> Iterator[Link]:
    """The steps of the chain that ends in `node`, last first; variables are followed to their latest value."""
    shapes = names.index.shapes
    place: Node | None = node
    for _ in range(_MAX_LINKS):
        if place is None:
            return
        place = plain(place, names)
        kind = place.kind
        if kind in shapes.calls:
            target = place.child(shapes.calls[kind])
            if target is None:
                return
            if target.kind in shapes.members:
                link = _member(target, place, names)
                yield link
                place = link.base
            else:
                yield Link(target.text if target.kind in shapes.names else "", place, None)
                return
        elif kind in shapes.members:
            link = _member(place, None, names)
            yield link
            place = link.base
        elif kind in shapes.subscripts:
            place = place.child(shapes.subscripts[kind][0])
        elif kind in shapes.names:
            latest = next(iter(names.reaching(place.text, place)), None)
            place = latest.value if latest is not None and latest.how in {"assign", "enter"} else None
        else:
            return


def _member(node: Node, call: Node | None, names: Names) -> Link:
    fields = names.index.shapes.members[node.kind]
    part = node.child(fields[1])
    return Link(part.text if part is not None else "", call, node.child(fields[0]))


def plain(node: Node, names: Names) -> Node:
    """The expression inside parentheses, `await` and type assertions."""
    shapes = names.index.shapes
    while node.kind in shapes.transparent:
        inner = node.child("value") or next(iter(node.named_children), None)
        if inner is None:
            break
        node = inner
    return node


def receiver(call: Node, names: Names) -> Node | None:
    """What a method call is made on; None for the call of a plain function."""
    shapes = names.index.shapes
    target = call.child(shapes.calls[call.kind])
    if target is None or target.kind not in shapes.members:
        return None
    return target.child(shapes.members[target.kind][0])


def continued(call: Node, names: Names) -> Iterator[Node]:
    """The calls that go on, in the same expression, from the result of this one: `.first()` of `query(…).first()`."""
    shapes = names.index.shapes
    node = call
    while (parent := node.parent) is not None:
        if parent.kind in shapes.members and parent.child(shapes.members[parent.kind][0]) is node:
            node = parent
        elif parent.kind in shapes.calls and parent.child(shapes.calls[parent.kind]) is node:
            node = parent
            yield node
        elif parent.kind in shapes.transparent or (
            parent.kind in shapes.subscripts and parent.child(shapes.subscripts[parent.kind][0]) is node
        ):
            node = parent
        else:
            return
