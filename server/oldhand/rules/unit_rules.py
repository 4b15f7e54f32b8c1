"""Running a program of rules over one unit, a whole tree, or a text of SQL: from rules to hits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from oldhand.findings import Confidence, Finding, Severity
from oldhand.problems import Problem
from oldhand.rules import loop, sequence, taint
from oldhand.rules.compile import Compiled, Program
from oldhand.rules.context import Context, Match
from oldhand.rules.dialect.match import Env, Run, StepsExceeded
from oldhand.rules.facts.index import Index, index_unit
from oldhand.rules.facts.module import File, Module, UnitFacts
from oldhand.rules.facts.shapes import Shapes
from oldhand.rules.fixes.fix import PendingFix, applicability, pending_fix
from oldhand.rules.rule import Rule
from oldhand.rules.sql.check import SqlMatch, check_sql
from oldhand.rules.sql.embedded import embedded_sql
from oldhand.rules.sql.located import SqlText
from oldhand.rules.sql.spec import SqlRule
from oldhand.rules.weight import most_severe
from oldhand.syntax.node import Node
from oldhand.syntax.tree import SyntaxTree
from oldhand.text.ranges import TextRange

_META = re.compile(r"\$\$\$([A-Z_][A-Z0-9_]*)|\$([A-Z_][A-Z0-9_]*)")
_MAX_VALUE = 80

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """A finding before it has a place in the text, with the fix that can be made for it.

    `finding` has ranges in the unit's own offsets and no fingerprint; `scope` is the dotted name around it.
    """

    finding: Finding
    scope: str
    fix: PendingFix | None


@dataclass(slots=True, eq=False)
class UnitRun:
    """One check of one file: the rules, the steps that each has left, and those that are off."""

    path: str
    program: Program
    problems: list[Problem] = field(default_factory=list)
    _runs: dict[int, Run] = field(default_factory=dict)
    _off: set[str] = field(default_factory=set)

    def guarded(self, rule: Rule, context: Context | None, find: Callable[[Run], Iterable[Hit]]) -> list[Hit]:
        """What `find` yields, or nothing from a rule that fails here; such a rule is off for the rest of the file."""
        most = most_severe(rule, self.path)
        if most is None or rule.id in self._off:
            return []
        run = self._runs.get(id(rule))
        if run is None:
            run = self._runs[id(rule)] = Run()
        run.context = context
        try:
            return [_softened(hit, most) for hit in find(run)]
        except _FAILURES as error:
            self._fail(rule.id, rule, error)
        return []

    def sql(self, text: SqlText, scope: str) -> list[Hit]:
        """What the SQL rules find in one text of SQL; they fail together."""
        return self.guarded_sql(lambda: _sql_hits(text, self.program, self.path, scope))

    def guarded_sql(self, find: Callable[[], Iterable[Found]]) -> list[Found]:
        """What `find` yields by the SQL rules, or nothing where they fail; they are off for the rest of the file."""
        if _SQL in self._off:
            return []
        try:
            return list(find())
        except _FAILURES as error:
            self._fail(_SQL, None, error)
        return []

    def _fail(self, name: str, rule: Rule | None, error: Exception) -> None:
        self._off.add(name)
        what = "The SQL rules" if rule is None else f"The rule {rule.id}"
        how = "took too many steps" if isinstance(error, StepsExceeded) else f"failed ({type(error).__name__})"
        message = f"{what} {how} on {self.path or 'this file'}, so it is off for it."
        self.problems.append(Problem(rule.path if rule else "", rule.line if rule else 0, message))


_SQL = "sql"
# A defect in a rule or in the engine must cost one rule on one file, and be told.
_FAILURES = (StepsExceeded, RecursionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def check_unit(facts: UnitFacts, module: Module, run: UnitRun) -> tuple[Hit, ...]:
    """Everything that the narrow rules and the SQL rules find in one unit, outside its syntax errors."""
    program = run.program
    context = Context(facts, module, program.policy)
    hits: list[Hit] = []
    hits.extend(_matched(program.narrow, facts.index, context, run))
    called = {id(one): one for name in context.call_names() for one in program.calling.get(name, ())}
    for compiled in sorted(called.values(), key=lambda one: one.order):
        hits.extend(run.guarded(compiled.rule, context, partial(_found, compiled, context)))
    for compiled in program.flowing:
        hits.extend(run.guarded(compiled.rule, context, partial(_found, compiled, context)))
    if program.sql:
        hits.extend(_embedded(facts.index, run))
    return _outside_errors(hits, facts.index.errors)


def check_whole(tree: SyntaxTree, shapes: Shapes | None, run: UnitRun) -> tuple[Hit, ...]:
    """What the rules find that look at the whole tree: user rules on classes and neighbours, languages without flow."""
    program = run.program
    root = tree.root()
    by_kind: dict[str, list[Node]] = {}
    errors: list[Node] = []
    for node in root.descendants():
        by_kind.setdefault(node.kind, []).append(node)
        if node.missing or node.kind == "ERROR":
            errors.append(node)
    context: Context | None = None
    if shapes is not None:
        facts = UnitFacts(index_unit(root, tree.language, shapes, ""))
        context = Context(facts, Module(File(run.path, [facts])), program.policy)
    hits: list[Hit] = []
    for compiled in program.wide:
        assert compiled.matcher is not None, "wide rules are matchers"
        kinds = compiled.matcher.kinds
        candidates = (node for kind in (by_kind if kinds is None else kinds) for node in by_kind.get(kind, ()))
        hits.extend(run.guarded(compiled.rule, context, partial(_matches, compiled, candidates)))
    if shapes is None:
        for kind, rules in program.narrow.items():
            for compiled in rules:
                found = by_kind.get(kind, ())
                hits.extend(run.guarded(compiled.rule, context, partial(_matches, compiled, found)))
    return _outside_errors(hits, errors)


def _matched(by_kind: dict[str, list[Compiled]], index: Index, context: Context, run: UnitRun) -> Iterator[Hit]:
    text = index.text
    for kind, rules in by_kind.items():
        found = index.by_kind.get(kind)
        if not found:
            continue
        for compiled in rules:
            assert compiled.matcher is not None, "dispatched by their matcher"
            if all(any(word in text for word in words) for words in compiled.matcher.words):
                yield from run.guarded(compiled.rule, context, partial(_matches, compiled, found))


def _found(compiled: Compiled, context: Context, run: Run) -> Iterator[Hit]:
    """What a rule finds that is about calls by name, or about values."""
    if compiled.matcher is not None:
        return _matches(compiled, context.calls_named(compiled.heads), run)
    return _flowing(compiled, context, run)


def _matches(compiled: Compiled, candidates: Iterable[Node], run: Run) -> Iterator[Hit]:
    matcher = compiled.matcher
    assert matcher is not None, "only rules with a matcher come here"
    env = Env()
    for node in candidates:
        if matcher.match(node, env, run):
            values = {name: captured.text for name, captured in env.single.items()}
            for name, many in env.multi.items():
                values[name] = node.source[many[0].start : many[-1].end] if many else ""
            fix = pending_fix(compiled.rule, node, env)
            place = _place(node, env.single.get(compiled.rule.range))
            yield _hit(compiled.rule, Match(node, place, values), fix)
        if env.single or env.multi:
            env = Env()


def _place(node: Node, shown: Node | None) -> TextRange:
    """What is reported of a match: the part that the rule names, where that is in it."""
    if shown is None or shown.source is not node.source or not node.range.covers(shown.range):
        return node.range
    return shown.range


def _flowing(compiled: Compiled, context: Context, run: Run) -> Iterator[Hit]:
    rule = compiled.rule
    found: Iterable[Match] = ()
    if compiled.taint is not None:
        found = taint.find(compiled.taint, context, run)
    elif compiled.loop is not None:
        found = loop.find(compiled.loop, context, run)
    elif compiled.sequence is not None:
        found = sequence.find(compiled.sequence, context)
    for match in found:
        yield _hit(rule, match, pending_fix(rule, match.node, Env()))


def _hit(rule: Rule, match: Match, fix: PendingFix | None) -> Hit:
    severity = rule.severity if match.severity is None else match.severity
    confidence = rule.confidence if match.confidence is None else match.confidence
    finding = _finding(rule, match.range, match.values, severity, confidence, fix)
    return Hit(finding, _scope(match.node), fix)


def _finding(
    rule: Rule,
    place: TextRange,
    values: Mapping[str, str],
    severity: Severity,
    confidence: Confidence,
    fix: PendingFix | None,
) -> Finding:
    return Finding(
        rule=rule.id,
        range=place,
        severity=severity,
        message=_filled(rule.message, values),
        why=_filled(rule.why, values),
        remedy=_filled(rule.remedy, values),
        category=rule.category,
        confidence=confidence,
        fingerprint="",
        cwe=rule.cwe,
        url=rule.url,
        offers=applicability(rule) if fix is not None else None,
    )


def _embedded(index: Index, run: UnitRun) -> Iterator[Hit]:
    for node in index.of(index.shapes.strings):
        if node.parent is not None and node.parent.kind in index.shapes.strings:
            continue
        sql = embedded_sql(node, index.language.id)
        if sql is not None:
            yield from run.sql(sql, _scope(node))


def sql_rules(program: Program, path: str) -> list[tuple[SqlRule, Rule]]:
    """The SQL rules that have something to say in a file of that path, each with the rule that it is part of."""
    return [(compiled, rule) for compiled, rule in program.sql if most_severe(rule, path) is not None]


def sql_hit(match: SqlMatch, rule: Rule, path: str, scope: str) -> Hit:
    """What a match of an SQL rule comes to in a file of that path."""
    fix = PendingFix.of_edits(rule, match.edits) if match.edits else None
    finding = _finding(rule, match.range, match.values, rule.severity, rule.confidence, fix)
    return _softened(Hit(finding, scope, fix), most_severe(rule, path) or rule.severity)


def _sql_hits(sql: SqlText, program: Program, path: str, scope: str) -> Iterator[Hit]:
    wanted = sql_rules(program, path)
    for match in check_sql(sql, [compiled for compiled, _ in wanted], path):
        yield sql_hit(match, wanted[match.index][1], path, scope)


def _softened(hit: Hit, most: Severity) -> Hit:
    """The hit as it weighs where no more than `most` may be said."""
    return hit if hit.finding.severity <= most else replace(hit, finding=replace(hit.finding, severity=most))


def _outside_errors(hits: list[Hit], errors: list[Node]) -> tuple[Hit, ...]:
    """The hits that share no character with something that does not parse."""
    if not errors:
        return tuple(hits)
    return tuple(hit for hit in hits if not any(hit.finding.range.touches(error.range) for error in errors))


def _scope(node: Node) -> str:
    """The dotted name of the functions and classes around a node."""
    names: list[str] = []
    for ancestor in node.ancestors():
        if "function" in ancestor.kind or "class" in ancestor.kind or "method" in ancestor.kind:
            name = ancestor.child("name")
            if name is not None:
                names.append(name.text)
    return ".".join(reversed(names))


def _filled(template: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in values:
            return found[0]
        text = " ".join(values[name].split())
        return text if len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 1] + "…"

    return _META.sub(value, template)
