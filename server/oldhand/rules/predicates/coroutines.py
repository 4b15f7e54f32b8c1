"""The predicate `starts-coroutine`: calls of the asynchronous functions of the file itself."""

from __future__ import annotations

from oldhand.rules.context import Context
from oldhand.rules.dialect.match import Env, Matcher, Run
from oldhand.rules.facts.index import name_of_target
from oldhand.rules.key_values import context_of, read_truth, shapes_for
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node

_KEEPING = frozenset({"staticmethod", "classmethod", "override", "typing.override", "abstractmethod"})


def starts_coroutine(value: object, language: Language) -> Matcher:
    """`starts-coroutine: true`: the call of an asynchronous function that the file declares.

    In JavaScript one that lets failures out: not one that awaits only inside of `try … catch`.
    """
    wanted = read_truth(value, "starts-coroutine")
    shapes = shapes_for(language, "starts-coroutine")

    def check(node: Node, env: Env, run: Run) -> bool:
        if node.kind not in shapes.calls:
            return False
        target = node.child(shapes.calls[node.kind])
        found = _functions(target, context_of(run)) if target is not None else []
        starts = bool(found) and all(is_async(function) and not _catches_all(function) for function in found)
        if starts and target is not None:
            env.single.setdefault("CALLEE", target)
        return starts is wanted

    return Matcher(check, frozenset(shapes.calls), captures=frozenset({"CALLEE"}))


def is_async(function: Node) -> bool:
    """Whether a function is declared as asynchronous."""
    return any(child.kind == "async" for child in function.children)


def _functions(target: Node, context: Context) -> list[Node]:
    """The functions that a callee can be; none where it may be something that the file does not declare."""
    name = name_of_target(target)
    head, _, attribute = name.partition(".")
    if attribute:
        if not context.index.owner:
            return []
        declared = context.module.declared(f"{context.index.owner}.{attribute}")
    elif head and context.names.parameter(head, target) is None:
        declared = context.module.declared(head)
        local = context.names.reaching(head, target)
        if any(found.value.kind not in context.index.language.functions for found in local):
            return []
    else:
        return []
    functions = [found.function for found in declared if found.function is not None]
    others = [found.definition for found in declared if found.definition is not None]
    if any(other.value not in functions for other in others):
        return []
    # What a decorator makes of a function may be called from anywhere: a task of a queue, a command.
    return [] if any(_is_remade(function) for function in functions) else functions


def _is_remade(function: Node) -> bool:
    holder = function.parent
    if holder is None or holder.kind != "decorated_definition":
        return False
    decorators = (child.text for child in holder.children if child.kind == "decorator")
    return any(decorator.strip("@ ") not in _KEEPING for decorator in decorators)


def _catches_all(function: Node) -> bool:
    """Whether everything that a JavaScript function awaits stands in a `try` whose `catch` lets nothing out."""
    awaited = [node for node in function.descendants() if node.kind == "await_expression"]
    return bool(awaited) and all(_caught(node, function) for node in awaited)


def _caught(node: Node, function: Node) -> bool:
    inner = node
    for ancestor in node.ancestors():
        if ancestor is function:
            return False
        if ancestor.kind == "catch_clause":
            return True
        if ancestor.kind == "try_statement" and inner.field == "body":
            handler = ancestor.child("handler")
            return handler is not None and not any(part.kind == "throw_statement" for part in handler.descendants())
        inner = ancestor
    return False
