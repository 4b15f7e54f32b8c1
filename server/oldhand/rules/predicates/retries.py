"""The predicate `retries`: loops that try the same thing again when it fails, without a pause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import re2

from oldhand.rules.context import Context
from oldhand.rules.dialect.match import Env, Matcher, Run
from oldhand.rules.facts.module import last_name
from oldhand.rules.facts.shapes import Shapes
from oldhand.rules.key_values import context_of, read_regex, shapes_for, strings
from oldhand.rules.name_sets import NameSet
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node

_TRUE = re.compile(r"\(?\s*(True|true|1)\s*\)?\Z")
_LOOPS = frozenset({"for_statement", "while_statement", "do_statement"})
_OUT = frozenset({"return_statement", "raise_statement", "throw_statement", "break_statement"})
_DONE = frozenset({"return_statement", "break_statement"})


def retries(value: object, language: Language) -> Matcher:
    """`retries: {of: [requests.get], pause: regex, unless: regex, bounded: false}`: such a loop.

    It leaves when a `try` in it succeeds and goes on when that fails, and the `try` calls one of `of` or awaits
    something. `pause` is matched on the last names of what the loop calls, `unless` on what its handlers catch.
    `bounded` says whether there is an end to it.
    """
    if not isinstance(value, Mapping) or set(value) != {"of", "pause", "unless", "bounded"}:
        raise ValueError("`retries` takes a mapping of `of`, `pause`, `unless` and `bounded`.")
    wanted = NameSet(strings(value["of"], "of"))
    pause, unless = read_regex(value["pause"], "pause"), read_regex(value["unless"], "unless")
    bounded = value["bounded"]
    shapes = shapes_for(language, "retries")

    def check(node: Node, env: Env, run: Run) -> bool:
        context = context_of(run)
        body = node.child("body")
        if body is None or not _repeats(node, body, shapes):
            return False
        run.spend(node.end - node.start >> 6)
        tried = next((child for child in body.named_children if child.kind in shapes.tries), None)
        if tried is None or not _leaves_on_success(node, body, tried) or not _reaches_out(tried, wanted, context):
            return False
        again = [handler for handler in _handlers(tried, shapes) if _goes_on(handler)]
        if not again or any(unless.search(_caught(handler)) for handler in again) or _pauses(node, pause, context):
            return False
        env.single.setdefault("TRY", tried)
        return _is_bounded(node, again) is bounded

    return Matcher(check, _LOOPS, captures=frozenset({"TRY"}))


def _repeats(loop: Node, body: Node, shapes: Shapes) -> bool:
    """Whether each turn of the loop does the same: it runs without a variable, or counts with one that is not used."""
    if loop.kind != "for_statement":
        return True
    over = loop.child("right")
    if over is None:
        # JavaScript's loop with a counter.
        counter = re.match(r"\W*(?:let|var)\s+(\w+)", (loop.child("initializer") or loop).text)
        name = counter[1] if counter else ""
    else:
        if not over.text.startswith(("range(", "itertools.count(", "count(")):
            return False
        name = (loop.child("left") or loop).text
    tried = next((child for child in body.named_children if child.kind in shapes.tries), None)
    block = tried.child("body") if tried is not None else None
    return block is not None and not any(
        node.kind in shapes.names and node.text == name and not _in_text(node, shapes) for node in block.descendants()
    )


def _in_text(node: Node, shapes: Shapes) -> bool:
    return any(ancestor.kind in shapes.interpolations for ancestor in node.ancestors())


def _handlers(tried: Node, shapes: Shapes) -> Iterator[Node]:
    return (child for child in tried.named_children if child.kind in shapes.handlers)


def _leaves_on_success(loop: Node, body: Node, tried: Node) -> bool:
    block = tried.child("body")
    parts = [
        part for part in (block, *(c for c in tried.named_children if c.kind == "else_clause")) if part is not None
    ]
    if any(_leaves(part, _DONE) for part in parts):
        return True
    last = body.named_children[-1]
    if last is not tried and last.kind in _DONE:
        return True
    condition = loop.child("condition")
    tested = set(re.findall(r"[^\W\d]\w*", condition.text)) if condition is not None else set()
    return any(
        node.kind in {"assignment", "assignment_expression"} and (left := node.child("left")) and left.text in tested
        for part in parts
        for node in part.descendants()
    )


def _leaves(block: Node, ways: frozenset[str]) -> bool:
    """Whether some statement of the block, of its own loop and function, leaves in one of these ways."""
    stack = [block]
    while stack:
        node = stack.pop()
        if node.kind in ways:
            return True
        if "function" not in node.kind and node.kind not in {"lambda", "class_definition"}:
            stack.extend(node.named_children)
    return False


def _goes_on(handler: Node) -> bool:
    block = handler.child("body") or next((child for child in handler.named_children if child.kind == "block"), handler)
    statements = [child for child in block.named_children if child.kind != "comment"]
    return not statements or statements[-1].kind not in _OUT


def _caught(handler: Node) -> str:
    """What a handler catches, and in JavaScript what it asks of it."""
    return handler.text if handler.kind == "catch_clause" else handler.text.partition(":\n")[0]


def _reaches_out(tried: Node, wanted: NameSet, context: Context) -> bool:
    block = tried.child("body")
    calls = context.index.shapes.calls
    return block is not None and any(
        node.kind == "await_expression"
        or (node.kind in calls and wanted.matches(context.names.callee(node)) is not None)
        for node in block.descendants()
    )


def _pauses(loop: Node, pause: re2.Pattern, context: Context) -> bool:
    calls = context.index.shapes.calls
    return any(node.kind in calls and pause.search(last_name(node, context.index)) for node in loop.descendants())


def _is_bounded(loop: Node, handlers: list[Node]) -> bool:
    if loop.kind == "for_statement":
        condition = loop.child("condition")
        over = loop.child("right")
        endless = (over is None and (condition is None or not condition.named)) or (
            over is not None and "count(" in over.text
        )
    else:
        condition = loop.child("condition")
        # `while not done` has no end of its own either.
        endless = condition is None or _TRUE.match(condition.text) is not None or not re.search("[<>]", condition.text)
    return not endless or any(_leaves(handler, _OUT) for handler in handlers)
