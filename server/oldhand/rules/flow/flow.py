"""The flow of one unit: names, members and elements followed back to what gives them their value.

It follows assignments, string building, parameters with the calls of them in the file, and functions of the same
file; it never runs forwards over code that nobody asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from oldhand.rules.facts.index import Definition, Index
from oldhand.rules.facts.module import Declared, Module, UnitFacts
from oldhand.rules.facts.names import Names
from oldhand.rules.facts.values import (
    CONFIGURED,
    CONSTANT,
    TAINTED,
    UNKNOWN,
    Origin,
    Value,
    either,
    joined,
    without_text,
)
from oldhand.rules.flow.calls import call_value
from oldhand.rules.flow.guards import guarded
from oldhand.rules.flow.inputs import parameter_value
from oldhand.rules.flow.known import UPPER
from oldhand.rules.flow.parts import part_value
from oldhand.rules.flow.policy import UNBOUND, Bindings, Policy
from oldhand.rules.flow.strings import binary, literal
from oldhand.syntax.node import Node

_MAX_DEPTH = 24
_MAX_STEPS = 20_000

# Keys whose value a database compares with, whatever it is: no operator can come in there.
_LITERAL_KEYS = frozenset({"$eq"})
_URL_PARTS = frozenset({"pathname", "search", "hash", "searchParams", "path", "query"})


@dataclass(slots=True, eq=False)
class Search:
    """One search through values: what is being worked out, how much that took, how often a limit or circle cut it."""

    busy: set[int] = field(default_factory=set)
    steps: int = 0
    cuts: int = 0


class Flow:
    """Values of one unit's expressions under one policy; remembers what it has worked out."""

    def __init__(self, unit: UnitFacts, module: Module, names: Names, policy: Policy) -> None:
        self.unit = unit
        self.index = unit.index
        self.module = module
        self.names = names
        self.policy = policy
        self._memo: dict[int, Value] = {}
        self._guarded: dict[int, bool] = {}
        self.search = Search()
        self._elsewhere: dict[int, Flow] = {}

    @property
    def depth(self) -> int:
        """How many values are being worked out at the moment, each for the one before."""
        return len(self.search.busy)

    def value(self, node: Node, bindings: Bindings = UNBOUND) -> Value:
        """The value of an expression; `bindings` gives parameters their values in a call that is followed."""
        key = id(node)
        if not bindings and key in self._memo:
            return self._memo[key]
        search = self.search
        if not search.busy:
            search.steps = 0
        search.steps += 1
        if key in search.busy or len(search.busy) > _MAX_DEPTH or search.steps > _MAX_STEPS:
            search.cuts += 1
            return CONSTANT if key in search.busy else UNKNOWN
        cuts = search.cuts
        search.busy.add(key)
        try:
            value = self._value(node, bindings)
        finally:
            search.busy.discard(key)
        # What a circle or a limit has cut short holds for this search alone.
        if not bindings and (search.cuts == cuts or not search.busy):
            self._memo[key] = value
        return value

    def is_source(self, names: tuple[str, ...]) -> bool:
        """Whether one of the names stands for input from outside."""
        return self.policy.sources.matches(names) is not None

    def at(self, index: Index) -> Flow | None:
        """The flow of another unit of the file, sharing this one's limits; None where they are reached."""
        if index is self.index:
            return self
        unit = self.module.unit_of(index)
        if unit is None or len(self.search.busy) >= _MAX_DEPTH:
            self.search.cuts += 1
            return None
        flow = self._elsewhere.get(id(unit))
        if flow is None:
            flow = self._elsewhere[id(unit)] = Flow(unit, self.module, Names(unit, self.module), self.policy)
            flow._elsewhere = self._elsewhere
        # The same search: a chain through several units ends like one within a unit.
        flow.search = self.search
        return flow

    def _value(self, node: Node, bindings: Bindings) -> Value:
        shapes = self.index.shapes
        kind = node.kind
        if kind in shapes.strings:
            return literal(self, node, bindings)
        if kind in shapes.names:
            return self._unless_guarded(node, self.of_name(node, bindings))
        if kind in shapes.calls:
            return call_value(self, node, bindings)
        if kind in shapes.members or kind in shapes.subscripts:
            return self._unless_guarded(node, part_value(self, node, bindings))
        if kind in shapes.binaries:
            return binary(self, node, bindings)
        if kind in shapes.conditionals:
            return self._alternatives(node, bindings)
        if kind in shapes.transparent:
            inner = node.child("value") or next(iter(node.named_children), None)
            return self.value(inner, bindings) if inner is not None else CONSTANT
        if kind in shapes.containers:
            parts = [self.value(child, bindings) for child in self._elements(node)]
            held = either(parts)
            return Value(held.origin, built=held.built, lead=parts[0].leading if parts else None, listed=True)
        if kind in shapes.comprehensions:
            body = node.child("body")
            return self.value(body, bindings) if body is not None else UNKNOWN
        if kind in shapes.pairs or kind in shapes.spreads:
            return either(self.value(child, bindings) for child in node.named_children)
        return CONFIGURED if kind in shapes.this else CONSTANT

    def _unless_guarded(self, node: Node, found: Value) -> Value:
        if found.origin < Origin.UNKNOWN:
            return found
        key = id(node)
        if key not in self._guarded:
            self._guarded[key] = guarded(node, self.index)
        return Value(Origin.CONSTANT, found.text) if self._guarded[key] else found

    def _alternatives(self, node: Node, bindings: Bindings) -> Value:
        branches = node.named_children
        if node.kind == "conditional_expression" and len(branches) == 3:
            branches = [branches[0], branches[2]]
        elif node.kind == "ternary_expression":
            branches = branches[1:]
        return either(self.value(child, bindings) for child in branches)

    def _elements(self, container: Node) -> list[Node]:
        """The values in a literal; of pairs the value alone."""
        shapes = self.index.shapes
        found: list[Node] = []
        for child in container.named_children:
            if child.kind in shapes.pairs:
                key, value = (child.child(part) for part in shapes.pairs[child.kind])
                if value is not None and (key is None or key.text.strip("\"'") not in _LITERAL_KEYS):
                    found.append(value)
            elif child.kind != "comment":
                found.append(child)
        return found

    def of_name(self, node: Node, bindings: Bindings) -> Value:
        """The value of a plain name: of all definitions that reach it, and what was added since."""
        name = node.text
        definitions = self.names.reaching(name, node)
        whole = [found for found in definitions if found.how not in {"augment", "mutate"}]
        added = [found for found in reversed(definitions) if found.how in {"augment", "mutate"}]
        start = (
            either(self.of_definition(found, bindings) for found in whole) if whole else self._outside(node, bindings)
        )
        if added:
            start = joined([start, *(self.of_definition(found, bindings) for found in added)])
        written = self.names.written(name, node)
        if written:
            origin = max(start.origin, *(self.value(write.value, bindings).origin for write in written))
            # The path and the query of a URL do not change where it leads.
            inside = all(write.key in _URL_PARTS for write in written)
            start = replace(start, origin=origin, lead=start.leading if inside else None)
        return start

    def _outside(self, node: Node, bindings: Bindings) -> Value:
        """The value of a name that the function does not define: a parameter, an import, a name of another unit."""
        name = node.text
        parameter = self.names.parameter(name, node)
        if parameter is not None:
            if name in bindings:
                return bindings[name]
            return TAINTED if self.is_source(self.names.of(node)) else parameter_value(self, parameter)
        if self.module.imported(name, self.unit) is not None:
            return TAINTED if self.is_source(self.names.of(node)) else CONFIGURED
        declared = self.module.declared(name)
        values = [self.of_declared(found) for found in declared if found.definition is not None]
        if values:
            return either(values)
        return CONFIGURED if declared or UPPER.match(name) else UNKNOWN

    def of_definition(self, definition: Definition, bindings: Bindings) -> Value:
        """The value that a definition gives its name."""
        value = self.value(definition.value, bindings)
        if definition.how in {"assign", "augment", "mutate", "write"}:
            return value
        if definition.how == "field":
            names = tuple(f"{name}.{definition.key}" for name in self.names.of(definition.value))
            return TAINTED if self.is_source(names) else without_text(value)
        return without_text(value)

    def of_declared(self, declared: Declared) -> Value:
        """The value of something that another unit of the file declares."""
        if declared.definition is None:
            return UNKNOWN
        flow = self.at(declared.index)
        return flow.of_definition(declared.definition, UNBOUND) if flow is not None else UNKNOWN
