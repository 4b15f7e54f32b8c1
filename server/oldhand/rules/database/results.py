"""What becomes of an operation's result: which operation a value comes from, and what a condition says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from oldhand.rules.context import Context
from oldhand.rules.database.chains import plain, receiver
from oldhand.rules.database.operations import Operation
from oldhand.rules.database.patterns import Kind
from oldhand.rules.facts.module import last_name
from oldhand.rules.facts.parameters import Parameter
from oldhand.rules.facts.shapes import arguments
from oldhand.syntax.node import Node

_MAX_DEPTH = 8

# Methods that hand on the rows they are called on, in another form, and those that say more of which rows.
_ACCESSORS = frozenset(
    """first one one_or_none one_or_404 scalar scalars scalar_one scalar_one_or_none unique all fetchone fetchall
    mappings unwrap toJSON toObject lean exec get populate then catch finally execute executeTakeFirst single
    maybeSingle executeTakeFirstOrThrow limit next fetch_one fetch_all at pop shift where and_ filter filter_by find
    exclude options
    join outerjoin order_by orderBy sort skip select select_from from_ from innerJoin leftJoin select_related andWhere
    prefetch_related only defer values values_list using annotate distinct offset returning in_bulk slice""".split()
)
# Calls that run the statement they are given.
_RUNNERS = frozenset("execute scalar scalars exec stream query fetch_one fetch_all fetch_val fetchrow fetchval".split())
_FETCHES = frozenset("fetchone fetchall fetchmany fetchval".split())
# Parts of a result that are there, or true, exactly if rows were found.
_COUNTED = frozenset("length rowCount rows size data docs count exists rowcount 0".split())
_EMPTY = frozenset({"empty", "isEmpty"})
_NOTHING = frozenset({"None", "null", "undefined", "0", "false", "False", "[]", "-1", "''", '""'})
_COMPARED = {
    "==": False, "===": False, "is": False, "<": False, "<=": False,
    "!=": True, "!==": True, "is not": True, ">": True, ">=": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Test:
    """That a condition holds where `operation` has found something (`found`), or where it has not.

    Not `sure` where the condition holds in other cases too: `not (found and old)` says little of `found`.
    """

    operation: Operation
    found: bool
    sure: bool = True


class Results:
    """Follows values of one unit back to the operations that gave them."""

    def __init__(self, context: Context, operations: Iterable[Operation]) -> None:
        self.context = context
        self.names = context.names
        self.shapes = context.index.shapes
        self.operations = list(operations)
        self._by_call = {id(operation.call): operation for operation in self.operations}

    def of(self, node: Node, depth: int = 0) -> Operation | None:
        """The operation whose result `node` is, or is a part of; None where it is something else."""
        if depth > _MAX_DEPTH:
            return None
        node = plain(node, self.names)
        kind = node.kind
        if kind in self.shapes.calls:
            return self._of_call(node, depth)
        if kind in self.shapes.members or kind in self.shapes.subscripts:
            fields = self.shapes.members.get(kind) or self.shapes.subscripts[kind]
            base = node.child(fields[0])
            return self.of(base, depth + 1) if base is not None else None
        if kind in self.shapes.names:
            return self._of_name(node, depth)
        if kind in self.shapes.conditionals or self._is_choice(node):
            return next((found for child in node.named_children if (found := self.of(child, depth + 1))), None)
        return None

    def _of_call(self, call: Node, depth: int) -> Operation | None:
        found = self._by_call.get(id(call))
        if found is not None:
            return found
        method = last_name(call, self.context.index)
        base = receiver(call, self.names)
        given = arguments(call, self.shapes).positional
        if method in _FETCHES and base is not None and (ran := self._run_before(call, base)):
            return ran
        if method in _RUNNERS and given and (ran := self.of(given[0], depth + 1)):
            return ran
        if base is None:
            # `next(iter(rows))`, `len(rows)`, `list(rows)`
            return self.of(given[0], depth + 1) if given and method in {"next", "iter", "list", "len", "bool"} else None
        return self.of(base, depth + 1) if method in _ACCESSORS else None

    def _run_before(self, fetch: Node, cursor: Node) -> Operation | None:
        """The last statement that was executed on the cursor before this fetch."""
        for operation in reversed(self.operations):
            if operation.sql is not None and operation.call.end <= fetch.end:
                base = receiver(operation.call, self.names)
                if base is not None and base.text == cursor.text:
                    return operation
        return None

    def _of_name(self, node: Node, depth: int) -> Operation | None:
        for definition in self.names.reaching(node.text, node):
            if definition.how in {"assign", "element", "field", "enter"}:
                found = self.of(definition.value, depth + 1)
                if found is not None:
                    return found
        parameter = self.names.parameter(node.text, node)
        return self._of_parameter(parameter, depth) if parameter is not None else None

    def _of_parameter(self, parameter: Parameter, depth: int) -> Operation | None:
        """What a callback is given: `find(…).then(user => …)`, `find(…, (error, user) => …)`."""
        function = self.context.function(parameter.node)
        holder = function.parent if function is not None else None
        call = holder.parent if holder is not None and holder.kind == self.shapes.arguments else None
        if call is None or call.kind not in self.shapes.calls:
            return None
        if parameter.position == 1 and id(call) in self._by_call:
            return self._by_call[id(call)]
        if parameter.position == 0 and last_name(call, self.context.index) in {"then", "forEach", "map"}:
            base = receiver(call, self.names)
            return self.of(base, depth + 1) if base is not None else None
        return None

    def _is_choice(self, node: Node) -> bool:
        return node.kind == "binary_expression" and any(child.kind in {"||", "??"} for child in node.children)

    def tests(self, condition: Node, truth: bool = True, depth: int = 0) -> Iterator[Test]:
        """What a condition says of reads where it is true (false, with `truth` false)."""
        if depth > _MAX_DEPTH:
            return
        node = plain(condition, self.names)
        kind = node.kind
        if kind in {"not_operator", "unary_expression"}:
            inner = node.child("argument")
            if inner is not None and (kind == "not_operator" or node.children[0].kind == "!"):
                yield from self.tests(inner, not truth, depth + 1)
        elif kind == "boolean_operator" or (kind == "binary_expression" and _operator(node) in {"&&", "||", "??"}):
            sure = (_operator(node) in {"and", "&&"}) is truth
            for side in (node.child("left"), node.child("right")):
                for test in self.tests(side, truth, depth + 1) if side is not None else ():
                    yield test if sure else replace(test, sure=False)
        elif kind in {"comparison_operator", "binary_expression"}:
            yield from self._compared(node, truth, depth)
        elif kind in self.shapes.names:
            yield from self._named(node, truth, depth)
        elif kind in self.shapes.calls or kind in self.shapes.members or kind in self.shapes.subscripts:
            yield from self._looked_at(node, truth, depth)

    def _compared(self, node: Node, truth: bool, depth: int) -> Iterator[Test]:
        operator = _operator(node)
        sides = [child for child in node.named_children if child.kind != "comment"]
        if operator not in _COMPARED or len(sides) != 2:
            return
        for side, other in (sides, sides[::-1]):
            value = other.text
            if value in _NOTHING or (value == "1" and operator in {"<", ">=", "==", "==="}):
                found = _COMPARED[operator] if value in _NOTHING else operator != "<"
                yield from self.tests(side, truth is found, depth + 1)
            elif value in {"True", "true"}:
                yield from self.tests(side, truth is not _COMPARED[operator], depth + 1)

    def _named(self, node: Node, truth: bool, depth: int) -> Iterator[Test]:
        found = self.of(node)
        if found is not None:
            yield Test(found, truth)
            return
        for definition in self.names.reaching(node.text, node):
            if definition.how == "assign":
                yield from self.tests(definition.value, truth, depth + 1)

    def _looked_at(self, node: Node, truth: bool, depth: int) -> Iterator[Test]:
        """A call, member or element: the result itself, or a part that says whether there is one."""
        if node.kind in self.shapes.members:
            part = node.child(self.shapes.members[node.kind][1])
            base = node.child(self.shapes.members[node.kind][0])
            if part is not None and base is not None and part.text in _COUNTED | _EMPTY:
                yield from self.tests(base, truth is (part.text not in _EMPTY), depth + 1)
            return
        if node.kind in self.shapes.subscripts:
            base = node.child(self.shapes.subscripts[node.kind][0])
            index = node.child(self.shapes.subscripts[node.kind][1])
            if base is not None and index is not None and index.text == "0":
                yield from self.tests(base, truth, depth + 1)
            return
        given = arguments(node, self.shapes).positional
        method = last_name(node, self.context.index)
        if given and method in {"isEmpty", "isNil", "isNull", "isUndefined"}:
            yield from self.tests(given[0], not truth, depth + 1)
        elif given and method in {"len", "bool", "Boolean", "any"} and receiver(node, self.names) is None:
            yield from self.tests(given[0], truth, depth + 1)
        elif (found := self.of(node)) is not None and found.kind in {Kind.READ, Kind.EXISTS}:
            yield Test(found, truth)


def _operator(node: Node) -> str:
    operator = node.child("operator") or node.child("operators")
    return operator.text if operator is not None else ""
