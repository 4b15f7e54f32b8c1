"""Scopes: the functions and classes of a text, found in one pass over tree-sitter's own nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

import tree_sitter

from oldhand.syntax.tree import SyntaxTree
from oldhand.text.ranges import TextRange

# What is nested deeper belongs to the scope at this depth, so that no text makes names and tuples without end.
_DEEPEST = 32
_LONGEST_NAME = 80

# Nodes that are there for the sake of one child: the fields it may be in (none: it is the only named child), and the
# field of the name that they give it.
_HOLDERS: dict[str, tuple[tuple[str, ...], str]] = {
    "decorated_definition": (("definition",), ""),
    "export_statement": (("declaration", "value"), ""),
    "lexical_declaration": ((), ""),
    "variable_declaration": ((), ""),
    "expression_statement": ((), ""),
    "variable_declarator": (("value",), "name"),
    "assignment_expression": (("right",), "left"),
    "pair": (("value",), "key"),
    "field_definition": (("value",), "property"),
    "public_field_definition": (("value",), "name"),
    "field_declaration": (("declarator",), ""),
    "type_declaration": ((), ""),
    "short_var_declaration": (("right",), "left"),
    "var_spec": (("value",), "name"),
    "expression_list": ((), ""),
}
_MOST_HOLDERS = 6
# JavaScript's functions without a name, and what may tell calls that take one apart.
_CALLBACKS = frozenset({"arrow_function", "function_expression"})
_STRINGS = frozenset({"string", "template_string"})
_RECEIVER = re.compile(r"(\w+)\s*(?:\[[^\]]*\]\s*)?\)\s*$")


class ScopeKind(Enum):
    """What opens a scope; a Go struct or interface is a class."""

    FUNCTION = "function"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class Scope:
    """A function or class that has a name, or a function that is handed to a call outside of any function.

    The latter, a route's handler say, is named after the call: `app.get("/users")`. All other functions without a
    name belong to the scope around them.
    `range` takes in decorators, `export` and what the function is assigned to; `name_range` is empty, at its start,
    where there is no name to show. `path` are the names from the outside in, with dots: `Class.method`.
    """

    kind: ScopeKind
    name: str
    path: str
    range: TextRange
    name_range: TextRange
    children: tuple[Scope, ...] = ()


def outline(tree: SyntaxTree) -> tuple[Scope, ...]:
    """The scopes of the text in order, each with those inside it."""
    finished: list[Scope] = []
    unfinished: list[tuple[Scope, list[Scope]]] = []

    def finish(depth: int) -> None:
        while depth < len(unfinished):
            scope, children = unfinished.pop()
            siblings = unfinished[-1][1] if unfinished else finished
            siblings.append(replace(scope, children=tuple(children)))

    for depth, scope in _scopes(tree):
        finish(depth)
        unfinished.append((scope, []))
    finish(0)
    return tuple(finished)


def enclosing(tree: SyntaxTree, offset: int) -> Scope | None:
    """The innermost scope around an offset, without its children; None outside of all.

    An offset behind the last character of a scope is still in it where white space or the end of the text follows.
    """
    if offset and not tree.text[offset : offset + 1].strip():
        offset -= 1
    scopes = [scope for _, scope in _scopes(tree, tree.to_byte(offset))]
    return scopes[-1] if scopes else None


def scope_path(tree: SyntaxTree, offset: int) -> str:
    """The dotted name of the innermost scope around an offset, `Class.method`; empty outside of all."""
    scope = enclosing(tree, offset)
    return scope.path if scope else ""


@dataclass(frozen=True, slots=True)
class _Definition:
    """A function's or class's node; the outermost node that is there for it; the node of its name, if it has one."""

    node: tree_sitter.Node
    whole: tree_sitter.Node
    name: tree_sitter.Node | None


def _scopes(tree: SyntaxTree, at: int | None = None) -> Iterator[tuple[int, Scope]]:
    """The scopes in text order, outer before inner, each with its depth; where a byte is given, those around it."""
    around: list[tuple[int, Scope]] = []
    seen: set[int] = set()
    for found, parents in _definitions(tree, at):
        if found.node.id in seen:  # its holder was there before
            continue
        seen.add(found.node.id)
        while around and around[-1][0] <= found.whole.start_byte:
            around.pop()
        nested = any(scope.kind is ScopeKind.FUNCTION for _, scope in around)
        name = _name(tree, found, parents, nested)
        if name and len(around) < _DEEPEST:
            scope = _scope(tree, found, name, around[-1][1].path if around else "")
            yield len(around), scope
            around.append((found.whole.end_byte, scope))


def _definitions(tree: SyntaxTree, at: int | None) -> Iterator[tuple[_Definition, list[tree_sitter.Node]]]:
    """Every definition, at its holders first and again at its own node; with the nodes around, outermost first."""
    kinds = tree.language.functions | tree.language.classes
    holders = _HOLDERS.keys()
    parents: list[tree_sitter.Node] = []
    cursor = tree.tree.walk()
    while True:
        node = cursor.node
        assert node is not None, "a cursor always stands on a node"
        if node.type in kinds or node.type in holders:
            found = _definition(node, kinds)
            if found is not None:
                yield found, parents
        if at is None:
            inside = cursor.goto_first_child()
        elif cursor.goto_first_child_for_byte(at) is None:
            return
        else:
            inside = True
        if inside:
            parents.append(node)
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
            parents.pop()


def _definition(whole: tree_sitter.Node, kinds: frozenset[str]) -> _Definition | None:
    """The definition that `whole` is, or is there for."""
    node: tree_sitter.Node | None = whole
    name = None
    for _ in range(_MOST_HOLDERS):
        if node is None or not node.is_named:
            return None
        if node.type in kinds:
            return _Definition(node, whole, name or node.child_by_field_name("name"))
        if node.type not in _HOLDERS:
            return None
        fields, name_field = _HOLDERS[node.type]
        name = node.child_by_field_name(name_field) if name_field else name
        node = _main_part(node, fields)
    return None


def _main_part(node: tree_sitter.Node, fields: tuple[str, ...]) -> tree_sitter.Node | None:
    if not fields:
        return node.named_child(0) if node.named_child_count == 1 else None
    parts = (node.child_by_field_name(field) for field in fields)
    return next((part for part in parts if part is not None), None)


def _name(tree: SyntaxTree, found: _Definition, parents: list[tree_sitter.Node], nested: bool) -> str:
    """What the definition is called; "" for what is no scope of its own."""
    if found.name is not None:
        return _shown(tree, found.name).strip("\"'`")
    if found.whole.type == "export_statement":
        return "default"
    if nested or len(parents) < 2 or parents[-1].type != "arguments" or found.node.type not in _CALLBACKS:
        return ""
    called, first = parents[-2].child_by_field_name("function"), parents[-1].named_child(0)
    if called is not None and called.end_byte - called.start_byte > _LONGEST_NAME:  # a chain of calls
        called = called.child_by_field_name("property")
    argument = _shown(tree, first) if first is not None and first.type in _STRINGS else ""
    return f"{_shown(tree, called)}({argument})" if called is not None else ""


def _scope(tree: SyntaxTree, found: _Definition, name: str, outer: str) -> Scope:
    whole = tree.range_of(found.whole)
    place = tree.range_of(found.name) if found.name is not None else TextRange(whole.start, whole.start)
    receiver = found.node.child_by_field_name("receiver")
    owner = _RECEIVER.search(tree.text_of(receiver)) if receiver is not None else None
    path = ".".join(part for part in (outer, owner[1] if owner else "", name) if part)
    kind = ScopeKind.CLASS if found.node.type in tree.language.classes else ScopeKind.FUNCTION
    return Scope(kind, name, path, whole, place)


def _shown(tree: SyntaxTree, node: tree_sitter.Node) -> str:
    """The node's text on one line and not too long."""
    place = tree.range_of(node)
    return " ".join(tree.text[place.start : min(place.end, place.start + _LONGEST_NAME)].split())
