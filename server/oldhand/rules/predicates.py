"""Rule keys of ours that stand inside `rule`, beside ast-grep's: each turns its value into a check of a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import re2

from oldhand.rules.context import Context
from oldhand.rules.match import Check, Env, Matcher, Run
from oldhand.rules.name_sets import NameSet
from oldhand.rules.options import known_arguments
from oldhand.rules.shapes import Shapes, shapes_of
from oldhand.rules.values import Origin, Value
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node


def strings(value: object, key: str) -> list[str]:
    """A string or a list of strings as a list.

    Raises ValueError for anything else.
    """
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise ValueError(f"`{key}` takes a string or a list of strings.")


def _callee(value: object, language: Language) -> Matcher:
    """`callee: [requests.get, "*.execute"]`: a call of one of these, through imports, aliases and types."""
    wanted = NameSet(strings(value, "callee"))
    shapes = _shapes(language, "callee")

    def check(node: Node, env: Env, run: Run) -> bool:
        if node.kind not in shapes.calls:
            return False
        context = _context(run)
        if wanted.matches(context.names.callee(node)) is None:
            return False
        target = node.child(shapes.calls[node.kind])
        if target is not None:
            env.single.setdefault("CALLEE", target)
        return True

    return Matcher(check, frozenset(shapes.calls), captures=frozenset({"CALLEE"}))


def _name(value: object, language: Language) -> Matcher:
    """`name: [flask.request.args]`: a name, member, element or call that stands for one of these."""
    wanted = NameSet(strings(value, "name"))
    shapes = _shapes(language, "name")

    def check(node: Node, env: Env, run: Run) -> bool:
        return wanted.matches(_context(run).names.of(node)) is not None

    kinds = shapes.names | shapes.members.keys() | shapes.subscripts.keys() | shapes.calls.keys() | shapes.transparent
    return Matcher(check, frozenset(kinds))


Place = int | str


def _places(value: object, key: str) -> list[Place]:
    places = value if isinstance(value, list) else [value]
    if not all(isinstance(place, int | str) for place in places):
        raise ValueError(f"`{key}` takes an argument's position (from 0), its name, or a list of these.")
    return places


def argument_at(node: Node, places: list[Place], context: Context) -> Node | None:
    """The first argument of a call that stands at one of the places, or goes by one of the names.

    The place `**` is the first thing that arguments by name are spread from.
    """
    given = known_arguments(node, context.names)
    for place in places:
        if place == "**" and given.spreads:
            return given.spreads[0]
        if isinstance(place, int):
            if place < len(given.positional):
                return given.positional[place]
        elif place in given.named:
            return given.named[place]
    return None


def _has_arg(value: object, language: Language) -> Matcher:
    """`has-arg: [timeout, 2]`: the call has one of these arguments, or may have it (`**options`)."""
    places = _places(value, "has-arg")

    def check(node: Node, env: Env, run: Run) -> bool:
        context = _context(run)
        if node.kind not in context.index.shapes.calls:
            return False
        return argument_at(node, places, context) is not None or known_arguments(node, context.names).spread

    return Matcher(check, frozenset(_shapes(language, "has-arg").calls))


_IS: dict[str, Callable[[Value], bool]] = {
    "constant": lambda value: value.origin is Origin.CONSTANT,
    "configured": lambda value: value.origin is Origin.CONFIGURED,
    "unknown": lambda value: value.origin is Origin.UNKNOWN,
    "derived": lambda value: value.origin is Origin.DERIVED,
    "tainted": lambda value: value.origin is Origin.TAINTED,
    "dynamic": lambda value: value.origin >= Origin.UNKNOWN,
    "built": lambda value: value.built,
}


def _value(value: object, language: Language) -> Check:
    """`value: {is: [tainted], text: regex}`: what the flow knows of an expression."""
    if not isinstance(value, Mapping) or set(value) - {"is", "text"}:
        raise ValueError("`value` takes a mapping of `is` and `text`.")
    kinds = strings(value.get("is", []), "is")
    for kind in kinds:
        if kind not in _IS:
            raise ValueError(f"`is: {kind}` is not one of {', '.join(_IS)}.")
    pattern = _regex(value["text"], "text") if "text" in value else None

    def check(node: Node, env: Env, run: Run) -> bool:
        found = _context(run).flow().value(node)
        if kinds and not any(_IS[kind](found) for kind in kinds):
            return False
        return pattern is None or pattern.search(found.text) is not None

    return check


def _arg(value: object, language: Language) -> Matcher:
    """`arg: {at: [0, query], is: dynamic, text: regex, regex: regex, name: […]}`: a call's argument and what it is."""
    if not isinstance(value, Mapping) or "at" not in value or set(value) - {"at", "is", "text", "regex", "name"}:
        raise ValueError("`arg` takes a mapping of `at` and any of `is`, `text`, `regex`, `name`.")
    places = _places(value["at"], "at")
    tests: list[Check] = []
    if "is" in value or "text" in value:
        tests.append(_value({key: value[key] for key in ("is", "text") if key in value}, language))
    if "name" in value:
        tests.append(_name(value["name"], language).match)
    if "regex" in value:
        pattern = _regex(value["regex"], "regex")
        tests.append(lambda node, env, run: pattern.search(node.text) is not None)

    def check(node: Node, env: Env, run: Run) -> bool:
        context = _context(run)
        if node.kind not in context.index.shapes.calls:
            return False
        argument = argument_at(node, places, context)
        if argument is None or not all(test(argument, env, run) for test in tests):
            return False
        env.single.setdefault("ARG", argument)
        return True

    return Matcher(check, frozenset(_shapes(language, "arg").calls), captures=frozenset({"ARG"}))


