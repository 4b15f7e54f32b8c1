"""What a rule's `taint` mapping says: its sources, sanitizers and sinks, read and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import re2

from oldhand.findings import Severity
from oldhand.rules.dialect.match import Matcher
from oldhand.rules.flow import Policy
from oldhand.rules.flow.holes import SQL
from oldhand.rules.key_values import Place, strings
from oldhand.rules.name_sets import NameSet

# A level that a rule does not name counts as the other one.
FALLBACKS = {"derived": "dynamic", "names-only": "dynamic", "dynamic-with-binds": "dynamic"}
_LEVELS = {"tainted", "dynamic", "configured", *FALLBACKS}
_SINK_KEYS = {
    "callee", "assign", "key", "returned", "anywhere", "alone", "arg", "built", "text", "not-text", "leading", "first",
    "whole", "unchecked", "binds", "when", "unless", "levels",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Sink:
    """One way for a value to do harm.

    It is put at `places` of a call of `callee`, assigned to a field named in `fields` (to an element under a key that
    matches `key`, if that is given), or `returned` from a function that answers requests. Text that is put together
    `anywhere` counts in functions without calls of the other sinks, a call that is to stand `alone` in those where no
    other one gets such a value.
    A place `receiver` is what the method is called on, `any` every argument, `**` what is spread into named ones.
    `built` asks, of values that are not known to be tainted, that constant text was put together with them, `whole`
    that nothing was. `text` must match the value's constant text, `not_text` must not. `leading` counts only what
    decides a URL's host or the beginning of a text, `first` of a list only the first element; `unchecked` asks that the
    result is not tested further down. `binds` are places of arguments that carry values safely. `when` and `unless` are
    matched on the call. `levels` are this sink's own, in place of the rule's.
    """

    callee: NameSet | None
    fields: NameSet | None
    key: re2.Pattern | None
    returned: bool
    anywhere: bool
    alone: bool
    places: list[Place]
    built: bool
    text: re2.Pattern | None
    not_text: re2.Pattern | None
    leading: bool
    first: bool
    whole: bool
    unchecked: bool
    binds: list[Place]
    when: Matcher | None
    unless: Matcher | None
    levels: Mapping[str, Severity | None]


@dataclass(frozen=True, slots=True, eq=False)
class Taint:
    """A compiled `taint` mapping."""

    policy: Policy
    sinks: tuple[Sink, ...]
    last_names: frozenset[str] | None


Compile = Callable[[Mapping[str, object]], Matcher]


def compile_taint(
    spec: Mapping[str, object], policy: Callable[[list[str], list[str]], Policy], compile_rule: Compile
) -> Taint:
    """Compile a `taint` mapping; `policy` makes a policy of sources and sanitizers, `compile_rule` a matcher.

    Raises ValueError where the mapping is not of that form.
    """
    _only(spec, {"sources", "sinks", "sanitizers", "levels"}, "taint")
    sinks = spec.get("sinks")
    if not isinstance(sinks, list) or not sinks:
        raise ValueError("`taint` needs a list of `sinks`.")
    levels = _levels(spec.get("levels", {}))
    compiled = tuple(_sink(sink, levels, compile_rule) for sink in sinks)
    names: frozenset[str] | None = frozenset()
    for sink in compiled:
        own = sink.callee.last_names if sink.callee is not None else frozenset()
        names = names | own if names is not None and own is not None else None
    sources = strings(spec.get("sources", []), "sources")
    return Taint(policy(sources, strings(spec.get("sanitizers", []), "sanitizers")), compiled, names)


def _sink(spec: object, levels: Mapping[str, Severity | None], compile_rule: Compile) -> Sink:
    if not isinstance(spec, Mapping):
        raise ValueError("A sink is a mapping.")
    _only(spec, _SINK_KEYS, "sink")
    if sum(way in spec for way in ("callee", "assign", "returned", "anywhere")) != 1:
        raise ValueError("A sink has one of `callee`, `assign`, `returned` and `anywhere`.")
    text = spec.get("text")
    places = spec.get("arg", 0)
    binds = spec.get("binds", [])
    when, unless = spec.get("when"), spec.get("unless")
    return Sink(
        callee=NameSet(strings(spec["callee"], "callee")) if "callee" in spec else None,
        fields=NameSet(strings(spec["assign"], "assign")) if "assign" in spec else None,
        key=re2.compile(str(spec["key"])) if "key" in spec else None,
        returned=bool(spec.get("returned", False)),
        anywhere=bool(spec.get("anywhere", False)),
        alone=bool(spec.get("alone", False)),
        places=list(places) if isinstance(places, list) else [places],
        built=bool(spec.get("built", False)),
        text=SQL if text == "sql" else re2.compile(text) if isinstance(text, str) else None,
        not_text=re2.compile(str(spec["not-text"])) if "not-text" in spec else None,
        leading=bool(spec.get("leading", False)),
        first=bool(spec.get("first", False)),
        whole=bool(spec.get("whole", False)),
        unchecked=bool(spec.get("unchecked", False)),
        binds=list(binds) if isinstance(binds, list) else [binds],
        when=compile_rule(when) if isinstance(when, Mapping) else None,
        unless=compile_rule(unless) if isinstance(unless, Mapping) else None,
        levels={**levels, **_levels(spec.get("levels", {}))},
    )


def _levels(spec: object) -> dict[str, Severity | None]:
    if not isinstance(spec, Mapping) or set(spec) - _LEVELS:
        raise ValueError(f"`levels` maps {', '.join(sorted(_LEVELS))} to severities.")
    return {str(level): _severity(severity) for level, severity in spec.items()}


def _severity(value: object) -> Severity | None:
    names = {
        "error": Severity.ERROR,
        "warning": Severity.WARNING,
        "info": Severity.INFORMATION,
        "hint": Severity.HINT,
    }
    if value in {"off", False}:
        return None
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"`{value}` is not a severity: error, warning, info, hint or off.")
    return names[value]


def _only(spec: Mapping[str, object], known: set[str], what: str) -> None:
    for key in spec:
        if key not in known:
            raise ValueError(f"`{what}` has no key `{key}`; it takes {', '.join(sorted(known))}.")
