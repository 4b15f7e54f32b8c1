"""Values of calls: by what is known of the function, by what a function of the same file returns, else by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oldhand.rules.facts.module import Declared, last_name
from oldhand.rules.facts.shapes import arguments
from oldhand.rules.facts.values import (
    CONSTANT,
    DERIVED,
    TAINTED,
    UNKNOWN,
    Origin,
    Value,
    either,
    joined,
    without_text,
)
from oldhand.rules.flow.known import HANDS_ON, HARMLESS, KEEPS_TEXT, LOCAL_INPUT, OF_RECEIVER, STORED, cleans
from oldhand.rules.flow.own_requests import is_own_request
from oldhand.rules.flow.policy import Bindings
from oldhand.rules.flow.strings import formatted, path_of
from oldhand.syntax.node import Node

if TYPE_CHECKING:
    from oldhand.rules.flow.flow import Flow

MAX_CALL_DEPTH = 12


@dataclass(frozen=True, slots=True)
class _Call:
    """A call on its way to a value: what it calls, and the values it gives."""

    node: Node
    names: tuple[str, ...]
    method: str
    base: Node | None
    positional: list[Value]
    named: Mapping[str, Value]
    bindings: Bindings

    @property
    def given(self) -> list[Value]:
        return [*self.positional, *self.named.values()]


def call_value(flow: Flow, node: Node, bindings: Bindings) -> Value:
    """The value of a call."""
    names = flow.names.callee(node)
    if (flow.is_source(names) or flow.is_source(flow.names.of(node))) and not is_own_request(node, flow.names):
        return TAINTED
    if LOCAL_INPUT.matches(names):
        return UNKNOWN
    if flow.policy.sanitizers.matches(names) or HARMLESS.matches(names):
        return CONSTANT
    shapes = flow.index.shapes
    written = arguments(node, shapes)
    target = node.child(shapes.calls[node.kind])
    base = (
        target.child(shapes.members[target.kind][0]) if target is not None and target.kind in shapes.members else None
    )
    call = _Call(
        node,
        names,
        last_name(node, flow.index),
        base,
        [flow.value(argument, bindings) for argument in written.positional],
        {name: flow.value(argument, bindings) for name, argument in written.named.items()},
        bindings,
    )
    return _method(flow, call, base) if base is not None else _function(flow, call)


def _method(flow: Flow, call: _Call, base: Node) -> Value:
    method = call.method
    receiver = flow.value(base, call.bindings)
    if _keeps_only_some(call):
        return CONSTANT
    if method == "format" and receiver.text:
        return formatted(receiver, call.positional, call.named)
    if method == "join" and call.positional and not HANDS_ON.matches(call.names):
        inner = either(call.positional)
        return Value(max(receiver.origin, inner.origin), inner.text, inner.built, None, inner.holes)
    if method in {"concat", "replace", "replaceAll"} and call.positional:
        return joined([receiver, *call.positional])
    if method == "format" and call.positional and call.names[:1] == ("util.format",):
        return joined(call.positional)
    if STORED.matches(call.names):
        return UNKNOWN
    if method in {"join", "joinpath"} and HANDS_ON.matches(call.names):
        return path_of(call.positional if method == "join" else [receiver, *call.positional])
    if method in {"map", "flatMap"} and _makes_harmless(flow, call):
        return CONSTANT
    if call.names[:1] == ("shlex.split",):
        whole = either(call.given)
        return Value(whole.origin, lead=whole.leading, listed=True)
    if HANDS_ON.matches(call.names):
        given = either(call.given)
        return either([given, receiver]) if receiver.origin > Origin.CONFIGURED else given
    if method in {"get", "pop", "setdefault", "getattr"} and len(call.positional) > 1:
        return either([without_text(receiver), call.positional[1]])
    if method in OF_RECEIVER:
        return receiver if method in KEEPS_TEXT else without_text(receiver)
    if base.text in {"self", "this", "cls"}:
        return _function(flow, call)
    if receiver.origin >= Origin.DERIVED and not cleans(method):
        return without_text(receiver)
    return _elsewhere(call)


def _keeps_only_some(call: _Call) -> bool:
    """Whether a replacement takes out all that does harm: `re.sub("[^a-z]", "", x)`, `x.replace(/\\.\\./g, "")`."""
    if call.method not in {"sub", "replace", "replaceAll"}:
        return False
    holder = call.node.child("arguments")
    first = next(iter(holder.named_children), None) if holder is not None else None
    return first is not None and first.kind in {"string", "regex"} and ("[^" in first.text or r"\.\." in first.text)


def _makes_harmless(flow: Flow, call: _Call) -> bool:
    """Whether each element goes through a function whose result carries no text: `ids.map(Number)`, `map(int, ids)`."""
    given = arguments(call.node, flow.index.shapes).positional
    if not given or given[0].kind not in flow.index.shapes.names:
        return False
    names = flow.names.of(given[0])
    return HARMLESS.matches(names) is not None or flow.policy.sanitizers.matches(names) is not None


def _function(flow: Flow, call: _Call) -> Value:
    if STORED.matches(call.names):
        return UNKNOWN
    if call.method == "map" and _makes_harmless(flow, call):
        return CONSTANT
    if HANDS_ON.matches(call.names):
        return either(call.given)
    name = call.method
    owner = flow.index.owner
    key = f"{owner}.{name}" if call.base is not None and owner else name
    functions = [found for found in flow.module.declared(key) if found.function is not None] if name else []
    if functions and not (cleans(name) and either(call.given).origin is Origin.UNKNOWN):
        return either(returned(flow, found, call.node, call.bindings) for found in functions)
    return _elsewhere(call)


def _elsewhere(call: _Call) -> Value:
    """A function that is not in this file: hands on what is tainted, unless its name says that it cleans."""
    if cleans(call.method):
        return CONSTANT
    return DERIVED if any(value.origin >= Origin.DERIVED for value in call.given) else UNKNOWN


def returned(flow: Flow, declared: Declared, call: Node, bindings: Bindings) -> Value:
    """What a function of this file returns for the arguments of this call."""
    there = flow.at(declared.index)
    function = declared.function
    if there is None or function is None or flow.depth > MAX_CALL_DEPTH:
        flow.search.cuts += 1
        return UNKNOWN
    given = arguments(call, flow.index.shapes)
    bound: dict[str, Value] = {}
    scope = there.index.scopes[id(function)]
    skip = 1 if scope.parameters and scope.parameters[0].name in {"self", "cls"} else 0
    for parameter in scope.parameters[skip:]:
        argument = given.named.get(parameter.name)
        if argument is None and 0 <= parameter.position - skip < len(given.positional):
            argument = given.positional[parameter.position - skip]
        if argument is not None:
            bound[parameter.name] = flow.value(argument, bindings)
    results = [
        there.value(child, bound)
        for statement in there.index.of(there.index.shapes.returns)
        if there.index.scope_of(statement) is scope
        for child in statement.named_children
    ]
    body = function.child("body")
    if body is not None and body.kind not in there.index.shapes.blocks:
        results.append(there.value(body, bound))
    return either(results) if results else UNKNOWN
