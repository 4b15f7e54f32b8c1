"""SQL inside the strings of a program: whether a string is SQL, and its text with the place of every character."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oldhand.rules.sql.literals import STRINGS, interpolated, literal_pieces
from oldhand.rules.sql.located import Piece, SqlText
from oldhand.rules.sql.tokens import INTERPOLATED
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
    scope = _name_of(function) if function is not None else ""
    return SqlText.of_pieces(pieces, host, scope, continues=_continues(chain, function))


# Cheap and asked of every string: a prefix, quotes, what may stand before a statement, and a statement's first word.
_OPENING = re.compile(
    r"""[A-Za-z]{0,3}(?:\"""|\'\'\'|["'`])
    (?:\s|\\[nrt\n]|\(|--[^\n]*\n|/\*[^*]*\*/|explain\b|analyze\b|f?"|f?')*+
    (?:select|insert|update|delete|with|replace|merge|create|alter|drop|truncate)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_LEADING = re.compile(r"(?:\s|\(|--[^\n]*+(?:\n|$)|/\*(?:[^*]|\*(?!/))*+\*/|explain\b|analyze\b)*+", re.IGNORECASE)

_NAME = (
    rf"""(?:(?:[\w$.{INTERPOLATED}]|"[^"\n]*"|`[^`\n]*`|\[[^\]\n]*\]|[$\#]?\{{[^{{}}\n]*\}}|%s|%\(\w+\)s|[?:@]\w*)+)"""
)
_AFTER_NAME = rf"{_NAME}(?:\s+(?:as\s+)?\w+)?"
_SHAPES = {
    "select": rf"select\b.*?\bfrom\s*(?:{_NAME}|\()",
    "insert": rf"insert\s+(?:or\s+\w+\s+|ignore\s+)?into\s+{_AFTER_NAME}\s*(?:\(|values\b|select\b|default\s+values|with\b|{INTERPOLATED}|$)",
    "replace": rf"replace\s+into\s+{_NAME}\s*(?:\(|values\b|select\b)",
    "update": rf"update\s+(?:only\s+|or\s+\w+\s+)?{_AFTER_NAME}(?:\s+(?:inner|left|cross)?\s*join\b.*?)?\s+set\s+(?:{_NAME}|\([^()]*\))\s*(?:=|{INTERPOLATED}|,|$)",
    "delete": rf"delete\s+(?:\w+\s+)?from\s+(?:only\s+)?{_AFTER_NAME}\s*(?:$|;|\b(?:where|using|returning|inner|left|join|order|limit)\b|{INTERPOLATED}|%s)",
    "with": r"with\s+(?:recursive\s+)?" + rf"{_NAME}\s*(?:\([^()]*\)\s*)?as\s+(?:(?:not\s+)?materialized\s+)?\(",
    "merge": rf"merge\s+into\s+{_NAME}",
    "create": r"create\s+(?:or\s+replace\s+)?(?:(?:global|local|temp|temporary|unlogged|unique|materialized|virtual)\s+)*"
    rf"(?:table|index|view|trigger|function|type|extension|schema)\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?{_NAME}"
    r"\s*(?:\(|as\b|on\b|using\b|partition\b|;|$)",
    "alter": rf"alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?{_NAME}\s+(?:add|drop|alter|rename|modify|change|set|"
    r"validate|enable|disable|owner|attach|detach)\b",
    "drop": r"drop\s+(?:table|index|view|materialized\s+view|type|trigger|function|schema)\s+(?:concurrently\s+)?"
    rf"(?:if\s+exists\s+)?{_NAME}\s*(?:,|;|$|\bcascade\b|\bon\b)",
    "truncate": rf"truncate\s+(?:table\s+)?{_NAME}\s*(?:,|;|$|\b(?:cascade|restart)\b)",
}
_SHAPED = {verb: re.compile(shape, re.IGNORECASE | re.DOTALL) for verb, shape in _SHAPES.items()}
_VERB = re.compile(r"[A-Za-z]+")
_PROSE = re.compile(
    r"(?:select|from|update|into|table|delete)\s+(?:the|an?|your|this|that|these|those|our|my|its|their|one|any|some|each"
    r"|every|which|what|how|more|other|another|it|them|here|there|all\s+(?:the|of))\b(?!\s*[.,=(]|\s+(?:from|as|where|set)\b)",
    re.IGNORECASE,
)
_PLAIN_RUN = re.compile(r"(?:[A-Za-z']+\s+){3,}from\b", re.IGNORECASE)
_SELECT_WORDS = re.compile(
    r"\b(?:distinct|as|case|when|then|else|end|all|and|or|not|is|in|null|over|on|by)\b", re.IGNORECASE
)
_EVIDENCE = re.compile(
    rf"[*=(]|\b(?:where|join|limit|order\s+by|group\s+by)\b|[%:$@?]\w*|{INTERPOLATED}", re.IGNORECASE
)


def is_sql(text: str) -> bool:
    """Whether `text` begins with a statement and not with a sentence like "Select an item from the list".

    The shape of a statement is asked of all; of `Select …`, as sentences begin, also something only SQL has; and what
    reads as prose is none.
    """
    leading = _LEADING.match(text)
    start = leading.end() if leading is not None else 0
    verb = _VERB.match(text, start)
    shaped = _SHAPED.get(verb.group().lower()) if verb is not None else None
    found = shaped.match(text, start) if shaped is not None else None
    if verb is None or found is None or _PROSE.match(text, start) or _PROSE.search(text, start, found.end() + 20):
        return False
    rest = text[verb.end() : found.end() + 40]
    if verb.group().lower() == "select":
        listed = text[verb.end() : found.end()]
        if _PLAIN_RUN.match(listed.lstrip()) and not _SELECT_WORDS.search(listed) and not verb.group().isupper():
            return False
    if verb.group().isupper() or verb.group().islower():
        return True
    return bool(_EVIDENCE.search(rest))


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
        "function_definition", "function_declaration", "function_expression", "arrow_function", "method_definition",
        "generator_function", "generator_function_declaration",
    }
)  # fmt: skip


