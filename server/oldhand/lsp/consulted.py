"""What a persona has said of one open document, and the review that is running on it; carried along as it is edited."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from oldhand.findings import Finding, Opinion, Verification
from oldhand.lsp.claims import Claim, carried
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange

if TYPE_CHECKING:
    from oldhand.claude.updates import Done
    from oldhand.review.document import Document
    from oldhand.review.units import Unit


MOST_IN_A_UNIT, MOST_IN_A_DOCUMENT = 3, 5
"""New findings that are told after a save; what was asked for has no such limit."""


@dataclass(frozen=True, slots=True)
class UnitReview:
    """A unit that was reviewed: the digest of its text then, and what was said of it as a whole."""

    digest: str
    summary: str
    persona: str
    model: str
    when: str


@dataclass(slots=True, eq=False)
class Running:
    """A review under way: the text that was sent, the places that were asked about and their units, the edits since.

    `quiet` says that findings are told only once they are confirmed, as after a save. `before` are the fingerprints of
    what was known of these places: what is not found again is gone.
    """

    document: Document
    places: tuple[TextRange, ...]
    units: tuple[Unit, ...]
    persona: str
    quiet: bool
    before: frozenset[str]
    edits: list[TextEdit] = field(default_factory=list)
    summaries: dict[str, str] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    task: asyncio.Task[None] | None = None


@dataclass(slots=True, eq=False)
class Consulted:
    """All of it for one document.

    `claims` are findings by fingerprint, `comments` what was said of rules' findings, `units` the reviewed units by
    name. `failure` says why the last review failed, `skipped` why none was made, in one line each; else "".
    `opened` is the text as it was opened, until `known` has the digests of its units. `waiting` are units that changed
    and do not parse. `now` are the units of the last text that was checked, where they are of interest. `told` is the
    state that the client was told last, `paid` what the last review cost, in words.
    """

    claims: dict[str, Claim] = field(default_factory=dict)
    comments: dict[str, Opinion] = field(default_factory=dict)
    units: dict[str, UnitReview] = field(default_factory=dict)
    running: Running | None = None
    done: Done | None = None
    failure: str = ""
    skipped: str = ""
    opened: Document | None = None
    known: dict[str, str] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()
    now: tuple[Unit, ...] = ()
    told: Any = None
    paid: str = ""

    def change(self, edits: Sequence[TextEdit], before: str, after: str) -> None:
        """Carry everything to the text that the edits, each on what the one before it left, have made."""
        if self.claims:
            self.claims = carried(self.claims, edits, before, after)
        if self.running is not None:
            self.running.edits.extend(edits)

    def begin(self, running: Running) -> None:
        """A review has begun."""
        self.running, self.failure, self.skipped = running, "", ""

    def found(self, running: Running, finding: Finding, text: str) -> bool:
        """Take a finding of the running review to `text`, the text as it is; whether its code is still there."""
        unit = next((one for one in running.units if one.range.touches(finding.range)), None)
        confirmed = finding.opinion is not None and finding.opinion.verification is not Verification.UNVERIFIED
        claim = Claim(
            finding,
            unit.name if unit is not None else "",
            unit.digest if unit is not None else "",
            told=not running.quiet or (confirmed and self._has_room(running, unit)),
        )
        moved = {finding.fingerprint: claim}
        if running.edits:
            moved = carried(moved, running.edits, running.document.text, text)
        running.found |= moved.keys()
        self.claims |= moved
        return bool(moved)

    def _has_room(self, running: Running, unit: Unit | None) -> bool:
        """Whether one more may be told after a save: so many in a unit, and so many in a document."""
        told = [one for name, one in self.claims.items() if one.told and name in running.found - running.before]
        name = unit.name if unit is not None else ""
        return len(told) < MOST_IN_A_DOCUMENT and sum(one.unit == name for one in told) < MOST_IN_A_UNIT

    def withdraw(self, fingerprint: str) -> None:
        """A finding does not hold."""
        self.claims.pop(fingerprint, None)

    def finish(self, running: Running, done: Done) -> None:
        """The review is whole: what was known of its units before and was not found again is gone."""
        self.done = done
        for name in running.before - running.found:
            self.claims.pop(name, None)
        for unit in running.units:
            if not any(place.covers(unit.range) for place in running.places):
                continue  # a part of it was looked at, which does not make it reviewed
            self.units[unit.name] = UnitReview(
                unit.digest, running.summaries.get(unit.name, ""), done.persona, done.model, done.when
            )

    def end(self, running: Running) -> None:
        """The review is over, whatever came of it; what waited for a second look that never came is not told."""
        if self.running is running:
            self.running = None
        self.claims = {name: one for name, one in self.claims.items() if one.told}

    def at(self, places: Sequence[TextRange]) -> frozenset[str]:
        """The fingerprints of what is known of these places."""
        return frozenset(
            name for name, claim in self.claims.items() if any(place.touches(claim.finding.range) for place in places)
        )

    def mark_stale(self, units: Iterable[Unit]) -> None:
        """Compare with the units of the text as it is, and mark what was said of another state of them."""
        self.now = tuple(units)
        digests = {unit.name: unit.digest for unit in self.now}
        for name, claim in self.claims.items():
            stale = bool(claim.unit) and digests.get(claim.unit) != claim.digest
            opinion = claim.finding.opinion
            if opinion is not None and opinion.stale != stale:
                finding = replace(claim.finding, opinion=replace(opinion, stale=stale))
                self.claims[name] = replace(claim, finding=finding)
