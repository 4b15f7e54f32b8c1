"""What a check came to: findings at their places, and what can be asked about the text that was checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oldhand.findings import Finding, Fix
from oldhand.problems import Problem
from oldhand.rules.results import UnitResult
from oldhand.rules.rule import RuleSet
from oldhand.rules.sql_results import SqlFile
from oldhand.rules.unit_rules import Hit
from oldhand.syntax.languages import Language
from oldhand.syntax.scopes import Scope, ScopeKind, outline
from oldhand.syntax.tree import SyntaxTree
from oldhand.text.ranges import TextRange

_COMMENTS = ("comment", "line_comment", "block_comment")


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """One checked state of a file.

    `placed` are the findings, in text order, each with what it was made from and where that unit starts. `sql` is there
    for a file of SQL, unless the rules failed on it.
    """

    language: Language
    text: str
    rules: RuleSet
    placed: Sequence[tuple[Finding, Hit, int]]
    problems: tuple[Problem, ...]
    tree: SyntaxTree | None = None
    units: tuple[UnitResult, ...] = ()
    sql: SqlFile | None = None

    @property
    def whole(self) -> Analysis:
        """The analysis of the last text that was parsed as a whole: this one."""
        return self

    @property
    def half_typed(self) -> bool:
        """Whether a statement is left out because it is only half typed since an earlier state."""
        return self.sql is not None and self.sql.cut.half_typed

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, in text order; their fixes are made by `fix`."""
        return tuple(finding for finding, _, _ in self.placed)

    def fix(self, finding: Finding) -> Fix | None:
        """The fix for one of the findings, which nobody has verified yet; None where none can be made."""
        if finding.fix is not None:
            return finding.fix
        for placed, hit, start in self.placed:
            if placed.fingerprint == finding.fingerprint and placed.range == finding.range:
                return hit.fix.at(start, self.text, self.tree) if hit.fix is not None else None
        return None

    def proof(self, finding: Finding) -> Proof | None:
        """What the fix for one of the findings has to be proved on; None where there is no fix."""
        fix = self.fix(finding)
        return Proof(self, finding, fix) if fix is not None else None

    def syntax_errors(self) -> Sequence[TextRange]:
        """What does not parse; nothing for SQL, which is not parsed."""
        return self.tree.error_ranges() if self.tree is not None else ()

    def comments(self) -> Sequence[TextRange]:
        """The ranges of the comments, in text order."""
        if self.tree is None:
            return self.sql.cut.comments() if self.sql is not None else []
        if not self.units:
            return [node.range for node in self.tree.root().descendants() if node.kind in _COMMENTS]
        return [
            node.range.moved(result.unit.start)
            for result in self.units
            for node in result.facts.index.by_kind.get("comment", ())
        ]

    def statement_at(self, place: TextRange) -> TextRange | None:
        """The innermost statement around a place; None where none is."""
        if self.tree is None:
            return self.sql.cut.statement_at(place) if self.sql is not None else None
        node = self.tree.smallest_at(place)
        while node is not None and not node.type.endswith(("_statement", "_declaration", "_definition", "assignment")):
            node = node.parent
        return self.tree.range_of(node) if node is not None else None

    def functions(self) -> list[TextRange]:
        """The ranges of all functions, in text order, outer before inner; none for a text without a tree."""
        return list(_functions(outline(self.tree))) if self.tree is not None else []

    def parsed(self) -> SyntaxTree | None:
        """The tree of the text; None for SQL."""
        return self.tree


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """A finding and the fix for it, both in the text of that analysis."""

    analysis: Analysis
    finding: Finding
    fix: Fix


def _functions(scopes: Sequence[Scope]) -> Iterator[TextRange]:
    for scope in scopes:
        if scope.kind is ScopeKind.FUNCTION:
            yield scope.range
        yield from _functions(scope.children)
