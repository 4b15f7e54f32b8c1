"""A compiled `sequence` mapping: what all patterns are given."""

from __future__ import annotations

from dataclasses import dataclass

import re2

from oldhand.rules.context import Context
from oldhand.rules.database.patterns import OperationPatterns
from oldhand.rules.facts.module import UnitFacts, function_name
from oldhand.rules.name_sets import NameSet
from oldhand.syntax.node import Node

_MAX_CALLERS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """The data of one rule.

    `operations` says what reads and writes; `unless` is matched on the text of the function: it knows what it does.
    `grave` is matched on `Model.field`, `minor` on a model's name: a number that is not grave, and a row of a minor
    model, are told as information only.
    `transaction` opens a transaction, `after_commit` are the calls whose arguments run when it has ended.
    `outside` are calls that reach out of the database. `autocommit` are the writes that are final by themselves.
    """

    operations: OperationPatterns
    unless: re2.Pattern | None
    grave: re2.Pattern | None
    minor: re2.Pattern | None
    transaction: NameSet
    after_commit: NameSet
    outside: NameSet
    autocommit: NameSet


def whole_function(node: Node, context: Context) -> Node:
    """The function around the node that is not just a callback of another one; the unit's root where there is none."""
    index = context.index
    function = context.function(node)
    while function is not None:
        holder = function.parent
        if holder is None or holder.kind != index.shapes.arguments:
            return function
        outer = context.function(function)
        if outer is None:
            return function
        function = outer
    return index.root


def is_held(node: Node, spec: Spec, context: Context) -> bool:
    """Whether the function around the node, or each of its callers in the file, says that it takes care."""
    if spec.unless is None:
        return False
    function = whole_function(node, context)
    if spec.unless.search(text_with_decorators(function, context)):
        return True
    return function is not context.index.root and _callers_care(function_name(function), spec, context, _MAX_CALLERS)


def _callers_care(name: str, spec: Spec, context: Context, depth: int) -> bool:
    calls = context.module.callers(name) if name and depth else []
    return bool(calls) and all(_caller_cares(unit, call, spec, context, depth) for unit, call in calls)


def _caller_cares(unit: UnitFacts, call: Node, spec: Spec, context: Context, depth: int) -> bool:
    there = context if unit is context.unit else Context(unit, context.module, context.policy)
    function = whole_function(call, there)
    assert spec.unless is not None, "asked where there is something to look for"
    return spec.unless.search(text_with_decorators(function, there)) is not None or (
        function is not there.index.root and _callers_care(function_name(function), spec, there, depth - 1)
    )


def text_with_decorators(function: Node, context: Context) -> str:
    """A function's text, that of its decorators before it."""
    decorators = "\n".join(decorator.text for decorator in context.decorators(function)) if function.parent else ""
    if function is context.index.root:
        return "\n".join(child.text for child in function.children)
    return f"{decorators}\n{function.text}"


def called(call: Node, context: Context) -> str:
    """The text of what a call calls, on one line."""
    target = call.child(context.index.shapes.calls[call.kind])
    return " ".join((target or call).text.split())
