"""What the grammars call the things that every language has; one table a language.

The rest of the engine asks for roles (`call`, `member`, …) and never for a grammar's node kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node


@dataclass(frozen=True, slots=True)
class Shapes:
    """Node kinds by role, and the fields under which the parts of each stand.

    `blocks` hold statements; `branches` are the statements whose blocks may not run; `loops` maps a loop's kind to
    the fields of its variable and of what it runs over ("" where it has none); `transparent` nodes have the value of
    their only named child.
    """

    root: str
    calls: dict[str, str]
    members: dict[str, tuple[str, str]]
    subscripts: dict[str, tuple[str, str]]
    arguments: str
    names: frozenset[str]
    this: frozenset[str]
    strings: frozenset[str]
    string_text: frozenset[str]
    interpolations: frozenset[str]
    literals: frozenset[str]
    containers: frozenset[str]
    pairs: dict[str, tuple[str, str]]
    binaries: frozenset[str]
    conditionals: frozenset[str]
    transparent: frozenset[str]
    comprehensions: frozenset[str]
    loops: dict[str, tuple[str, str]]
    blocks: frozenset[str]
    branches: frozenset[str]
    tries: frozenset[str]
    handlers: frozenset[str]
    returns: frozenset[str]
    raises: frozenset[str]
    keyword_arguments: dict[str, tuple[str, str]] = field(default_factory=dict)
    spreads: frozenset[str] = frozenset()


PYTHON = Shapes(
    root="module",
    calls={"call": "function"},
    members={"attribute": ("object", "attribute")},
    subscripts={"subscript": ("value", "subscript")},
    arguments="argument_list",
    names=frozenset({"identifier"}),
    this=frozenset(),
    strings=frozenset({"string", "concatenated_string"}),
    string_text=frozenset({"string_content", "escape_sequence"}),
    interpolations=frozenset({"interpolation"}),
    literals=frozenset({"integer", "float", "true", "false", "none", "ellipsis"}),
    containers=frozenset({"list", "tuple", "set", "dictionary", "expression_list"}),
    pairs={"pair": ("key", "value")},
    binaries=frozenset({"binary_operator"}),
    conditionals=frozenset({"conditional_expression", "boolean_operator"}),
    transparent=frozenset({"parenthesized_expression", "await", "named_expression"}),
    comprehensions=frozenset(
        {"list_comprehension", "set_comprehension", "generator_expression", "dictionary_comprehension"}
    ),
    loops={
        "for_statement": ("left", "right"),
        "while_statement": ("", "condition"),
        "for_in_clause": ("left", "right"),
    },
    blocks=frozenset({"block"}),
    branches=frozenset(
        {
            "if_statement",
            "elif_clause",
            "else_clause",
            "for_statement",
            "while_statement",
            "except_clause",
            "case_clause",
            "match_statement",
        }
    ),
    tries=frozenset({"try_statement"}),
    handlers=frozenset({"except_clause", "except_group_clause"}),
    returns=frozenset({"return_statement"}),
    raises=frozenset({"raise_statement"}),
    keyword_arguments={"keyword_argument": ("name", "value")},
    spreads=frozenset({"list_splat", "dictionary_splat"}),
)

JAVASCRIPT = Shapes(
    root="program",
    calls={"call_expression": "function", "new_expression": "constructor"},
    members={"member_expression": ("object", "property")},
    subscripts={"subscript_expression": ("object", "index")},
    arguments="arguments",
    names=frozenset(
        {
            "identifier",
            "shorthand_property_identifier",
            "shorthand_property_identifier_pattern",
            "type_identifier",
        }
    ),
    this=frozenset({"this"}),
    strings=frozenset({"string", "template_string"}),
    string_text=frozenset({"string_fragment", "escape_sequence"}),
    interpolations=frozenset({"template_substitution"}),
    literals=frozenset({"number", "true", "false", "null", "undefined", "regex"}),
    containers=frozenset({"array", "object"}),
    pairs={"pair": ("key", "value")},
    binaries=frozenset({"binary_expression"}),
    conditionals=frozenset({"ternary_expression"}),
    transparent=frozenset(
        {
            "parenthesized_expression",
            "await_expression",
            "as_expression",
            "non_null_expression",
            "satisfies_expression",
            "type_assertion",
            "template_substitution",
        }
    ),
    comprehensions=frozenset(),
    loops={
        "for_in_statement": ("left", "right"),
        "for_statement": ("initializer", "condition"),
        "while_statement": ("", "condition"),
        "do_statement": ("", "condition"),
    },
    blocks=frozenset({"statement_block", "switch_case", "switch_default"}),
    branches=frozenset(
        {
            "if_statement",
            "else_clause",
            "for_in_statement",
            "for_statement",
            "while_statement",
            "do_statement",
            "catch_clause",
            "switch_case",
            "switch_default",
        }
    ),
    tries=frozenset({"try_statement"}),
    handlers=frozenset({"catch_clause"}),
    returns=frozenset({"return_statement"}),
    raises=frozenset({"throw_statement"}),
    spreads=frozenset({"spread_element"}),
)

_BY_LANGUAGE = {"python": PYTHON, "javascript": JAVASCRIPT, "typescript": JAVASCRIPT, "tsx": JAVASCRIPT}


def shapes_of(language: Language) -> Shapes | None:
    """The language's table; None where flow is not followed (rules of plain patterns still run)."""
    return _BY_LANGUAGE.get(language.id)


