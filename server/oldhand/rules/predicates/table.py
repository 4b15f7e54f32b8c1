"""The rule keys of ours that stand inside `rule`: each turns its value into a check of a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from oldhand.rules.dialect.match import CHEAP, DEAR, FAIR, Check, Matcher
from oldhand.rules.dialect.matchers import Predicate
from oldhand.rules.predicates import calls, places
from oldhand.rules.predicates.also_called import also_called
from oldhand.rules.predicates.coroutines import starts_coroutine
from oldhand.rules.predicates.lazy_loads import loads_lazily
from oldhand.rules.predicates.lifetimes import left_open
from oldhand.rules.predicates.naming import class_declares, in_function, words
from oldhand.rules.predicates.retries import retries
from oldhand.rules.predicates.secrecy import hardcoded, mentions
from oldhand.syntax.languages import Language


def _pure(predicate: Callable[[object, Language], Check], cost: int) -> Predicate:
    """A predicate whose answer does not depend on what was captured before."""
    return lambda value, language: Matcher(predicate(value, language), cost=cost)


PREDICATES: Mapping[str, Predicate] = {
    "callee": calls.callee,
    "name": calls.name,
    "has-arg": calls.has_arg,
    "arg": calls.arg,
    "value": _pure(calls.known_value, DEAR),
    "also-called": also_called,
    "words": _pure(words, CHEAP),
    "hardcoded": hardcoded,
    "mentions": mentions,
    "starts-coroutine": starts_coroutine,
    "left-open": left_open,
    "retries": retries,
    "loads-lazily": loads_lazily,
    "in-loop": _pure(places.in_loop, FAIR),
    "in-handler": _pure(places.in_handler, DEAR),
    "in-async": _pure(places.in_async, FAIR),
    "in-function": _pure(in_function, FAIR),
    "class-declares": _pure(class_declares, DEAR),
    "assigned-to": _pure(places.assigned_to, FAIR),
    "imports": _pure(places.imports, CHEAP),
}
