"""Check, then act: a row is created because a read found none, and nothing keeps others from doing so too."""

from __future__ import annotations

from collections.abc import Iterator

from oldhand.findings import Severity
from oldhand.rules.context import Context, Match
from oldhand.rules.database.keys import paths, share
from oldhand.rules.database.lookups import lookups
from oldhand.rules.database.patterns import Kind
from oldhand.rules.database.results import Results, Test
from oldhand.rules.operations import Operation, operations
from oldhand.rules.sequences.paths import conditions
from oldhand.rules.sequences.spec import Spec, called, text_with_decorators, whole_function


def find(spec: Spec, context: Context) -> Iterator[Match]:
    """The unit's creations that rest on a check of the same model by the same values."""
    found = operations(context, spec.operations)
    creations = [operation for operation in found if operation.kind is Kind.CREATE]
    if not creations:
        return
    found = sorted([*found, *lookups(context, spec.operations)], key=lambda operation: operation.call.end)
    checks = [operation for operation in found if operation.kind in {Kind.READ, Kind.EXISTS}]
    models = {operation.table for operation in creations} & {operation.table for operation in checks}
    if not models:
        return
    results = Results(context, found)
    reported: set[int] = set()
    for creation in creations:
        if creation.table not in models or id(creation.call) in reported:
            continue
        test = _check_of(creation, results, context)
        if test is None or _is_held(test.operation, spec, context):
            continue
        check = test.operation
        reported.add(id(creation.call))
        values = {
            "MODEL": creation.model,
            "CHECK": called(check.call, context),
            "CALLEE": called(creation.call, context),
        }
        grave = test.sure and (spec.minor is None or spec.minor.search(creation.model) is None)
        yield Match(creation.call, creation.call.range, values, None if grave else Severity.INFORMATION)


def _check_of(creation: Operation, results: Results, context: Context) -> Test | None:
    """The read whose finding nothing lets control reach the creation."""
    unsure: Test | None = None
    places = [creation.call] if creation.made is None else [creation.made, creation.call]
    for place in places:
        for test in conditions(place, results, context):
            check = test.operation
            if test.found or check.table != creation.table:
                continue
            if not share(paths(check, context), paths(creation, context)):
                continue
            if test.sure:
                return test
            unsure = unsure or test
    return unsure


def _is_held(check: Operation, spec: Spec, context: Context) -> bool:
    """Whether the function takes a lock, or expects the violation of a constraint."""
    if check.sql is not None and check.sql.locks:
        return True
    text = text_with_decorators(whole_function(check.call, context), context)
    return spec.unless is not None and spec.unless.search(text) is not None
