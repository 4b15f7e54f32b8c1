"""Patterns: code with metavariables, parsed by the language's own grammar and compiled to a matcher.

The way of matching is ast-grep's, so that its users' patterns find here what they find there.
"""

from __future__ import annotations

import re

from oldhand.rules.dialect.goals import Compare, Goal, Variable, capture, capture_one_of_many, leaf
from oldhand.rules.dialect.match import CHEAP, FREE, Check, Env, Matcher, Run
from oldhand.rules.dialect.siblings import inner
from oldhand.rules.dialect.strictness import ERROR, MATCHED, Strictness
from oldhand.syntax.languages import Language, grammar
from oldhand.syntax.node import Node
from oldhand.syntax.tree import parse

MAX_DEPTH = 60
MAX_LENGTH = 20_000

# Languages in which `$` can not begin a name are parsed with another letter in its place.
_STAND_INS = {"python": "µ", "go": "µ"}
_SIGILS = re.compile(r"\$+(?=[A-Z_])|(?<!\$)\$\$\$(?!\$)")
_NAME = re.compile(r"[A-Z_][A-Z0-9_]*\Z")
_TELLING = re.compile(r"\w\w")
_LIST_NAME = re.compile(r"[A-Z0-9_]*\Z")


def compile_pattern(
    source: str, language: Language, selector: str = "", strictness: Strictness = Strictness.SMART
) -> Matcher:
    """The matcher of a pattern; with `selector`, of the first node of that kind in the code `source`.

    Raises ValueError with a sentence for code that is not one node of the language.
    """
    if len(source) > MAX_LENGTH:
        raise ValueError(f"A pattern is longer than {MAX_LENGTH} characters.")
    sigil = _STAND_INS.get(language.id, "$")
    code = _SIGILS.sub(lambda found: sigil * len(found[0]), source)
    root = parse(language, code).root()
    node = _selected(root, selector, language, source) if selector else _single(root, source)
    variable = variable_of(node, sigil)
    if variable is not None:
        if variable.many:
            raise ValueError(f"The pattern {_quoted(source)} is a list of nodes; a pattern is one node.")
        return _bare(variable, node.kind if selector else "", strictness)
    if node.kind == ERROR:
        raise ValueError(f"The pattern {_quoted(source)} is not valid {language.id} code by itself.")
    builder = _Builder(sigil, strictness)
    goal = builder.goal(node, 0)
    kinds = None if strictness is Strictness.TEMPLATE else frozenset({node.kind})
    match = _rooted(goal.compare, goal.captures)
    return Matcher(
        match, kinds, frozenset(frozenset({word}) for word in builder.words), frozenset(builder.captures), cost=CHEAP
    )


def variable_of(node: Node, sigil: str) -> Variable | None:
    """The metavariable that is the whole text of the node, or None."""
    size = node.end - node.start
    if not size or not node.source.startswith(sigil, node.start):
        return None
    text = node.text
    if text.startswith(sigil * 3):
        name = text[3:]
        return Variable("" if name[:1] in {"", "_"} else name, many=True) if _LIST_NAME.match(name) else None
    named_only = not text.startswith(sigil * 2)
    name = text[1:] if named_only else text[2:]
    if not _NAME.match(name):
        return None
    return Variable("" if name.startswith("_") else name, named_only)


def _single(root: Node, source: str) -> Node:
    """The innermost node that is all of the pattern."""
    if not root.children:
        raise ValueError(f"The pattern {_quoted(source)} has no code.")
    node = root
    while _is_wrapper(node):
        node = node.children[0]
    if node is root:
        raise ValueError(f"The pattern {_quoted(source)} is more than one node; a pattern is one.")
    return node


def _is_wrapper(node: Node) -> bool:
    """Whether the node has one child, not counting the empty end of a statement that some grammars add."""
    children = node.children
    if len(children) == 2:
        return children[1].missing or not children[1].kind
    return len(children) == 1


def _selected(root: Node, selector: str, language: Language, source: str) -> Node:
    check_kind(selector, language)
    for node in root.descendants():
        if node.kind == selector and node.named:
            return node
    raise ValueError(f"The code {_quoted(source)} has no node of the kind {selector}.")


def check_kind(kind: str, language: Language) -> None:
    """Raises ValueError where the language's grammar has no such named node."""
    if kind != ERROR and not grammar(language).id_for_node_kind(kind, True):
        raise ValueError(f"{language.id} has no node of the kind {kind}.")


def _quoted(source: str) -> str:
    shown = " ".join(source.split())
    return f'"{shown[:60]}…"' if len(shown) > 60 else f'"{shown}"'


def _bare(variable: Variable, kind: str, strictness: Strictness) -> Matcher:
    """The pattern that is one metavariable: any node, or any of that kind; if smart, comments too."""
    compare = capture(variable, strictness.skips_comments and strictness is not Strictness.SMART)

    def match(node: Node, env: Env, run: Run) -> bool:
        return (not kind or node.kind == kind) and compare(node, env, run) is MATCHED

    captures = frozenset({variable.name} if variable.name else ())
    return Matcher(match, frozenset({kind}) if kind else None, captures=captures, cost=FREE)


def _rooted(compare: Compare, captures: bool) -> Check:
    if not captures:
        return lambda node, env, run: compare(node, env, run) is MATCHED

    def match(node: Node, env: Env, run: Run) -> bool:
        mark = env.mark()
        if compare(node, env, run) is MATCHED:
            return True
        env.undo(mark)
        return False

    return match


class _Builder:
    """Turns the nodes of a parsed pattern into goals, and gathers the names and words in it."""

    def __init__(self, sigil: str, strictness: Strictness) -> None:
        self.sigil = sigil
        self.strictness = strictness
        self.captures: set[str] = set()
        self.words: set[str] = set()

    def goal(self, node: Node, depth: int) -> Goal:
        if depth > MAX_DEPTH:
            raise ValueError(f"A pattern is nested more than {MAX_DEPTH} deep.")
        variable = variable_of(node, self.sigil)
        if variable is not None:
            return self._variable(variable)
        skips = self.strictness.skips_anonymous_goals
        if not node.children:
            if node.named and self.strictness is not Strictness.SIGNATURE and _TELLING.search(node.text):
                self.words.add(node.text)
            compare = leaf(node.kind, node.named, node.text, self.strictness)
            return Goal(compare, trivial=not node.named, optional=skips and not node.named)
        goals = [self.goal(child, depth + 1) for child in node.children if not child.missing]
        captures = any(goal.captures for goal in goals)
        return Goal(inner(node.kind, node.named, goals, self.strictness), captures=captures)

    def _variable(self, variable: Variable) -> Goal:
        if variable.name:
            self.captures.add(variable.name)
        if variable.many:
            optional = self.strictness is not Strictness.CST
            compare = capture_one_of_many(variable.name)
            return Goal(compare, many=variable, optional=optional, captures=bool(variable.name))
        compare = capture(variable, self.strictness.skips_comments)
        optional = self.strictness.skips_anonymous_goals and not variable.named_only
        return Goal(compare, optional=optional, captures=bool(variable.name))
