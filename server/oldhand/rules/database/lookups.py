"""Functions of the same file that look a row up and return it: a call of one is a read."""

from __future__ import annotations

from collections.abc import Iterator

from oldhand.rules.context import Context
from oldhand.rules.database.operations import Operation, operations
from oldhand.rules.database.patterns import Kind, OperationPatterns
from oldhand.rules.database.results import Results
from oldhand.rules.facts.module import Declared
from oldhand.syntax.node import Node

_READS = frozenset({Kind.READ, Kind.EXISTS})


def lookups(context: Context, patterns: OperationPatterns) -> Iterator[Operation]:
    """The calls of the unit that look something up through a function of the file."""
    known = {id(operation.call) for operation in operations(context, patterns)}
    for call in context.index.calls:
        if id(call) in known:
            continue
        for declared in _functions(call, context):
            read = _read_by(declared, context, patterns)
            if read is not None:
                yield Operation(read.kind, call, read.model, sql=read.sql)
                break


def _functions(call: Node, context: Context) -> list[Declared]:
    """The functions of the file that the call may be a call of."""
    shapes = context.index.shapes
    target = call.child(shapes.calls[call.kind])
    if target is None:
        return []
    name = target.text
    if target.kind in shapes.members:
        base, _, method = name.rpartition(".")
        if not context.index.owner or base not in {"self", "this", "cls", context.index.owner}:
            return []
        name = f"{context.index.owner}.{method}"
    elif target.kind not in shapes.names or context.names.parameter(name, target) is not None:
        return []
    return [found for found in context.module.declared(name) if found.function is not None]


def _read_by(declared: Declared, context: Context, patterns: OperationPatterns) -> Operation | None:
    """The read whose result a function returns, or says whether it found something; None where it does more."""
    unit = context.module.unit_of(declared.index)
    function = declared.function
    if unit is None or function is None:
        return None
    there = context if unit is context.unit else Context(unit, context.module, context.policy)
    found = [
        one for one in operations(there, patterns) if function.start <= one.call.start and one.call.end <= function.end
    ]
    if not found or any(one.kind not in _READS for one in found):
        return None
    results = Results(there, found)
    for value in _returned(function, there):
        read = results.of(value)
        if read is None:
            read = next((test.operation for test in results.tests(value) if test.found), None)
        if read is not None:
            return read
    return None


def _returned(function: Node, context: Context) -> Iterator[Node]:
    shapes = context.index.shapes
    body = function.child("body")
    if body is not None and body.kind not in shapes.blocks:
        yield body
    for statement in context.index.of(shapes.returns):
        if context.function(statement) is function:
            yield from statement.named_children[:1]
