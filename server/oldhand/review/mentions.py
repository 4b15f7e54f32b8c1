"""What a piece of code names: dotted names, calls and imports, in any of the languages that have a grammar.

Coarser than the rules' own names, and for that reason harder to hide from: a function that is only handed on counts as
one that is called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from oldhand.syntax.node import Node
from oldhand.syntax.tree import SyntaxTree
from oldhand.text.ranges import TextRange

_LONGEST = 200
_MEMBERS = {
    "attribute": ("object", "attribute"),
    "member_expression": ("object", "property"),
    "selector_expression": ("operand", "field"),
    "field_access": ("object", "field"),
    "method_invocation": ("object", "name"),
    "scoped_identifier": ("scope", "name"),
    "qualified_type": ("package", "name"),
}
_CALLS = {
    "call": "function",
    "call_expression": "function",
    "new_expression": "constructor",
    "object_creation_expression": "type",
}
_SUBSCRIPTS = {
    "subscript": ("value", "subscript"),
    "subscript_expression": ("object", "index"),
    "index_expression": ("operand", "index"),
}
_NAMES = frozenset(
    {"identifier", "type_identifier", "package_identifier", "shorthand_property_identifier", "this", "super", "import"}
)
_TRANSPARENT = frozenset(
    {
        "parenthesized_expression",
        "await",
        "await_expression",
        "non_null_expression",
        "as_expression",
        "named_expression",
    }
)
_STRINGS = frozenset(
    {"string", "string_literal", "interpreted_string_literal", "raw_string_literal", "template_string"}
)
_IMPORTS = frozenset({"import_statement", "import_from_statement", "import_declaration", "future_import_statement"})
_MAY_IMPORT = _IMPORTS | {"lexical_declaration", "variable_declaration", "try_statement", "if_statement"}
_BINDING = frozenset({"import_clause", "namespace_import"})
# A call of these names what it is given.
_LOADERS = frozenset({"require", "import"})


@dataclass(slots=True)
class Mentions:
    """How often each dotted name stands there, each callee, and each module that is imported.

    A name that no import explains begins with a dot: `.open`, but `os.open` where `os` is imported.
    `()` is the result of a call, `[]` an element whose key is not constant; `require` and `getattr` of what is not
    constant are `require[]` and `getattr[]`.
    """

    names: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    modules: Counter[str] = field(default_factory=Counter)


def nodes_at(tree: SyntaxTree, span: TextRange) -> list[Node]:
    """The top-level statements that a range touches."""
    return [tree.nodes(child) for child in tree.tree.root_node.children if tree.range_of(child).touches(span)]


def mentions(tree: SyntaxTree, nodes: Iterable[Node]) -> Mentions:
    """What some of the tree's nodes mention, names resolved through all imports of the file."""
    return _Reader(_imports_of(tree)).read(nodes)


def imported(tree: SyntaxTree) -> set[str]:
    """The modules that a file imports."""
    return set(_Reader({}).read(_import_nodes(tree)).modules)


def _import_nodes(tree: SyntaxTree) -> list[Node]:
    return [tree.nodes(child) for child in tree.tree.root_node.children if child.type in _MAY_IMPORT]


def _imports_of(tree: SyntaxTree) -> dict[str, str]:
    """Local name to dotted name, for the imports at the top level of the file."""
    found: dict[str, str] = {}
    for statement in _import_nodes(tree):
        for node in statement.descendants():
            found.update({local: dotted for local, dotted in _bound(node) if local})
    return found


def _bound(node: Node) -> list[tuple[str, str]]:
    """What an import binds, each local name with its dotted one; of what binds none the local name is ""."""
    match node.kind:
        case "import_statement" | "import_from_statement" | "future_import_statement":
            source = node.child("source")
            return _es(node, source) if source is not None else _python(node)
        case "import_declaration" if not any(child.kind.startswith("import_spec") for child in node.children):
            dotted = ".".join(child.text for child in node.named_children if child.kind != "line_comment")
            star = any(child.kind == "asterisk" for child in node.children)
            return [("" if star else dotted.rpartition(".")[2], dotted)]
        case "import_spec":
            path, alias = node.child("path"), node.child("name")
            module = path.text.strip('"`') if path is not None else ""
            return [(alias.text if alias is not None else module.rpartition("/")[2], module)]
        case "variable_declarator":
            return _required(node)
        case _:
            return []


def _python(node: Node) -> list[tuple[str, str]]:
    module = node.child("module_name")
    prefix = f"{module.text}." if module is not None else ""
    found = [("", prefix + "*")] if any(child.kind == "wildcard_import" for child in node.children) else []
    for part in node.children_in("name"):
        name, alias = part.child("name"), part.child("alias")
        dotted = prefix + (name or part).text
        head = dotted if prefix or alias is not None else dotted.partition(".")[0]
        found.append((alias.text if alias is not None else head.rpartition(".")[2], head))
        if head != dotted:
            found.append(("", dotted))
    return found


