"""The code as a model sees it: numbered lines, some of them, with a mark where others are left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oldhand.text.lines import LineIndex
from oldhand.text.ranges import TextRange

GAP = "     …"
"""What stands for lines that are left out."""

LONGEST_LINE = 2_000
"""Characters of a line that are shown; what is longer is data and not code."""


def lines_of(index: LineIndex, places: Iterable[TextRange]) -> set[int]:
    """The numbers, from 0, of the lines that the places touch."""
    found: set[int] = set()
    for place in places:
        last = index.line_of(max(place.end - 1, place.start))
        found.update(range(index.line_of(place.start), last + 1))
    return found


def numbered(text: str, index: LineIndex, wanted: Iterable[int]) -> str:
    """The lines with those numbers, from 0, each with its number from 1 in front: `  12| x = 1`.

    A gap of up to two lines is not worth a mark and is filled.
    """
    shown: list[str] = []
    before = -1
    for line in _filled(sorted(wanted)):
        if line != before + 1:
            shown.append(GAP)
        code = text[index.line_start(line) : index.line_end(text, line)]
        cut = code if len(code) <= LONGEST_LINE else code[:LONGEST_LINE] + " … (cut)"
        shown.append(f"{line + 1:>5}| {cut}")
        before = line
    if before + 1 < index.line_count:
        shown.append(GAP)
    return "\n".join(shown)


def spans(lines: Iterable[int]) -> str:
    """Line numbers, from 0, as people and models read them: `3-7, 12`."""
    runs: list[list[int]] = []
    for line in sorted(lines):
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    return ", ".join(f"{first + 1}" if first == last else f"{first + 1}-{last + 1}" for first, last in runs)


def _filled(lines: Sequence[int]) -> list[int]:
    filled: list[int] = []
    for line in lines:
        if filled and line - filled[-1] <= 3:
            filled.extend(range(filled[-1] + 1, line))
        filled.append(line)
    return filled
