"""The rule keys of ours that stand inside `rule`: each turns its value into a check of a node."""

from __future__ import annotations

from collections.abc import Mapping

from oldhand.rules.dialect.matchers import Predicate
from oldhand.rules.predicates import calls, places
from oldhand.rules.predicates.also_called import also_called
from oldhand.rules.predicates.coroutines import starts_coroutine
from oldhand.rules.predicates.lazy_loads import loads_lazily
from oldhand.rules.predicates.lifetimes import left_open
from oldhand.rules.predicates.naming import class_declares, in_function, words
from oldhand.rules.predicates.retries import retries
from oldhand.rules.predicates.secrecy import hardcoded, mentions

PREDICATES: Mapping[str, Predicate] = {
    "callee": calls.callee,
    "name": calls.name,
    "has-arg": calls.has_arg,
    "arg": calls.arg,
    "value": calls.known_value,
    "also-called": also_called,
    "words": words,
    "hardcoded": hardcoded,
    "mentions": mentions,
    "starts-coroutine": starts_coroutine,
    "left-open": left_open,
    "retries": retries,
    "loads-lazily": loads_lazily,
    "in-loop": places.in_loop,
    "in-handler": places.in_handler,
    "in-async": places.in_async,
    "in-function": in_function,
    "class-declares": class_declares,
    "assigned-to": places.assigned_to,
    "imports": places.imports,
}
