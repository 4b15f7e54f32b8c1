"""Where the elements of a loop come from: a query's rows and what a client sends may be any number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oldhand.rules.context import Context, Loop
from oldhand.rules.database.chains import plain, receiver
from oldhand.rules.facts.index import Definition, Index
from oldhand.rules.facts.module import function_name, last_name
from oldhand.rules.facts.names import Names
from oldhand.rules.facts.parameters import Parameter
from oldhand.rules.facts.shapes import arguments
from oldhand.rules.facts.values import Origin
from oldhand.rules.name_sets import NameSet
from oldhand.syntax.node import Node

_MAX_DEPTH = 10
# The most that a limit in the query may say for its rows to be few.
_FEW = 50

# Calls that give one row, or a number, of what they are called on.
_SINGLE = frozenset(
    """get first last one one_or_none one_or_404 scalar scalar_one scalar_one_or_none fetchone fetch_one fetchrow
    fetchval fetch_val count exists aggregate earliest latest findOne findFirst findUnique findByPk findById pop shift
    at join""".split()
)
# Functions that hand on the elements of what they are given.
_HAND_ON = frozenset(
    """list set tuple sorted reversed enumerate zip iter filter map dict frozenset chain from_iterable gather Set Map
    from keys values entries uniq uniqBy unique compact flatten flatMap concat sortBy orderBy groupBy keyBy all
    allSettled""".split()
)
_LIMITS = frozenset({"limit", "take", "first", "page_size", "maxResults"})


class RowSources:
    """Tells of one unit's expressions whether their elements are as many as a query finds or a client sends.

    `rows` are calls that give all rows of a query. A limit that the code itself keeps small makes them few.
    """

    def __init__(self, rows: NameSet, context: Context) -> None:
        self._rows = rows
        self._context = context
        self._shapes = context.index.shapes
        self._busy: set[int] = set()
        self._known: dict[int, bool] = {}

    def unbounded(self, loops: Iterable[Loop]) -> bool:
        """Whether one of these loops, which stand around each other, runs over any number of elements."""
        names = self._context.names
        return any(loop.over is not None and self._many(loop.over, names) for loop in loops)

    def _many(self, node: Node, names: Names) -> bool:
        node = plain(node, names)
        key = id(node)
        if key in self._known:
            return self._known[key]
        if key in self._busy or len(self._busy) > _MAX_DEPTH:
            return False
        self._busy.add(key)
        try:
            # Each place is looked at once, however many ways lead to it.
            self._known[key] = self._is_many(node, names)
        finally:
            self._busy.discard(key)
        return self._known[key]

    def _is_many(self, node: Node, names: Names) -> bool:
        shapes, kind = self._shapes, node.kind
        if kind in shapes.calls:
            return self._of_call(node, names)
        if kind in shapes.names:
            return self._of_name(node, names)
        if kind in shapes.subscripts and _is_small_slice(node):
            return False
        if kind in shapes.members or kind in shapes.subscripts:
            field = (shapes.members.get(kind) or shapes.subscripts[kind])[0]
            base = node.child(field)
            own = base is not None and base.text in {"self", "this", "cls"}
            if own:
                return any(self._of_definition(found, names) for found in names.reaching(node.text, node))
            return self._is_sent(node, names) or (base is not None and self._many(base, names))
        if kind in shapes.comprehensions:
            clauses = [child for child in node.named_children if child.kind == "for_in_clause"]
            return any(over is not None and self._many(over, names) for over in (one.child("right") for one in clauses))
        if kind in shapes.containers:
            spread = [child for child in node.named_children if child.kind in shapes.spreads]
            return any(self._many(inner, names) for child in spread for inner in child.named_children)
        if kind in shapes.binaries or kind in shapes.conditionals:
            return any(self._many(child, names) for child in node.named_children)
        return False

    def _of_call(self, call: Node, names: Names) -> bool:
        called, method = names.callee(call), last_name(call, names.index)
        if self._limited(call, names):
            return False
        if self._rows.matches(called) is not None:
            return True
        if method in _SINGLE:
            return self._is_sent(call, names)
        given = arguments(call, self._shapes)
        base = receiver(call, names)
        if method in _HAND_ON and any(self._many(one, names) for one in (*given.positional, *given.spreads)):
            return True
        if base is not None and base.text not in {"self", "this", "cls"}:
            return self._many(base, names) or self._is_sent(call, names)
        return self._is_sent(call, names) or self._returns_many(method, base, names)

    def _returns_many(self, name: str, base: Node | None, names: Names) -> bool:
        """Whether the function of this file returns rows."""
        key = f"{names.index.owner}.{name}" if base is not None else name
        for declared in names.module.declared(key) if name else ():
            there = self._at(declared.index, names)
            if declared.function is None or there is None:
                continue
            scope = there.index.scopes[id(declared.function)]
            for statement in there.index.of(there.index.shapes.returns):
                if there.index.scope_of(statement) is scope and any(
                    self._many(child, there) for child in statement.named_children
                ):
                    return True
        return False

    def _of_name(self, node: Node, names: Names) -> bool:
        definitions = names.reaching(node.text, node)
        if definitions:
            return any(self._of_definition(found, names) for found in definitions)
        parameter = names.parameter(node.text, node)
        if parameter is not None:
            return self._is_sent(node, names) or self._is_given(parameter, names)
        return False

    def _of_definition(self, found: Definition, names: Names) -> bool:
        if found.how in {"mutate", "augment"}:
            # What is put in once for each of many is many; so is what many are added from.
            own = names.index is self._context.index
            return (own and self.unbounded(self._context.loops(found.site))) or self._many(found.value, names)
        if found.how == "element" and found.site.kind in self._shapes.loops:
            return False
        if found.how == "element" and (part := self._part(found, names)) is not None:
            return self._many(part, names)
        return found.how in {"assign", "field", "element", "enter"} and self._many(found.value, names)

    def _part(self, found: Definition, names: Names) -> Node | None:
        """What a name gets of several that are waited for together: `[rows, total] = await Promise.all([…])`."""
        value = plain(found.value, names)
        if value.kind not in self._shapes.calls or last_name(value, names.index) not in {"all", "gather"}:
            return None
        given = arguments(value, self._shapes).positional
        parts = given[0].named_children if len(given) == 1 and given[0].kind == "array" else list(given)
        place = int(found.key) if found.key.isdigit() else -1
        return parts[place] if 0 <= place < len(parts) else None

    def _is_given(self, parameter: Parameter, names: Names) -> bool:
        """Whether a query hands its rows to the callback that has this parameter, or a call in this file does."""
        function = names.index.scope_of(parameter.node).node
        if function is names.index.root:
            return False
        holder = function.parent
        call = holder.parent if holder is not None and holder.kind == self._shapes.arguments else None
        if call is not None and call.kind in self._shapes.calls:
            base = receiver(call, names)
            after = last_name(call, names.index) == "then" and base is not None and self._many(base, names)
            return parameter.position == 0 and (after or self._rows.matches(names.callee(call)) is not None)
        return any(self._many(argument, there) for argument, there in self._given(function, parameter, names))

    def _given(self, function: Node, parameter: Parameter, names: Names) -> Iterator[tuple[Node, Names]]:
        """What the calls in this file give a parameter, each with the names of its unit."""
        name = function_name(function)
        skip = 1 if names.index.owner and names.index.language.id == "python" else 0
        for unit, call in names.module.callers(name) if name else ():
            there = self._at(unit.index, names)
            given = arguments(call, self._shapes)
            argument = given.named.get(parameter.name)
            place = parameter.position - skip
            if argument is None and 0 <= place < len(given.positional):
                argument = given.positional[place]
            if argument is not None and there is not None:
                yield argument, there

    def _is_sent(self, node: Node, names: Names) -> bool:
        """Whether a client chooses the value."""
        flow = self._context.flow().at(names.index)
        return flow is not None and flow.value(node).origin is Origin.TAINTED

    def _limited(self, call: Node, names: Names) -> bool:
        """Whether the call, or the statement that it runs, asks for a few only."""
        given = arguments(call, self._shapes)
        if last_name(call, names.index) in _LIMITS and given.positional and _is_few(given.positional[0]):
            return True
        if any(name in _LIMITS and _is_few(value) for name, value in given.named.items()):
            return True
        return any(
            plain(one, names).kind in self._shapes.calls and self._limited(plain(one, names), names)
            for one in given.positional[:1]
        )

    def _at(self, index: Index, names: Names) -> Names | None:
        if index is names.index:
            return names
        unit = names.module.unit_of(index)
        return Names(unit, names.module) if unit is not None else None


def _is_few(node: Node) -> bool:
    return node.text.isdigit() and int(node.text) <= _FEW


def _is_small_slice(node: Node) -> bool:
    """`rows[:10]`, or `rows[0]`."""
    index = node.child("subscript") or node.child("index")
    if index is None:
        return False
    if index.kind == "slice":
        bounds = index.named_children
        return index.text.startswith((":", "0:")) and bool(bounds) and _is_few(bounds[-1])
    return index.text.lstrip("-").isdigit()
