"""SQL inside the strings of a program: whether a string is SQL, and its text with the place of every character."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from oldhand.rules.sql.literals import STRINGS, interpolated, literal_pieces
from oldhand.rules.sql.located import Piece, SqlText
from oldhand.rules.sql.recognition import is_sql
from oldhand.syntax.node import Node


def embedded_sql(node: Node, host: str) -> SqlText | None:
    """The SQL in a string node of the language `host`, or None where it holds none.

    A string that begins a chain of `+` is read with the whole chain; the chain's other strings hold none by themselves,
    nor do the parts of an implicit concatenation, nor a string that is a statement of its own (a docstring).
    """
    if node.kind not in STRINGS or _OPENING.match(node.source, node.start, node.end) is None:
        return None
    parent = node.parent
    if parent is not None and parent.kind in ("concatenated_string", "expression_statement"):
        return None
    chain = _chain(node)
    if chain is not node and next(_operands(chain)) is not node:
        return None
    pieces = [piece for operand in _operands(chain) for piece in _pieces(operand)]
    text = "".join(piece.text for piece in pieces)
    if not is_sql(text):
        return None
    function = _function(node)
    return replace(
        SqlText.of_pieces(pieces, host),
        continues=_continues(chain, function),
        scope=_name_of(function) if function is not None else "",
        around=function.text if function is not None else "",
    )


# Cheap and asked of every string: a prefix, quotes, what may stand before a statement, and a statement's first word.
_OPENING = re.compile(
    r"""[A-Za-z]{0,3}(?:\"""|\'\'\'|["'`])
    (?:\s|\\[nrt\n]|\(|--(?:[^\n\\]|\\(?!n))*(?:\n|\\n)|/\*[^*]*\*/|explain\b|analyze\b|f?"|f?')*
    (?:select|insert|update|delete|with|replace|merge|create|alter|drop|truncate)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def _chain(node: Node) -> Node:
    """The whole of the `+` chain that the string is in, or the string itself."""
    top = node
    place = node
    while place.parent is not None and (_is_sum(place.parent) or place.parent.kind == "parenthesized_expression"):
        place = place.parent
        if _is_sum(place):
            top = place
    return top


def _is_sum(node: Node) -> bool:
    if node.kind not in ("binary_operator", "binary_expression"):
        return False
    operator = node.child("operator")
    return operator is not None and operator.text == "+"


def _operands(node: Node) -> Iterator[Node]:
    """The operands of a `+` chain from left to right, without recursion."""
    stack = [node]
    while stack:
        top = stack.pop()
        if _is_sum(top):
            stack.extend(child for child in (top.child("right"), top.child("left")) if child is not None)
        elif top.kind == "parenthesized_expression" and len(top.named_children) == 1:
            stack.append(top.named_children[0])
        else:
            yield top


def _pieces(operand: Node) -> Iterator[Piece]:
    if operand.kind in STRINGS:
        yield from literal_pieces(operand)
    else:
        yield interpolated(operand.start, operand.end)


_FUNCTIONS = frozenset(
    {
        "function_definition", "function_declaration", "function_expression", "arrow_function",
        "method_definition", "generator_function", "generator_function_declaration",
    }
)  # fmt: skip


def _function(node: Node) -> Node | None:
    """The nearest function around the node that has a name."""
    for above in node.ancestors():
        if above.kind in _FUNCTIONS and _name_of(above):
            return above
    return None


def _name_of(function: Node) -> str:
    name, parent = function.child("name"), function.parent
    if name is None and parent is not None and parent.kind in ("variable_declarator", "pair", "assignment_expression"):
        name = parent.child("name") or parent.child("key") or parent.child("left")
    return name.text.rsplit(".", 1)[-1] if name is not None else ""


_LISTS = frozenset({"list", "array"})
_ASSIGNMENTS = frozenset({"assignment", "variable_declarator", "assignment_expression"})
_ADDING = frozenset({"append", "push", "extend", "concat", "unshift", "write", "join"})


def _continues(string: Node, function: Node | None) -> bool:
    """Whether the program seems to add to the text: a list to be joined, or a variable that grows later."""
    value, parent = _value(string)
    if parent is None:
        return False
    if parent.kind in _LISTS or parent.kind.startswith("augmented_assignment"):
        return True
    if parent.kind == "tuple" and parent.parent is not None and parent.parent.kind == "argument_list":
        value, parent = parent, parent.parent
    if parent.kind in ("argument_list", "arguments") and parent.parent is not None:
        called = parent.parent.child("function")
        return called is not None and called.text.rsplit(".", 1)[-1] in _ADDING
    if parent.kind not in _ASSIGNMENTS:
        return False
    target = parent.child("left") or parent.child("name")
    return target is not None and target is not value and _grows(target.text, function, string.source)


def _value(node: Node) -> tuple[Node, Node | None]:
    """What the string is the beginning of (parentheses around it, a call of its own method), and where that stands."""
    place, parent = node, node.parent
    while parent is not None:
        if parent.kind in ("attribute", "member_expression") and parent.parent is not None:
            if parent.parent.kind not in ("call", "call_expression"):
                break
            place = parent.parent
        elif parent.kind == "parenthesized_expression":
            place = parent
        else:
            break
        parent = place.parent
    return place, parent


def _grows(name: str, function: Node | None, source: str) -> bool:
    """Whether something seems to be put behind the text in the variable of that name."""
    variable = re.escape(name)
    grows = re.compile(
        rf"(?<![\w.]){variable}\s*(?:\+|\.(?:append|concat|push|join|format|replace|replaceAll)\b|=\s*{variable}\b)"
        rf"|\+\s*{variable}(?!\w)|\{{\s*{variable}\s*[}}!:]"
    )
    start, end = (function.start, function.end) if function is not None else (0, len(source))
    return grows.search(source, start, end) is not None
