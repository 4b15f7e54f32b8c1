"""A model's findings on the right code: located, passed through the gates that need no model, made into findings."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from oldhand import suppressions
from oldhand.claude.job import Job
from oldhand.claude.prompt import Prompt
from oldhand.claude.schema import Claim, Consequence
from oldhand.claude.shown import Shown
from oldhand.findings import Confidence, Finding, Fix, Opinion, Severity, Verification, fingerprint
from oldhand.review.locate import How, Lost, locate
from oldhand.review.proposals import fix_of
from oldhand.syntax.scopes import scope_path
from oldhand.text.ranges import TextRange

RULE = "claude/"
"""What the ids of a model's findings begin with; the category follows."""

_CODE = re.compile(r"`([^`\n]{1,200})`")
_NAME = re.compile(r"[A-Za-z_]\w{2,}")


class Placing:
    """One answer's findings as they come; `opinion` is what all of them begin with."""

    def __init__(self, job: Job, prompt: Prompt, opinion: Opinion) -> None:
        self._job = job
        self._prompt = prompt
        self._opinion = opinion
        self._within = _span(job.places)
        self._seen: dict[str, Finding] = {}
        self._count: Counter[tuple[str, str, str]] = Counter()

    def place(self, claim: Claim) -> Finding | Lost | str:
        """The finding; `Lost` where its quote is not there, so that it may be asked for once more; else why not."""
        shown = self._prompt.shown
        within = shown.to_shown(self._within)
        found = locate(shown.text, self._prompt.index, claim.quote, claim.line or None, within)
        if isinstance(found, Lost):
            return found
        place = shown.to_source(found.range)
        if not any(one.touches(place) for one in self._job.places):
            return "it is about code that was not asked about"
        if not _names_occur(claim.message, shown.text):
            return "it names things that do not occur in the code"
        finding = self._finding(claim, place)
        if finding.fingerprint in self._job.dismissed or finding.fingerprint in self._job.settings.dismissals:
            return "it was dismissed before"
        if self._is_suppressed(finding):
            return "a comment takes it out"
        for other in self._seen.values():
            if other.category == finding.category and other.range.overlaps(place):
                return "it says again what another one says"
        if found.how is not How.SIMILAR:
            finding = self._with_fix(finding, claim)
        self._seen[finding.fingerprint] = finding
        return finding

    def _finding(self, claim: Claim, place: TextRange) -> Finding:
        document, analysis = self._job.basis.document, self._job.basis.analysis
        tree = analysis.parsed() if analysis is not None else None
        rule = RULE + claim.category
        scope = scope_path(tree, place.start) if tree is not None else ""
        quote = document.text[place.start : place.end]
        key = (rule, scope, " ".join(quote.split()))
        number = self._count[key]
        self._count[key] += 1
        return Finding(
            rule=rule,
            range=place,
            severity=Severity.INFORMATION,
            message=claim.message,
            why=_why(claim),
            remedy=claim.remedy,
            category=claim.category,
            confidence=Confidence.LOW,
            fingerprint=fingerprint(rule, scope, quote, number),
            opinion=replace(self._opinion, severity=claim.consequence.severity),
        )

    def _is_suppressed(self, finding: Finding) -> bool:
        """Whether an ignore comment in the code is about it."""
        document, analysis = self._job.basis.document, self._job.basis.analysis
        if analysis is None:
            return False
        codes: dict[str, tuple[str, ...]] = {finding.rule: ()}
        kept = suppressions.apply(
            document.text, document.index, [finding], analysis.comments, codes, analysis.statement_at
        )
        return finding not in kept

    def _with_fix(self, finding: Finding, claim: Claim) -> Finding:
        """The finding with its proposed change, if there is one that can be made here."""
        analysis, proposal = self._job.basis.analysis, claim.proposal
        if proposal is None or analysis is None:
            return finding
        original = _restored(self._prompt.shown, proposal.original)
        replacement = self._prompt.shown.restore(proposal.replacement, proposal.original)
        if original is None or replacement is None:
            return finding
        made = fix_of(
            self._job.basis.document, analysis, finding.range, original, replacement, _title(claim), proposal.imports
        )
        return replace(finding, fix=made, offers=made.applicability) if isinstance(made, Fix) else finding


def judged(finding: Finding, verification: Verification, note: str) -> Finding:
    """The finding after a second look: with its severity where it is confirmed, else as a question."""
    assert finding.opinion is not None, "a model's finding has an opinion"
    confirmed = verification is Verification.CONFIRMED
    return replace(
        finding,
        severity=finding.opinion.severity if confirmed else Severity.INFORMATION,
        confidence=Confidence.HIGH if confirmed else Confidence.LOW,
        opinion=replace(finding.opinion, verification=verification, note=note),
    )


def is_grave(consequence: Consequence) -> bool:
    """Whether it is worth a question even where it could not be confirmed."""
    return consequence.severity is Severity.ERROR


def _restored(shown: Shown, text: str) -> str | None:
    return shown.restore(text, text)


def _span(places: tuple[TextRange, ...]) -> TextRange:
    """From the first place to the last."""
    return TextRange(min(one.start for one in places), max(one.end for one in places))


def _names_occur(message: str, text: str) -> bool:
    """Whether something that the message names as code is in the text; a message that names nothing passes."""
    names = [name for code in _CODE.findall(message) for name in _NAME.findall(code)]
    return not names or any(name in text for name in names)


def _why(claim: Claim) -> str:
    trigger, outcome = claim.trigger.rstrip("."), claim.outcome.rstrip(".")
    if trigger and outcome:
        return f"When: {trigger}. Then: {outcome}."
    return f"{trigger or outcome}." if trigger or outcome else ""


def _title(claim: Claim) -> str:
    return claim.remedy.rstrip(".") or "Apply the proposed change"
