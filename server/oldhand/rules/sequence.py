"""The `sequence` key: database operations of one function that have to happen together, and do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2

from oldhand.rules.context import Context, Match
from oldhand.rules.database.patterns import Kind, OperationPatterns
from oldhand.rules.key_values import strings
from oldhand.rules.name_sets import NameSet
from oldhand.rules.sequences import check_then_act, lost_update, partial_writes, side_effects
from oldhand.rules.sequences.spec import Spec

Find = Callable[[Spec, Context], Iterator[Match]]

_PATTERNS: Mapping[str, Find] = {
    "check-then-act": check_then_act.find,
    "lost-update": lost_update.find,
    "partial-writes": partial_writes.find,
    "side-effects": side_effects.find,
}
_REGEXES = ("unless", "grave", "minor")
_SETS = ("transaction", "after-commit", "outside", "autocommit")
_KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True, eq=False)
class SequenceRule:
    """A compiled `sequence` mapping."""

    pattern: Find
    spec: Spec


def compile_sequence(spec: Mapping[str, object]) -> SequenceRule:
    """Compile a `sequence` mapping: `pattern`, `operations` by kind, regular expressions, sets of names.

    Raises ValueError where the mapping is not of that form.
    """
    known = ("pattern", "operations", *_REGEXES, *_SETS)
    for key in spec:
        if key not in known:
            raise ValueError(f"`sequence` has no key `{key}`; it takes {', '.join(known)}.")
    pattern = spec.get("pattern")
    if not isinstance(pattern, str) or pattern not in _PATTERNS:
        raise ValueError(f"`pattern` of a sequence is one of {', '.join(_PATTERNS)}.")
    given: dict[str, Any] = {key.replace("-", "_"): NameSet(strings(spec.get(key, []), key)) for key in _SETS}
    given |= {key: _regex(spec.get(key, []), key) for key in _REGEXES}
    return SequenceRule(_PATTERNS[pattern], Spec(operations=_operations(spec.get("operations", {})), **given))


def find(rule: SequenceRule, context: Context) -> Iterator[Match]:
    """The places where the operations are not held together."""
    yield from rule.pattern(rule.spec, context)


def _operations(value: object) -> OperationPatterns:
    if not isinstance(value, Mapping):
        raise ValueError("`operations` maps kinds of operation to lists of patterns.")
    lists: list[tuple[str, tuple[str, ...]]] = []
    for kind, patterns in value.items():
        if kind not in _KINDS:
            raise ValueError(f"`operations` has no kind `{kind}`; it takes {', '.join(_KINDS)}.")
        lists.append((kind, tuple(strings(patterns, kind))))
    return _compiled(tuple(lists))


@cache
def _compiled(lists: tuple[tuple[str, tuple[str, ...]], ...]) -> OperationPatterns:
    """One object for rules with the same lists, so that a unit's operations are looked for once."""
    return OperationPatterns({_KINDS[kind]: patterns for kind, patterns in lists})


def _regex(value: object, key: str) -> re2.Pattern | None:
    patterns = strings(value, key)
    if not patterns:
        return None
    try:
        return re2.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    except re2.error as error:
        raise ValueError(f"`{key}` has no regular expression: {error}.") from None