def _es(node: Node, source: Node) -> list[tuple[str, str]]:
    module = _module(source)
    found = [("", module)]
    for part in node.descendants():
        if part.kind == "import_specifier" and (name := part.child("name")) is not None:
            found.append(((part.child("alias") or name).text, f"{module}.{name.text}"))
        elif part.kind == "identifier" and part.parent is not None and part.parent.kind in _BINDING:
            found.append((part.text, module))
    return found


def _required(node: Node) -> list[tuple[str, str]]:
    """What `const x = require("m").y` and `const { x } = await import("m")` bind."""
    target, value = node.child("name"), node.child("value")
    trail = ""
    while value is not None and value.kind in {"member_expression", "await_expression"}:
        part = value.child("property")
        trail = f".{part.text}{trail}" if part is not None else trail
        value = value.child("object") or next(iter(value.named_children), None)
    if target is None or value is None or value.kind != "call_expression" or (module := _loaded(value)) is None:
        return []
    if target.kind == "identifier":
        return [(target.text, module + trail)]
    found = []
    for child in target.named_children:
        key, local = child.child("key"), child.child("value")
        if child.kind == "shorthand_property_identifier_pattern":
            found.append((child.text, f"{module}{trail}.{child.text}"))
        elif key is not None and local is not None:
            found.append((local.text, f"{module}{trail}.{key.text}"))
    return found


def _loaded(call: Node) -> str | None:
    """The module that a call of `require` or `import` names; None for other calls, and where it is not constant."""
    callee, holder = call.child("function"), call.child("arguments")
    if callee is None or holder is None or callee.text not in _LOADERS or not holder.named_children:
        return None
    first = holder.named_children[0]
    return _module(first) if first.kind in _STRINGS and _is_constant(first) else None


def _module(node: Node) -> str:
    return node.text.strip("\"'`").removeprefix("node:")


def _is_constant(string: Node) -> bool:
    return not any("substitution" in child.kind or "interpolation" in child.kind for child in string.children)


class _Reader:
    def __init__(self, imports: dict[str, str]) -> None:
        self._imports = imports
        self._known: dict[int, str] = {}

    def read(self, nodes: Iterable[Node]) -> Mentions:
        found = Mentions()
        inside = list(nodes)
        everything = [node for top in inside for node in top.descendants()]
        for node in everything:
            for local, dotted in _bound(node):
                found.modules[dotted] += 1
                found.names[dotted] += 1
                if local:
                    self._imports = {**self._imports, local: dotted}
        # From the inside out, so that of a long chain each part is put together from the one before it.
        for node in reversed(everything):
            self._known[id(node)] = self._name(node)
        for node in everything:
            name = self._known[id(node)]
            if not name or _only_labels(node):
                continue
            if node.kind in _CALLS or node.kind == "method_invocation":
                found.calls[name.removesuffix("()")] += 1
                # What `getattr` and `require` give is a name, and so is a method of Java's.
                if node.kind == "method_invocation" or not name.endswith("()"):
                    found.names[name.removesuffix("()")] += 1
            else:
                found.names[name] += 1
        return found

    def _name(self, node: Node) -> str:
        kind = node.kind
        if kind in _NAMES:
            return self._imports.get(node.text, f".{node.text}")
        if kind in _MEMBERS:
            owner, part = (node.child(name) for name in _MEMBERS[kind])
            if part is None:
                return ""
            name = f"{self._of(owner)}.{part.text}" if owner is not None else f".{part.text}"
            return (name + "()" if kind == "method_invocation" else name)[-_LONGEST:]
        if kind in _CALLS:
            return self._call(node)
        if kind in _SUBSCRIPTS:
            owner, key = (node.child(name) for name in _SUBSCRIPTS[kind])
            if key is not None and key.kind in _STRINGS and _is_constant(key):
                return f"{self._of(owner)}.{_module(key)}"[-_LONGEST:]
            return f"{self._of(owner)}[]"[-_LONGEST:]
        if kind in _TRANSPARENT and node.named_children:
            return self._of(node.named_children[0])
        return ""

    def _call(self, node: Node) -> str:
        callee = self._of(node.child(_CALLS[node.kind]))
        holder = node.child("arguments")
        arguments = holder.named_children if holder is not None else []
        if callee.removeprefix(".") in _LOADERS:
            return _loaded(node) or f"{callee.removeprefix('.')}[]"
        if callee == ".getattr" and len(arguments) > 1:
            constant = arguments[1].kind in _STRINGS and _is_constant(arguments[1])
            return f"{self._of(arguments[0])}.{_module(arguments[1])}" if constant else "getattr[]"
        return f"{callee}()"[-_LONGEST:] if callee else ""

    def _of(self, node: Node | None) -> str:
        if node is None:
            return ""
        return self._known[id(node)] if id(node) in self._known else self._name(node)


def _only_labels(node: Node) -> bool:
    """Whether it is the name of an argument that is handed over, and no value."""
    return node.field == "name" and node.parent is not None and node.parent.kind == "keyword_argument"