def _in_loop(value: object, language: Language) -> Check:
    """`in-loop: true`: some loop of the same function is around the node."""
    wanted = _truth(value, "in-loop")

    def check(node: Node, env: Env, run: Run) -> bool:
        return (next(_context(run).loops(node), None) is not None) is wanted

    return check


def _in_handler(value: object, language: Language) -> Check:
    """`in-handler: true`: a function around the node answers requests."""
    wanted = _truth(value, "in-handler")

    def check(node: Node, env: Env, run: Run) -> bool:
        context = _context(run)
        functions = context.index.language.functions
        around = any(
            ancestor.kind in functions and id(ancestor) in context.index.scopes and context.is_handler(ancestor)
            for ancestor in node.ancestors()
        )
        return around is wanted

    return check


def _in_async(value: object, language: Language) -> Check:
    """`in-async: true`: the innermost function around the node is a coroutine."""
    wanted = _truth(value, "in-async")

    def check(node: Node, env: Env, run: Run) -> bool:
        function = _context(run).function(node)
        return (function is not None and any(child.kind == "async" for child in function.children)) is wanted

    return check


def _in_function(value: object, language: Language) -> Check:
    """`in-function: regex`: the function around the node has a name that matches."""
    pattern = _regex(value, "in-function")

    def check(node: Node, env: Env, run: Run) -> bool:
        function = _context(run).function(node)
        name = function.child("name") if function is not None else None
        return name is not None and pattern.search(name.text) is not None

    return check


def _assigned_to(value: object, language: Language) -> Check:
    """`assigned-to: regex`: the expression becomes the value of something of such a name.

    A variable, a field, a keyword argument, a key of a literal, or what a function of such a name returns; string
    building and calls may stand between.
    """
    pattern = _regex(value, "assigned-to")

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
                function = _context(run).function(node)
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


def _imports(value: object, language: Language) -> Check:
    """`imports: [django]`: the file imports one of these modules, or something from it."""
    prefixes = strings(value, "imports")

    def check(node: Node, env: Env, run: Run) -> bool:
        return any(
            dotted == prefix or dotted.startswith((prefix + ".", prefix + "/"))
            for dotted in _context(run).imported_modules
            for prefix in prefixes
        )

    return check


PREDICATES: Mapping[str, Callable[[object, Language], Check | Matcher]] = {
    "callee": _callee,
    "name": _name,
    "has-arg": _has_arg,
    "arg": _arg,
    "value": _value,
    "in-loop": _in_loop,
    "in-handler": _in_handler,
    "in-async": _in_async,
    "in-function": _in_function,
    "assigned-to": _assigned_to,
    "imports": _imports,
}


def _shapes(language: Language, key: str) -> Shapes:
    shapes = shapes_of(language)
    if shapes is None:
        raise ValueError(f"`{key}` is not known for {language.id}.")
    return shapes


def _regex(value: object, key: str) -> re2.Pattern:
    if not isinstance(value, str):
        raise ValueError(f"`{key}` takes a regular expression.")
    try:
        return re2.compile(value)
    except re2.error as error:
        raise ValueError(f"`{key}: {value}` is not a regular expression: {error}.") from None


def _truth(value: object, key: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"`{key}` takes true or false.")
    return value


def _context(run: Run) -> Context:
    assert isinstance(run.context, Context), "rules of ours run with a context"
    return run.context
