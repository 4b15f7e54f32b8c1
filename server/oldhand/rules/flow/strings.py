"""Values of string building: literals with interpolations, sums, templates that are filled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from oldhand.rules.facts.values import CONSTANT, UNKNOWN, Origin, Value, either, joined, without_text
from oldhand.rules.flow.policy import Bindings
from oldhand.syntax.node import Node

if TYPE_CHECKING:
    from oldhand.rules.flow.flow import Flow

_PERCENT = re.compile(r"%%|%(?:\((\w+)\))?[-+#0-9.]*[srdifxa]")
_BRACES = re.compile(r"\{\{|\}\}|\{(\w*)[^{}]*\}")


def literal(flow: Flow, node: Node, bindings: Bindings) -> Value:
    """A string's value, with those of its interpolations."""
    shapes = flow.index.shapes
    parts: list[Value] = []
    for child in node.children:
        if child.kind in shapes.string_text:
            parts.append(Value(Origin.CONSTANT, child.text))
        elif child.kind in shapes.interpolations:
            inner = child.child("expression") or next(iter(child.named_children), None)
            if inner is not None:
                parts.append(flow.value(inner, bindings))
        elif child.kind in shapes.strings:
            parts.append(literal(flow, child, bindings))
    whole = joined(parts)
    return replace(whole, built=True) if whole.holes else whole


def binary(flow: Flow, node: Node, bindings: Bindings) -> Value:
    """A sum, a template filled by `%`, a choice, a path put together by `/`; constant for arithmetic."""
    left, right = node.child("left"), node.child("right")
    operator = node.child("operator")
    if left is None or right is None or operator is None:
        return UNKNOWN
    match operator.kind:
        case "+":
            return joined([flow.value(left, bindings), flow.value(right, bindings)])
        case "%" if (template := flow.value(left, bindings)).text:
            return percent(flow, template, right, bindings)
        case "||" | "??" | "&&" | "|":
            return either([flow.value(left, bindings), flow.value(right, bindings)])
        case "/" if flow.index.language.id == "python":
            # A path divided by a name; of numbers nothing untrusted could be made.
            return path_of([flow.value(left, bindings), flow.value(right, bindings)])
        case _:
            return CONSTANT


def path_of(parts: Sequence[Value]) -> Value:
    """A path put together of parts; one that cannot hold a slash does not lead out of what stands before it."""
    return without_text(either(part for number, part in enumerate(parts) if number == 0 or not part.segment))


def percent(flow: Flow, template: Value, right: Node, bindings: Bindings) -> Value:
    """`template % right`."""
    if right.kind == "tuple":
        return filled(template, _PERCENT, [flow.value(child, bindings) for child in right.named_children], {})
    value = flow.value(right, bindings)
    return filled(template, _PERCENT, [value], {}, rest=value)


def formatted(template: Value, positional: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """`template.format(…)`."""
    return filled(template, _BRACES, positional, named)


def filled(
    template: Value,
    placeholders: re.Pattern[str],
    positional: Sequence[Value],
    named: Mapping[str, Value],
    rest: Value | None = None,
) -> Value:
    """A template's text with values where its place-holders stand; `rest` is for those that have none of their own."""
    if rest is None:
        rest = either([*positional, *named.values()])
    parts: list[Value] = []
    end = taken = 0
    for found in placeholders.finditer(template.text):
        parts.append(Value(Origin.CONSTANT, template.text[end : found.start()]))
        end = found.end()
        if found[0] in {"%%", "{{", "}}"}:
            parts.append(Value(Origin.CONSTANT, found[0][:1]))
            continue
        name = found[1] or ""
        if name in named:
            parts.append(named[name])
        elif name.isdigit() and int(name) < len(positional):
            parts.append(positional[int(name)])
        elif not name and taken < len(positional):
            parts.append(positional[taken])
            taken += 1
        else:
            parts.append(rest)
    parts.append(Value(Origin.CONSTANT, template.text[end:]))
    if not end and rest.origin > Origin.CONSTANT:
        # Place-holders of another kind, which this call was meant to fill.
        parts.append(rest)
    whole = joined(parts)
    origin = max(template.origin, whole.origin)
    return Value(origin, whole.text, origin > Origin.CONSTANT, max(whole.leading, template.leading), whole.holes)
