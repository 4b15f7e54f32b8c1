"""Read, modify, write: a row is loaded, a number in it computed from its former value, and written back."""

from __future__ import annotations

from collections.abc import Iterator

from oldhand.findings import Severity
from oldhand.rules.context import Context, Match
from oldhand.rules.database.chains import chain
from oldhand.rules.database.patterns import Kind
from oldhand.rules.database.results import Results
from oldhand.rules.operations import Operation, operations
from oldhand.rules.sequences.changes import Change, changes
from oldhand.rules.sequences.spec import Spec, text_with_decorators, whole_function

_LOCKS = frozenset({"select_for_update", "with_for_update", "for_update", "forUpdate", "setLock", "lock", "forShare"})


def find(spec: Spec, context: Context) -> Iterator[Match]:
    """The unit's changes of numbers that another request's change can undo."""
    found = operations(context, spec.operations)
    if not any(operation.kind is Kind.READ for operation in found):
        return
    results = Results(context, found)
    for change in changes(results, context):
        if change.read is None or not _is_written(change, found, context) or _is_held(change, spec, context):
            continue
        values = {"FIELD": change.field, "ROW": change.row if change.row.isidentifier() else change.read.model, "MODEL": change.read.model}
        grave = spec.grave is None or spec.grave.search(f"{change.read.model}.{change.field}") is not None
        yield Match(change.node, change.node.range, values, None if grave else Severity.INFORMATION)


def _is_written(change: Change, found: list[Operation], context: Context) -> bool:
    """Whether what was changed goes back to the database."""
    if change.by is not None:
        return True
    assert change.read is not None, "asked of rows that were read here"
    if any(link.name in {"query", "select", "execute"} for link in chain(change.read.call, context.names)):
        # SQLAlchemy writes changed rows of its own accord.
        return context.index.language.id == "python"
    for operation in found:
        if operation.call.end < change.node.end or not (operation.writes or operation.kind is Kind.COMMIT):
            continue
        if operation.kind is Kind.COMMIT or (operation.row is not None and operation.row.text == change.row):
            return True
    return False


def _is_held(change: Change, spec: Spec, context: Context) -> bool:
    """Whether the row is locked, or the write made to fail where another one was first."""
    assert change.read is not None, "asked of rows that were read here"
    if change.read.sql is not None and change.read.sql.locks:
        return True
    if any(link.name in _LOCKS for link in chain(change.read.call, context.names)):
        return True
    text = text_with_decorators(whole_function(change.node, context), context)
    return spec.unless is not None and spec.unless.search(text) is not None
