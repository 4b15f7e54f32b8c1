"""A persona's findings in a text that goes on changing: values, and how they are carried along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from oldhand.findings import Finding, Fix
from oldhand.text.anchors import carry_all
from oldhand.text.edits import TextEdit, apply
from oldhand.text.ranges import TextRange


@dataclass(frozen=True, slots=True)
class Claim:
    """A persona's finding, where it stands in the text as it is now, its range and its fix's edits included.

    `unit` and `digest` say which unit of the text that was reviewed it is in: where that unit has changed since, the
    finding is stale. `told` is false for one that waits for its second look.
    """

    finding: Finding
    unit: str
    digest: str
    told: bool = True


def carried(claims: Mapping[str, Claim], edits: Sequence[TextEdit], before: str, after: str) -> dict[str, Claim]:
    """The claims in the text that the edits, each on what the one before it left, make of `before`.

    One whose code is gone is dropped, and one whose fix has just been made. A fix one of whose places has changed is
    dropped and the finding stays.
    """
    claims = {name: one for name, one in claims.items() if not _is_fixed(one.finding, before, after)}
    places = [one.finding.range for one in claims.values()]
    touched = [[edit.range for edit in _edits(one.finding)] for one in claims.values()]
    moved = iter(carry_all([*places, *(place for each in touched for place in each)], edits, before, after))
    whole = [next(moved) for _ in places]
    found: dict[str, Claim] = {}
    for (name, claim), place, each in zip(claims.items(), whole, touched, strict=True):
        changes = [next(moved) for _ in each]
        if place is not None:
            found[name] = replace(claim, finding=_at(claim.finding, place, changes))
    return found


def all_of(claims: Iterable[Claim]) -> list[Finding]:
    """The findings that are told, in text order."""
    return sorted((one.finding for one in claims if one.told), key=lambda one: one.order)


def _edits(finding: Finding) -> tuple[TextEdit, ...]:
    return finding.fix.edits if finding.fix is not None else ()


def _is_fixed(finding: Finding, before: str, after: str) -> bool:
    """Whether the new text is the old one with the fix made; a fix may leave the quoted line as it is."""
    edits = _edits(finding)
    grown = sum(len(edit.new_text) - len(edit.range) for edit in edits)
    return bool(edits) and len(after) - len(before) == grown and apply(before, edits) == after


def _at(finding: Finding, place: TextRange, changes: Sequence[TextRange | None]) -> Finding:
    """The finding with its range there, and its fix where that can still be made."""
    fix = finding.fix
    if fix is None:
        return finding if place == finding.range else replace(finding, range=place)
    edits = [
        TextEdit(change, edit.new_text) for edit, change in zip(fix.edits, changes, strict=True) if change is not None
    ]
    if len(edits) < len(fix.edits):
        return replace(finding, range=place, fix=None, offers=None, verdict=None)
    return replace(finding, range=place, fix=Fix(fix.title, tuple(edits), fix.applicability), verdict=None)
