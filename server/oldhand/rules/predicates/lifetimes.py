"""The predicate `left-open`: something that has to be closed is made in a function, kept to it, and not closed there.

What leaves the function (returned, handed to a call, stored) is someone else's to close and is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from oldhand.rules.context import Context
from oldhand.rules.dialect.match import Env, Matcher, Run
from oldhand.rules.facts.shapes import Shapes
from oldhand.rules.key_values import context_of, shapes_for, strings
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node

_TARGETS = {"assignment": "left", "variable_declarator": "name", "assignment_expression": "left"}
_GIVING = frozenset({"return_statement", "yield", "yield_expression"})
_FINALLY = frozenset({"finally_clause"})
# What only looks at whether there is something.
_TESTS = frozenset(
    """if_statement elif_clause while_statement not_operator comparison_operator unary_expression binary_expression
    boolean_operator parenthesized_expression conditional_expression ternary_expression optional_chain
    delete_statement""".split()
)
# Methods whose result goes on using what they are called on.
_VIEWS = frozenset({"cursor", "makefile", "stream", "pipe", "begin", "transaction", "iter_lines", "detach"})


def left_open(value: object, language: Language) -> Matcher:
    """`left-open: {by: [close], when: never}`: a call whose result a variable of the function holds and nothing closes.

    `when: on-error` asks for one that is closed, but not if something before that fails.
    """
    if not isinstance(value, Mapping) or set(value) != {"by", "when"} or value["when"] not in {"never", "on-error"}:
        raise ValueError("`left-open` takes `by`, names of methods, and `when`: never or on-error.")
    closers, on_error = frozenset(strings(value["by"], "by")), value["when"] == "on-error"
    shapes = shapes_for(language, "left-open")

    def check(node: Node, env: Env, run: Run) -> bool:
        context = context_of(run)
        target = _variable(node, shapes)
        function = context.function(node)
        if target is None or function is None:
            return False
        run.spend(function.end - function.start >> 6)
        uses = _uses(target, function, closers, context)
        if uses is None:
            return False
        env.single.setdefault("NAME", target)
        if not on_error:
            return not uses.closing
        return bool(uses.closing) and not uses.safe and _may_fail(node, uses.closing, function, shapes)

    return Matcher(check, frozenset(shapes.calls), captures=frozenset({"NAME"}))


@dataclass(slots=True)
class _Uses:
    """Where a variable is closed; `safe` says that this happens also when something fails."""

    closing: list[Node] = field(default_factory=list)
    safe: bool = False


def _variable(call: Node, shapes: Shapes) -> Node | None:
    """The plain variable that a call's result becomes the value of."""
    inner = call
    for ancestor in call.ancestors():
        if ancestor.kind in _TARGETS:
            target = ancestor.child(_TARGETS[ancestor.kind])
            return target if target is not None and target is not inner and target.kind in shapes.names else None
        if ancestor.kind not in shapes.transparent:
            return None
        inner = ancestor
    return None


def _uses(target: Node, function: Node, closers: frozenset[str], context: Context) -> _Uses | None:
    """What the function does with the variable; None where it leaves the function."""
    shapes = context.index.shapes
    found = _Uses()
    for use in _named(target.text, function, shapes):
        if use.start == target.start or _is_target(use):
            continue
        parent = use.parent
        if parent is None:
            return None
        if parent.kind in shapes.members and parent.child(shapes.members[parent.kind][0]) is use:
            part = parent.child(shapes.members[parent.kind][1])
            method = part.text if part is not None else ""
            if method in closers:
                found.closing.append(use)
                found.safe = found.safe or _is_safe(use, function, context)
            elif context.function(use) is not function or (method in _VIEWS and _is_handed_out(parent, function)):
                return None
        elif parent.kind in {"with_item", "as_pattern"}:
            found.closing.append(use)
            found.safe = True
        elif not _only_looks(use, parent, shapes):
            return None
    return found


def _named(name: str, function: Node, shapes: Shapes) -> Iterator[Node]:
    for node in function.descendants():
        if node.kind in shapes.names and node.text == name:
            yield node


def _is_target(use: Node) -> bool:
    parent = use.parent
    return parent is not None and parent.kind in _TARGETS and parent.child(_TARGETS[parent.kind]) is use


def _only_looks(use: Node, parent: Node, shapes: Shapes) -> bool:
    """Whether the use neither hands the value on nor keeps it: a test, a loop over it."""
    if parent.kind in shapes.loops:
        return parent.child(shapes.loops[parent.kind][1]) is use
    if parent.kind in shapes.keyword_arguments:
        # The name of an argument, not the variable.
        return parent.child(shapes.keyword_arguments[parent.kind][0]) is use
    if parent.kind == "pair":
        return parent.child("key") is use
    return parent.kind in _TESTS


def _is_handed_out(member: Node, function: Node) -> bool:
    """Whether the result of a method is returned, at once or under a name of its own."""
    call = member.parent
    holder = call.parent if call is not None else None
    if holder is None or holder.kind in _GIVING:
        return holder is not None
    target = holder.child(_TARGETS[holder.kind]) if holder.kind in _TARGETS else None
    return target is not None and any(
        node.kind in _GIVING and any(child.text == target.text for child in node.named_children)
        for node in function.descendants()
    )


def _is_safe(use: Node, function: Node, context: Context) -> bool:
    """Whether the variable is closed here whatever happens: in a `finally`, a handler, or a function for later."""
    if context.function(use) is not function:
        return True
    handlers = context.index.shapes.handlers
    for ancestor in use.ancestors():
        if ancestor is function:
            return False
        if ancestor.kind in _FINALLY or ancestor.kind in handlers:
            return True
    return False


def _may_fail(node: Node, closing: list[Node], function: Node, shapes: Shapes) -> bool:
    """Whether a call, not one that closes, stands between the making and the first closing."""
    first = min(closing, key=lambda use: use.start)
    return any(
        call.kind in shapes.calls and call.start > node.end and call.end < first.start
        for call in function.descendants()
    )