def _function(node: Node) -> Node | None:
    """The nearest function around the node that has a name."""
    for above in node.ancestors():
        if above.kind in _FUNCTIONS and _name_of(above):
            return above
    return None


def _name_of(function: Node) -> str:
    name = function.child("name")
    if name is None and function.parent is not None and function.parent.kind in ("variable_declarator", "pair"):
        name = function.parent.child("name") or function.parent.child("key")
    return name.text if name is not None else ""


_LISTS = frozenset({"list", "array"})
_ASSIGNMENTS = frozenset({"assignment", "variable_declarator", "assignment_expression", "augmented_assignment"})
_ADDING = frozenset({"append", "push", "extend", "concat", "unshift", "write"})


def _continues(string: Node, function: Node | None) -> bool:
    """Whether the program seems to add to the text: a list to be joined, or a variable that grows later."""
    parent = string.parent
    while parent is not None and parent.kind == "parenthesized_expression":
        parent = parent.parent
    if parent is None:
        return False
    if parent.kind in _LISTS or parent.kind.startswith("augmented_assignment"):
        return True
    if parent.kind in ("argument_list", "arguments") and parent.parent is not None:
        called = parent.parent.child("function")
        return called is not None and called.text.rsplit(".", 1)[-1] in _ADDING
    if parent.kind not in _ASSIGNMENTS:
        return False
    target = parent.child("left") or parent.child("name")
    if target is None:
        return False
    name = re.escape(target.text)
    grows = re.compile(
        rf"(?<![\w.]){name}\s*(?:\+|\.(?:append|concat|push|join|format|replace|replaceAll)\b|=\s*{name}\b)"
        rf"|\+\s*{name}(?!\w)|\{{\s*{name}\s*[}}!:]"
    )
    start, end = (function.start, function.end) if function is not None else (0, len(string.source))
    return grows.search(string.source, start, end) is not None
