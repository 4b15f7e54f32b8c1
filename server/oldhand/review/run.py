"""One review by the rules: a document in, its findings out; a finding's fix is proved when somebody wants to see it.

Nothing here reads a file, knows an event loop or an editor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from oldhand import suppressions
from oldhand.findings import (
    Accepted,
    Applicability,
    Confidence,
    Finding,
    Rejected,
    Severity,
    Verdict,
    Verification,
    fingerprint,
)
from oldhand.problems import Problem
from oldhand.review.document import Document
from oldhand.review.model_verdict import judged_proposal
from oldhand.review.places import is_test, path_of
from oldhand.review.verify import judged, merged_edits
from oldhand.rules.analysis import Analysis, Proof
from oldhand.rules.characters import invisible
from oldhand.rules.check import check
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.syntax import screen
from oldhand.syntax.languages import by_id
from oldhand.text.edits import TextEdit, apply
from oldhand.text.ranges import TextRange

NOT_REVIEWED = "oldhand/not-reviewed"
MODEL = "claude/"
"""What the rules of findings begin with that a model has made."""
_SETTLED = {Verification.CONFIRMED, Verification.UNCHECKED}
_MAX_ROUNDS = 20
_SURROGATE = re.compile("[\ud800-\udfff]")
_HALF_CHARACTER = "\ufffd"


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """What a review came to.

    `findings` are in text order, those that comments or settings take out left out; notes about the file itself are
    among them. `problems` are rules that are off for this file. `skipped` says in one sentence why the file was not
    reviewed, "" where it was. `analysis` is what the next review of the document starts from.
    """

    document: Document
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()
    skipped: str = ""
    analysis: Analysis | None = None


def review(document: Document, rules: RuleSet, settings: Settings, previous: Review | None = None) -> Review:
    """Review a document; `previous`, a review of an earlier state of it, saves most of the work."""
    language = by_id(document.language) if document.language else None
    if language is None:
        return Review(document, (), skipped="Its language is none that Oldhand reviews.")
    path = path_of(document.uri, settings.root)
    reason = screen.unreadable(document.text, settings.max_file_bytes)
    if reason:
        return Review(document, (_note(reason),), skipped=reason)
    known = previous.analysis if previous is not None else None
    analysis = check(path, language, _whole_characters(document.text), rules, known)
    found = sorted([*analysis.findings, *invisible.find(document.text, analysis)], key=lambda one: one.order)
    ran = _codes(rules, language.id)
    kept = suppressions.apply(document.text, document.index, found, analysis.comments, ran, analysis.statement_at)
    if analysis.problems or analysis.syntax_errors():
        # Where code was not looked at, no comment is known to ignore nothing.
        kept = tuple(finding for finding in kept if finding.rule != suppressions.UNUSED)
    return Review(document, tuple(_wanted(kept, settings, path)), analysis.problems, "", analysis)


def verify(review: Review, finding: Finding, rules: RuleSet, settings: Settings) -> Finding:
    """The finding with its fix and the verdict on it; itself where it offers none or was judged before."""
    if finding.offers is None or finding.verdict is not None or review.analysis is None:
        return finding
    if finding.opinion is not None and finding.rule.startswith(MODEL) and finding.opinion.verification not in _SETTLED:
        return replace(finding, verdict=Rejected("The finding has not been confirmed by a second look."))
    fix, proof = review.analysis.fix(finding), review.analysis.proof(finding)
    if fix is None or proof is None:
        return finding
    path = path_of(review.document.uri, settings.root)
    return replace(finding, fix=fix, verdict=_verdict(review.document, proof, path, rules))


def fix_all(review: Review, rules: RuleSet, settings: Settings) -> str:
    """The document's text with all safe fixes made that are proved, again and again until none is left.

    Fixes that overlap wait for the next round. The result never has a syntax error that the text did not have.
    While a statement is half typed nothing is changed: whoever saves then is not done.
    """
    current = review
    if review.analysis is None or review.analysis.half_typed:
        return review.document.text
    for _ in range(_MAX_ROUNDS):
        edits: list[TextEdit] = []
        for finding in current.findings:
            if finding.offers is not Applicability.SAFE:
                continue
            proved = verify(current, finding, rules, settings)
            if proved.fix is not None and isinstance(proved.verdict, Accepted):
                edits = merged_edits(edits, proved.fix.edits) or edits
        if not edits:
            break
        following = review_text(current, apply(current.document.text, edits), rules, settings)
        if _breaks(current, following):
            break
        current = following
    return current.document.text


def review_text(before: Review, text: str, rules: RuleSet, settings: Settings) -> Review:
    """A review of the same document with another text."""
    document = before.document
    return review(Document.open(document.uri, document.version, document.language, text), rules, settings, before)


def _verdict(document: Document, proof: Proof, path: str, rules: RuleSet) -> Verdict:
    before = proof.analysis
    try:
        text = apply(before.text, proof.fix.edits)
    except ValueError as error:
        return Rejected(f"The change cannot be made: {error}.")
    if any(_HALF_CHARACTER in edit.new_text for edit in proof.fix.edits) and _HALF_CHARACTER not in document.text:
        return Rejected("It would change a character of which only half is there.")
    after = check(path, before.language, _whole_characters(text), rules, before)
    judge = judged_proposal if proof.finding.rule.startswith(MODEL) else judged
    return judge(proof.finding, proof.fix, before, after)


def _whole_characters(text: str) -> str:
    """The text as rules see it, each lone surrogate replaced by another character: no expression can be run over it."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATE.sub(_HALF_CHARACTER, text)
    return text


def _breaks(before: Review, after: Review) -> bool:
    if after.analysis is None or before.analysis is None:
        return True
    return len(after.analysis.syntax_errors()) > len(before.analysis.syntax_errors())


@lru_cache(maxsize=16)
def _codes(rules: RuleSet, language: str) -> dict[str, tuple[str, ...]]:
    """The codes that mean the same as a rule, by its id; of several documents of one rule, those of all."""
    codes: dict[str, tuple[str, ...]] = {}
    for rule in (*rules.for_language(language), *invisible.RULES.values()):
        codes[rule.id] = (*codes.get(rule.id, ()), *rule.also)
    return codes


def _wanted(findings: Iterable[Finding], settings: Settings, path: str) -> Iterator[Finding]:
    """The findings that settings, dismissals and the kind of file leave, with the severity that is set."""
    test = is_test(path)
    for finding in findings:
        severity = settings.severity(finding.rule, finding.severity)
        if severity is None or finding.fingerprint in settings.dismissals:
            continue
        if test and severity < Severity.WARNING and not finding.rule.startswith("oldhand/"):
            # In tests, what is merely worth knowing is not worth reading.
            continue
        yield finding if severity is finding.severity else replace(finding, severity=severity)


def _note(reason: str) -> Finding:
    return Finding(
        rule=NOT_REVIEWED,
        range=TextRange(0, 0),
        severity=Severity.INFORMATION,
        message=f"This file was not reviewed. {reason}",
        why="",
        remedy="",
        category="oldhand",
        confidence=Confidence.HIGH,
        fingerprint=fingerprint(NOT_REVIEWED, "", reason, 0),
    )
