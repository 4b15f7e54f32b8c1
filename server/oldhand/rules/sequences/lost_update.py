"""Read, modify, write: a row is loaded, a number in it computed from its former value, and written back."""

from __future__ import annotations

from collections.abc import Iterator

from oldhand.findings import Severity
from oldhand.rules.context import Context, Match
from oldhand.rules.database.chains import chain
from oldhand.rules.database.operations import Operation, operations
from oldhand.rules.database.patterns import Kind
from oldhand.rules.database.results import Results
from oldhand.rules.sequences.changes import Change, changes
from oldhand.rules.sequences.spec import Spec, is_held

_LOCKS = frozenset({"select_for_update", "with_for_update", "for_update", "forUpdate", "setLock", "lock", "forShare"})


def find(spec: Spec, context: Context) -> Iterator[Match]:
    """The unit's changes of numbers that another request's change can undo.

    Where a method changes its own object, the caller has loaded that and may have locked it: information at most.
    """
    found = operations(context, spec.operations)
    if not found:
        return
    for change in changes(Results(context, found), context):
        model = change.read.model if change.read is not None else context.index.owner
        grave = spec.grave is None or spec.grave.search(f"{model}.{change.field}") is not None
        if change.read is None and not (grave and model and change.row in {"self", "this"}):
            continue
        if not _is_written(change, found, context) or _is_held(change, spec, context):
            continue
        row = change.row if change.row.isidentifier() and change.read is not None else model
        values = {"FIELD": change.field, "ROW": row, "MODEL": model}
        certain = grave and change.read is not None
        yield Match(change.node, change.node.range, values, None if certain else Severity.INFORMATION)


def _is_written(change: Change, found: list[Operation], context: Context) -> bool:
    """Whether what was changed goes back to the database."""
    if change.by is not None:
        return True
    if change.read is not None and any(
        link.name in {"query", "select", "execute"} for link in chain(change.read.call, context.names)
    ):
        # SQLAlchemy writes changed rows of its own accord.
        return context.index.language.id == "python"
    for operation in found:
        if operation.call.end < change.node.end or not (operation.writes or operation.kind is Kind.COMMIT):
            continue
        if (operation.kind is Kind.COMMIT and change.read is not None) or (
            operation.row is not None and operation.row.text == change.row
        ):
            return True
    return False


def _is_held(change: Change, spec: Spec, context: Context) -> bool:
    """Whether the row is locked, or the write made to fail where another one was first."""
    if change.read is not None:
        if change.read.sql is not None and change.read.sql.locks:
            return True
        if any(link.name in _LOCKS for link in chain(change.read.call, context.names)):
            return True
    return is_held(change.node, spec, context)