@dataclass(frozen=True, slots=True)
class Arguments:
    """A call's arguments: those by place, those by name, and what others are spread from: `*x`, `**x`, `...x`."""

    positional: tuple[Node, ...]
    named: dict[str, Node]
    spreads: tuple[Node, ...] = ()

    @property
    def spread(self) -> bool:
        """Whether there may be arguments that are not written here."""
        return bool(self.spreads)


def arguments(call: Node, shapes: Shapes) -> Arguments:
    """The arguments of a call node.

    JavaScript's options object in last place, or before a callback, counts as arguments by name too, which is how
    its libraries use it.
    """
    positional: list[Node] = []
    named: dict[str, Node] = {}
    spreads: list[Node] = []
    holder = call.child("arguments")
    if holder is not None and holder.kind != shapes.arguments:
        # A tagged template or a bare generator expression: one argument.
        return Arguments((holder,), {})
    for child in holder.named_children if holder is not None else ():
        if child.kind in shapes.keyword_arguments:
            name, value = (child.child(part) for part in shapes.keyword_arguments[child.kind])
            if name is not None and value is not None:
                named[name.text] = value
        elif child.kind in shapes.spreads:
            spreads.extend(child.named_children[:1])
        elif child.kind != "comment":
            positional.append(child)
    options = options_argument(positional)
    if options is not None and options.kind == "object" and "object" in shapes.containers:
        named.update(entries(options, shapes))
    return Arguments(tuple(positional), named, tuple(spreads))


def options_argument(positional: Sequence[Node]) -> Node | None:
    """The argument in which JavaScript passes options: the last one, or the last before a callback."""
    for argument in reversed(positional):
        if not argument.kind.endswith("function") and argument.kind != "function_expression":
            return argument
    return None


def entries(container: Node, shapes: Shapes) -> dict[str, Node]:
    """The constant keys of an object or dictionary literal, with their values."""
    found: dict[str, Node] = {}
    for child in container.named_children:
        if child.kind in shapes.pairs:
            key, value = (child.child(part) for part in shapes.pairs[child.kind])
            if key is not None and value is not None:
                found[constant_text(key, shapes) if key.kind in shapes.strings else key.text] = value
        elif child.kind == "shorthand_property_identifier":
            found[child.text] = child
    return found


def constant_text(node: Node, shapes: Shapes) -> str:
    """The constant characters of a string node, with interpolations left out and escapes as written."""
    if node.kind == "concatenated_string":
        return "".join(constant_text(child, shapes) for child in node.named_children if child.kind in shapes.strings)
    return "".join(child.text for child in node.children if child.kind in shapes.string_text)
