"""The `taint` key: values from outside that reach a place where they do harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import re2

from oldhand.findings import Confidence, Severity
from oldhand.rules.call_predicates import argument_at
from oldhand.rules.context import Context, Match
from oldhand.rules.flow import Flow, Policy
from oldhand.rules.guards import checked_later
from oldhand.rules.holes import SQL, leading_origin, only_names
from oldhand.rules.index import constant_key, name_of_target
from oldhand.rules.key_values import Place, strings
from oldhand.rules.match import Env, Matcher, Run
from oldhand.rules.name_sets import NameSet
from oldhand.rules.shapes import arguments
from oldhand.rules.values import Origin, Value
from oldhand.syntax.node import Node

# A level that a rule does not name counts as the other one.
_FALLBACKS = {"derived": "dynamic", "names-only": "dynamic", "dynamic-with-binds": "dynamic"}
_LEVELS = {"tainted", "dynamic", "configured", *_FALLBACKS}
_SINK_KEYS = {
    "callee", "assign", "key", "returned", "arg", "built", "text", "not-text", "leading", "first", "whole", "unchecked", "binds", "when", "unless",
    "levels",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Sink:
    """One way for a value to do harm.

    It is put at `places` of a call of `callee`, assigned to a field named in `fields` (to an element under a key that
    matches `key`, if that is given), or `returned` from a function that answers requests.
    `built` asks, of values that are not known to be tainted, that constant text was put together with them.
    A place `receiver` is what the method is called on, `any` every argument, `**` what is spread into named ones.
    `text` must match the value's constant text, `not_text` must not. `leading` counts only what decides a URL's host
    or the beginning of a text, `first` of a list only the first element; `whole` asks
    that nothing was put together with it, `unchecked` that the result is not tested further down. `binds` are places of arguments that carry values safely.
    `when` and `unless` are matched on the call. `levels` are this sink's own, in place of the rule's.
    """

    callee: NameSet | None
    fields: NameSet | None
    key: re2.Pattern | None
    returned: bool
    places: list[Place]
    built: bool
    text: re2.Pattern | None
    not_text: re2.Pattern | None
    leading: bool
    first: bool
    whole: bool
    unchecked: bool
    binds: list[Place]
    when: Matcher | None
    unless: Matcher | None
    levels: Mapping[str, Severity | None]


@dataclass(frozen=True, slots=True, eq=False)
class Taint:
    """A compiled `taint` mapping."""

    policy: Policy
    sinks: tuple[Sink, ...]
    last_names: frozenset[str] | None


Compile = Callable[[Mapping[str, object]], Matcher]


def compile_taint(
    spec: Mapping[str, object], policy: Callable[[list[str], list[str]], Policy], compile_rule: Compile
) -> Taint:
    """Compile a `taint` mapping; `policy` makes a policy of sources and sanitizers, `compile_rule` a matcher.

    Raises ValueError where the mapping is not of that form.
    """
    _only(spec, {"sources", "sinks", "sanitizers", "levels"}, "taint")
    sinks = spec.get("sinks")
    if not isinstance(sinks, list) or not sinks:
        raise ValueError("`taint` needs a list of `sinks`.")
    levels = _levels(spec.get("levels", {}))
    compiled = tuple(_sink(sink, levels, compile_rule) for sink in sinks)
    names: frozenset[str] | None = frozenset()
    for sink in compiled:
        own = sink.callee.last_names if sink.callee is not None else frozenset()
        names = names | own if names is not None and own is not None else None
    sources = strings(spec.get("sources", []), "sources")
    return Taint(policy(sources, strings(spec.get("sanitizers", []), "sanitizers")), compiled, names)


def _sink(spec: object, levels: Mapping[str, Severity | None], compile_rule: Compile) -> Sink:
    if not isinstance(spec, Mapping):
        raise ValueError("A sink is a mapping.")
    _only(spec, _SINK_KEYS, "sink")
    if sum(way in spec for way in ("callee", "assign", "returned")) != 1:
        raise ValueError("A sink has one of `callee`, `assign` and `returned`.")
    text = spec.get("text")
    places = spec.get("arg", 0)
    binds = spec.get("binds", [])
    when, unless = spec.get("when"), spec.get("unless")
    return Sink(
        callee=NameSet(strings(spec["callee"], "callee")) if "callee" in spec else None,
        fields=NameSet(strings(spec["assign"], "assign")) if "assign" in spec else None,
        key=re2.compile(str(spec["key"])) if "key" in spec else None,
        returned=bool(spec.get("returned", False)),
        places=list(places) if isinstance(places, list) else [places],
        built=bool(spec.get("built", False)),
        text=SQL if text == "sql" else re2.compile(text) if isinstance(text, str) else None,
        not_text=re2.compile(str(spec["not-text"])) if "not-text" in spec else None,
        leading=bool(spec.get("leading", False)),
        first=bool(spec.get("first", False)),
        whole=bool(spec.get("whole", False)),
        unchecked=bool(spec.get("unchecked", False)),
        binds=list(binds) if isinstance(binds, list) else [binds],
        when=compile_rule(when) if isinstance(when, Mapping) else None,
        unless=compile_rule(unless) if isinstance(unless, Mapping) else None,
        levels={**levels, **_levels(spec.get("levels", {}))},
    )


def find(taint: Taint, context: Context, run: Run) -> Iterator[Match]:
    """Where a sink of the unit gets a value that it should not."""
    flow = context.flow(taint.policy)
    for call in context.calls_named(taint.last_names):
        holder = call.child("arguments")
        if holder is not None and holder.kind in context.index.shapes.strings:
            # A tagged template: the tag gets the values apart from the text.
            continue
        names = context.names.callee(call)
        for sink in taint.sinks:
            if sink.callee is None or sink.callee.matches(names) is None or not _applies(sink, call, run):
                continue
            match = _reported(sink, call, _arguments(call, sink, context), flow, context)
            if match is not None:
                yield match
                break
    if any(sink.fields is not None for sink in taint.sinks):
        yield from _assignments(taint, context, flow, run)
    if any(sink.returned for sink in taint.sinks):
        yield from _returns(taint, context, flow, run)


def _assignments(taint: Taint, context: Context, flow: Flow, run: Run) -> Iterator[Match]:
    for kind in ("assignment", "assignment_expression"):
        for node in context.index.by_kind.get(kind, ()):
            left, right = node.child("left"), node.child("right")
            if left is None or right is None:
                continue
            names = (*context.names.of(left), name_of_target(left))
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
        for sink in taint.sinks:
            if sink.returned and _applies(sink, node, run):
                match = _reported(sink, node, node.named_children[:1], flow, context)
                if match is not None:
                    yield match
                    break


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
    elif sink.text is SQL and only_names(value):
        level = "names-only"
    else:
        level = "derived" if origin is Origin.DERIVED else "dynamic"
    return level if level in sink.levels else _FALLBACKS.get(level, level)


def _levels(spec: object) -> dict[str, Severity | None]:
    if not isinstance(spec, Mapping) or set(spec) - _LEVELS:
        raise ValueError(f"`levels` maps {', '.join(sorted(_LEVELS))} to severities.")
    return {str(level): _severity(severity) for level, severity in spec.items()}


def _severity(value: object) -> Severity | None:
    names = {
        "error": Severity.ERROR,
        "warning": Severity.WARNING,
        "info": Severity.INFORMATION,
        "hint": Severity.HINT,
    }
    if value in {"off", False}:
        return None
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"`{value}` is not a severity: error, warning, info, hint or off.")
    return names[value]


def _only(spec: Mapping[str, object], known: set[str], what: str) -> None:
    for key in spec:
        if key not in known:
            raise ValueError(f"`{what}` has no key `{key}`; it takes {', '.join(sorted(known))}.")
