"""Imports: from a unit's import statements to the dotted names that local names stand for."""

from __future__ import annotations

from collections.abc import Iterator

from oldhand.rules.facts.shapes import Shapes, constant_text
from oldhand.syntax.node import Node

_BINDING = frozenset({"import_clause", "namespace_import"})


def imports(by_kind: dict[str, list[Node]], shapes: Shapes) -> dict[str, str]:
    """Local name to dotted name, for every import among the nodes.

    `from a.b import c as d` gives `d: a.b.c`; `import x from "y"` and `const x = require("y")` give `x: y`.
    Relative modules keep their dots; JavaScript's `node:` prefix is dropped.
    """
    found: dict[str, str] = {}
    for node in by_kind.get("import_statement", ()):
        pairs = _javascript_import(node, shapes) if node.child("source") is not None else _python_import(node)
        found.update(pairs)
    for node in by_kind.get("import_from_statement", ()):
        found.update(_python_from(node))
    for node in by_kind.get("variable_declarator", ()):
        found.update(_require(node, shapes))
    return found


def _python_import(node: Node) -> Iterator[tuple[str, str]]:
    for child in node.children_in("name"):
        if child.kind == "aliased_import":
            name, alias = child.child("name"), child.child("alias")
            if name is not None and alias is not None:
                yield alias.text, name.text
        else:
            head = child.text.split(".")[0]
            yield head, head


def _python_from(node: Node) -> Iterator[tuple[str, str]]:
    module = node.child("module_name")
    if module is None:
        return
    prefix = module.text if module.text.endswith(".") else module.text + "."
    for child in node.children_in("name"):
        if child.kind == "aliased_import":
            name, alias = child.child("name"), child.child("alias")
            if name is not None and alias is not None:
                yield alias.text, prefix + name.text
        else:
            yield child.text, prefix + child.text


def _javascript_import(node: Node, shapes: Shapes) -> Iterator[tuple[str, str]]:
    source = node.child("source")
    if source is None:
        return
    module = constant_text(source, shapes).removeprefix("node:")
    for part in node.descendants():
        if part.kind == "import_specifier":
            name, alias = part.child("name"), part.child("alias")
            if name is not None:
                yield (alias or name).text, module if name.text == "default" else f"{module}.{name.text}"
        elif part.kind == "identifier" and part.parent is not None and part.parent.kind in _BINDING:
            yield part.text, module


def _require(node: Node, shapes: Shapes) -> Iterator[tuple[str, str]]:
    name, value = node.child("name"), node.child("value")
    if name is None or value is None:
        return
    trail: list[str] = []
    while value.kind in {"member_expression", "await_expression", "call_expression"}:
        if value.kind == "member_expression":
            part = value.child("property")
            trail.append(part.text if part is not None else "")
            inner = value.child("object")
        elif value.kind == "await_expression":
            inner = next(iter(value.named_children), None)
        else:
            module = required_module(value, shapes)
            if module is not None:
                dotted = ".".join([module, *reversed(trail)])
                yield from _bound(name, dotted)
            return
        if inner is None:
            return
        value = inner


def _bound(pattern: Node, dotted: str) -> Iterator[tuple[str, str]]:
    if pattern.kind == "identifier":
        yield pattern.text, dotted
    elif pattern.kind == "object_pattern":
        for child in pattern.named_children:
            if child.kind == "shorthand_property_identifier_pattern":
                yield child.text, f"{dotted}.{child.text}"
            elif child.kind == "pair_pattern":
                key, value = child.child("key"), child.child("value")
                if key is not None and value is not None and value.kind == "identifier":
                    yield value.text, f"{dotted}.{key.text}"


def required_module(call: Node, shapes: Shapes) -> str | None:
    """The module that a `require("…")` or `import("…")` call names; None for any other call."""
    callee, holder = call.child("function"), call.child("arguments")
    if callee is None or holder is None or callee.text not in {"require", "import"}:
        return None
    first = next(iter(holder.named_children), None)
    if first is None or first.kind not in shapes.strings:
        return None
    return constant_text(first, shapes).removeprefix("node:")
