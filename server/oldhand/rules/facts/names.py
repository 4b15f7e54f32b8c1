"""Dotted names: what an expression is called once imports, aliases, types and constructors are looked through."""

from __future__ import annotations

from collections.abc import Iterator

from oldhand.rules.facts.handlers import implied_names
from oldhand.rules.facts.imports import required_module
from oldhand.rules.facts.index import Definition, Index, Scope
from oldhand.rules.facts.module import Declared, Module, UnitFacts
from oldhand.rules.facts.parameters import Parameter
from oldhand.rules.facts.shapes import arguments, constant_text
from oldhand.syntax.node import Node

_MAX_DEPTH = 10
_MAX_NAMES = 4

# Type constructors whose argument says what the value is.
_TYPE_WRAPPERS = frozenset({"Optional", "Annotated", "Union", "Promise", "Readonly", "Final", "ClassVar", "Awaitable"})

# Functions that make of a function one that does the same.
_WRAPPERS = frozenset({"util.promisify", "promisify", "functools.partial", "partial"})


class Names:
    """Resolves expressions of one unit to dotted names.

    A call adds `()`, a subscript `[]`: `psycopg2.connect(…).cursor().execute` is
    `psycopg2.connect().cursor().execute`, also where the steps were stored in variables, fields or `with` targets.
    A parameter typed `Session` is `sqlalchemy.orm.Session()`, and its own name as well.
    """

    def __init__(self, unit: UnitFacts, module: Module) -> None:
        self.unit = unit
        self.index: Index = unit.index
        self.module = module
        self._memo: dict[int, tuple[str, ...]] = {}
        self._busy: set[int] = set()

    def of(self, node: Node) -> tuple[str, ...]:
        """The names of an expression, the most telling first; empty for what has none (a literal, a sum)."""
        key = id(node)
        if key in self._memo:
            return self._memo[key]
        if key in self._busy or len(self._busy) > _MAX_DEPTH:
            return ()
        self._busy.add(key)
        try:
            names = tuple(dict.fromkeys(self._of(node)))[:_MAX_NAMES]
        finally:
            self._busy.discard(key)
        self._memo[key] = names
        return names

    def callee(self, call: Node) -> tuple[str, ...]:
        """The names of what a call node calls."""
        target = call.child(self.index.shapes.calls[call.kind])
        return self.of(target) if target is not None else ()

    def _of(self, node: Node) -> Iterator[str]:
        shapes = self.index.shapes
        kind = node.kind
        if kind in shapes.names:
            yield from self._name(node)
        elif kind in shapes.members:
            yield from self._member(node)
        elif kind in shapes.calls:
            for name in self.callee(node):
                yield from self._result(name, node)
        elif kind in shapes.subscripts:
            base = node.child(shapes.subscripts[kind][0])
            for name in self.of(base) if base is not None else ():
                yield name + "[]"
        elif kind in shapes.this:
            yield "this"
        elif kind in shapes.transparent:
            inner = node.child("value") or next(iter(node.named_children), None)
            if inner is not None:
                yield from self.of(inner)
        elif kind == "binary_operator" and (left := node.child("left")) is not None:
            # A path divided by a name is a path.
            yield from (name for name in self.of(left) if name.endswith("Path()"))
        elif kind in {"super", "type"}:
            yield node.text
        elif kind in shapes.conditionals or (
            kind == "binary_expression" and any(child.kind in {"||", "??"} for child in node.children)
        ):
            for child in node.named_children:
                yield from self.of(child)

    def _result(self, callee: str, call: Node) -> Iterator[str]:
        """What a call stands for: a module, an attribute that it fetches by name, or its result."""
        shapes = self.index.shapes
        if callee == "require":
            yield required_module(call, shapes) or "require()"
            return
        if callee in {"__import__", "importlib.import_module", "getattr"}:
            given = arguments(call, shapes).positional
            place = 1 if callee == "getattr" else 0
            if len(given) > place and given[place].kind in shapes.strings:
                text = constant_text(given[place], shapes)
                yield from (f"{name}.{text}" for name in self.of(given[0])) if place else (text,)
                return
        elif callee in _WRAPPERS:
            # The function that it wraps, called in another way.
            yield from (name for given in arguments(call, shapes).positional[:1] for name in self.of(given))
        yield callee + "()"

    def _member(self, node: Node) -> Iterator[str]:
        fields = self.index.shapes.members[node.kind]
        base, part = node.child(fields[0]), node.child(fields[1])
        if base is None or part is None:
            return
        if base.text in {"self", "this", "cls"}:
            yield from self._own_field(node, f"{base.text}.{part.text}", part.text)
            return
        for name in self.of(base):
            yield f"{name}.{part.text}"

    def _own_field(self, node: Node, name: str, attribute: str) -> Iterator[str]:
        local = self.reaching(name, node)
        for definition in local:
            yield from self.of_definition(definition)
        if not local and self.index.owner:
            for declared in self.module.declared(f"{self.index.owner}.{attribute}"):
                yield from self._of_declared(declared, name)
        yield name

    def _name(self, node: Node) -> Iterator[str]:
        name = node.text
        definitions = [found for found in self.reaching(name, node) if found.how not in {"augment", "mutate"}]
        if definitions:
            for definition in definitions:
                if definition.annotation is not None:
                    yield from self.of_type(definition.annotation)
                yield from self.of_definition(definition)
            yield name
            return
        parameter = self.parameter(name, node)
        if parameter is not None:
            if parameter.annotation is not None:
                part = f".{parameter.key}" if parameter.key else ""
                yield from (whole + part for whole in self.of_type(parameter.annotation))
            if parameter.key:
                yield f"{{}}.{parameter.key}"
            yield name
            yield from implied_names(parameter, self.index)
            return
        imported = self.module.imported(name, self.unit)
        if imported is not None:
            yield imported
            return
        for declared in self.module.declared(name):
            yield from self._of_declared(declared, name)
        yield name

    def _of_declared(self, declared: Declared, name: str) -> Iterator[str]:
        """The names of what another unit declares, resolved there."""
        if declared.function is not None:
            yield name
            return
        there = self._at(declared.index)
        if there is None:
            return
        if declared.definition is not None and declared.definition.how in {"assign", "enter", "field"}:
            yield from there.of_definition(declared.definition)
        elif declared.parameter is not None and declared.parameter.annotation is not None:
            yield from there.of_type(declared.parameter.annotation)

    def _at(self, index: Index) -> Names | None:
        """The resolver for another unit, as deep in the search as this one is; None at the limit."""
        if index is self.index:
            return self
        unit = self.module.unit_of(index)
        if unit is None or len(self._busy) >= _MAX_DEPTH:
            return None
        other = Names(unit, self.module)
        # Placeholders carry the depth over; no node has a negative identity.
        other._busy = {-depth for depth in range(1, len(self._busy) + 2)}
        return other

    def of_definition(self, definition: Definition) -> Iterator[str]:
        """The names of what a definition gives its name."""
        if definition.annotation is not None:
            yield from self.of_type(definition.annotation)
        if definition.how in {"assign", "enter"}:
            yield from self.of(definition.value)
        elif definition.how == "field":
            for name in self.of(definition.value):
                yield f"{name}.{definition.key}"
        elif definition.how == "element":
            for name in self.of(definition.value):
                yield f"{name}[]"

    def of_type(self, annotation: Node) -> Iterator[str]:
        """The names of an instance of an annotated type: the type's dotted name with `()`."""
        for name in self._type_names(annotation):
            yield name + "()"

    def _type_names(self, node: Node) -> Iterator[str]:
        kind = node.kind
        if kind in {"identifier", "type_identifier"}:
            imported = self.module.imported(node.text, self.unit)
            if imported is not None:
                yield imported
                return
            aliases = self.module.declared(node.text)
            for declared in aliases:
                if declared.definition is not None and declared.definition.value.kind in {
                    "subscript",
                    "generic_type",
                }:
                    yield from self._type_names(declared.definition.value)
            yield node.text
        elif kind in {"attribute", "nested_type_identifier", "member_type"}:
            yield from self.of(node) or (node.text,)
        elif kind == "string":
            text = node.text.strip("\"'")
            if text.isidentifier():
                yield self.module.imported(text, self.unit) or text
        elif kind in {"subscript", "generic_type"}:
            parts = node.named_children
            if parts and parts[0].text.rsplit(".", 1)[-1] in _TYPE_WRAPPERS and len(parts) > 1:
                inner = parts[1].named_children[0] if parts[1].kind == "type_arguments" else parts[1]
                yield from self._type_names(inner)
            elif parts:
                yield from self._type_names(parts[0])
        else:
            for child in node.named_children:
                if child.text not in {"None", "null", "undefined"}:
                    yield from self._type_names(child)
                    return

    def written(self, name: str, use: Node) -> list[Definition]:
        """The assignments to fields of `name` in the same function that may come before `use`, the latest first."""
        found = self.index.scope_of(use).writes.get(name)
        return [write for write in reversed(found) if write.site.start < use.start] if found else []

    def reaching(self, name: str, use: Node) -> list[Definition]:
        """The definitions that may give `name` its value at `use`, the latest first.

        In the function's own order: back from the use to the first one that always runs; in functions around it,
        all of them, since they may run before or after the inner one is made.
        """
        scope: Scope | None = self.index.scope_of(use)
        inner = True
        while scope is not None:
            found = scope.definitions.get(name)
            if found:
                return _before(found, use, self.index) if inner else list(reversed(found))
            if any(parameter.name == name for parameter in scope.parameters):
                return []
            scope = self.index.outer(scope)
            inner = False
        return []

    def parameter(self, name: str, use: Node) -> Parameter | None:
        """The parameter that `name` is at `use`, of the innermost function that has one."""
        scope: Scope | None = self.index.scope_of(use)
        while scope is not None:
            for parameter in scope.parameters:
                if parameter.name == name:
                    return parameter
            if name in scope.definitions:
                return None
            scope = self.index.outer(scope)
        return None


