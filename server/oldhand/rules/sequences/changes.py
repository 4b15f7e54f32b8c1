"""Numbers that are computed from their own former value: `row.balance -= x`, `{ stock: row.stock - 1 }`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oldhand.rules.context import Context
from oldhand.rules.database.chains import chain, plain
from oldhand.rules.database.operations import Operation
from oldhand.rules.database.patterns import Kind
from oldhand.rules.database.results import Results
from oldhand.rules.facts.shapes import constant_text
from oldhand.syntax.node import Node

_MAX_DEPTH = 4
_LOADING = frozenset({Kind.READ, Kind.UPSERT})
_ARITHMETIC = frozenset({"+", "-", "*", "/", "+=", "-=", "*=", "/=", "++", "--"})
_CERTAIN = frozenset({"-", "*", "/", "-=", "*=", "/=", "++", "--"})

# `+` and `+=` may join strings and lists; fields of these names are numbers.
_NUMERIC = re.compile(
    r"balance|amount|count|total|stock|quantity|qty|credit|point|score|view|like|vote|num|used|usage|remaining|available"
    r"|price|sum|attempt|tries|hits|seat|wallet|debt|paid|coin|sold|reserved|reputation|karma|xp|level|rank|inventory"
    r"|capacity|funds|money|cents|tokens?_|quota|visits|downloads|clicks|streak|counter|number|copies|spent",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """That `field` of a row, which `read` has loaded (None: someone else has), is set from its own former value.

    `row` is the variable's name, `node` where it happens, `by` the operation that writes it (None: a later one), and
    `sign` is -1 where something is taken away, else 1.
    """

    node: Node
    row: str
    field: str
    read: Operation | None
    by: Operation | None
    sign: int


def changes(results: Results, context: Context) -> Iterator[Change]:
    """The unit's changes, those of fields and those in the data of an update."""
    yield from _of_fields(results, context)
    for operation in results.operations:
        if operation.kind is Kind.UPDATE:
            yield from _in_update(operation, results, context)


def _of_fields(results: Results, context: Context) -> Iterator[Change]:
    index = context.index
    for kind in ("augmented_assignment", "augmented_assignment_expression", "update_expression"):
        for node in index.by_kind.get(kind, ()):
            target, value = node.child("left") or node.child("argument"), node.child("right")
            operator = node.child("operator")
            if target is not None and operator is not None and _is_number(operator.text, target, value, context):
                yield from _of_field(node, target, operator.text, results, context)
    for kind in ("assignment", "assignment_expression"):
        for node in index.by_kind.get(kind, ()):
            target, value = node.child("left"), node.child("right")
            if target is None or value is None or target.kind in index.shapes.names:
                continue
            operator_text = _computed(value, _is_text(target.text), context)
            if operator_text and _is_number(operator_text, target, value, context):
                yield from _of_field(node, target, operator_text, results, context)


def _is_text(text: str) -> Callable[[Node], bool]:
    return lambda part: part.text == text


def _of_field(node: Node, target: Node, operator: str, results: Results, context: Context) -> Iterator[Change]:
    found = _row_and_field(target, context)
    if found is None:
        return
    base, field = found
    read = results.of(base)
    if read is None or read.kind in _LOADING:
        yield Change(node, base.text, field, read, None, -1 if operator.startswith("-") else 1)


def _in_update(operation: Operation, results: Results, context: Context) -> Iterator[Change]:
    if operation.sql is not None:
        if operation.sql.bound:
            yield from _bound(operation, results, context)
        return
    links = [link.call for link in chain(operation.call, context.names) if link.call is not None]
    holders = [holder for call in links or [operation.call] if (holder := call.child("arguments")) is not None]
    entries = [entry for holder in holders for entry in _entries(holder, context)]
    for node, field, value in entries:
        change = _of_value(node, field, value, operation, results, context)
        # `WHERE balance = the balance that was read` lets only one of two writes through.
        if change is not None and not any(
            field == other and _former(compared, context) is not None and compared.text.endswith(field)
            for _, other, compared in entries
            if compared is not value
        ):
            yield change


def _entries(holder: Node, context: Context) -> Iterator[tuple[Node, str, Node]]:
    """Every named value below a node: the whole, the name, the value."""
    shapes = context.index.shapes
    for node in holder.descendants():
        if node.kind == "shorthand_property_identifier":
            yield node, node.text, node
        elif node.kind in shapes.keyword_arguments or node.kind in shapes.pairs:
            fields = shapes.keyword_arguments.get(node.kind) or shapes.pairs[node.kind]
            key, value = (node.child(field) for field in fields)
            if key is not None and value is not None:
                yield node, constant_text(key, shapes) if key.kind in shapes.strings else key.text, value


def _of_value(
    node: Node, field: str, value: Node, operation: Operation, results: Results, context: Context
) -> Change | None:
    """The change, where the value of a field is computed from the same field of a row that was read."""
    rows: list[tuple[str, Operation]] = []

    def is_former(part: Node) -> bool:
        found = _former(part, context)
        if found is None or found[1] != field.rsplit(".", 1)[-1]:
            return False
        read = results.of(found[0])
        if read is None or read.kind not in _LOADING:
            return False
        rows.append((found[0].text, read))
        return True

    operator = _computed(value, is_former, context)
    if not operator or not rows or not (operator in _CERTAIN or _NUMERIC.search(field) or _has_number(value, context)):
        return None
    return Change(node, rows[0][0], field, rows[0][1], operation, -1 if operator.startswith("-") else 1)


