"""A file's units seen together: what one unit asks about the others, and what it was told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from oldhand.rules.facts.imports import imports
from oldhand.rules.facts.index import Definition, Index
from oldhand.rules.facts.parameters import Parameter
from oldhand.syntax.node import Node

_FIELD_MODIFIERS = frozenset({"accessibility_modifier", "readonly"})
_NAMED_SITES = frozenset({"assignment", "variable_declarator", "public_field_definition", "field_definition"})

# The question for all imports of a file.
IMPORTS = "import *"


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """Something that a unit declares for the rest of the file: a value, a function, or a constructor's field."""

    index: Index
    definition: Definition | None = None
    function: Node | None = None
    parameter: Parameter | None = None


@dataclass(eq=False)
class UnitFacts:
    """An indexed unit with what it offers to the others.

    `declares` has names as others see them: `name`, or `Class.name` for members and for `self.name`.
    `called` has the last name of every callee.
    """

    index: Index

    @cached_property
    def imports(self) -> dict[str, str]:
        """Local names that this unit imports."""
        return imports(self.index.by_kind, self.index.shapes)

    @cached_property
    def declares(self) -> dict[str, list[Declared]]:
        """Everything declared at the unit's own level, and what methods put into `self`."""
        index = self.index
        prefix = index.owner + "." if index.owner else ""
        found: dict[str, list[Declared]] = {}
        for scope in index.scopes.values():
            own = scope.node is index.root
            for name, definitions in scope.definitions.items():
                head, _, attribute = name.partition(".")
                if attribute and head in {"self", "this", "cls"} and prefix:
                    key = prefix + attribute
                elif own:
                    key = prefix + name
                else:
                    continue
                found.setdefault(key, []).extend(Declared(index, definition) for definition in definitions)
            if not own and index.outer(scope) is index.scopes[id(index.root)]:
                name = function_name(scope.node)
                if name:
                    found.setdefault(prefix + name, []).append(Declared(index, None, scope.node))
                if prefix and name == "constructor":
                    for parameter in scope.parameters:
                        # TypeScript's `constructor(private repo: Repo)` declares a field.
                        if any(child.kind in _FIELD_MODIFIERS for child in parameter.node.children):
                            declared = Declared(index, parameter=parameter)
                            found.setdefault(prefix + parameter.name, []).append(declared)
        return found

    @cached_property
    def called(self) -> dict[str, list[Node]]:
        """Call nodes by the last name of what they call."""
        found: dict[str, list[Node]] = {}
        for call in self.index.calls:
            found.setdefault(last_name(call, self.index), []).append(call)
        return found

    @cached_property
    def offers(self) -> frozenset[tuple[str, str]]:
        """All questions whose answer this unit has a part in, each with the text that its answer depends on.

        Two states of a unit that offer the same pair give others the same answer. Where an answer takes in local
        names of a function, or others of this unit, it depends on the whole unit.
        """
        return frozenset(_offers(self))


@dataclass(eq=False)
class File:
    """All units of one state of a file, with what they declare, import and call by name; each worked out once."""

    path: str
    units: Sequence[UnitFacts]

    @cached_property
    def imports(self) -> dict[str, str]:
        """What local names were imported as, anywhere in the file."""
        return {name: dotted for unit in self.units for name, dotted in unit.imports.items()}

    @cached_property
    def modules(self) -> frozenset[str]:
        """The dotted names of everything that is imported."""
        return frozenset(dotted for unit in self.units for dotted in unit.imports.values())

    @cached_property
    def declared(self) -> dict[str, list[Declared]]:
        """What the units declare, by name."""
        found: dict[str, list[Declared]] = {}
        for unit in self.units:
            for name, declared in unit.declares.items():
                found.setdefault(name, []).extend(declared)
        return found

    @cached_property
    def called(self) -> dict[str, list[tuple[UnitFacts, Node]]]:
        """Calls, by the last name of their callees."""
        found: dict[str, list[tuple[UnitFacts, Node]]] = {}
        for unit in self.units:
            for name, calls in unit.called.items():
                found.setdefault(name, []).extend((unit, call) for call in calls)
        return found

    @cached_property
    def by_index(self) -> dict[int, UnitFacts]:
        """The units by the identity of their indexes."""
        return {id(unit.index): unit for unit in self.units}


