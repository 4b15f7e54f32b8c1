"""The predicate `also-called`: what a call means can depend on a second call, in the same function, class or file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import re2

from oldhand.rules.context import Context
from oldhand.rules.dialect.match import Check, Env, Run
from oldhand.rules.facts.module import assigned_name
from oldhand.rules.facts.shapes import Shapes, arguments, constant_text, entries
from oldhand.rules.key_values import read_places, strings
from oldhand.rules.name_sets import NameSet
from oldhand.rules.predicates.calls import argument_at
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node

_PLACES = frozenset({"function", "class", "file"})
_KEYS = frozenset({"callee", "in", "at", "is", "on"})
_CAPTURE = re.compile(r"\$([A-Z_][A-Z0-9_]*)")


@dataclass(frozen=True, slots=True)
class _Other:
    """A call in its unit, which need not be the one that is checked."""

    call: Node
    context: Context


def also_called(value: object, language: Language) -> Check:
    """`also-called: {callee: […], in: class, at: [0, name], is: "$COLUMN", on: "$COLUMN_id"}`: there is such a call.

    It stands in the same `function` (the outermost one, or outside of all; this is so where nothing is said), in the
    same `class`, the class's decorators included, or anywhere in the `file`. `is` matches all of what the argument
    `at` says, `on` the name of what the call is assigned to or decorates: regular expressions in which `$NAME` is
    what a capture says, in any case. A string says its text, a list or a call what its first part does, an object what
    its `name` does, and `a.b.c` says `c`.
    """
    if not isinstance(value, Mapping) or "callee" not in value or set(value) - _KEYS:
        raise ValueError("`also-called` takes a mapping of `callee` and any of `in`, `at`, `is`, `on`.")
    if ("at" in value) is not ("is" in value):
        raise ValueError("In `also-called`, `at` and `is` go together.")
    where = value.get("in", "function")
    if where not in _PLACES:
        raise ValueError(f"`in: {where}` is not one of {', '.join(sorted(_PLACES))}.")
    callee = NameSet(strings(value["callee"], "callee"))
    if callee.last_names is None:
        raise ValueError("A name in the `callee` of `also-called` ends in a name without `*`.")
    at = read_places(value.get("at", []), "at")
    argument, owner = _template(value.get("is", "")), _template(value.get("on", ""))

    def check(node: Node, env: Env, run: Run) -> bool:
        context = run.context
        assert isinstance(context, Context), "rules of ours run with a context"
        shapes = context.index.shapes
        for other in _calls(where, callee.last_names or frozenset(), node, context):
            run.spend(1)
            if (
                other.call is not node
                and callee.matches(other.context.names.callee(other.call)) is not None
                and (not argument or _says(argument_at(other.call, at, other.context), argument, env, shapes))
                and (not owner or _fits(owner, assigned_name(other.call), env, shapes))
            ):
                return True
        return False

    return check


def _calls(where: object, last_names: frozenset[str], node: Node, context: Context) -> Iterator[_Other]:
    """The calls of such names at that place."""
    own = context.index
    if where == "function":
        function = _outermost_function(node, context)
        for call in context.calls_named(last_names):
            if _outermost_function(call, context) is function:
                yield _Other(call, context)
        return
    for name in sorted(last_names):
        for unit, call in context.module.callers(name):
            if unit is context.unit:
                yield _Other(call, context)
            elif where == "file" or (own.owner and unit.index.owner == own.owner):
                yield _Other(call, Context(unit, context.module, context.policy))
    if where == "class":
        yield from (_Other(call, context) for call in _class_decorators(own.root, own.shapes))


def _outermost_function(node: Node, context: Context) -> Node | None:
    functions = context.index.language.functions
    return next((found for found in reversed(list(node.ancestors())) if found.kind in functions), None)


def _class_decorators(root: Node, shapes: Shapes) -> Iterator[Node]:
    """The calls that decorate the classes around a unit; they stand in the unit's frame."""
    for frame in root.ancestors():
        for child in frame.children:
            if child.kind == "decorator":
                yield from (inner for inner in child.named_children if inner.kind in shapes.calls)


def _says(node: Node | None, template: str, env: Env, shapes: Shapes) -> bool:
    return node is not None and _fits(template, said(node, shapes), env, shapes)


def _fits(template: str, text: str, env: Env, shapes: Shapes) -> bool:
    """Whether the text is what the template describes; not where it names what was not captured."""
    parts = _CAPTURE.split(template)
    for number in range(1, len(parts), 2):
        captured = env.single.get(parts[number])
        name = said(captured, shapes) if captured is not None else ""
        if not name:
            return False
        parts[number] = re2.escape(name)
    return _pattern("".join(parts)).fullmatch(text) is not None


def said(node: Node, shapes: Shapes) -> str:
    """What an expression says, as `also_called` has it; "" for nothing."""
    kind = node.kind
    if kind in shapes.strings:
        return constant_text(node, shapes)
    if kind in {"object", "dictionary"}:
        name = entries(node, shapes).get("name")
        return said(name, shapes) if name is not None else ""
    if kind in shapes.containers:
        return said(node.named_children[0], shapes) if node.named_children else ""
    if kind in shapes.calls:
        given = arguments(node, shapes).positional
        return said(given[0], shapes) if given else ""
    if kind in shapes.members:
        part = node.child(shapes.members[kind][1])
        return part.text if part is not None else ""
    return node.text


def _template(value: object) -> str:
    """Raises ValueError for what is not a regular expression."""
    if not isinstance(value, str):
        raise ValueError("`is` and `on` take a regular expression.")
    try:
        _pattern(_CAPTURE.sub("x", value))
    except re2.error as error:
        raise ValueError(f"`{value}` is not a regular expression: {error}.") from None
    return value


@lru_cache(maxsize=512)
def _pattern(expression: str) -> re2.Pattern:
    return re2.compile(f"(?is)(?:{expression})")
