"""From rules as data to what runs on one language: matchers by node kind, taints, loops, sequences, SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from oldhand.problems import Problem
from oldhand.rules.dialect.match import Matcher
from oldhand.rules.dialect.matchers import compile_rule
from oldhand.rules.fixes.fix import compile_fix
from oldhand.rules.flow import Policy
from oldhand.rules.flow.sinks import Taint, compile_taint
from oldhand.rules.key_values import strings
from oldhand.rules.loop import LoopRule, compile_loop
from oldhand.rules.name_sets import NameSet
from oldhand.rules.predicates.table import PREDICATES
from oldhand.rules.rule import Rule, RuleSet
from oldhand.rules.sequence import SequenceRule, compile_sequence
from oldhand.rules.sql.spec import SqlRule, compile_sql
from oldhand.syntax.languages import Language

# Kinds whose whole subtree is never in one unit, and keys that look past a unit's edge.
_WIDE_KEYS = frozenset({"precedes", "follows"})


@dataclass(slots=True, eq=False)
class Compiled:
    """One rule compiled for one language; at least one of its parts is there.

    `heads` are the last names of the calls that it is about, None where it is not only about calls by name. `order` is
    its place among the rules of its set.
    """

    rule: Rule
    order: int
    matcher: Matcher | None = None
    heads: frozenset[str] | None = None
    taint: Taint | None = None
    loop: LoopRule | None = None
    sequence: SequenceRule | None = None


@dataclass(slots=True, eq=False)
class Program:
    """All rules of a set for one language.

    `calling` are about calls, by the last name of what they call; `narrow` look at a unit's nodes by kind, `flowing`
    at all of it; `wide` need the whole tree.
    `sql` run on SQL in files and strings, each with the rule that it is part of. `failed` are the rules that could
    not be compiled.
    """

    policy: Policy
    calling: dict[str, list[Compiled]] = field(default_factory=dict)
    narrow: dict[str, list[Compiled]] = field(default_factory=dict)
    flowing: list[Compiled] = field(default_factory=list)
    wide: list[Compiled] = field(default_factory=list)
    sql: list[tuple[SqlRule, Rule]] = field(default_factory=list)
    failed: list[Problem] = field(default_factory=list)


_programs: WeakKeyDictionary[RuleSet, dict[str, Program]] = WeakKeyDictionary()


def program(rules: RuleSet, language: Language) -> Program:
    """The compiled rules for a language; made at the first call for each set."""
    made = _programs.setdefault(rules, {})
    found = made.get(language.id)
    if found is None:
        found = made[language.id] = _compile(rules, language)
    return found


def _compile(rules: RuleSet, language: Language) -> Program:
    policies: dict[tuple[frozenset[str], frozenset[str]], Policy] = {}
    handlers = NameSet(rules.catalog.get("handlers", ()))

    def policy(sources: list[str], sanitizers: list[str]) -> Policy:
        key = (frozenset(sources), frozenset(sanitizers))
        if key not in policies:
            policies[key] = Policy(NameSet(sources), NameSet(sanitizers), handlers)
        return policies[key]

    common = policy(list(rules.catalog.get("http-input", ())), list(rules.catalog.get("sanitizers", ())))
    result = Program(common)
    for order, rule in enumerate(rules.for_language(language.id)):
        try:
            _add(result, rule, order, language, policy)
        except ValueError as error:
            result.failed.append(
                Problem(rule.path, rule.line, f"The rule {rule.id} cannot be used: {error}", fatal=True)
            )
    return result


def _add(
    result: Program, rule: Rule, order: int, language: Language, policy: Callable[[list[str], list[str]], Policy]
) -> None:
    def matcher(spec: Mapping[str, object]) -> Matcher:
        return compile_rule(spec, language, rule.utils, {}, PREDICATES)

    if rule.sql is not None:
        result.sql.append((compile_sql(rule.id, rule.sql, rule.fix), rule))
    if language.grammar is None:
        return
    if rule.spec is None:
        compile_fix(rule, language)
    else:
        specs = [rule.spec] if rule.constraints else _choices(rule.spec)
        found = [compile_rule(spec, language, rule.utils, rule.constraints, PREDICATES) for spec in specs]
        compile_fix(rule, language, frozenset().union(*(one.captures for one in found)))
        for spec, one in zip(specs, found, strict=True):
            _place(result, Compiled(rule, order, one, _heads(spec)), language)
    if rule.taint is not None:
        taint = compile_taint(rule.taint, policy, matcher)
        heads = None if any(sink.callee is None for sink in taint.sinks) else taint.last_names
        _add_flowing(result, Compiled(rule, order, heads=heads, taint=taint))
    if rule.loop is not None:
        loop = compile_loop(rule.loop, matcher)
        _add_flowing(result, Compiled(rule, order, heads=loop.call.last_names, loop=loop))
    if rule.sequence is not None:
        _add_flowing(result, Compiled(rule, order, sequence=compile_sequence(rule.sequence)))


def _add_flowing(result: Program, compiled: Compiled) -> None:
    if compiled.heads is None:
        result.flowing.append(compiled)
    else:
        _add_calling(result, compiled, compiled.heads)


def _add_calling(result: Program, compiled: Compiled, heads: frozenset[str]) -> None:
    for head in heads:
        result.calling.setdefault(head, []).append(compiled)


def _choices(spec: Mapping[str, object]) -> list[Mapping[str, object]]:
    """A rule as several that find the same together, where some of its choices are about calls by name.

    These then are asked of such calls alone.
    """
    choices = spec.get("any")
    if not isinstance(choices, list) or _heads(spec) is not None:
        return [spec]
    named = [choice for choice in choices if _heads(choice) is not None]
    others = [choice for choice in choices if _heads(choice) is None]
    return [{**spec, "any": some} for some in (named, others) if some]


def _heads(spec: object) -> frozenset[str] | None:
    """The last names of the calls that a compiled rule can match; None where it is not about calls by name."""
    if not isinstance(spec, Mapping):
        return None
    if "callee" in spec:
        return NameSet(strings(spec["callee"], "callee")).last_names
    parts = (_heads(part) for part in spec.get("all", ()))
    choices = [_heads(part) for part in spec.get("any", ())]
    either = frozenset[str]().union(*(heads for heads in choices if heads is not None))
    return next((heads for heads in parts if heads is not None), either if choices and None not in choices else None)


def _place(result: Program, compiled: Compiled, language: Language) -> None:
    """Sort a matcher by what it can match; those that look past a unit's edge see the whole tree."""
    assert compiled.matcher is not None, "only rules with a matcher are placed"
    kinds = compiled.matcher.kinds
    outside = language.classes | language.wrappers | language.bodies | {"module", "program", "source_file"}
    if kinds is None or kinds & outside or _mentions(compiled.rule.spec, _WIDE_KEYS):
        result.wide.append(compiled)
        return
    if compiled.heads is not None:
        _add_calling(result, compiled, compiled.heads)
        return
    for kind in kinds:
        result.narrow.setdefault(kind, []).append(compiled)


def _mentions(spec: object, keys: frozenset[str]) -> bool:
    if isinstance(spec, Mapping):
        return any(key in keys or _mentions(value, keys) for key, value in spec.items())
    return isinstance(spec, list) and any(_mentions(item, keys) for item in spec)
