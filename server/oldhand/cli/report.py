"""What a review has to say, ready for every output: masked, filtered, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from oldhand import secrets
from oldhand.findings import Accepted, Finding, Fix, Severity
from oldhand.problems import Problem
from oldhand.rules.rule import RuleSet
from oldhand.text.lines import LineIndex
from oldhand.text.ranges import TextRange


@dataclass(frozen=True)
class FileReport:
    """A file with findings; `name` is relative to the root, with `/`. `secrets` are those of `text`.

    The findings' sentences are masked; their fixes are not, since they are meant for the file: see `shown_fix`.
    """

    name: str
    path: Path
    text: str
    findings: tuple[Finding, ...]
    secrets: tuple[TextRange, ...] = ()

    @cached_property
    def index(self) -> LineIndex:
        """The lines of the text."""
        return LineIndex.of(self.text)

    @cached_property
    def known_secrets(self) -> frozenset[str]:
        """The secrets of the text, as strings."""
        return frozenset(self.text[secret.start : secret.end] for secret in self.secrets)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, 1-based, in code points."""
        line = self.index.line_of(offset)
        return line + 1, offset - self.index.line_start(line) + 1

    def mask(self, text: str) -> str:
        """A text that speaks of this file, masked."""
        return secrets.mask(text, self.known_secrets)

    def holds_secret(self, fix: Fix) -> bool:
        """Whether a fix writes a secret, so that its edits can not be shown as they are."""
        return any(self.mask(edit.new_text) != edit.new_text for edit in fix.edits)


@dataclass(frozen=True, slots=True)
class Report:
    """All that an output shows; `files` are those with findings at or above `level`, in order of their names.

    `problems` are about files that were not reviewed or not with all rules, and about rules and settings.
    `failed` counts the files that could not be reviewed, `skipped` those left out for what is in them, by reason, and
    `passed_over` those in folders of other people's or built code. `below` counts findings under the level, `hidden`
    those that the baseline knows, `stale` those that it knows and that are gone, `fixed` those fixed, by file.
    """

    files: tuple[FileReport, ...]
    rules: RuleSet
    level: Severity
    problems: tuple[Problem, ...] = ()
    reviewed: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    passed_over: int = 0
    below: int = 0
    hidden: int = 0
    stale: int = 0
    fixed: Counter[str] = field(default_factory=Counter)

    def findings(self) -> Iterator[tuple[FileReport, Finding]]:
        """Every finding with its file."""
        return ((file, finding) for file in self.files for finding in file.findings)

    def safe_fixes(self) -> int:
        """How many findings `--fix` would fix."""
        return sum(is_safe(finding) for _, finding in self.findings())


def masked_report(report: FileReport) -> FileReport:
    """The same report with its findings' sentences masked."""
    return replace(
        report,
        findings=tuple(
            replace(
                finding,
                message=report.mask(finding.message),
                why=report.mask(finding.why),
                remedy=report.mask(finding.remedy),
                fix=finding.fix and replace(finding.fix, title=report.mask(finding.fix.title)),
            )
            for finding in report.findings
        ),
    )


def is_safe(finding: Finding) -> bool:
    """Whether the finding has a proved fix that may be applied without being looked at."""
    return isinstance(finding.verdict, Accepted) and finding.verdict.applicability.value == "safe"
