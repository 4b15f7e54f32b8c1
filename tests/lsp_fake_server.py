"""A server whose engine finds words, so that tests of the protocol depend on no rule.

`teh` is a warning with a safe fix, `bug` an error with a suggested fix, `hmm` a hint without one, `sketchy` a warning
whose fix is rejected. `boom` makes the review fail. `@wait(PATH)` makes it wait until somebody has opened the FIFO at
PATH for writing and closed it. `# oldhand: ignore[…]` works as it does in earnest.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from oldhand import suppressions
from oldhand.findings import Accepted, Applicability, Confidence, Finding, Fix, Rejected, Severity, fingerprint
from oldhand.lsp.debounce import Debounce
from oldhand.lsp.engine import Engine
from oldhand.lsp.server import Options, serve
from oldhand.problems import Problem
from oldhand.review.document import Document
from oldhand.review.run import Review
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange

WORDS = {
    "teh": ("words/teh", Severity.WARNING, "the", Applicability.SAFE),
    "bug": ("words/bug", Severity.ERROR, "feature", Applicability.SUGGESTED),
    "sketchy": ("words/sketchy", Severity.WARNING, "sound", Applicability.SAFE),
    "hmm": ("words/hmm", Severity.HINT, None, None),
}


class FakeEngine(Engine):
    """Finds words."""

    def load_rules(self, paths: Sequence[Path]) -> tuple[RuleSet, tuple[Problem, ...]]:
        return RuleSet(()), ()

    def review(self, document: Document, rules: RuleSet, settings: Settings, previous: Review | None) -> Review:
        if wait := re.search(r"@wait\((.*?)\)", document.text):
            Path(wait[1]).read_bytes()
        if "boom" in document.text:
            raise RuntimeError(f"secret source: {document.text}")
        plain = super().review(document, RuleSet(()), settings, None)
        return replace(plain, findings=_unsuppressed(plain, _findings(document, settings)))

    def verify(self, review: Review, finding: Finding, rules: RuleSet, settings: Settings) -> Finding:
        assert finding.fix is not None
        if finding.rule == "words/sketchy":
            return replace(finding, verdict=Rejected("it does not hold water."))
        return replace(finding, verdict=Accepted(finding.fix.applicability))

    def fix_all(self, review: Review, rules: RuleSet, settings: Settings) -> Sequence[TextEdit]:
        return [edit for one in review.findings if one.rule == "words/teh" and one.fix for edit in one.fix.edits]


def _findings(document: Document, settings: Settings) -> list[Finding]:
    seen: Counter[str] = Counter()
    found = []
    for match in re.finditer("|".join(WORDS), document.text):
        rule, severity, replacement, applicability = WORDS[match[0]]
        wanted = settings.severity(rule, severity)
        place = TextRange(*match.span())
        name = fingerprint(rule, "", match[0], seen[rule])
        seen[rule] += 1
        if wanted is None:
            continue
        fix = Fix(f"Write {replacement}", (TextEdit(place, replacement),), applicability) if replacement else None
        found.append(
            Finding(
                rule=rule,
                range=place,
                severity=wanted,
                message=f"The word {match[0]} is wrong.",
                why="Readers stumble over it.",
                remedy=f"Write {replacement}." if replacement else "Think again.",
                category="words",
                confidence=Confidence.HIGH,
                fingerprint=name,
                cwe=("CWE-1",),
                url="https://example.org/words",
                fix=fix,
            )
        )
    return found


def _unsuppressed(review: Review, findings: list[Finding]) -> tuple[Finding, ...]:
    document, analysis = review.document, review.analysis
    if analysis is None:
        return tuple(findings)
    codes = {rule: () for rule, *_ in WORDS.values()}
    return suppressions.apply(document.text, document.index, findings, analysis.comments, codes, analysis.statement_at)


def options() -> Options:
    """The fake engine, and no pause after a keystroke."""
    return Options(engine=FakeEngine, debounce=Debounce.fixed(0), tidy=lambda: None)


if __name__ == "__main__":
    raise SystemExit(serve(sys.argv[1] if len(sys.argv) > 1 else None, options()))