@dataclass(slots=True, eq=False)
class Module:
    """A file as one of its units asks about it.

    Every question is recorded in `asked`, so that an answer can be kept for as long as nothing it rests on changes.
    """

    file: File
    asked: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        """The file's path, relative to the root."""
        return self.file.path

    def unit_of(self, index: Index) -> UnitFacts | None:
        """The unit of that index; None for a unit of another state."""
        return self.file.by_index.get(id(index))

    def imported(self, name: str, unit: UnitFacts) -> str | None:
        """The dotted name that `name` was imported as, by the unit itself or else anywhere in the file."""
        self.asked.add(name)
        own = unit.imports.get(name)
        return own if own is not None else self.file.imports.get(name)

    def imported_modules(self) -> frozenset[str]:
        """The dotted names of everything that the file imports."""
        self.asked.add(IMPORTS)
        return self.file.modules

    def declared(self, name: str) -> Sequence[Declared]:
        """What the units of the file declare under that name."""
        self.asked.add(name)
        return self.file.declared.get(name, ())

    def bases(self, name: str) -> list[str]:
        """The last names of the base classes of a class of the file, as its members tell."""
        self.asked.add(f"class {name}")
        return next((list(bases(unit.index.root)) for unit in self.file.units if unit.index.owner == name), [])

    def callers(self, name: str) -> Sequence[tuple[UnitFacts, Node]]:
        """Every call in the file whose callee ends in that name."""
        self.asked.add(name + "()")
        return self.file.called.get(name, ())


def _offers(unit: UnitFacts) -> Iterator[tuple[str, str]]:
    index = unit.index
    # Names that a look into the unit finds right there, without a question of its own.
    own = {name.rpartition(".")[2] for name in unit.declares} | unit.imports.keys()

    def depends_on(node: Node, name: str = "") -> str:
        text = node.text
        return index.text if any(other in text for other in own if other != name) else text

    for name, dotted in unit.imports.items():
        yield name, dotted
        yield IMPORTS, dotted
    for name, found in unit.declares.items():
        last = name.rpartition(".")[2] if len(found) == 1 else ""
        for declared in found:
            if declared.function is not None:
                yield name, depends_on(declared.function, last)
            elif declared.definition is not None:
                site = declared.definition.site
                yield name, index.text if index.uses_locals(site) else depends_on(site, last)
            elif declared.parameter is not None:
                yield name, declared.parameter.node.text
    if index.owner:
        yield f"class {index.owner}", " ".join(bases(index.root))
    for name, calls in unit.called.items():
        for call in calls:
            yield name + "()", index.text if index.uses_locals(call) else depends_on(_named_site(call))


def bases(member: Node) -> Iterator[str]:
    """The last names of the base classes of the class that a node is in."""
    for ancestor in member.ancestors():
        if ancestor.kind in {"class_definition", "class_declaration", "class"}:
            holder = ancestor.child("superclasses")
            for base in holder.named_children if holder is not None else ():
                yield base.text.rsplit(".", 1)[-1]
            return


def function_name(function: Node) -> str:
    """The name a function is declared or stored under; "" for an anonymous one."""
    name = function.child("name")
    if name is not None:
        return name.text
    parent = function.parent
    if parent is not None and parent.kind in {
        "variable_declarator",
        "assignment",
        "public_field_definition",
        "pair",
    }:
        target = parent.child("name") or parent.child("left") or parent.child("key")
        return target.text if target is not None and "identifier" in target.kind else ""
    return ""


def assigned_name(call: Node) -> str:
    """The name of the variable or field that is the call's value, or that it decorates; "" where there is none."""
    site = _named_site(call)
    target = site.child("left") or site.child("name") if site is not call else None
    return target.text if target is not None else ""


def _named_site(call: Node) -> Node:
    """The assignment of a call's value, or the field that it decorates; the call itself where there is none."""
    holder = call.parent
    if holder is not None and holder.kind == "decorator":
        holder = holder.parent
    return holder if holder is not None and holder.kind in _NAMED_SITES else call


def last_name(call: Node, index: Index) -> str:
    """The last name of what a call calls: `c` for `a.b.c(…)`; "" where it has none."""
    callee = call.child(index.shapes.calls[call.kind])
    if callee is None:
        return ""
    if callee.kind in index.shapes.members:
        part = callee.child(index.shapes.members[callee.kind][1])
        return part.text if part is not None else ""
    return callee.text if callee.kind in index.shapes.names else ""