def _bound(operation: Operation, results: Results, context: Context) -> Iterator[Change]:
    """Values bound to a statement's placeholders that are computed from a read of the same table."""
    holder = operation.call.child("arguments")
    assert operation.sql is not None, "asked of statements"
    for argument in holder.named_children[1:] if holder is not None else ():
        for value in argument.named_children if argument.kind in context.index.shapes.containers else [argument]:
            rows: list[Operation] = []

            def is_former(part: Node, rows: list[Operation] = rows) -> bool:
                read = results.of(part)
                if read is None or read.kind not in _LOADING or read.table != operation.table:
                    return False
                rows.append(read)
                return True

            operator = _computed(value, is_former, context)
            field = operation.sql.bound[0]
            if operator and rows and (operator in _CERTAIN or _NUMERIC.search(field)):
                yield Change(operation.call, "", field, rows[0], operation, -1 if operator.startswith("-") else 1)
                return


def _computed(value: Node, is_former: Callable[[Node], bool], context: Context, depth: int = 0) -> str:
    """The operator by which a value is computed from a part that is its former value; "" where it is not."""
    if depth > _MAX_DEPTH:
        return ""
    shapes = context.index.shapes
    value = plain(value, context.names)
    if value.kind in shapes.binaries:
        operator = value.child("operator")
        if operator is None or operator.text not in _ARITHMETIC:
            return ""
        sides = [side for side in (value.child("left"), value.child("right")) if side is not None]
        if any(_is_or_holds(side, is_former, context) for side in sides):
            return operator.text
        return next((found for side in sides if (found := _computed(side, is_former, context, depth + 1))), "")
    if value.kind in shapes.names:
        for definition in context.names.reaching(value.text, value):
            if definition.how == "augment":
                operator = definition.site.child("operator")
                before = definition.site.child("left")
                if operator is not None and before is not None and operator.text in _ARITHMETIC and is_former(before):
                    return operator.text
            elif definition.how == "assign" and (found := _computed(definition.value, is_former, context, depth + 1)):
                return found
        return ""
    if value.kind in shapes.calls:
        # `Math.max(0, row.stock - 1)`, `round(row.total + x, 2)`
        holder = value.child("arguments")
        for argument in holder.named_children if holder is not None else ():
            if found := _computed(argument, is_former, context, depth + 1):
                return found
    return ""


def _is_or_holds(side: Node, is_former: Callable[[Node], bool], context: Context) -> bool:
    """Whether one side of a sum is the former value, in `(row.count or 0)` and `int(row.count)` too."""
    side = plain(side, context.names)
    if is_former(side):
        return True
    if side.kind in context.index.shapes.calls:
        holder = side.child("arguments")
        return holder is not None and any(is_former(plain(part, context.names)) for part in holder.named_children[:1])
    if side.kind in context.index.shapes.conditionals or side.kind == "binary_expression":
        return any(is_former(plain(part, context.names)) for part in side.named_children)
    return False


def _row_and_field(target: Node, context: Context) -> tuple[Node, str] | None:
    """The variable and the field of `row.field` or `row["field"]`."""
    shapes = context.index.shapes
    target = plain(target, context.names)
    if target.kind in shapes.members:
        base, part = (target.child(field) for field in shapes.members[target.kind])
        field = part.text if part is not None else ""
    elif target.kind in shapes.subscripts:
        base, part = (target.child(field) for field in shapes.subscripts[target.kind])
        field = constant_text(part, shapes) if part is not None and part.kind in shapes.strings else ""
    else:
        return None
    return (base, field) if base is not None and field else None


def _former(part: Node, context: Context) -> tuple[Node, str] | None:
    """The row and field that an expression is, or that the variable it is was taken from."""
    part = plain(part, context.names)
    if part.kind not in context.index.shapes.names:
        return _row_and_field(part, context)
    for definition in context.names.reaching(part.text, part):
        if definition.how == "assign" and (found := _row_and_field(definition.value, context)) is not None:
            return found
        if definition.how == "field" and definition.key:
            return definition.value, definition.key
    return None


def _is_number(operator: str, target: Node, value: Node | None, context: Context) -> bool:
    if operator not in _ARITHMETIC:
        return False
    if operator in _CERTAIN:
        return True
    found = _row_and_field(target, context)
    return (value is not None and _has_number(value, context)) or (
        found is not None and _NUMERIC.search(found[1]) is not None and not _has_text(value, context)
    )


def _has_number(value: Node, context: Context) -> bool:
    value = plain(value, context.names)
    if value.kind in {"integer", "float", "number"}:
        return True
    return value.kind in context.index.shapes.binaries and any(
        _has_number(part, context) for part in value.named_children
    )


def _has_text(value: Node | None, context: Context) -> bool:
    shapes = context.index.shapes
    return value is not None and any(
        part.kind in shapes.strings or part.kind in {"list", "array", "list_comprehension"}
        for part in value.descendants()
    )
