"""A compiled `sequence` mapping: what all patterns are given."""

from __future__ import annotations

from dataclasses import dataclass

import re2

from oldhand.rules.context import Context
from oldhand.rules.database.patterns import OperationPatterns
from oldhand.rules.name_sets import NameSet
from oldhand.syntax.node import Node


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
