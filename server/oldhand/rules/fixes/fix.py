"""Fixes of rules: from a match to the edits of a `Fix`. Nothing here proves a fix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from oldhand.findings import Applicability, Fix
from oldhand.rules.dialect.match import Env, StepsExceeded
from oldhand.rules.fixes.imports import check_import, ensure_import
from oldhand.rules.fixes.templates import Source, Template, captured, compile_template, shown
from oldhand.rules.fixes.verbs import Verb, read_verb
from oldhand.rules.rule import Rule
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node
from oldhand.syntax.tree import SyntaxTree
from oldhand.text.edits import TextEdit

_SAFETIES = {applicability.value: applicability for applicability in Applicability}


@dataclass(frozen=True, slots=True, eq=False)
class Fixer:
    """A rule's fix, compiled for one language. `statement` is the import that it needs, or ""."""

    title: Template
    applicability: Applicability
    verb: Verb | None
    statement: str

    def fix(self, node: Node, env: Env, source: Source, tree: SyntaxTree) -> Fix | None:
        """The fix of a match; None where there is nothing that it could change."""
        try:
            edits = self.verb.edits(node, env, source) if self.verb is not None else ()
        except StepsExceeded:
            return None
        if self.verb is not None and not edits:
            return None
        added = ensure_import(self.statement, tree) if self.statement else None
        if added is not None:
            edits = (added, *edits)
        if not edits:
            return None
        title = self.title.fill(source, captured(node, env), "")
        return Fix(shown(title), edits, self.applicability)


@dataclass(frozen=True, slots=True, eq=False)
class PendingFix:
    """A fix that is made when the place of its match in the document is known."""

    make: Callable[[Source, SyntaxTree | None], Fix | None]

    @classmethod
    def of_edits(cls, rule: Rule, edits: Iterable[TextEdit]) -> PendingFix:
        """The fix that makes these edits, with the title and the safety that the rule gives it.

        Raises ValueError for a safety that is none.
        """
        keys = rule.fix if isinstance(rule.fix, Mapping) else {}
        title = shown(str(keys.get("title") or rule.remedy or f"Fix {rule.id}"))
        applicability = _safety(keys.get("safety"))
        known = tuple(edits)

        def make(source: Source, tree: SyntaxTree | None) -> Fix:
            moved = (TextEdit(edit.range.moved(source.offset), edit.new_text) for edit in known)
            return Fix(title, tuple(moved), applicability)

        return cls(make)

    def at(self, start: int, text: str, tree: SyntaxTree | None) -> Fix | None:
        """The fix in the document `text`, in which the text that the match's nodes know begins at `start`."""
        return self.make(Source(text, start), tree)


_fixers: WeakKeyDictionary[Rule, dict[str, Fixer | None]] = WeakKeyDictionary()


def pending_fix(rule: Rule, node: Node, env: Env) -> PendingFix | None:
    """The rule's fix for a match, or None where it has none.

    Making it raises ValueError where `compile_fix` does; whoever compiles rules asks that first.
    """
    if rule.fix is None:
        return None

    def make(source: Source, tree: SyntaxTree | None) -> Fix | None:
        fixer = _fixer(rule, tree.language) if tree is not None else None
        return fixer.fix(node, env, source, tree) if fixer is not None and tree is not None else None

    return PendingFix(make)


def applicability(rule: Rule) -> Applicability:
    """What the rule says of its fixes.

    Raises ValueError for a safety that is none.
    """
    return _safety(rule.fix.get("safety") if isinstance(rule.fix, Mapping) else None)


def _fixer(rule: Rule, language: Language) -> Fixer | None:
    fixers = _fixers.setdefault(rule, {})
    if language.id not in fixers:
        fixers[language.id] = compile_fix(rule, language)
    return fixers[language.id]


def compile_fix(rule: Rule, language: Language, captures: frozenset[str] | None = None) -> Fixer | None:
    """The rule's fix for a language; None where it has none, or one in SQL.

    `captures` are the names that the rule binds; None lets a template name anything.
    Raises ValueError with a sentence for what can not be read.
    """
    if rule.fix is None or (isinstance(rule.fix, Mapping) and "edits" in rule.fix):
        return None
    keys = {"template": rule.fix} if isinstance(rule.fix, str) else dict(rule.fix)
    names = None if captures is None else captures | {"SELF"}
    title = keys.pop("title", None)
    statement = keys.pop("ensure-import", "")
    applicability = _safety(keys.pop("safety", None))
    if not isinstance(statement, str):
        raise ValueError("The value of ensure-import is a statement.")
    if statement:
        check_import(statement, language)
    verb = read_verb(keys, rule, language, names) if keys or not statement else None
    text = title if isinstance(title, str) else verb.title if verb is not None else f"Add {statement}"
    return Fixer(compile_template(text, names), applicability, verb, statement)


def _safety(value: object) -> Applicability:
    """Raises ValueError for a value that is none."""
    if value is None:
        return Applicability.SUGGESTED
    if not isinstance(value, str) or value not in _SAFETIES:
        raise ValueError(f"The safety of a fix is {' or '.join(_SAFETIES)}, not {value}.")
    return _SAFETIES[value]
