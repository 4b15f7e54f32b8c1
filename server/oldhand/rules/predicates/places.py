"""Predicates on where a node stands: in a loop, a handler, a coroutine, on the way to a name, below an import."""

from __future__ import annotations

from oldhand.rules.dialect.match import Check, Env, Run
from oldhand.rules.key_values import context_of, read_regex, read_truth, strings
from oldhand.rules.name_sets import NameSet
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node


def in_loop(value: object, language: Language) -> Check:
    """`in-loop: true`: some loop of the same function is around the node."""
    wanted = read_truth(value, "in-loop")

    def check(node: Node, env: Env, run: Run) -> bool:
        return (next(context_of(run).loops(node), None) is not None) is wanted

    return check


def in_handler(value: object, language: Language) -> Check:
    """`in-handler: true`: a function around the node answers requests."""
    wanted = read_truth(value, "in-handler")

    def check(node: Node, env: Env, run: Run) -> bool:
        context = context_of(run)
        functions = context.index.language.functions
        around = any(
            ancestor.kind in functions and id(ancestor) in context.index.scopes and context.is_handler(ancestor)
            for ancestor in node.ancestors()
        )
        return around is wanted

    return check


def in_async(value: object, language: Language) -> Check:
    """`in-async: true`: the innermost function around the node is a coroutine."""
    wanted = read_truth(value, "in-async")

    def check(node: Node, env: Env, run: Run) -> bool:
        function = context_of(run).function(node)
        return (function is not None and any(child.kind == "async" for child in function.children)) is wanted

    return check


def assigned_to(value: object, language: Language) -> Check:
    """`assigned-to: regex`: the expression becomes the value of something of such a name.

    A variable, a field, a keyword argument, a key of a literal, or what a function of such a name returns; string
    building and calls may stand between.
    """
    pattern = read_regex(value, "assigned-to")

    def check(node: Node, env: Env, run: Run) -> bool:
        functions = language.functions
        for ancestor in node.ancestors():
            if ancestor.kind in _NAMED_BY:
                target = next((part for f in _NAMED_BY[ancestor.kind] if (part := ancestor.child(f))), None)
                if target is not None and target.start < node.start and pattern.search(target.text):
                    return True
                if ancestor.kind not in {"keyword_argument", "pair"}:
                    return False
            elif ancestor.kind == "return_statement" or (ancestor.kind == "arrow_function" and node.kind):
                function = context_of(run).function(node)
                name = function.child("name") if function is not None else None
                if name is not None:
                    return pattern.search(name.text) is not None
            elif ancestor.kind in functions or ancestor.kind.endswith("_statement"):
                return False
        return False

    return check


_NAMED_BY = {
    "assignment": ("left",),
    "augmented_assignment": ("left",),
    "variable_declarator": ("name",),
    "assignment_expression": ("left",),
    "keyword_argument": ("name",),
    "pair": ("key",),
    "public_field_definition": ("name",),
}


def imports(value: object, language: Language) -> Check:
    """`imports: [django, "*nestjs"]`: the file imports one of these modules, or something from it."""
    wanted = NameSet(pattern for name in strings(value, "imports") for pattern in (name, f"{name}.*", f"{name}/*"))

    def check(node: Node, env: Env, run: Run) -> bool:
        return context_of(run).imports(wanted)

    return check
