"""Lines and positions: where the lines of a text begin, and LSP positions in their three encodings.

Only `\\n`, `\\r\\n` and `\\r` end a line; form feed, U+0085 and U+2028 are ordinary characters.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from io import StringIO
from itertools import accumulate

from oldhand.text.edits import TextEdit

# A change costs a step per line of one block and a step per block, so the best size is near the square root
# of the number of lines. The cost is flat around the best: 128 stays below that of copying the text, up to
# 100,000 lines.
_BLOCK = 128
_LARGEST = 2 * _BLOCK
_SMALLEST = _BLOCK // 4


class PositionEncoding(Enum):
    """What the `character` of a position counts: bytes, 16-bit units or code points."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LineIndex:
    """Where each line of a text begins; never changed, and a changed text's index shares most of its parts.

    Lines stand in blocks of up to 256. A block holds the starts of its lines relative to its own first line,
    which is at `bases[n]` in the text and has the number `firsts[n]`; so an edit moves later blocks by their
    base alone. There is always a line 0, and a text that ends with a line's end has an empty last line.
    """

    blocks: tuple[array[int], ...]
    bases: tuple[int, ...]
    firsts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> LineIndex:
        """The index of a text."""
        parts = _parts(array("Q", [0, *_starts(text, 0)]), 0)
        blocks = tuple(block for block, _ in parts)
        return cls(blocks, tuple(base for _, base in parts), tuple(_numbers(blocks, 0)))

    @property
    def line_count(self) -> int:
        """How many lines there are, at least one."""
        return self.firsts[-1] + len(self.blocks[-1])

    def line_start(self, line: int) -> int:
        """The offset of the line's first character.

        Raises IndexError where there is no such line.
        """
        if not 0 <= line < self.line_count:
            raise IndexError(f"no line {line} in {self.line_count}")
        block = bisect_right(self.firsts, line) - 1
        return self.bases[block] + self.blocks[block][line - self.firsts[block]]

    def line_end(self, text: str, line: int) -> int:
        """The offset behind the line's last character, before what ends it.

        Raises IndexError where there is no such line.
        """
        if line == self.line_count - 1:
            return len(text)
        after = self.line_start(line + 1)
        return after - 2 if text.endswith("\r\n", 0, after) else after - 1

    def line_of(self, offset: int) -> int:
        """The number of the line on which the character at `offset` stands, its end included."""
        offset = max(offset, 0)
        block = bisect_right(self.bases, offset) - 1
        return self.firsts[block] + bisect_right(self.blocks[block], offset - self.bases[block]) - 1

    def edited(self, before: str, edit: TextEdit, after: str) -> LineIndex:
        """The index of `after`, which `edit` made of `before`, the text of this index.

        Takes a step per line of the edit, per line of one block and per block, none per line of the text.
        """
        start, end = edit.range.start, edit.range.end
        delta = len(after) - len(before)
        # Whether a line begins at an offset depends on the character on either side of it. Starts before the
        # edit and behind it are therefore as they were; those from its first to its last offset are found
        # anew.
        low = max(bisect_left(self.bases, start) - 1, 0)
        high = bisect_right(self.bases, end) - 1
        base = self.bases[low]
        lines = self.blocks[low][: max(bisect_left(self.blocks[low], start - base), 1)]
        lines.extend(found - base for found in _starts_between(after, start, end + delta))
        tail = self.blocks[high]
        tail = tail[bisect_right(tail, end - self.bases[high]) :]
        lines.extend(map((self.bases[high] - base + delta).__add__, tail))
        high += 1
        if len(lines) < _SMALLEST and high < len(self.blocks):
            lines.extend(map((self.bases[high] - base + delta).__add__, self.blocks[high]))
            high += 1

        parts = _parts(lines, base)
        blocks = (*self.blocks[:low], *(block for block, _ in parts), *self.blocks[high:])
        bases = (*self.bases[:low], *(at for _, at in parts), *map(delta.__add__, self.bases[high:]))
        firsts = (*self.firsts[:low], *_numbers(blocks[low:], self.firsts[low]))
        return LineIndex(blocks, bases, firsts)


def offset_of(text: str, index: LineIndex, line: int, character: int, encoding: PositionEncoding) -> int:
    """The offset of an LSP position, both numbers 0-based, `character` in units of `encoding`.

    A position that does not exist is the nearest before it, as LSP 3.18 has it: behind the end of a line is
    the line's end, before what ends it; behind the last line is the end of the text; below zero is zero;
    inside a character of several units is that character's start.
    """
    if line < 0:
        return 0
    if line >= index.line_count:
        return len(text)
    start = index.line_start(line)
    end = min(index.line_end(text, line), start + max(character, 0))
    if encoding is PositionEncoding.UTF32 or text.isascii():
        return end
    return start + _characters_in(text[start:end], max(character, 0), encoding)


def position_of(text: str, index: LineIndex, offset: int, encoding: PositionEncoding) -> tuple[int, int]:
    """The LSP position of an offset: line and character, 0-based, the latter in units of `encoding`.

    An offset outside of the text is its nearest end; one between `\\r` and `\\n` is the end of the line,
    since no editor has a place there.
    """
    offset = min(max(offset, 0), len(text))
    line = index.line_of(offset)
    start = index.line_start(line)
    if text.startswith("\n", offset) and text.endswith("\r", start, offset):
        offset -= 1
    if encoding is PositionEncoding.UTF32 or text.isascii():
        return line, offset - start
    return line, _units(text[start:offset], encoding)


def split_lines(text: str) -> list[str]:
    """The lines of a text, each with what ends it; no line is empty, so an empty text has none."""
    return list(StringIO(text, newline=""))


def _units(text: str, encoding: PositionEncoding) -> int:
    """How many units a text takes; a lone surrogate takes one in UTF-16 and three in UTF-8."""
    if text.isascii():
        return len(text)
    if encoding is PositionEncoding.UTF8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _characters_in(text: str, units: int, encoding: PositionEncoding) -> int:
    """How many whole characters from the start of `text` fit into so many units.

    Halves what is left at each step, so all that is encoded is of the length of the text.
    """
    low, high = 0, min(len(text), units)
    while low < high:
        middle = (low + high + 1) // 2
        taken = _units(text[low:middle], encoding)
        if taken <= units:
            low = middle
            units -= taken
        else:
            high = middle - 1
    return low


def _starts(text: str, at: int) -> list[int]:
    """Where the lines after the first begin in a text that stands at offset `at`."""
    starts = list(accumulate(map(len, StringIO(text, newline="")), initial=at))
    if not text.endswith(("\n", "\r")):
        starts.pop()
    return starts[1:]


def _starts_between(text: str, first: int, last: int) -> list[int]:
    """The line starts from offset `first` to `last`, both included, but for the start of the text."""
    left = max(first - 1, 0)
    starts = _starts(text[left : last + 1], left)
    if starts and last < starts[-1]:
        starts.pop()
    return starts


def _parts(starts: array[int], base: int) -> list[tuple[array[int], int]]:
    """Blocks of a size between the bounds, each with its base, from starts that are relative to `base`."""
    if len(starts) <= _LARGEST:
        return [(starts, base)]
    parts = []
    for n in range(0, len(starts), _BLOCK):
        block = starts[n : n + _BLOCK]
        by = block[0]
        parts.append((array("Q", [start - by for start in block]), base + by))
    return parts


def _numbers(blocks: tuple[array[int], ...], first: int) -> Iterator[int]:
    """The number of each block's first line, where the first block's is `first`."""
    return accumulate(map(len, blocks[:-1]), initial=first)
