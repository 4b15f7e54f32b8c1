"""Paths through a function, as far as nesting tells: on what condition is a place reached?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oldhand.rules.context import Context
from oldhand.rules.database.results import Results, Test
from oldhand.rules.flow.guards import leaves
from oldhand.syntax.node import Node

_NOT_FOUND = re.compile(r"DoesNotExist|NoResultFound|NotFound|P2025|DocumentDoesNotExist|NoRows")


def conditions(place: Node, results: Results, context: Context) -> Iterator[Test]:
    """What must be true of earlier reads for control to reach `place`."""
    node = place
    for parent in place.ancestors():
        yield from _of_parent(node, parent, results)
        if parent.kind in context.index.shapes.blocks or parent.kind in {"module", "program"}:
            for before in parent.children[: node.index]:
                yield from _passed(before, results)
        node = parent


def exclude_each_other(one: Node, other: Node) -> bool:
    """Whether the two stand in different branches of one `if`."""
    branch = {id(ancestor): below for below, ancestor in _upwards(one)}
    for below, ancestor in _upwards(other):
        if id(ancestor) in branch:
            mine = branch[id(ancestor)]
            return (
                ancestor.kind == "if_statement" and below is not mine and "condition" not in {below.field, mine.field}
            )
    return False


def _upwards(node: Node) -> Iterator[tuple[Node, Node]]:
    below = node
    for ancestor in node.ancestors():
        yield below, ancestor
        below = ancestor


def _of_parent(node: Node, parent: Node, results: Results) -> Iterator[Test]:
    kind = parent.kind
    if kind in {"if_statement", "elif_clause", "ternary_expression"}:
        yield from _of_branch(node, parent, results)
    elif kind == "conditional_expression":
        body, condition, *_ = parent.named_children
        if node is not condition:
            yield from results.tests(condition, node is body)
    elif kind in {"boolean_operator", "binary_expression"} and node.field == "right":
        left, operator = parent.child("left"), parent.child("operator")
        if left is not None and operator is not None and operator.text in {"or", "||", "??", "and", "&&"}:
            yield from results.tests(left, operator.text in {"and", "&&"})
    elif kind == "augmented_assignment_expression" and node.field == "right":
        left, operator = parent.child("left"), parent.child("operator")
        if left is not None and operator is not None and operator.text in {"??=", "||="}:
            yield from results.tests(left, False)
    elif kind in {"except_clause", "catch_clause"} and parent.parent is not None:
        yield from _missed(parent, results)


def _of_branch(node: Node, parent: Node, results: Results) -> Iterator[Test]:
    condition = parent.child("condition")
    if condition is None or node is condition:
        return
    if node.field == "consequence":
        yield from results.tests(condition, True)
        return
    yield from results.tests(condition, False)
    for earlier in parent.children[: node.index]:
        inner = earlier.child("condition") if earlier.kind == "elif_clause" else None
        if inner is not None:
            yield from results.tests(inner, False)


def _passed(statement: Node, results: Results) -> Iterator[Test]:
    """What is known behind a statement: an `if` whose branch leaves was not taken."""
    if statement.kind != "if_statement":
        return
    condition, consequence = statement.child("condition"), statement.child("consequence")
    if condition is None:
        return
    if leaves(consequence):
        yield from results.tests(condition, False)
    for other in statement.children_in("alternative"):
        inner = other.child("condition")
        if other.kind == "elif_clause" and inner is not None and leaves(other.child("consequence")):
            yield from results.tests(inner, False)
        elif other.kind == "else_clause" and leaves(other.child("body") or next(iter(other.named_children), None)):
            yield from results.tests(condition, True)


def _missed(handler: Node, results: Results) -> Iterator[Test]:
    """In the handler of an error that says that nothing was found, the reads of the `try` have found nothing."""
    statement = handler.parent
    body = statement.child("body") if statement is not None else None
    head = handler.text.split("\n", 1)[0]
    if body is None or not _NOT_FOUND.search(head):
        return
    for operation in results.operations:
        if body.start <= operation.call.start and operation.call.end <= body.end and not operation.writes:
            yield Test(operation, False)
