"""Rules as values, and sets of them by language; reading them is in `load`, compiling them in `matchers`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from oldhand.findings import Confidence, Severity
from oldhand.problems import Problem


@dataclass(frozen=True, slots=True)
class Softer:
    """In files of these globs a finding has at most this severity; None takes it out."""

    files: tuple[str, ...]
    severity: Severity | None


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Rule:
    """One document of a rule file; equal only to itself, so that it can be a key.

    `languages` are ids of `syntax.languages`, in which typescript has brought tsx along.
    `spec` is the mapping under `rule`, in ast-grep's dialect with our predicates; `constraints` and `utils`
    map names to such mappings.
    `fix` is what stands under `fix`: a template or a mapping.
    `taint`, `loop`, `sequence` and `sql` are those keys as written; at least one of them and `spec` is there.
    In all of these a catalog name such as `"@http-calls"` has been replaced by the strings it stands for.
    `also` are codes by which other tools report the same defect.
    `files` and `ignores` are globs relative to the root, empty where the rule does not care; `softer` says in which
    files its findings weigh less. `range` names the capture that a finding is shown at, where that lies in the match.
    `path` and `line` (1-based) say where the document begins.
    """

    id: str
    category: str
    languages: tuple[str, ...]
    severity: Severity
    message: str
    note: str = ""
    url: str = ""
    why: str = ""
    remedy: str = ""
    confidence: Confidence = Confidence.MEDIUM
    cwe: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()
    softer: tuple[Softer, ...] = ()
    range: str = ""
    spec: Mapping[str, object] | None = None
    constraints: Mapping[str, object] = field(default_factory=dict)
    utils: Mapping[str, object] = field(default_factory=dict)
    fix: str | Mapping[str, object] | None = None
    taint: Mapping[str, object] | None = None
    loop: Mapping[str, object] | None = None
    sequence: Mapping[str, object] | None = None
    sql: Mapping[str, object] | None = None
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class RuleSet:
    """Rules in the order they were read, and the shared lists that they were read with, by name."""

    rules: tuple[Rule, ...]
    catalog: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _by_language: dict[str, tuple[Rule, ...]] = field(init=False)

    def __post_init__(self) -> None:
        by_language: dict[str, list[Rule]] = {}
        for rule in self.rules:
            for language in rule.languages:
                by_language.setdefault(language, []).append(rule)
        object.__setattr__(self, "_by_language", {name: tuple(rules) for name, rules in by_language.items()})

    def for_language(self, language_id: str) -> tuple[Rule, ...]:
        """The rules that run on that language."""
        return self._by_language.get(language_id, ())

    def named(self, rule_id: str) -> tuple[Rule, ...]:
        """The rules of that id, one for each group of languages."""
        return tuple(rule for rule in self.rules if rule.id == rule_id)


def merged(sets: Sequence[RuleSet]) -> tuple[RuleSet, tuple[Problem, ...]]:
    """One set of all; where two rules share id and language the later set's rule runs, and a problem says so.

    In one set the first of two such rules runs, unless they are documents of one file: those run side by side.
    Catalogs are joined, the later list in place of the earlier.
    """
    problems: list[Problem] = []
    winners: dict[tuple[str, str], tuple[int, Rule]] = {}
    for number, rules in enumerate(sets):
        for rule in rules.rules:
            _enter(winners, number, rule, problems)
    kept = [_remaining(rule, winners) for rules in sets for rule in rules.rules]
    catalog = {name: strings for rules in sets for name, strings in rules.catalog.items()}
    return RuleSet(tuple(rule for rule in kept if rule is not None), catalog), tuple(problems)


def _enter(winners: dict[tuple[str, str], tuple[int, Rule]], number: int, rule: Rule, problems: list[Problem]) -> None:
    """Note for which languages the rule runs; each clash with one other rule is told once."""
    twins: list[Rule] = []
    shadowed: list[Rule] = []
    for language in rule.languages:
        key = (rule.id, language)
        set_number, other = winners.get(key, (number, rule))
        if other is rule or set_number < number:
            winners[key] = (number, rule)
            if other is not rule and other not in shadowed:
                shadowed.append(other)
        elif not _same_file(rule, other) and other not in twins:
            twins.append(other)
    problems.extend(
        Problem(
            rule.path,
            rule.line,
            f"The rule {rule.id} was read before, from {_place(other)}, for {_shared(rule, other)}; "
            "the earlier one is used.",
            hint="Give one of them another id.",
            fatal=True,
        )
        for other in twins
    )
    problems.extend(
        Problem(
            rule.path,
            rule.line,
            f"The rule {rule.id} takes the place of the one in {_place(other)} for {_shared(rule, other)}.",
        )
        for other in shadowed
    )


def _remaining(rule: Rule, winners: Mapping[tuple[str, str], tuple[int, Rule]]) -> Rule | None:
    """The rule with the languages that are left to it, or None."""
    languages = tuple(name for name in rule.languages if _same_file(rule, winners[rule.id, name][1]))
    if languages == rule.languages:
        return rule
    return replace(rule, languages=languages) if languages else None


def _same_file(one: Rule, other: Rule) -> bool:
    """Whether two rules of one id are parts of one rule: documents of one file, each with its own way to the defect."""
    return one is other or (one.path == other.path and one.path != "")


def _shared(one: Rule, other: Rule) -> str:
    return _listed(name for name in one.languages if name in other.languages)


def _place(rule: Rule) -> str:
    return f"{rule.path}:{rule.line}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
