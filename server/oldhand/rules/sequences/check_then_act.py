"""Check, then act: a row is created because a read found none, and nothing keeps others from doing so too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oldhand.findings import Severity
from oldhand.rules.context import Context, Match
from oldhand.rules.database.keys import paths, share
from oldhand.rules.database.lookups import lookups
from oldhand.rules.database.operations import Operation, operations
from oldhand.rules.database.patterns import Kind
from oldhand.rules.database.results import Results, Test
from oldhand.rules.sequences.paths import conditions, exclude_each_other
from oldhand.rules.sequences.spec import Spec, called, is_held
from oldhand.syntax.node import Node


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
        # One row may be saved in several places.
        place = creation.made or creation.call
        if creation.table not in models or id(place) in reported:
            continue
        test = _check_of(creation, results, context)
        if test is None or _locks(test.operation) or is_held(creation.call, spec, context):
            continue
        if _in_hook_of_new_row(creation.call, context):
            continue
        check = test.operation
        reported.add(id(place))
        values = {
            "MODEL": creation.model,
            "CHECK": called(check.call, context),
            "CALLEE": called(creation.call, context),
        }
        grave = test.sure and (spec.minor is None or spec.minor.search(creation.model) is None)
        yield Match(creation.call, creation.call.range, values, None if grave else Severity.INFORMATION)


def _check_of(creation: Operation, results: Results, context: Context) -> Test | None:
    """The read whose finding nothing lets control reach the creation."""
    if creation.made is not None and exclude_each_other(creation.made, creation.call):
        return None
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


def _in_hook_of_new_row(call: Node, context: Context) -> bool:
    """Whether the function runs for a row that the same transaction makes, of which no other request knows yet."""
    function = context.function(call)
    return function is not None and any(
        _OF_NEW_ROW.match(decorator.text) is not None for decorator in context.decorators(function)
    )


_OF_NEW_ROW = re.compile(r"(?i)(\w+\.)*(before|after)_?(bulk_?)?(create|insert)\b")


def _locks(check: Operation) -> bool:
    return check.sql is not None and check.sql.locks
