"""Predicates on calls and expressions: what is called, with which arguments, and what is known of a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import re2

from oldhand.rules.context import Context
from oldhand.rules.dialect.match import FAIR, Check, Env, Matcher, Run
from oldhand.rules.facts.shapes import entries
from oldhand.rules.facts.values import Origin, Value
from oldhand.rules.key_values import Place, context_of, read_places, read_regex, shapes_for, strings
from oldhand.rules.name_sets import NameSet
from oldhand.rules.predicates.options import known_arguments, resolved
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node


def callee(value: object, language: Language) -> Matcher:
    """`callee: [requests.get, "*.execute"]`: a call of one of these, through imports, aliases and types."""
    wanted = NameSet(strings(value, "callee"))
    shapes = shapes_for(language, "callee")

    def check(node: Node, env: Env, run: Run) -> bool:
        if node.kind not in shapes.calls:
            return False
        context = context_of(run)
        if wanted.matches(context.names.callee(node)) is None:
            return False
        target = node.child(shapes.calls[node.kind])
        if target is not None:
            env.single.setdefault("CALLEE", target)
        return True

    return Matcher(check, frozenset(shapes.calls), captures=frozenset({"CALLEE"}), cost=FAIR)


_OWN = frozenset({"self", "cls", "this"})


def name(value: object, language: Language) -> Matcher:
    """`name: [flask.request.args]`: a name, member, element or call that stands for one of these."""
    wanted = NameSet(strings(value, "name"))
    shapes = shapes_for(language, "name")
    last_names = wanted.last_names

    def check(node: Node, env: Env, run: Run) -> bool:
        if last_names is not None and node.kind in shapes.members:
            base, part = (node.child(field) for field in shapes.members[node.kind])
            # Whatever the base stands for, the name ends in the member's own; a field of `self` stands for its value.
            if part is not None and part.text not in last_names and base is not None and base.text not in _OWN:
                return False
        return wanted.matches(context_of(run).names.of(node)) is not None

    kinds = shapes.names | shapes.members.keys() | shapes.subscripts.keys() | shapes.calls.keys() | shapes.transparent
    return Matcher(check, frozenset(kinds), cost=FAIR)


def argument_at(node: Node, places: list[Place], context: Context) -> Node | None:
    """The first argument of a call that stands at one of the places, or goes by one of the names.

    The place `**` is the first thing that arguments by name are spread from, `0.key` an entry of the first argument.
    """
    given = known_arguments(node, context.names)
    for place in places:
        if place == "**" and given.spreads:
            return given.spreads[0]
        if isinstance(place, str) and place[:2] == "0." and given.positional:
            entry = entries(resolved(given.positional[0], context.names), context.index.shapes).get(place[2:])
            if entry is not None:
                return entry
        if isinstance(place, int):
            if place < len(given.positional):
                return given.positional[place]
        elif place in given.named:
            return given.named[place]
    return None


def has_arg(value: object, language: Language) -> Matcher:
    """`has-arg: [timeout, 2]`: the call has one of these arguments, or may have it (`**options`)."""
    places = read_places(value, "has-arg")

    def check(node: Node, env: Env, run: Run) -> bool:
        context = context_of(run)
        if node.kind not in context.index.shapes.calls:
            return False
        return argument_at(node, places, context) is not None or known_arguments(node, context.names).spread

    return Matcher(check, frozenset(shapes_for(language, "has-arg").calls))


_IS: dict[str, Callable[[Value], bool]] = {
    "constant": lambda value: value.origin is Origin.CONSTANT,
    "configured": lambda value: value.origin is Origin.CONFIGURED,
    "unknown": lambda value: value.origin is Origin.UNKNOWN,
    "derived": lambda value: value.origin is Origin.DERIVED,
    "tainted": lambda value: value.origin is Origin.TAINTED,
    "dynamic": lambda value: value.origin >= Origin.UNKNOWN,
    "built": lambda value: value.built,
}


def known_value(value: object, language: Language) -> Check:
    """`value: {is: [tainted], text: regex}`: what the flow knows of an expression."""
    if not isinstance(value, Mapping) or set(value) - {"is", "text"}:
        raise ValueError("`value` takes a mapping of `is` and `text`.")
    kinds = strings(value.get("is", []), "is")
    for kind in kinds:
        if kind not in _IS:
            raise ValueError(f"`is: {kind}` is not one of {', '.join(_IS)}.")
    pattern = read_regex(value["text"], "text") if "text" in value else None

    def check(node: Node, env: Env, run: Run) -> bool:
        found = context_of(run).flow().value(node)
        if kinds and not any(_IS[kind](found) for kind in kinds):
            return False
        return pattern is None or pattern.search(found.text) is not None

    return check


def arg(value: object, language: Language) -> Matcher:
    """`arg: {at: [0, query], is: dynamic, text: regex, regex: regex, name: […]}`: a call's argument and what it is."""
    if not isinstance(value, Mapping) or "at" not in value or set(value) - {"at", "is", "text", "regex", "name"}:
        raise ValueError("`arg` takes a mapping of `at` and any of `is`, `text`, `regex`, `name`.")
    places = read_places(value["at"], "at")
    tests: list[Check] = []
    if "is" in value or "text" in value:
        tests.append(known_value({key: value[key] for key in ("is", "text") if key in value}, language))
    if "name" in value:
        tests.append(name(value["name"], language).match)
    if "regex" in value:
        pattern = read_regex(value["regex"], "regex")
        tests.append(lambda node, env, run: _reads(node, pattern, context_of(run)))

    def check(node: Node, env: Env, run: Run) -> bool:
        context = context_of(run)
        if node.kind not in context.index.shapes.calls:
            return False
        argument = argument_at(node, places, context)
        if argument is None or not all(test(argument, env, run) for test in tests):
            return False
        env.single.setdefault("ARG", argument)
        return True

    return Matcher(check, frozenset(shapes_for(language, "arg").calls), captures=frozenset({"ARG"}))


def _reads(node: Node, pattern: re2.Pattern, context: Context) -> bool:
    """Whether an expression, or what the variable that it is was set to, matches as written."""
    return pattern.search(node.text) is not None or pattern.search(resolved(node, context.names).text) is not None
