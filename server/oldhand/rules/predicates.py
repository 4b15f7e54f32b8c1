"""The rule keys of ours that stand inside `rule`: each turns its value into a check of a node."""

from __future__ import annotations

from collections.abc import Mapping

from oldhand.rules import call_predicates as calls
from oldhand.rules import place_predicates as places
from oldhand.rules.also_called import also_called
from oldhand.rules.coroutines import starts_coroutine
from oldhand.rules.lazy_loads import loads_lazily
from oldhand.rules.lifetimes import left_open
from oldhand.rules.matchers import Predicate
from oldhand.rules.name_predicates import class_declares, in_function, words
from oldhand.rules.retries import retries
from oldhand.rules.secret_predicates import hardcoded, mentions

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
