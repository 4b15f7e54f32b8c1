"""Anchors: ranges that stay on their text while it is edited."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from oldhand.text.diff import diff
from oldhand.text.edits import TextEdit, compose_all
from oldhand.text.ranges import TextRange

# A lost range is looked for in what this many changes to either side wrote: enough for a move, and bounded
# where a thousand places change at once.
_REACH = 8


def shift(span: TextRange, edit: TextEdit) -> TextRange | None:
    """Where the range is after the edit; None where the edit changes what stands in it.

    An edit that ends at or before the range's start moves it, so an insertion exactly at the start pushes the
    span. An edit that begins at or behind its end leaves it, so an insertion exactly at the end stays
    outside. An insertion at the place of an empty range pushes it.
    """
    if edit.range.end <= span.start:
        return span.moved(len(edit.new_text) - len(edit.range))
    if span.end <= edit.range.start:
        return span
    return None


def carry(
    span: TextRange,
    quote: str,
    edits: Sequence[TextEdit],
    before: str,
    after: str,
) -> TextRange | None:
    """Where a range of `before`, on the text `quote`, is in `after`: `carry_all` for a single one."""
    changes = _Changes.of(edits, before)
    number = changes.behind(span)
    return changes.shifted(span, number) or changes.found_again(span, quote, number, after)


def carry_all(
    ranges: Sequence[TextRange], edits: Sequence[TextEdit], before: str, after: str
) -> list[TextRange | None]:
    """Where each range of `before` is in `after`; None where its text is gone. The edits follow each other.

    What counts is what the edits change together, and of a replaced text only what differs from its
    replacement. A range that this does not touch is shifted. A range that it does touch is found again where
    the same text stands nearest to the place one would expect, the earlier of two as near, but only where an
    edit has written some of it: what stood there before is other code. Of two different ranges found at one
    place the nearer has it.
    """
    changes = _Changes.of(edits, before)
    carried: list[TextRange | None] = []
    lost = []
    for index, each in enumerate(ranges):
        number = changes.behind(each)
        shifted = changes.shifted(each, number)
        carried.append(shifted)
        if shifted is None:
            quote = before[each.start : each.end]
            found = changes.found_again(each, quote, number, after)
            if found is not None:
                lost.append((abs(found.start - changes.expected(each, number)), index, found))
    owners: dict[TextRange, TextRange] = {}
    for _, index, found in sorted(lost):
        if owners.setdefault(found, ranges[index]) == ranges[index]:
            carried[index] = found
    return carried


@dataclass(frozen=True, slots=True)
class _Changes:
    """What a series of edits changes together: parallel edits in order, none touching another.

    `shifts[n]` is how far text moves that has n of the changes before it.
    """

    changes: Sequence[TextEdit]
    starts: list[int]
    ends: list[int]
    shifts: list[int]

    @classmethod
    def of(cls, edits: Sequence[TextEdit], before: str) -> _Changes:
        changes = [fine for edit in compose_all(edits) for fine in _refined(edit, before)]
        return cls(
            changes,
            [change.range.start for change in changes],
            [change.range.end for change in changes],
            list(accumulate((len(change.new_text) - len(change.range) for change in changes), initial=0)),
        )

    def behind(self, span: TextRange) -> int:
        """How many of the changes the range has before it."""
        return bisect_right(self.ends, span.start)

    def shifted(self, span: TextRange, number: int) -> TextRange | None:
        """As the function `shift`, for all changes, `number` of which are before the span."""
        if number < len(self.starts) and self.starts[number] < span.end:
            return None
        by = self.shifts[number]
        return span.moved(by) if by else span

    def expected(self, span: TextRange, number: int) -> int:
        """Where a range begins that the change of that number touches: as far into its new text as before."""
        change = self.changes[number]
        inside = max(span.start - change.range.start, 0)
        return span.start - inside + self.shifts[number] + min(inside, len(change.new_text))

    def found_again(self, span: TextRange, quote: str, number: int, after: str) -> TextRange | None:
        """The occurrence of `quote` nearest to the expected place that overlaps something a change wrote."""
        if not quote:
            return None
        near = self.expected(span, number)
        places = []
        low = max(number - _REACH, 0)
        for change, by in zip(self.changes[low : number + _REACH], self.shifts[low:], strict=False):
            start = change.range.start + by
            first = max(start - len(quote) + 1, 0)
            last = start + len(change.new_text) - 1
            places += _nearest(after, quote, near, first, last)
        best = min(places, key=lambda place: (abs(place - near), place), default=None)
        return None if best is None else TextRange(best, best + len(quote))


def _refined(edit: TextEdit, before: str) -> list[TextEdit]:
    """The edit as what differs between the text it takes out and the text it puts in."""
    if not edit.new_text or not len(edit.range):
        return [edit]
    at = edit.range.start
    old = before[at : edit.range.end]
    return [TextEdit(fine.range.moved(at), fine.new_text) for fine in diff(old, edit.new_text)]


def _nearest(text: str, quote: str, near: int, first: int, last: int) -> list[int]:
    """The places of `quote` that are nearest to `near` on either side and from `first` to `last`."""
    behind = text.find(quote, max(first, near), last + len(quote))
    ahead = text.rfind(quote, first, min(near, last) + len(quote))
    return [place for place in (ahead, behind) if place >= 0]
