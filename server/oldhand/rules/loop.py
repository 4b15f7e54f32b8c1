"""The `loop` key: calls that are made once for every element of something, with that element."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import re2

from oldhand.findings import Severity
from oldhand.rules.context import Context, Loop, Match
from oldhand.rules.database.chains import plain
from oldhand.rules.database.row_sources import RowSources
from oldhand.rules.dialect.match import Env, Matcher, Run
from oldhand.rules.facts.module import last_name
from oldhand.rules.key_values import strings
from oldhand.rules.name_sets import NameSet
from oldhand.syntax.node import Node

# A constant, an enumeration or a setting.
_FIXED = re.compile(r"(^|\.)([A-Z][A-Z0-9_]+|[A-Z]\w*[a-z]\w*)$|^settings\.")
_WORD = re2.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True, eq=False)
class LoopRule:
    """A compiled `loop` mapping: calls of `call` that use the loop's variable.

    Loops whose variable or subject matches `batches` work on groups already; calls on the variable itself (`not
    receiver`) belong to the element and are often not I/O. `unless` and `mild` are matched on the call: those are
    passed over, these are told as information. So are loops of which the file does not show that they run over rows
    that a call of `rows` gives, or over what a client sends, where the rule names such calls.
    """

    call: NameSet
    rows: NameSet | None
    batches: re2.Pattern | None
    receivers: bool
    unless: Matcher | None
    mild: Matcher | None


_KEYS = ("call", "rows", "skip-headers", "on-receiver", "unless", "mild")


def compile_loop(spec: Mapping[str, object], compile_rule: Callable[[Mapping[str, object]], Matcher]) -> LoopRule:
    """Compile a `loop` mapping.

    Raises ValueError where it is not of that form.
    """
    for key in spec:
        if key not in _KEYS:
            raise ValueError(f"`loop` has no key `{key}`; it takes {', '.join(_KEYS)}.")
    batches, unless, mild = spec.get("skip-headers"), spec.get("unless"), spec.get("mild")
    return LoopRule(
        NameSet(strings(spec.get("call", []), "call")),
        NameSet(strings(spec["rows"], "rows")) if "rows" in spec else None,
        re2.compile(batches) if isinstance(batches, str) else None,
        bool(spec.get("on-receiver", False)),
        compile_rule(unless) if isinstance(unless, Mapping) else None,
        compile_rule(mild) if isinstance(mild, Mapping) else None,
    )


def find(rule: LoopRule, context: Context, run: Run) -> Iterator[Match]:
    """The unit's calls that are made for each element of a loop."""
    reported: set[int] = set()
    sources = RowSources(rule.rows, context) if rule.rows is not None else None
    for call in context.calls_named(rule.call.last_names):
        loop = _element_loop(call, rule, context)
        if loop is None or rule.call.matches(context.names.callee(call)) is None:
            continue
        if rule.unless is not None and rule.unless.match(call, Env(), run):
            continue
        outer = _whole_chain(call, context)
        if id(outer) in reported:
            continue
        reported.add(id(outer))
        target = call.child(context.index.shapes.calls[call.kind])
        over = loop.over.text if loop.over is not None else "the loop"
        values = {
            "CALLEE": target.text if target is not None else call.text,
            "OVER": " ".join(over.split())[:60],
        }
        mild = (
            (rule.mild is not None and rule.mild.match(call, Env(), run))
            or (sources is not None and not sources.unbounded(_around(loop, context)))
            or _waits_for_another(call, loop, rule, context)
        )
        yield Match(outer, outer.range, values, Severity.INFORMATION if mild else None)


def _element_loop(call: Node, rule: LoopRule, context: Context) -> Loop | None:
    """The nearest loop whose variable goes into the call."""
    for loop in context.loops(call):
        if loop.over is None or not loop.variables or _over_few(loop, context):
            continue
        if rule.batches is not None and any(
            # Each variable heads the loop: they come in no order.
            rule.batches.search(f"{name} {loop.over.text}")
            for name in loop.variables
        ):
            continue
        derived = _derived(loop, context)
        if not _words(_whole_chain(call, context), context) & derived:
            continue
        if not rule.receivers and _root_name(call, context) in derived:
            continue
        return loop
    return None


