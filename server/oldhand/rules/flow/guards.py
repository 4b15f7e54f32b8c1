"""Guards: whether a value was tested before it is used, so that only some allowed values come through."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oldhand.rules.facts.index import Index
from oldhand.syntax.node import Node

_LEAVES = frozenset(
    {
        "return_statement",
        "raise_statement",
        "throw_statement",
        "continue_statement",
        "break_statement",
    }
)
_LEAVING_CALLS = re.compile(
    r"^(await\s+)?(flask\.)?(abort|sys\.exit|exit|process\.exit|next|notFound|redirect)\b|\.(send|json|end|status|sendStatus|fail)\("
)
_TESTING_WORD = (
    r"(?:valid|safe|allow|check(?!_output|_call|out)|verif|permit|trusted|whitelist|known|legal|supported|matches)"
)
_NEGATIVE_WORD = re.compile(
    r"(?:^|_|\b|[a-z])(?:un|in|not_?|dis|Un|In|Not|Dis)(?:valid|safe|Valid|Safe|allow|Allow|trusted|Trusted|secure|known)"
)


def guarded(use: Node, index: Index) -> bool:
    """Whether `use`, a name or a member, is reached only where it is one of some allowed values.

    Counts: membership, equality with a constant, a match of a pattern, a prefix, `isdigit` and the like, a call that
    says that it checks; of the value itself or of something made from it. The use stands in the branch that such a
    test opens, or behind a statement that leaves where it fails.
    """
    text = use.text
    if len(text) > 80:
        return False
    names = [text, *_parsed_forms(text, use, index)]
    if any(_before_in_expression(use, name, index) for name in names):
        return True
    scope = index.scope_of(use)
    for statement in _statements(index):
        if statement.start >= use.start:
            continue
        mentioned = [name for name in names if _mentions(statement, name)]
        if not mentioned or index.scope_of(statement) is not scope:
            continue
        if any(_lets_through(statement, use, name, index) for name in mentioned):
            return True
    return False


def _mentions(statement: Node, name: str) -> bool:
    condition = statement.child("condition")
    if condition is not None and condition.text.strip("()!").isidentifier():
        return True
    return statement.source.find(name, statement.start, statement.end) >= 0


def _statements(index: Index) -> Iterator[Node]:
    for kind in ("if_statement", "elif_clause", "assert_statement", "expression_statement"):
        yield from index.by_kind.get(kind, ())


# The name that is asked about is replaced by this in a text, so that each expression here is compiled once.
_V = "_v_"


def _marked(text: str, name: str) -> str:
    """The text with the name replaced, where it is not a part of a longer one."""
    parts: list[str] = []
    done = 0
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if not _is_word(text[start - 1 : start]) and not _is_word(text[end : end + 1]):
            parts.extend((text[done:start], _V))
            done = end
        start = text.find(name, end)
    return "".join((*parts, text[done:])) if parts else text


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


_PARSING = (
    "urlparse|urlsplit|url_parse|URL|parse|realpath|abspath|normpath|normalize|resolve|join|Path|extname|splitext"
)
_FORM = re.compile(
    rf"\b(?:{_PARSING})\([^()]*(?<![\w.]){_V}\b|^{_V}\.(?:lower|strip|toLowerCase|trim|resolve)\(|/ {_V}\b"
)


def checked_later(node: Node, index: Index) -> bool:
    """Whether what the expression gives is put into a variable that some condition further down tests."""
    for ancestor in node.ancestors():
        if ancestor.kind in {"assignment", "variable_declarator", "assignment_expression"}:
            target = ancestor.child("left") or ancestor.child("name")
            name = target.text if target is not None else ""
            return any(
                statement.start > ancestor.start
                and index.scope_of(statement) is index.scope_of(node)
                and (condition := statement.child("condition")) is not None
                and name in condition.text
                and (tells(condition, name, True, index) or tells(condition, name, False, index))
                for statement in index.by_kind.get("if_statement", ())
            )
        if ancestor.kind.endswith("_statement") or ancestor.kind in index.language.functions:
            return False
    return False


def _parsed_forms(text: str, use: Node, index: Index) -> list[str]:
    """Names that the function gives to another form of the value: a parsed URL, a resolved path, lower case."""
    if use.kind != "identifier":
        return []
    return [
        other
        for other, definitions in index.scope_of(use).definitions.items()
        if other != text
        and any(
            definition.how == "assign"
            and definition.site.start < use.start
            and _FORM.search(_marked(definition.value.text, text))
            for definition in definitions
        )
    ][:4]


def _lets_through(statement: Node, use: Node, name: str, index: Index) -> bool:
    """Whether a statement before the use, or around it, stops values that are not allowed."""
    if statement.kind == "expression_statement":
        return use.start >= statement.end and _checks(statement, name)
    condition = statement.child("condition") or next(iter(statement.named_children), None)
    if condition is None:
        return False
    if statement.kind == "assert_statement":
        return tells(condition, name, True, index)
    consequence, alternative = statement.child("consequence"), statement.child("alternative")
    if consequence is not None and consequence.start <= use.start < consequence.end:
        return tells(condition, name, True, index)
    if use.start < statement.end:
        return alternative is not None and alternative.start <= use.start and tells(condition, name, False, index)
    if leaves(consequence) or _sets(consequence, name):
        return tells(condition, name, False, index)
    body = _body(alternative) if alternative is not None else None
    return (leaves(body) or _sets(body, name)) and tells(condition, name, True, index)


def _sets(block: Node | None, name: str) -> bool:
    """Whether a block gives the name another value, whatever it was: `url = "/"`."""
    if block is None:
        return False
    for statement in block.named_children:
        inner = statement
        if statement.kind == "expression_statement" and statement.named_children:
            inner = statement.named_children[0]
        left = inner.child("left")
        if inner.kind in {"assignment", "assignment_expression"} and left is not None and left.text == name:
            return True
    return False


def _body(alternative: Node) -> Node:
    return alternative.child("body") or next(iter(alternative.named_children), alternative)


def _checks(statement: Node, name: str) -> bool:
    """Whether a statement is a call that raises unless the value is allowed: `check_url(url)`, `p.relative_to(q)`."""
    call = next(iter(statement.named_children), None)
    if call is not None and call.kind in {"await", "await_expression"}:
        call = next(iter(call.named_children), None)
    if call is None or call.kind not in {"call", "call_expression"}:
        return False
    return _CHECKING_CALL.match(_marked(call.text, name)) is not None


_CHECKING_CALL = re.compile(
    r"[\w.$]*(?:valid|sanit|check(?!_output|_call|out)|verif|assert|ensure|require|guard|Valid|Check|Verif|Assert|Ensure)"
    rf"\w*\([^)]*(?<![\w.]){_V}\b"
    rf"|{_V}(?:\.resolve\(\))?\.relative_to\("
)


def _before_in_expression(use: Node, name: str, index: Index) -> bool:
    """Whether a condition in the same expression opens the way to the use: `x if x in allowed else y`, `ok(x) && x`."""
    node = use
    for parent in use.ancestors():
        kind = parent.kind
        if kind == "conditional_expression":
            parts = parent.named_children
            if len(parts) == 3 and node is not parts[1] and tells(parts[1], name, node is parts[0], index):
                return True
        elif kind == "ternary_expression":
            condition = parent.child("condition")
            opens = node.field == "consequence"
            if condition is not None and node is not condition and tells(condition, name, opens, index):
                return True
        elif kind in {"boolean_operator", "binary_expression"} and node.field == "right":
            left, operator = parent.child("left"), parent.child("operator")
            joins = operator is not None and operator.text in _JOINING
            if left is not None and operator is not None and joins and tells(left, name, operator.text in _AND, index):
                return True
        elif kind.endswith("_statement") or kind in {"block", "statement_block", "arrow_function"}:
            return False
        node = parent
    return False


def tells(condition: Node, name: str, outcome: bool, index: Index) -> bool:
    """Whether the condition's coming out so says that `name` is one of some allowed values."""
    kind = condition.kind
    if kind == "parenthesized_expression" and condition.named_children:
        return tells(condition.named_children[0], name, outcome, index)
    if kind in {"not_operator", "unary_expression"}:
        argument = condition.child("argument")
        if kind == "unary_expression" and not condition.text.startswith("!"):
            return False
        return argument is not None and tells(argument, name, not outcome, index)
    if kind == "identifier":
        # `valid = url in ALLOWED` … `if valid:`
        definitions = index.scope_of(condition).definitions.get(condition.text, ())
        tests = [found.value for found in definitions if found.how == "assign"]
        return len(tests) == 1 and tests[0].end <= condition.start and tells(tests[0], name, outcome, index)
    operator = condition.child("operator")
    if kind in {"boolean_operator", "binary_expression"} and operator is not None and operator.text in _JOINING:
        left, right = condition.child("left"), condition.child("right")
        if left is None or right is None:
            return False
        sides = tells(left, name, outcome, index), tells(right, name, outcome, index)
        # Both sides hold where `and` is true and where `or` is false; else only one of them need.
        return any(sides) if outcome is (operator.text in _AND) else all(sides)
    text = condition.text
    if name not in text:
        return False
    if _HAS_HOST.fullmatch(text):
        # `if urlparse(url).netloc: …`: there is a host, so only the other way out is safe.
        return not outcome
    found = _FOUND_AT.search(text)
    negative = found["no"] is not None if found is not None else _NEGATED.search(text) is not None
    negative = negative or _NEGATIVE_WORD.search(text) is not None
    if "[^" in text or _BAD_PART.search(_marked(text, name)) is not None:
        # `re.search("[^a-z]", x)`, `".." in x`: it is the other way out that is safe.
        negative = not negative
    return _TEST.search(_marked(text, name)) is not None and outcome is not negative


