"""Writes that belong together, each final by itself: a failure between them leaves one without the other."""

from __future__ import annotations

from collections.abc import Iterator

from oldhand.findings import Severity
from oldhand.rules.context import Context, Match
from oldhand.rules.database.keys import paths
from oldhand.rules.database.operations import Operation, operations
from oldhand.rules.database.patterns import Kind
from oldhand.rules.database.results import Results
from oldhand.rules.sequences.changes import Change, changes
from oldhand.rules.sequences.spec import Spec, called, is_held, whole_function
from oldhand.syntax.node import Node

Pair = tuple[Operation, Operation, Severity | None]


def find(spec: Spec, context: Context) -> Iterator[Match]:
    """The unit's second writes: a child row of one that was just created, the other side of a transfer."""
    found = operations(context, spec.operations)
    writes = [operation for operation in found if operation.writes]
    if len(writes) < 2:
        return
    results = Results(context, found)
    reported: set[int] = set()
    for first, second, severity in (*_transfers(writes, results, context), *_children(writes, results, spec, context)):
        function = whole_function(second.call, context)
        if id(function) in reported or not _are_apart(first, second, found, spec, context):
            continue
        reported.add(id(function))
        values = {"FIRST": _said(first, context), "SECOND": _said(second, context)}
        yield Match(second.call, second.call.range, values, severity)


def _said(operation: Operation, context: Context) -> str:
    return operation.model or called(operation.call, context)


def _are_apart(first: Operation, second: Operation, found: list[Operation], spec: Spec, context: Context) -> bool:
    """Whether the first write is final before the second one is made."""
    function = context.function(first.call)
    if any(
        operation.kind is Kind.COMMIT
        and first.call.end <= operation.call.start
        and operation.call.end <= second.call.start
        and context.function(operation.call) is function
        for operation in found
    ):
        return True
    if not (_is_final(first, spec, context) and _is_final(second, spec, context)):
        return False
    # Whoever has a transaction, or was given one, does not need another.
    return not is_held(second.call, spec, context)


def _is_final(operation: Operation, spec: Spec, context: Context) -> bool:
    names = (called(operation.call, context), *context.names.callee(operation.call))
    return spec.autocommit.matches(names) is not None


def _children(writes: list[Operation], results: Results, spec: Spec, context: Context) -> Iterator[Pair]:
    """Pairs of a creation and a creation of something that belongs to it."""
    for place, second in enumerate(writes):
        if second.kind is not Kind.CREATE or not second.model:
            continue
        if spec.minor is not None and spec.minor.search(second.model):
            continue
        given = paths(second, context)
        for first in writes[:place]:
            if (
                first.kind is Kind.CREATE
                and first.model
                and first.table != second.table
                and context.function(first.call) is not None
                and whole_function(first.call, context) is whole_function(second.call, context)
                and _names_of(first, results, context) & {path.split(".")[0] for path in given}
                and not _in_handler(second.call, first.call, context)
            ):
                yield first, second, None


def _names_of(first: Operation, results: Results, context: Context) -> set[str]:
    """The variables that hold the row that an operation has created."""
    names = {first.row.text} if first.row is not None and first.row.kind in context.index.shapes.names else set()
    for scope in context.index.scopes.values():
        for name, definitions in scope.definitions.items():
            if any(
                found.how in {"assign", "field", "element"} and results.of(found.value) is first
                for found in definitions
            ):
                names.add(name)
    return names


def _in_handler(call: Node, first: Node, context: Context) -> bool:
    """Whether the second write is made because something failed."""
    handlers = context.index.shapes.handlers
    return any(ancestor.kind in handlers and ancestor.start > first.start for ancestor in call.ancestors())


def _transfers(writes: list[Operation], results: Results, context: Context) -> Iterator[Pair]:
    """Pairs of writes where one row gets what another one loses."""
    found = [(change, by) for change in changes(results, context) if (by := _written_by(change, writes)) is not None]
    for place, (change, second) in enumerate(found):
        for other, first in found[:place]:
            if (
                change.field == other.field
                and change.sign != other.sign
                and change.row != other.row
                and first is not second
                and whole_function(change.node, context) is whole_function(other.node, context)
            ):
                yield first, second, Severity.WARNING
                break


def _written_by(change: Change, writes: list[Operation]) -> Operation | None:
    if change.by is not None:
        return change.by if change.by in writes else None
    return next(
        (
            write
            for write in writes
            if write.call.end > change.node.end and write.row is not None and write.row.text == change.row
        ),
        None,
    )
