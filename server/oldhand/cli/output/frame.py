"""Code frames: the lines of a range as a terminal shows them, with what lies below them.

Colours and gutters are `text`'s; here is only what stands where.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from rich.cells import get_character_cell_size

from oldhand.cli.escape import command_offsets
from oldhand.secrets import MASK, masked
from oldhand.text.lines import LineIndex
from oldhand.text.ranges import TextRange
from oldhand.text.visible import escaped, is_invisible

TAB_SIZE = 4
_FIRST_LINES = 4
_LAST_LINES = 2


@dataclass(frozen=True, slots=True)
class FrameLine:
    """One line of a frame: its 1-based number, or None where lines are left out; the code as shown.

    `under` is as many blanks and carets as mark the range below it, empty where nothing is marked there.
    `inside` tells the lines of a range of several lines from those around it.
    """

    number: int | None
    code: str
    under: str = ""
    inside: bool = False


def frame(
    text: str,
    index: LineIndex,
    place: TextRange,
    secrets: Sequence[TextRange],
    *,
    width: int,
    ellipsis: str = "…",
) -> tuple[FrameLine, ...]:
    """The lines of `place` and one on either side, none wider than `width` columns.

    `secrets` (in order and apart) are shown masked. A long line is cut around the range, a long range in its middle.
    """
    first, last = index.line_of(place.start), index.line_of(max(place.start, place.end - 1))
    shown: list[FrameLine] = []
    left_out = range(first + _FIRST_LINES, last - _LAST_LINES + 1)
    for line in range(max(first - 1, 0), min(last + 2, index.line_count)):
        if line in left_out and len(left_out) > 1:
            if line == left_out[0]:
                shown.append(FrameLine(None, ellipsis, inside=True))
            continue
        start, end = index.line_start(line), index.line_end(text, line)
        marked = _part(text, start, end, place) if line in (first, last) else None
        inside = first < last and first <= line <= last
        row = _row(text, start, end, secrets)
        if first <= line <= last or row.text.strip():
            code, under = row.cut(marked, width, ellipsis)
            shown.append(FrameLine(line + 1, code.rstrip(), under, inside))
    return tuple(shown)


def _part(text: str, start: int, end: int, place: TextRange) -> TextRange:
    """The part of a line that the range covers, without the line's indentation, at least a place in it."""
    indent = len(text[start:end]) - len(text[start:end].lstrip())
    low = min(place.start if start <= place.start else start + indent, end)
    return TextRange(low, max(low, min(place.end, end)))


@dataclass(frozen=True, slots=True)
class _Row:
    """A line as shown: for each of its characters, from offset `start`, what is shown for it and how wide that is."""

    start: int
    cells: tuple[str, ...]
    widths: tuple[int, ...]

    @property
    def text(self) -> str:
        return "".join(self.cells)

    def cut(self, marked: TextRange | None, width: int, ellipsis: str) -> tuple[str, str]:
        """The code and the marks under it, cut to `width` columns around the marks."""
        columns = (0, *accumulate(self.widths))
        low, high = 0, len(self.cells)
        begin = columns[marked.start - self.start] if marked else 0
        until = columns[marked.end - self.start] if marked else 0
        if width < columns[-1]:
            room = max(width - 2 * len(ellipsis), 1)
            left = 0 if until <= room else max(0, min(begin - room // 4, columns[-1] - room))
            low = bisect_right(columns, left - 1)
            high = max(bisect_right(columns, columns[low] + room) - 1, low)
        before = ellipsis if low else ""
        code = before + "".join(self.cells[low:high]) + (ellipsis if high < len(self.cells) else "")
        if marked is None:
            return code, ""
        shift = len(before) - columns[low]
        begin = min(begin, columns[high])
        carets = max(min(until, columns[high]) - begin, 1)
        return code, " " * (begin + shift) + "^" * carets


def _row(text: str, start: int, end: int, secrets: Sequence[TextRange]) -> _Row:
    cells: list[str] = []
    widths: list[int] = []
    commands = command_offsets(text[start:end])
    hidden = _masks(text, start, end, secrets)
    column = 0
    for offset in range(start, end):
        character = text[offset]
        if offset in hidden:
            cell = hidden[offset]
        elif character == "\t":
            cell = " " * (TAB_SIZE - column % TAB_SIZE)
        elif offset - start in commands or is_invisible(character):
            cell = escaped(character)
        else:
            cell = character
        width = sum(map(get_character_cell_size, cell))
        cells.append(cell)
        widths.append(width)
        column += width
    return _Row(start, tuple(cells), tuple(widths))


def _masks(text: str, start: int, end: int, secrets: Sequence[TextRange]) -> dict[int, str]:
    """What is shown for each offset of the line that lies in a secret: the mask at its first, nothing at the rest."""
    hidden: dict[int, str] = {}
    for secret in _between(secrets, start, end):
        offsets = range(max(secret.start, start), min(secret.end, end))
        hidden.update(dict.fromkeys(offsets, ""))
        if offsets:
            whole = masked(text[secret.start : secret.end])
            hidden[offsets[0]] = whole if start <= secret.start else MASK
    return hidden


def _between(ranges: Sequence[TextRange], start: int, end: int) -> Iterator[TextRange]:
    return (item for item in ranges if item.start < end and start < item.end)
