"""One walk over a unit: its nodes by kind, its functions, and every definition of every name in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from oldhand.rules.facts.parameters import Parameter, parameters
from oldhand.rules.facts.shapes import Shapes
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node

# Methods that put their arguments into the thing they are called on.
MUTATORS = frozenset({"append", "extend", "add", "insert", "update", "push", "unshift", "appendleft"})


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """One place where a name gets a value.

    `how`: "assign" (it is `value`), "augment" (`value` is added to it), "mutate" (`value` is put into it, under `key`
    where that is constant), "write" (its field `key` is set to `value`), "element" (it is an element of `value`),
    "field" (it is `value`'s field `key`), "enter" (the context manager `value`).
    """

    name: str
    site: Node
    value: Node
    how: str
    key: str = ""
    annotation: Node | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """A function (or the unit itself, where `node` is its root) with what it defines.

    `writes` has the assignments to fields of other things than `self`: `x.key = value`, under `x`.
    """

    node: Node
    parameters: tuple[Parameter, ...] = ()
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    writes: dict[str, list[Definition]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Index:
    """What one walk found in a unit; not changed afterwards. `errors` are the nodes that do not parse."""

    root: Node
    language: Language
    shapes: Shapes
    owner: str
    by_kind: dict[str, list[Node]] = field(default_factory=dict)
    scopes: dict[int, Scope] = field(default_factory=dict)
    errors: list[Node] = field(default_factory=list)

    def of(self, kinds: frozenset[str] | dict[str, tuple[str, str]] | dict[str, str]) -> Iterator[Node]:
        """All nodes of these kinds."""
        for kind in kinds:
            yield from self.by_kind.get(kind, ())

    @property
    def calls(self) -> Iterator[Node]:
        """All call nodes."""
        return self.of(self.shapes.calls)

    def scope_of(self, node: Node) -> Scope:
        """The innermost function around the node, or the unit's own scope."""
        functions = self.language.functions
        for ancestor in node.ancestors():
            if ancestor.kind in functions and id(ancestor) in self.scopes:
                return self.scopes[id(ancestor)]
        return self.scopes[id(self.root)]

    @property
    def text(self) -> str:
        """The unit's source."""
        return self.root.children[0].source if self.root.children else ""

    def uses_locals(self, node: Node) -> bool:
        """Whether a name in the node is one that a function around it defines, or a parameter of it."""
        scope: Scope | None = self.scope_of(node)
        names: set[str] = set()
        while scope is not None and scope.node is not self.root:
            names.update(scope.definitions, (parameter.name for parameter in scope.parameters))
            scope = self.outer(scope)
        if not names:
            return False
        kinds = self.shapes.names
        return any(found.kind in kinds and found.text in names for found in node.descendants())

    def outer(self, scope: Scope) -> Scope | None:
        """The scope around a scope; None for the unit's own."""
        return None if scope.node is self.root else self.scope_of(scope.node)


def index_unit(root: Node, language: Language, shapes: Shapes, owner: str) -> Index:
    """Index the unit below `root` (see `units.nodes`)."""
    index = Index(root, language, shapes, owner)
    index.scopes[id(root)] = Scope(root)
    by_kind = index.by_kind
    definers: list[tuple[Node, Callable[[Node], Iterator[Definition]]]] = []
    table = _DEFINERS["python" if language.id == "python" else "javascript"]
    functions = language.functions
    stack = [root]
    while stack:
        node = stack.pop()
        kind = node.kind
        if kind in by_kind:
            by_kind[kind].append(node)
        else:
            by_kind[kind] = [node]
        if kind in functions:
            index.scopes[id(node)] = Scope(node, parameters(node, language))
        if kind in table:
            definers.append((node, table[kind]))
        if node.missing or kind == "ERROR":
            index.errors.append(node)
        stack.extend(reversed(node.children))
    for node, definer in definers:
        scope = index.scope_of(node)
        for definition in definer(node):
            kept = scope.writes if definition.how == "write" else scope.definitions
            kept.setdefault(definition.name, []).append(definition)
    return index


def _python_assignment(node: Node) -> Iterator[Definition]:
    left, right = node.child("left"), node.child("right")
    if left is None or right is None:
        return
    if right.kind == "assignment":
        innermost = right
        while innermost.kind == "assignment" and (deeper := innermost.child("right")) is not None:
            innermost = deeper
        right = innermost
    yield from _targets(left, right, node, node.child("type"))


def _augmented(node: Node) -> Iterator[Definition]:
    left, right = node.child("left"), node.child("right")
    if left is not None and right is not None and (name := name_of_target(left)):
        yield Definition(name, node, right, "augment")


def _named(node: Node) -> Iterator[Definition]:
    name, value = node.child("name"), node.child("value")
    if name is not None and value is not None:
        yield from _targets(name, value, node, node.child("type"))


def _loop(node: Node) -> Iterator[Definition]:
    left, right = node.child("left"), node.child("right")
    if left is not None and right is not None:
        for name, key in _names_in(left):
            yield Definition(name, node, right, "element", key)


def _with_item(node: Node) -> Iterator[Definition]:
    pattern = node.child("value")
    if pattern is None or pattern.kind != "as_pattern" or not pattern.named_children:
        return
    alias = pattern.child("alias")
    if alias is not None:
        for name, _ in _names_in(alias):
            yield Definition(name, node, pattern.named_children[0], "enter")


def _assignment_expression(node: Node) -> Iterator[Definition]:
    left, right = node.child("left"), node.child("right")
    if left is not None and right is not None:
        yield from _targets(left, right, node, None)


def _mutating_call(node: Node) -> Iterator[Definition]:
    callee, holder = node.child("function"), node.child("arguments")
    if callee is None or holder is None or callee.kind not in {"attribute", "member_expression"}:
        return
    method = callee.child("attribute") or callee.child("property")
    target = callee.child("object")
    if method is None or target is None or method.text not in MUTATORS or not (name := name_of_target(target)):
        return
    for argument in holder.named_children:
        yield Definition(name, node, argument, "mutate")


_DEFINERS: dict[str, dict[str, Callable[[Node], Iterator[Definition]]]] = {
    "python": {
        "assignment": _python_assignment,
        "augmented_assignment": _augmented,
        "named_expression": _named,
        "for_statement": _loop,
        "for_in_clause": _loop,
        "with_item": _with_item,
        "call": _mutating_call,
    },
    "javascript": {
        "variable_declarator": _named,
        "assignment_expression": _assignment_expression,
        "augmented_assignment_expression": _augmented,
        "for_in_statement": _loop,
        "public_field_definition": _named,
        "field_definition": _named,
        "call_expression": _mutating_call,
    },
}


def name_of_target(node: Node) -> str:
    """The name under which a target is remembered: `x`, `self.x`, `this.x`; "" for anything else."""
    if node.kind in {"identifier", "this", "property_identifier", "private_property_identifier"}:
        return node.text
    if node.kind in {"attribute", "member_expression"}:
        target = node.child("object")
        if target is not None and target.text in {"self", "cls", "this"}:
            part = node.child("attribute") or node.child("property")
            return f"{target.text}.{part.text}" if part is not None else ""
    return ""


def _targets(left: Node, right: Node, site: Node, annotation: Node | None) -> Iterator[Definition]:
    """What `left = right` defines, destructuring included."""
    if name := name_of_target(left):
        yield Definition(name, site, right, "assign", "", annotation)
    elif left.kind in {"subscript", "subscript_expression"}:
        container = left.child("value") or left.child("object")
        if container is not None and (name := name_of_target(container)):
            yield Definition(name, site, right, "mutate", constant_key(left))
    elif left.kind in {"attribute", "member_expression"}:
        container = left.child("object")
        if container is not None and (name := name_of_target(container)):
            yield Definition(name, site, right, "write", constant_key(left))
    elif left.kind in {"pattern_list", "tuple_pattern", "list_pattern"}:
        parts = left.named_children
        values = right.named_children if right.kind in {"expression_list", "tuple", "list"} else []
        for position, part in enumerate(parts):
            if len(values) == len(parts):
                yield from _targets(part, values[position], site, None)
            else:
                for name, _ in _names_in(part):
                    yield Definition(name, site, right, "element", str(position))
    elif left.kind in {"object_pattern", "array_pattern"}:
        for name, key in _names_in(left):
            yield Definition(name, site, right, "field" if left.kind == "object_pattern" else "element", key)


def constant_key(part: Node) -> str:
    """The name of a member, or the constant in a subscript; "" where it is not constant."""
    name = part.child("attribute") or part.child("property")
    if name is not None:
        return name.text
    key = part.child("subscript") or part.child("index")
    if key is not None and key.kind in {"string", "integer", "number"}:
        return key.text.strip("\"'")
    return ""


def _names_in(pattern: Node) -> Iterator[tuple[str, str]]:
    """The names that a pattern binds, each with the field it is bound to (a position for lists)."""
    stack = [(pattern, "")]
    while stack:
        node, key = stack.pop()
        if name := name_of_target(node):
            yield name, key
        elif node.kind == "shorthand_property_identifier_pattern":
            yield node.text, node.text
        elif node.kind == "pair_pattern":
            value, label = node.child("value"), node.child("key")
            if value is not None:
                stack.append((value, label.text if label is not None else ""))
        elif node.kind in {"assignment_pattern", "object_assignment_pattern"}:
            target = node.child("left")
            if target is not None:
                stack.append((target, key))
        else:
            listed = node.kind in {"pattern_list", "tuple_pattern", "array_pattern"}
            for position, child in enumerate(node.named_children):
                stack.append((child, str(position) if listed and not key else key))
