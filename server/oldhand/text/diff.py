"""The difference of two texts as a few edits: Bram Cohen's patience diff, one level deep."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from oldhand.text.edits import TextEdit, changed_span
from oldhand.text.lines import split_lines
from oldhand.text.ranges import TextRange


def diff(old: str, new: str) -> tuple[TextEdit, ...]:
    """The edits that make `new` of `old`: lines are matched, then each differing run is cut down.

    In order, none touching another. None begins or ends between `\\r` and `\\n`, where editors have no place.
    Takes n log n steps for n lines. Lines that repeat are matched only next to others that match, so where
    many repeat an edit may span lines that did not change.
    """
    old_lines, new_lines = split_lines(old), split_lines(new)
    starts = list(accumulate(map(len, old_lines), initial=0))
    edits = []
    for removed, added in _runs(old_lines, new_lines):
        before = old[starts[removed.start] : starts[removed.end]]
        edits.append(_cut(before, "".join(new_lines[added.start : added.end]), starts[removed.start]))
    return tuple(edits)


def _runs(old: list[str], new: list[str]) -> Iterator[tuple[TextRange, TextRange]]:
    """The runs of lines that differ, in order, as ranges of line numbers; none touches another."""
    removed, added = changed_span(old, new)
    ends = [*_matches(old, new, removed, added), (removed.end, added.end)]
    old_start, new_start = removed.start, added.start
    for old_end, new_end in ends:
        here, there = changed_span(old[old_start:old_end], new[new_start:new_end])
        if len(here) or len(there):
            yield here.moved(old_start), there.moved(new_start)
        old_start, new_start = old_end, new_end


def _matches(old: list[str], new: list[str], removed: TextRange, added: TextRange) -> list[tuple[int, int]]:
    """Pairs of equal lines, both numbers growing: the most possible of those that each range has once."""
    before, after = Counter(old[removed.start : removed.end]), Counter(new[added.start : added.end])
    place = {old[n]: n for n in range(removed.start, removed.end) if before[old[n]] == 1}
    pairs = [(place[new[n]], n) for n in range(added.start, added.end) if after[new[n]] == 1 and new[n] in place]
    return [pairs[n] for n in _longest_growing([old_line for old_line, _ in pairs])]


def _longest_growing(values: list[int]) -> list[int]:
    """The indexes of a longest growing subsequence, by patience sorting."""
    smallest: list[int] = []  # the smallest value that ends a growing sequence of k + 1 values
    last: list[int] = []  # its index
    previous: list[int] = []  # for each value, the index of the one before it in its sequence, or -1
    for index, value in enumerate(values):
        k = bisect_left(smallest, value)
        smallest[k : k + 1] = [value]
        last[k : k + 1] = [index]
        previous.append(last[k - 1] if k else -1)
    chain = []
    index = last[-1] if last else -1
    while index >= 0:
        chain.append(index)
        index = previous[index]
    return chain[::-1]


def _cut(before: str, after: str, at: int) -> TextEdit:
    """The edit that makes `after` of `before`, which stands at offset `at`: their differing span."""
    old, new = changed_span(before, after)
    old_start, old_end, new_start, new_end = old.start, old.end, new.start, new.end
    if before.endswith("\r", 0, old_start) and (
        before.startswith("\n", old_start) or after.startswith("\n", new_start)
    ):
        old_start -= 1
        new_start -= 1
    if before.startswith("\n", old_end) and (before.endswith("\r", 0, old_end) or after.endswith("\r", 0, new_end)):
        old_end += 1
        new_end += 1
    return TextEdit(TextRange(old_start, old_end).moved(at), after[new_start:new_end])
