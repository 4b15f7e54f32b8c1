"""The proof of a fix: whether the text with the change made is better, and only that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from oldhand.findings import Accepted, Finding, Fix, Rejected, Verdict
from oldhand.rules.analysis import Analysis
from oldhand.rules.characters import invisible
from oldhand.text.edits import OverlapError, TextEdit, in_order
from oldhand.text.ranges import TextRange


def judged(finding: Finding, fix: Fix, before: Analysis, after: Analysis) -> Verdict:
    """Judge a fix by the analyses of the text without and with it.

    Accepted: it changes something, at the finding; it brings no syntax error; the rule says less of that place
    afterwards; no rule says anything new.
    """
    if before.text == after.text:
        return Rejected("The change leaves the text as it is.")
    # A fix in SQL may stand behind the statement: the index that a table lacks is one more statement.
    around = (before.statement_at(finding.range) if before.language.grammar is None else None) or finding.range
    if not any(edit.range.touches(finding.range) or edit.range.touches(around) for edit in fix.edits):
        return Rejected("The change is not at the finding.")
    if len(after.syntax_errors()) > len(before.syntax_errors()):
        return Rejected("The changed code does not parse.")
    place = _carried(finding.range, fix.edits)
    # One finding of a rule may stand inside another of it: the fix takes one of them away.
    found_before, found_after = everything_found(before), everything_found(after)
    left = _reports(finding.rule, place, found_after)
    if left and left >= _reports(finding.rule, finding.range, found_before):
        return Rejected("The rule still reports the changed code.")
    new = Counter(found.rule for found in found_after) - Counter(found.rule for found in found_before)
    if new:
        return Rejected(f"The changed code is reported by {', '.join(sorted(new))}.")
    return Accepted(fix.applicability)


def everything_found(analysis: Analysis) -> tuple[Finding, ...]:
    """All that rules say of a text, that on its characters too."""
    return (*analysis.findings, *invisible.find(analysis.text, analysis))


def _reports(rule: str, place: TextRange, findings: Iterable[Finding]) -> int:
    """How often the rule reports something of that place."""
    return sum(found.rule == rule and found.range.overlaps(place) for found in findings)


def merged_edits(edits: Sequence[TextEdit], more: Iterable[TextEdit]) -> list[TextEdit] | None:
    """Both lists as one, insertions that both make once; None where they change the same place."""
    together = list(edits)
    for edit in more:
        if edit in together and len(edit.range) == 0:
            continue
        if any(edit.range.touches(other.range) for other in edits):
            return None
        together.append(edit)
    try:
        return in_order(together)
    except OverlapError:
        return None


def _carried(range_: TextRange, edits: Iterable[TextEdit]) -> TextRange:
    """Where the range, with what the edits make of it, is in the changed text."""
    start, end = range_.start, range_.end
    shift_start = shift_end = 0
    for edit in edits:
        growth = len(edit.new_text) - len(edit.range)
        if edit.range.end <= start and edit.range != TextRange(start, start):
            shift_start += growth
        if edit.range.start < end or edit.range.end <= start:
            shift_end += growth
    return TextRange(max(0, start + shift_start), max(start + shift_start, end + shift_end))