def _before(definitions: list[Definition], use: Node, index: Index) -> list[Definition]:
    found: list[Definition] = []
    for definition in reversed(definitions):
        site = definition.site
        if site.start >= use.start or (site.end > use.start and definition.how != "element"):
            # A definition does not reach its own value, except that a loop's variable reaches its body.
            continue
        found.append(definition)
        if definition.how not in {"augment", "mutate"} and _always_runs(site, use, index):
            break
    return found or ([definitions[0]] if _only_in_loop(definitions[0], use, index) else [])


def _always_runs(site: Node, use: Node, index: Index) -> bool:
    """Whether control cannot reach `use` without passing `site`, as far as nesting tells."""
    branches, handlers = index.shapes.branches, index.shapes.handlers
    for ancestor in site.ancestors():
        if ancestor.kind in branches or ancestor.kind in handlers:
            return ancestor.start <= use.start and use.end <= ancestor.end
        if ancestor.kind in index.language.functions:
            return True
    return True


def _only_in_loop(definition: Definition, use: Node, index: Index) -> bool:
    """Whether a definition further down reaches the use by the loop around both."""
    loops = index.shapes.loops
    return any(
        ancestor.kind in loops and ancestor.start <= definition.site.start and definition.site.end <= ancestor.end
        for ancestor in use.ancestors()
    ) and not (definition.site.start <= use.start < definition.site.end)
