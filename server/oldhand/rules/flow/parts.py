"""Members and elements: what stands under a key of something, as far as the function says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oldhand.rules.facts.handlers import in_view
from oldhand.rules.facts.index import constant_key
from oldhand.rules.facts.shapes import entries
from oldhand.rules.facts.values import CONFIGURED, CONSTANT, TAINTED, UNKNOWN, Origin, Value, either, without_text
from oldhand.rules.flow.known import LOCAL_INPUT, UPPER
from oldhand.rules.flow.own_requests import is_own_request
from oldhand.rules.flow.policy import Bindings
from oldhand.syntax.node import Node

if TYPE_CHECKING:
    from oldhand.rules.flow.flow import Flow


def part_value(flow: Flow, node: Node, bindings: Bindings) -> Value:
    """The value of a member or an element."""
    shapes = flow.index.shapes
    names = flow.names.of(node)
    if flow.is_source(names) and not is_own_request(node, flow.names):
        return TAINTED
    if LOCAL_INPUT.matches(names):
        return UNKNOWN
    if flow.policy.sanitizers.matches(names):
        return CONSTANT
    fields = shapes.members.get(node.kind) or shapes.subscripts[node.kind]
    base = node.child(fields[0])
    if base is None:
        return UNKNOWN
    if base.text in {"self", "this", "cls"} and node.kind in shapes.members:
        return _own_field(flow, node, bindings)
    if node.kind in shapes.members:
        part = node.child(fields[1])
        if part is not None and part.text in {"length", "size"}:
            return CONSTANT
        if part is not None and UPPER.match(part.text):
            return CONFIGURED
        if base.kind in shapes.names and _is_imported(flow, base):
            return CONFIGURED
    key = constant_key(node)
    known = _under(flow, base, key, bindings) if key and base.kind in shapes.names else None
    if known is not None:
        return known
    found = flow.value(base, bindings)
    internal = any(name.split(".")[-1].startswith("_") for name in names)
    if internal and found.origin in {Origin.UNKNOWN, Origin.DERIVED}:
        # `_meta.db_table`, `__tablename__`, `_schema`: the code's own structure.
        return CONFIGURED
    return without_text(found)


def _under(flow: Flow, base: Node, key: str, bindings: Bindings) -> Value | None:
    """What stands under a key of a name, where the function says so itself; None where it does not."""
    changes = [found for found in flow.names.reaching(base.text, base) if found.how != "augment"]
    values: list[Value] = []
    for write in flow.names.written(base.text, base):
        if write.key == key:
            values.append(flow.value(write.value, bindings))
    for change in changes:
        if change.how == "mutate":
            if change.key == key:
                values.append(flow.value(change.value, bindings))
            elif not change.key:
                return None
        elif change.how == "assign" and change.value.kind in {"dictionary", "object"}:
            held = entries(change.value, flow.index.shapes)
            if any(child.kind in flow.index.shapes.spreads for child in change.value.children):
                return None
            if key in held:
                values.append(flow.value(held[key], bindings))
        elif values:
            values.append(without_text(flow.of_definition(change, bindings)))
        else:
            return None
    if not changes and values:
        values.append(without_text(flow.of_name(base, bindings)))
    return either(values) if values else None


def _own_field(flow: Flow, node: Node, bindings: Bindings) -> Value:
    """A field of `self`: as the function sets it, or else the class."""
    name = node.text
    local = flow.names.reaching(name, node)
    if local:
        return either(flow.of_definition(definition, bindings) for definition in local)
    attribute = name.partition(".")[2]
    if attribute in {"args", "kwargs"} and in_view(node):
        return TAINTED
    declared = flow.module.declared(f"{flow.index.owner}.{attribute}") if flow.index.owner else []
    values = [flow.of_declared(found) for found in declared if found.definition is not None]
    if not values:
        return CONFIGURED
    found = either(values)
    # What the constructor was given is the choice of whoever wires the program up.
    return CONFIGURED if found.origin is Origin.UNKNOWN else found


def _is_imported(flow: Flow, node: Node) -> bool:
    return (
        not flow.names.reaching(node.text, node)
        and flow.names.parameter(node.text, node) is None
        and flow.module.imported(node.text, flow.unit) is not None
    )
