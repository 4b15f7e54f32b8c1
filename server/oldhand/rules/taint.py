"""The `taint` key: values from outside that reach a place where they do harm."""

from __future__ import annotations

from collections.abc import Iterator

import re2

from oldhand.findings import Confidence, Severity
from oldhand.rules.context import Context, Match
from oldhand.rules.dialect.match import Env, Run
from oldhand.rules.facts.index import constant_key, name_of_target
from oldhand.rules.facts.shapes import Shapes, arguments, constant_text
from oldhand.rules.facts.values import Origin, Value
from oldhand.rules.flow import Flow
from oldhand.rules.flow.guards import checked_later
from oldhand.rules.flow.holes import leading_origin, only_names
from oldhand.rules.flow.sinks import FALLBACKS, Sink, Taint
from oldhand.rules.predicates.calls import argument_at
from oldhand.syntax.node import Node


def find(taint: Taint, context: Context, run: Run) -> Iterator[Match]:
    """Where a sink of the unit gets a value that it should not."""
    flow = context.flow(taint.policy)
    called: set[int] = set()
    reported: set[int] = set()
    later: list[tuple[Sink, Node]] = []
    for call in context.calls_named(taint.last_names):
        holder = call.child("arguments")
        if holder is not None and holder.kind in context.index.shapes.strings:
            # A tagged template: the tag gets the values apart from the text.
            continue
        names = context.names.callee(call)
        for sink in taint.sinks:
            if sink.callee is None or sink.callee.matches(names) is None:
                continue
            if sink.alone:
                later.append((sink, call))
                continue
            called.add(id(context.index.scope_of(call)))
            if not _applies(sink, call, run):
                continue
            match = _reported(sink, call, _arguments(call, sink, context), flow, context)
            if match is not None:
                reported.add(id(context.index.scope_of(call)))
                yield match
                break
    for sink, call in later:
        if id(context.index.scope_of(call)) not in reported and _applies(sink, call, run):
            match = _reported(sink, call, _arguments(call, sink, context), flow, context)
            if match is not None:
                yield match
    if any(sink.fields is not None for sink in taint.sinks):
        yield from _assignments(taint, context, flow, run)
    if any(sink.returned for sink in taint.sinks):
        yield from _returns(taint, context, flow, run)
    for sink in taint.sinks:
        if sink.anywhere and sink.text is not None:
            yield from _texts(sink, sink.text, called, context, flow)


def _assignments(taint: Taint, context: Context, flow: Flow, run: Run) -> Iterator[Match]:
    for kind in ("assignment", "assignment_expression"):
        for node in context.index.by_kind.get(kind, ()):
            left, right = node.child("left"), node.child("right")
            if left is None or right is None:
                continue
            # What a plain name stood for before says nothing of the name.
            plain = left.kind in context.index.shapes.names
            names = (left.text,) if plain else (*context.names.of(left), name_of_target(left))
            for sink in taint.sinks:
                if sink.fields is None or sink.fields.matches(names) is None or not _applies(sink, node, run):
                    continue
                if sink.key is not None and sink.key.search(constant_key(left)) is None:
                    continue
                match = _reported(sink, node, [right], flow, context)
                if match is not None:
                    yield match
                    break


def _returns(taint: Taint, context: Context, flow: Flow, run: Run) -> Iterator[Match]:
    for node in context.index.of(context.index.shapes.returns):
        function = context.function(node)
        if function is None or not context.is_handler(function):
            continue
        if context.index.language.id == "python" and not context.index.owner and not context.decorators(function):
            # A helper that is given the request; what it returns is for whoever calls it.
            continue
        for sink in taint.sinks:
            if sink.returned and _applies(sink, node, run):
                match = _reported(sink, node, node.named_children[:1], flow, context)
                if match is not None:
                    yield match
                    break