_HAS_HOST = re.compile(r"(?:(?:urlparse|urlsplit|url_parse)\([\w.]+\)|\w+)\.(?:netloc|hostname)")
_AND = frozenset({"and", "&&"})
_JOINING = frozenset({"and", "or", "&&", "||"})
_NEGATED = re.compile(r"\snot\s+in\s|!==?|===?\s*(?:false|False|None|null)\b|\bis\s+None\b")
_FOUND_AT = re.compile(
    r"\.(?:indexOf|search|findIndex|find)\(.*\)\s*(?:(?P<no>===?\s*-1|<\s*0|!==?\s*0)|!==?\s*-1|>\s*-1|>=\s*0|===?\s*0)"
)


_BAD_PART = re.compile(rf"['\"][^'\"]*['\"]\s+(?:not\s+)?in\s+{_V}\b|\b{_V}\.(?:includes|indexOf)\(['\"/]")
_PARSED = rf"(?:urlparse|urlsplit|url_parse|URL)\({_V}\)(?:\.(?:hostname|host|netloc|origin|scheme))?"
_OWN = (
    rf"(?:{_PARSED}|(?<![\w.]){_V}"
    r"(?:\.(?:hostname|host|netloc|origin|domain|name|suffix)|\.(?:lower|toLowerCase|strip|trim)\(\))*)"
)
_TEST = re.compile(
    rf"{_OWN}\s+(?:not\s+)?in\s+[\w.({{\[]"
    rf"|\.(?:includes|has|get|test|match|fullmatch|search|exec|indexOf|hasOwnProperty|some|every)\([^)]*{_OWN}"
    rf"|(?<![\w.]){_V}[\w.()]*\.(?:match|isdigit|isalnum|isidentifier|isdecimal|isnumeric|isalpha|is_relative_to"
    rf"|startswith|startsWith|indexOf|search)\("
    rf"|re\.(?:match|fullmatch|search)\([^)]*{_OWN}"
    rf"|(?<!typeof ){_OWN}\s*[!=]==?\s*(?:['\"]|[A-Z][A-Z_.]+\b|settings\.)|['\"]\s*[!=]==?\s*{_OWN}"
    rf"|isinstance\(\s*{_V}\s*,\s*(?:int|float|bool|uuid|UUID|Enum)"
    rf"|\w*(?i:{_TESTING_WORD})\w*\([^)]*{_OWN}"
    rf"|os\.path\.commonp(?:ath|refix)\([^)]*{_V}"
    rf"|['\"][^'\"]+['\"]\s+(?:not\s+)?in\s+{_OWN}"
    rf"|Number\.isInteger\(\s*{_V}"
)


def leaves(block: Node | None) -> bool:
    """Whether a block ends by leaving: a return, a raise, or a call that answers and stops."""
    if block is None:
        return False
    statements = [child for child in block.named_children if child.kind != "comment"] or [block]
    last = statements[-1] if block.kind not in _LEAVES else block
    return last.kind in _LEAVES or _LEAVING_CALLS.search(last.text) is not None
