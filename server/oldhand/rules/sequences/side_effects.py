"""Calls to the outside while a transaction is open: they cannot be undone, and what they tell of is not there yet."""

from __future__ import annotations

from collections.abc import Iterator

from oldhand.rules.context import Context, Match
from oldhand.rules.facts.module import last_name
from oldhand.rules.sequences.spec import Spec, called
from oldhand.syntax.node import Node

_EACH = frozenset({"forEach", "map", "flatMap", "filter", "reduce", "then", "all"})
_OPENS = frozenset({"startTransaction", "beginTransaction", "start_transaction"})
_CLOSES = frozenset({"commitTransaction", "commit", "commit_transaction"})


def find(spec: Spec, context: Context) -> Iterator[Match]:
    """The unit's calls to the outside that are made between a transaction's begin and end."""
    last_names = spec.outside.last_names
    for call in context.index.calls:
        if last_names is not None and last_name(call, context.index) not in last_names:
            continue
        if spec.outside.matches((called(call, context), *context.names.callee(call))) is None:
            continue
        opened = _transaction_around(call, spec, context)
        if opened is not None:
            by = called(opened, context) if opened.kind in context.index.shapes.calls else opened.text
            yield Match(call, call.range, {"CALLEE": called(call, context), "TRANSACTION": by})


def _transaction_around(call: Node, spec: Spec, context: Context) -> Node | None:
    """What opens the transaction in which the call is made."""
    for ancestor in call.ancestors():
        if ancestor.kind == "with_statement":
            opened = _opened_by_with(ancestor, call, spec, context)
            if opened is not None:
                return opened
        elif ancestor.kind in context.index.language.functions:
            decorator = _opened_by_decorator(ancestor, spec, context)
            if decorator is not None:
                return decorator
            holder = ancestor.parent
            outer = holder.parent if holder is not None and holder.kind == context.index.shapes.arguments else None
            if outer is None or outer.kind not in context.index.shapes.calls:
                return _opened_by_call(call, ancestor, context)
            names = (called(outer, context), *context.names.callee(outer))
            if spec.after_commit.matches(names):
                return None
            if spec.transaction.matches(names):
                return outer
            if last_name(outer, context.index) not in _EACH:
                return _opened_by_call(call, ancestor, context)
    return None


def _opened_by_with(statement: Node, call: Node, spec: Spec, context: Context) -> Node | None:
    clause = next((child for child in statement.named_children if child.kind == "with_clause"), None)
    if clause is None or call.end <= clause.end:
        return None
    for item in clause.named_children:
        value = item.child("value")
        if value is not None and value.kind == "as_pattern":
            value = next(iter(value.named_children), None)
        if value is not None and _is_transaction(value, spec, context):
            return value
    return None


def _opened_by_decorator(function: Node, spec: Spec, context: Context) -> Node | None:
    return next((found for found in context.decorators(function) if _is_transaction(found, spec, context)), None)


def _is_transaction(node: Node, spec: Spec, context: Context) -> bool:
    shapes = context.index.shapes
    if node.kind in shapes.calls:
        return spec.transaction.matches((called(node, context), *context.names.callee(node))) is not None
    return spec.transaction.matches((node.text, *context.names.of(node))) is not None


def _opened_by_call(call: Node, function: Node, context: Context) -> Node | None:
    """The `startTransaction()` before the call, where the transaction is ended only after it."""
    opened: Node | None = None
    for other in sorted(context.index.calls, key=lambda node: node.start):
        if context.function(other) is not function:
            continue
        name = last_name(other, context.index)
        if other.end <= call.start and name in _OPENS:
            opened = other
        elif other.end <= call.start and name in _CLOSES:
            opened = None
        elif other.start >= call.end and name in _CLOSES and opened is not None:
            return opened
    return None