def _texts(sink: Sink, text: re2.Pattern, called: set[int], context: Context, flow: Flow) -> Iterator[Match]:
    """Texts that are put together in functions that hand them to somebody else."""
    index = context.index
    for literal in index.of(index.shapes.strings):
        if literal.field == "arguments" or (sink.built and not _is_built(literal, index.shapes)):
            # A tagged template, or a text by itself.
            continue
        if text.search(constant_text(literal, index.shapes)) is None or id(index.scope_of(literal)) in called:
            continue
        whole = _put_together(literal, index.shapes)
        match = _reported(sink, whole, [whole], flow, context)
        if match is not None:
            yield match


def _is_built(literal: Node, shapes: Shapes) -> bool:
    """Whether something may be put together with a string."""
    parent = literal.parent
    if parent is None or any(child.kind in shapes.interpolations for child in literal.children):
        return True
    return (
        parent.kind in shapes.binaries
        or parent.kind in shapes.members
        or parent.kind in shapes.transparent
        or parent.kind in shapes.strings
    )


def _put_together(literal: Node, shapes: Shapes) -> Node:
    """The sum, or the filled template, that begins with a string."""
    node = literal
    for parent in literal.ancestors():
        first = next(iter(parent.named_children), None)
        if first is not node or not (
            parent.kind in shapes.binaries
            or parent.kind in shapes.members
            or parent.kind in shapes.calls
            or parent.kind in {"parenthesized_expression", "concatenated_string"}
        ):
            break
        node = parent
    return node


def _applies(sink: Sink, node: Node, run: Run) -> bool:
    if sink.when is not None and not sink.when.match(node, Env(), run):
        return False
    return sink.unless is None or not sink.unless.match(node, Env(), run)


def _arguments(call: Node, sink: Sink, context: Context) -> list[Node]:
    shapes = context.index.shapes
    if sink.places == ["any"]:
        given = arguments(call, shapes)
        return [*given.positional, *given.named.values()]
    if sink.places == ["receiver"]:
        target = call.child(shapes.calls[call.kind])
        if target is None or target.kind not in shapes.members:
            return []
        base = target.child(shapes.members[target.kind][0])
        return [base] if base is not None else []
    found = argument_at(call, sink.places, context)
    return [found] if found is not None else []


def _reported(sink: Sink, node: Node, candidates: list[Node], flow: Flow, context: Context) -> Match | None:
    """The match for the worst of the values, if one of them is bad enough to tell."""
    if sink.unchecked and checked_later(node, context.index):
        return None
    worst: tuple[Severity, str, Node] | None = None
    for argument in candidates:
        level = _level(sink, flow.value(argument), node, context)
        severity = sink.levels.get(level)
        if severity is not None and (worst is None or severity > worst[0]):
            worst = severity, level, argument
    if worst is None:
        return None
    severity, level, argument = worst
    target = node.child(context.index.shapes.calls.get(node.kind, "left")) or node
    values = {"CALLEE": target.text, "ARG": argument.text}
    # What a value is not known to come from outside for is less sure to be a defect.
    confidence = None if level == "tainted" else Confidence.LOW if level == "configured" else Confidence.MEDIUM
    return Match(node, node.range, values, severity, confidence)


def _level(sink: Sink, value: Value, node: Node, context: Context) -> str:
    """Which of the sink's levels a value reaches; "" for none."""
    if sink.text is not None and sink.text.search(value.text) is None:
        return ""
    if sink.not_text is not None and sink.not_text.search(value.text) is not None:
        return ""
    if sink.leading and value.listed:
        # An object of options, of which a place of its own names the part that counts.
        return ""
    origin = leading_origin(value) if sink.leading else value.origin
    if sink.first and value.listed:
        origin = value.leading
    if origin is Origin.CONSTANT or (sink.whole and value.built):
        return ""
    if origin is Origin.TAINTED:
        return "tainted"
    if sink.built and not value.built:
        return ""
    if origin is Origin.CONFIGURED:
        return "configured"
    bound = argument_at(node, sink.binds, context) if sink.binds else None
    if bound is not None and bound.kind not in context.index.language.functions:
        level = "dynamic-with-binds"
    elif "names-only" in sink.levels and only_names(value):
        level = "names-only"
    else:
        level = "derived" if origin is Origin.DERIVED else "dynamic"
    return level if level in sink.levels else FALLBACKS.get(level, level)
