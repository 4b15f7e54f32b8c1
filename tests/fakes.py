"""A reviewer that needs no rules: it finds words, so that what stands around a review can be tested alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from oldhand.findings import (
    Accepted,
    Applicability,
    Confidence,
    Finding,
    Fix,
    Rejected,
    Severity,
    fingerprint,
)
from oldhand.review.casecheck import Engine
from oldhand.review.document import Document
from oldhand.review.run import Review
from oldhand.settings import Settings
from oldhand.text.edits import TextEdit, apply
from oldhand.text.ranges import TextRange

Finder = Callable[[Document], tuple[Finding, ...]]


def finding(
    rule: str, start: int, end: int, message: str = "This is wrong.", *, fix: Fix | None = None, number: int = 0
) -> Finding:
    return Finding(
        rule=rule,
        range=TextRange(start, end),
        severity=Severity.WARNING,
        message=message,
        why="It is.",
        remedy="Mend it.",
        category=rule.partition("/")[0],
        confidence=Confidence.HIGH,
        fingerprint=fingerprint(rule, "", "", number),
        fix=fix,
    )


def bad_words(document: Document) -> tuple[Finding, ...]:
    """`bad` becomes `good` safely, `badly` has a fix that is rejected, `bad(…)` may go over lines and has none."""
    found = []
    for number, word in enumerate(re.finditer(r"\bbad(?P<kind>ly|\([^)]*\))?", document.text)):
        fix = None
        if word["kind"] is None or word["kind"] == "ly":
            edit = TextEdit(TextRange(word.start(), word.end()), "good")
            fix = Fix("Write good", (edit,), Applicability.SAFE)
        message = "This word is bad: it is not good."
        found.append(finding("demo/bad", word.start(), word.end(), message, fix=fix, number=number))
    return tuple(found)


def engine(find: Finder) -> Engine:
    """An engine whose findings are what `find` says of a document."""

    def review(document: Document, settings: Settings, previous: Review | None) -> Review:
        findings = [
            replace(one, severity=severity)
            for one in find(document)
            if (severity := settings.severity(one.rule, one.severity)) is not None
        ]
        return Review(document, tuple(findings))

    def verify(review: Review, finding: Finding, settings: Settings) -> Finding:
        if finding.fix is None:
            return finding
        quote = review.document.text[finding.range.start : finding.range.end]
        if quote == "badly":
            return replace(finding, verdict=Rejected("Adverbs stay."))
        return replace(finding, verdict=Accepted(finding.fix.applicability))

    def fix_all(review: Review, settings: Settings) -> str:
        edits = [
            edit
            for one in review.findings
            if isinstance(verify(review, one, settings).verdict, Accepted) and one.fix is not None
            for edit in one.fix.edits
        ]
        return apply(review.document.text, edits)

    return Engine(review, verify, fix_all)
