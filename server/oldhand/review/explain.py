"""A finding in words: what is wrong, why it matters, what to do, and the proposed change as a diff.

Text alone, masked and ready to be put into a terminal, a page or a hover, each of which escapes it in its own way.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from oldhand import secrets
from oldhand.findings import Accepted, Applicability, Finding, Fix, Opinion, Rejected, Verification
from oldhand.text.edits import TextEdit, apply, in_order
from oldhand.text.lines import LineIndex, split_lines
from oldhand.text.ranges import TextRange

_SURE = {
    Verification.UNVERIFIED: "unverified",
    Verification.UNCHECKED: "not looked at twice",
    Verification.CONFIRMED: "confirmed",
    Verification.UNCERTAIN: "uncertain",
    Verification.DOUBTED: "doubted",
}

_AROUND = 4096
"""Characters on either side of a hunk in which the beginning and the end of a secret are looked for."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding as people read it; every text may be empty but `what`.

    `change` is the proposed change as unified diff lines, `proof` says whether it may be applied.
    `facts` are short: the rule's id, CWE numbers, the confidence, who else says so. `note` is what a second look at the
    finding came to.
    """

    what: str
    why: str
    remedy: str
    change: str
    proof: str
    facts: tuple[str, ...]
    url: str
    note: str = ""


def explain(finding: Finding, text: str, context: int = 2) -> Explanation:
    """The finding of `text` in words; the change is shown with `context` unchanged lines around it."""
    return Explanation(
        what=secrets.mask(finding.message),
        why=secrets.mask(finding.why),
        remedy=secrets.mask(finding.remedy),
        change=proposed_diff(text, finding.fix, context) if finding.fix is not None else "",
        proof=_proof(finding),
        facts=(
            finding.rule,
            *finding.cwe,
            f"{finding.severity.label}, {finding.confidence.label} confidence",
            *_opinion_facts(finding.opinion),
        ),
        url=finding.url,
        note=_note(finding.opinion),
    )


def said_by(opinion: Opinion) -> str:
    """Who says so, and how sure that is, in a few words."""
    stale = "; the code has changed since" if opinion.stale else ""
    return f"{opinion.persona}, {_SURE[opinion.verification]}{stale}"


def plain(explanation: Explanation) -> str:
    """The explanation as plain text."""
    parts = [explanation.what, *filter(None, (explanation.why, explanation.remedy, explanation.note))]
    if explanation.change:
        parts += ["", "Proposed change:", explanation.change]
    if explanation.proof:
        parts.append(explanation.proof)
    return "\n".join([*parts, "", " · ".join(explanation.facts)])


def proposed_diff(text: str, fix: Fix, context: int = 3) -> str:
    """What the fix would change in `text`: the hunks of a unified diff, without file names, secrets masked.

    Empty where the edits can not be made. Costs no more than the lines near the edits.
    """
    try:
        edits = in_order(fix.edits)
        apply(text, edits)
    except ValueError:
        return ""
    index = LineIndex.of(text)
    lines: list[str] = []
    added = 0
    for group in _groups(index, edits, context):
        hunk, grown = _hunk(text, index, group, context, added)
        lines += hunk
        added += grown
    return "\n".join(lines)


def _groups(index: LineIndex, edits: Iterable[TextEdit], context: int) -> Iterator[list[TextEdit]]:
    """The edits in runs that one hunk shows: those whose contexts meet."""
    group: list[TextEdit] = []
    for edit in edits:
        first = index.line_of(edit.range.start)
        if group and first - index.line_of(group[-1].range.end) > 2 * context + 1:
            yield group
            group = []
        group.append(edit)
    if group:
        yield group


def _hunk(text: str, index: LineIndex, edits: list[TextEdit], context: int, added: int) -> tuple[list[str], int]:
    """The lines of one hunk, and by how many lines it grows the text; earlier hunks have grown it by `added`."""
    first = max(index.line_of(edits[0].range.start) - context, 0)
    last = min(index.line_of(edits[-1].range.end) + context, index.line_count - 1)
    start = index.line_start(first)
    end = index.line_start(last + 1) if last + 1 < index.line_count else len(text)
    place = TextRange(start, end)
    old = split_lines(text[start:end])
    changed = apply(text[start:end], [TextEdit(edit.range.moved(-start), edit.new_text) for edit in edits])
    new = split_lines(changed)
    grown = len(new) - len(old)
    before = _masked(text, place)
    around = text[max(start - _AROUND, 0) : start], text[end : end + _AROUND]
    after = _masked(around[0] + changed + around[1], TextRange(len(around[0]), len(around[0]) + len(changed)))
    body = list(_compared(_bare(before), _bare(after)))
    if not body:
        hidden = _bare(text[start:end]) != _bare(changed)
        body = ["~the change is in what is masked here" if hidden else "~only line ends change"]
    header = f"@@ -{first + 1},{len(old)} +{first + 1 + added},{len(new)} @@"
    return [header, *body], grown


def _compared(old: list[str], new: list[str]) -> Iterator[str]:
    """The lines of both with a sign in front; nothing where they are equal."""
    if old == new:
        return
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            yield from (f" {line}" for line in old[old_start:old_end])
        else:
            yield from (f"-{line}" for line in old[old_start:old_end])
            yield from (f"+{line}" for line in new[new_start:new_end])


def _masked(text: str, place: TextRange) -> str:
    """The part of the text at `place`, with secrets masked that begin or end near it, too."""
    start, end = max(place.start - _AROUND, 0), min(place.end + _AROUND, len(text))
    inner = text[place.start : place.end]
    found: list[TextRange] = []
    for secret in secrets.find(text[start:end]):
        low = max(secret.start + start, place.start) - place.start
        high = min(secret.end + start, place.end) - place.start
        if low < high:
            found.append(TextRange(low, high))
    return secrets.mask_ranges(inner, found)


def _bare(text: str) -> list[str]:
    """The lines without what ends them."""
    return [line.rstrip("\r\n") for line in split_lines(text)]


def _opinion_facts(opinion: Opinion | None) -> tuple[str, ...]:
    return (said_by(opinion), opinion.model, opinion.when) if opinion is not None else ()


def _note(opinion: Opinion | None) -> str:
    """What a persona, or its second look, adds."""
    if opinion is None or not opinion.note:
        return ""
    return secrets.mask(f"{opinion.persona}: {opinion.note}")


def _proof(finding: Finding) -> str:
    """One sentence on whether the change may be applied."""
    if finding.offers is None:
        return ""
    match finding.verdict:
        case Accepted(Applicability.SAFE):
            return "The change was checked: it removes the finding and is safe to apply."
        case Accepted():
            return "The change was checked: it removes the finding. It may change behaviour, so look at it first."
        case Rejected(reason):
            return f"The change is only a sketch and can not be applied: {reason}"
        case _:
            return "A change is offered, but has not been checked yet."