def _around(loop: Loop, context: Context) -> Iterator[Loop]:
    """The loop and those that it stands in."""
    yield loop
    yield from context.loops(loop.node)


def _waits_for_another(call: Node, loop: Loop, rule: LoopRule, context: Context) -> bool:
    """Whether the call is made only for some answers of another one in the loop, which is told already."""
    for ancestor in call.ancestors():
        if ancestor is loop.node:
            return False
        condition = ancestor.child("condition") if ancestor.kind in context.index.shapes.branches else None
        if condition is None or (condition.start <= call.start < condition.end):
            continue
        for name in condition.descendants():
            if name.kind in context.index.shapes.names and any(
                _is_call_in(definition.value, loop, rule, context)
                for definition in context.names.reaching(name.text, name)
            ):
                return True
    return False


def _is_call_in(value: Node, loop: Loop, rule: LoopRule, context: Context) -> bool:
    """Whether a value is what a call of the rule inside the loop gives."""
    value = plain(value, context.names)
    return (
        loop.node.start <= value.start < loop.node.end
        and value.kind in context.index.shapes.calls
        and any(
            rule.call.matches(context.names.callee(inner)) is not None
            for inner in value.descendants()
            if inner.kind in context.index.shapes.calls
        )
    )


def _over_few(loop: Loop, context: Context) -> bool:
    """Whether a loop runs over something small and fixed: a literal, a constant range, steps of a range."""
    over = loop.over
    assert over is not None, "asked of loops over something"
    shapes = context.index.shapes
    if over.kind in shapes.containers or over.kind in shapes.strings:
        return True
    if over.kind in shapes.names | shapes.members.keys() and _FIXED.search(over.text):
        return True
    if over.kind in shapes.calls and last_name(over, context.index) == "range":
        given = over.child("arguments")
        named = given.named_children if given is not None else []
        return len(named) == 3 or all(child.kind == "integer" for child in named)
    if over.kind in shapes.names:
        definitions = context.names.reaching(over.text, over)
        return bool(definitions) and all(found.value.kind in shapes.containers for found in definitions)
    return False


def _derived(loop: Loop, context: Context) -> set[str]:
    """The loop's variables and everything that is assigned from them in its body."""
    names = set(loop.variables)
    for scope in context.index.scopes.values():
        for name, definitions in scope.definitions.items():
            for definition in definitions:
                inside = loop.node.start <= definition.site.start and definition.site.end <= loop.node.end
                if (
                    inside
                    and definition.how in {"assign", "field", "element"}
                    and _words(definition.value, context) & names
                ):
                    names.add(name)
    return names


def _words(node: Node, context: Context) -> set[str]:
    names = context.index.shapes.names
    return {found.text for found in node.descendants() if found.kind in names}


def _root_name(call: Node, context: Context) -> str:
    """The first name of a call's chain: `a` of `a.b(…).c(…)`."""
    shapes = context.index.shapes
    node: Node | None = call
    while node is not None:
        if node.kind in shapes.calls:
            node = node.child(shapes.calls[node.kind])
        elif node.kind in shapes.members:
            node = node.child(shapes.members[node.kind][0])
        elif node.kind in shapes.subscripts:
            node = node.child(shapes.subscripts[node.kind][0])
        elif node.kind in shapes.transparent:
            node = next(iter(node.named_children), None)
        else:
            return node.text if node.kind in shapes.names else ""
    return ""


def _whole_chain(call: Node, context: Context) -> Node:
    """The outermost call of the chain that this call begins: `q.filter(x).first()` for `q.filter(x)`."""
    shapes = context.index.shapes
    node = call
    while node.parent is not None:
        parent = node.parent
        if (parent.kind in shapes.members and parent.child(shapes.members[parent.kind][0]) is node) or (
            parent.kind in shapes.calls and parent.child(shapes.calls[parent.kind]) is node
        ):
            node = parent
        else:
            break
    while node.kind not in shapes.calls and node is not call:
        inner = node.child(shapes.members[node.kind][0]) if node.kind in shapes.members else None
        if inner is None:
            return call
        node = inner
    return node
