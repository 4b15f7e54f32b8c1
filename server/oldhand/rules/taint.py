"""The `taint` key: values from outside that reach a place where they do harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import re2

from oldhand.findings import Severity
from oldhand.rules.context import Context, Match
from oldhand.rules.flow import Flow, Policy
from oldhand.rules.index import name_of_target
from oldhand.rules.match import Env, Matcher, Run
from oldhand.rules.name_sets import NameSet
from oldhand.rules.predicates import Place, argument_at, strings
from oldhand.rules.shapes import arguments
from oldhand.rules.values import Origin, Value
from oldhand.syntax.node import Node

_SQL = re2.compile(
    r"(?is)^[\s({;]*(select\b.*\bfrom\b|select\b|insert\s+(ignore\s+)?into\b|update\b.*\bset\b|delete\s+from\b|with\b.*\bas\s*\(|"
    r"create\s+(or\s+replace\s+)?(table|index|view|unique|database|user|role|function|schema)|alter\s+(table|user|role|database)\b|"
    r"drop\s+(table|index|view|database|schema|user|role)\b|truncate\b|grant\b|merge\s+into\b|replace\s+into\b|"
    r"call\s+\w|exec(ute)?\s+\w|explain\b|copy\s+\w|set\s+\w|pragma\b|use\s+\w|(order\s+by|where|group\s+by|having|limit)\b)"
)
_OPEN_HOST = re2.compile(r"^([a-zA-Z+]+:)?//[^/?#{}]*\{\}")
_LEVELS = {"tainted", "dynamic", "dynamic-with-binds"}


@dataclass(frozen=True, slots=True, eq=False)
class Sink:
    """One way for a value to do harm: `places` of a call of `callee`, or an assignment to a field named in `fields`.

    `built` asks, of values that are not known to be tainted, that constant text was put together with them.
    A place `receiver` is what the method is called on. `text` must match the value's constant text, `not_text` must
    not. `leading` asks that the value's beginning comes from outside, or the host of a URL. `binds` are places of arguments that carry values safely.
    `when` and `unless` are matched on the call.
    """

    callee: NameSet | None
    fields: NameSet | None
    places: list[Place]
    built: bool
    text: re2.Pattern | None
    not_text: re2.Pattern | None
    leading: bool
    binds: list[Place]
    when: Matcher | None
    unless: Matcher | None


@dataclass(frozen=True, slots=True, eq=False)
class Taint:
    """A compiled `taint` mapping."""

    policy: Policy
    sinks: tuple[Sink, ...]
    levels: Mapping[str, Severity | None]
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
    compiled = tuple(_sink(sink, compile_rule) for sink in sinks)
    names: frozenset[str] | None = frozenset()
    for sink in compiled:
        own = sink.callee.last_names if sink.callee is not None else frozenset()
        names = names | own if names is not None and own is not None else None
    levels = spec.get("levels", {})
    if not isinstance(levels, Mapping) or set(levels) - _LEVELS:
        raise ValueError(f"`levels` maps {', '.join(sorted(_LEVELS))} to severities.")
    return Taint(
        policy(strings(spec.get("sources", []), "sources"), strings(spec.get("sanitizers", []), "sanitizers")),
        compiled,
        {str(level): _severity(severity) for level, severity in levels.items()},
        names,
    )


def _sink(spec: object, compile_rule: Compile) -> Sink:
    if not isinstance(spec, Mapping):
        raise ValueError("A sink is a mapping.")
    _only(spec, {"callee", "assign", "arg", "built", "text", "not-text", "leading", "binds", "when", "unless"}, "sink")
    if ("callee" in spec) == ("assign" in spec):
        raise ValueError("A sink has `callee` or `assign`.")
    text = spec.get("text")
    places = spec.get("arg", 0)
    binds = spec.get("binds", [])
    when, unless = spec.get("when"), spec.get("unless")
    return Sink(
        callee=NameSet(strings(spec["callee"], "callee")) if "callee" in spec else None,
        fields=NameSet(strings(spec["assign"], "assign")) if "assign" in spec else None,
        places=list(places) if isinstance(places, list) else [places],
        built=bool(spec.get("built", False)),
        text=_SQL if text == "sql" else re2.compile(text) if isinstance(text, str) else None,
        not_text=re2.compile(str(spec["not-text"])) if "not-text" in spec else None,
        leading=bool(spec.get("leading", False)),
        binds=list(binds) if isinstance(binds, list) else [binds],
        when=compile_rule(when) if isinstance(when, Mapping) else None,
        unless=compile_rule(unless) if isinstance(unless, Mapping) else None,
    )


def find(taint: Taint, context: Context, run: Run) -> Iterator[Match]:
    """Where a sink of the unit gets a value that it should not."""
    flow = context.flow(taint.policy)
    for call in context.calls_named(taint.last_names):
        names = context.names.callee(call)
        for sink in taint.sinks:
            if sink.callee is None or sink.callee.matches(names) is None or not _applies(sink, call, run):
                continue
            match = _reported(taint, sink, call, _arguments(call, sink, context), flow, context)
            if match is not None:
                yield match
                break
    if any(sink.fields is not None for sink in taint.sinks):
        yield from _assignments(taint, context, flow)


def _assignments(taint: Taint, context: Context, flow: Flow) -> Iterator[Match]:
    for kind in ("assignment", "assignment_expression"):
        for node in context.index.by_kind.get(kind, ()):
            left, right = node.child("left"), node.child("right")
            if left is None or right is None:
                continue
            names = (*context.names.of(left), name_of_target(left))
            for sink in taint.sinks:
                if sink.fields is not None and sink.fields.matches(names):
                    match = _reported(taint, sink, node, [right], flow, context)
                    if match is not None:
                        yield match


def _applies(sink: Sink, call: Node, run: Run) -> bool:
    if sink.when is not None and not sink.when.match(call, Env(), run):
        return False
    return sink.unless is None or not sink.unless.match(call, Env(), run)


def _arguments(call: Node, sink: Sink, context: Context) -> list[Node]:
    if sink.places == ["any"]:
        given = arguments(call, context.index.shapes)
        return [*given.positional, *given.named.values()]
    if sink.places == ["receiver"]:
        shapes = context.index.shapes
        target = call.child(shapes.calls[call.kind])
        base = (
            target.child(shapes.members[target.kind][0])
            if target is not None and target.kind in shapes.members
            else None
        )
        return [base] if base is not None else []
    found = argument_at(call, sink.places, context)
    return [found] if found is not None else []


def _reported(
    taint: Taint, sink: Sink, node: Node, candidates: list[Node], flow: Flow, context: Context
) -> Match | None:
    for argument in candidates:
        value = flow.value(argument)
        level = _level(sink, value, node, context)
        severity = taint.levels.get(level)
        if severity is not None:
            target = node.child(context.index.shapes.calls.get(node.kind, "left")) or node
            values = {"CALLEE": target.text, "ARG": argument.text}
            return Match(node, node.range, values, severity)
    return None


def _level(sink: Sink, value: Value, node: Node, context: Context) -> str:
    """Which of the rule's levels a value reaches; "" for none."""
    if sink.text is not None and sink.text.search(value.text) is None:
        return ""
    if sink.not_text is not None and sink.not_text.search(value.text) is not None:
        return ""
    if sink.leading and value.leading is not Origin.TAINTED and _OPEN_HOST.search(value.text) is None:
        return ""
    if value.origin is Origin.TAINTED:
        return "tainted"
    if value.origin is not Origin.UNKNOWN or (sink.built and not value.built):
        return ""
    if sink.binds and argument_at(node, sink.binds, context) is not None:
        return "dynamic-with-binds"
    return "dynamic"


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
