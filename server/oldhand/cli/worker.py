"""One file reviewed, from its path to findings that can be shown; runs in this process or in another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oldhand import secrets
from oldhand.cli import changes, source
from oldhand.cli.files import Target
from oldhand.cli.report import is_safe
from oldhand.cli.rules import is_chosen
from oldhand.cli.source import ScreenedOut, Source, SourceError
from oldhand.findings import Finding, Severity
from oldhand.problems import Problem
from oldhand.review import run
from oldhand.review.document import Document
from oldhand.review.run import Review
from oldhand.review.verify import merged_edits
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.syntax import languages
from oldhand.text.edits import TextEdit, apply
from oldhand.text.ranges import TextRange

_MAX_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Task:
    """A file to review. `given` is its text where that does not come from the disk.

    `lines` are those that findings have to touch, None for all. Fixes are proved from `level` up. `known` counts,
    by rule and fingerprint, the findings of the baseline; `only` names rules and categories, empty for all.
    With `fix`, the findings asked for, from `level` up, are fixed where that is safe. `superseded` tells a migration
    that has run everywhere: what it did to the service in its time is information.
    """

    target: Target
    settings: Settings
    level: Severity
    given: Source | None = None
    lines: tuple[TextRange, ...] | None = None
    known: Mapping[tuple[str, str], int] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    fix: bool = False
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file. `source` is what was read, None if that failed, for the reason in `failure`.

    `text` is the reviewed text, after fixing if that was asked for, and `findings` and `secrets` are in it.
    `hidden` counts the findings that the baseline has. `skipped` says why a file that was read was not reviewed.
    `fatal` tells of work that was to be done and was not, so that the exit status has to say it.
    """

    target: Target
    source: Source | None = None
    failure: str = ""
    text: str = ""
    findings: tuple[Finding, ...] = ()
    secrets: tuple[TextRange, ...] = ()
    problems: tuple[Problem, ...] = ()
    skipped: str = ""
    fixed: int = 0
    hidden: int = 0
    fatal: bool = False


def review_file(task: Task, rules: RuleSet) -> Outcome:
    """Review the file; what goes wrong with it is in the outcome."""
    target = task.target
    try:
        read = task.given or source.read(target.path, task.settings.max_file_bytes)
    except ScreenedOut as reason:
        return Outcome(target, skipped=str(reason))
    except SourceError as error:
        return Outcome(target, failure=str(error))
    language = languages.by_path(target.name)
    document = Document.open(target.name, None, language.id if language else None, read.text)
    task = replace(task, settings=replace(task.settings, root=target.within))
    review = run.review(document, rules, task.settings)
    findings, hidden = _asked_for(review, task)
    fixed = 0
    if task.fix:
        after = _fixed(review, task, rules)
        if after is not review:
            before, (findings, hidden) = len(findings), _asked_for(after, task)
            fixed = max(before - len(findings), 1)
            review = after
    text = review.document.text if findings or fixed else ""
    return Outcome(
        target,
        read,
        text=text,
        findings=tuple(_proved(review, finding, rules, task) for finding in findings),
        secrets=secrets.find(text),
        problems=review.problems,
        skipped=review.skipped,
        fixed=fixed,
        hidden=hidden,
    )


def _asked_for(review: Review, task: Task) -> tuple[tuple[Finding, ...], int]:
    """The findings on the lines asked for, without the baseline's, and how many those are.

    That a file was not reviewed is no finding here: it is told as the outcome's `skipped`.
    """
    index = review.document.index
    left = dict(task.known)
    kept: list[Finding] = []
    hidden = 0
    for found in review.findings:
        finding = _of_the_past(found, task.settings) if task.superseded else found
        key = (finding.rule, finding.fingerprint)
        if finding.rule == run.NOT_REVIEWED or not is_chosen(finding.rule, task.only):
            continue
        if task.lines is not None and not changes.touches(finding, index, task.lines):
            continue
        if left.get(key):
            left[key] -= 1
            hidden += 1
        else:
            kept.append(finding)
    return tuple(kept), hidden


def _of_the_past(finding: Finding, settings: Settings) -> Finding:
    """A finding in a migration that has run everywhere, as severe as that can be; what settings say of it stands.

    Nobody changes such a file, and what it made may have been changed since.
    """
    if finding.category not in {"migration", "schema"} or finding.severity <= Severity.INFORMATION:
        return finding
    return replace(finding, severity=settings.severity(finding.rule, Severity.INFORMATION) or finding.severity)


def _fixed(review: Review, task: Task, rules: RuleSet) -> Review:
    """The review of the text with the findings fixed that are asked for and shown; the same review if none was.

    Where lines or the baseline decide which those are, one round is made: in a second one, a finding might no longer
    be told from its like.
    """
    if len(_to_fix(review, task)) == len(review.findings):
        text = run.fix_all(review, rules, task.settings)
        return review if text == review.document.text else run.review_text(review, text, rules, task.settings)
    rounds = 1 if task.lines is not None or task.known else _MAX_ROUNDS
    for _ in range(rounds):
        edits: list[TextEdit] = []
        for finding in _to_fix(review, task):
            proved = run.verify(review, finding, rules, task.settings)
            if proved.fix is not None and is_safe(proved):
                edits = merged_edits(edits, proved.fix.edits) or edits
        after = run.review_text(review, apply(review.document.text, edits), rules, task.settings)
        if not edits or _errors(after) > _errors(review):
            break
        review = after
    return review


def _to_fix(review: Review, task: Task) -> list[Finding]:
    return [finding for finding in _asked_for(review, task)[0] if finding.severity >= task.level]


def _errors(review: Review) -> int:
    return len(review.analysis.syntax_errors()) if review.analysis else 0


def _proved(review: Review, finding: Finding, rules: RuleSet, task: Task) -> Finding:
    if finding.severity < task.level:
        return finding
    return run.verify(review, finding, rules, task.settings)
