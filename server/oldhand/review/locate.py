"""Where the code stands that a model quotes: exactly one place in a text, or none.

A model's line numbers are hints and no more; what it quotes decides.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import islice

from oldhand.review.alike import most_alike
from oldhand.text.lines import LineIndex, split_lines
from oldhand.text.ranges import TextRange

MOST_LINES = 20
MOST_CHARACTERS = 4_000
# Lines to either side of the hint.
REACH = 10

_RUN = re.compile(r"\S+")
_NUMBERED = re.compile(r"[ \t]*(?P<number>\d{1,7})[ \t]*[|:│→\t][ \t]?(?P<code>.*)", re.DOTALL)
_ELISION = re.compile(r"\W*(?:\.{3,}|…)\W*|\W*(?:\.{3}|…).{0,60}(?:\.{3}|…)\W*")


class How(Enum):
    """How a quote was found. What is SIMILAR may be shown, and is nothing to make a change on."""

    EXACT = "exact"
    WHITE_SPACE = "but for white space"
    NEAR = "the only one near the line that was named"
    SIMILAR = "similar"


@dataclass(frozen=True, slots=True)
class Located:
    """The one place of a quote, from its first character that is not blank to its last."""

    range: TextRange
    how: How


@dataclass(frozen=True, slots=True)
class Lost:
    """The quote has no place, or more than one; why, in one sentence."""

    reason: str


def locate(
    text: str, index: LineIndex, quote: str, line: int | None, within: TextRange | None = None
) -> Located | Lost:
    """The place of `quote` in `text`, of which `index` has the lines; `line`, counted from 1, is a hint.

    White space does not count, but between two words; nor do line numbers in front of each quoted line. A quote that
    stands in more than one place is located where one of them alone is near the hint. With `within` only places that
    share something with that range count. Takes time in proportion to the text.
    """
    if len(quote) > MOST_CHARACTERS or len(split_lines(quote)) > MOST_LINES:
        return Lost(f"The quote is longer than {MOST_LINES} lines or {MOST_CHARACTERS} characters.")
    readings = tuple(filter(None, dict.fromkeys(map(_flat, _readings(quote)))))
    if not readings:
        return Lost("The quote is empty.")
    folded = _folded(text)
    everywhere = TextRange(0, len(text))
    found = _places(folded, readings, everywhere, within or everywhere)
    if len(found) == 1:
        return Located(found[0], _how(text, quote, found[0]))
    if found:
        close = _places(folded, readings, _around(text, index, line), within or everywhere) if line else []
        return Located(close[0], How.NEAR) if len(close) == 1 else Lost("The quote stands in more than one place.")
    if within is not None and _places(folded, readings, everywhere, everywhere):
        return Lost("The quote stands only outside of the code that was reviewed.")
    if any(_ELISION.fullmatch(each) for each in split_lines(quote)):
        return Lost("The quote leaves out lines.")
    similar = most_alike(text, index, _readings(quote)[-1], within or everywhere)
    return Located(similar, How.SIMILAR) if similar is not None else Lost("The quote is not in the text.")


def _readings(quote: str) -> list[str]:
    """The quote as it is, and without line numbers where each of its lines has one that is one more than the last."""
    lines = split_lines(quote.strip("\r\n"))
    numbered = [_NUMBERED.fullmatch(each) for each in lines]
    first = numbered[0] if numbered else None
    if first is None:
        return [quote]
    start = int(first["number"])
    if any(each is None or int(each["number"]) != start + n for n, each in enumerate(numbered)):
        return [quote]
    return [quote, "".join(each["code"] for each in numbered if each is not None)]


@dataclass(frozen=True, slots=True, eq=False)
class _Folded:
    """A text without its white space, but for one blank between two words.

    `starts` says where each run of other characters begins in `flat`, `sources` where in the text.
    """

    text: str
    flat: str
    starts: list[int]
    sources: list[int]

    def source(self, place: int) -> int:
        """The offset in the text of a character of `flat`."""
        run = bisect_right(self.starts, place) - 1
        return self.sources[run] + place - self.starts[run]

    def place(self, offset: int) -> int:
        """The place in `flat` of the first character that stands at the offset or behind it."""
        run = bisect_right(self.sources, offset) - 1
        if run < 0:
            return 0
        end = self.starts[run + 1] if run + 1 < len(self.starts) else len(self.flat)
        return min(self.starts[run] + offset - self.sources[run], end)


@lru_cache(maxsize=2)
def _folded(text: str) -> _Folded:
    parts: list[str] = []
    starts: list[int] = []
    sources: list[int] = []
    length = 0
    word = False
    for match in _RUN.finditer(text):
        run = match[0]
        if word and _is_word(run[0]):
            parts.append(" ")
            length += 1
        parts.append(run)
        starts.append(length)
        sources.append(match.start())
        length += len(run)
        word = _is_word(run[-1])
    return _Folded(text, "".join(parts), starts, sources)


def _flat(quote: str) -> str:
    return _folded.__wrapped__(quote).flat


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _places(folded: _Folded, readings: tuple[str, ...], starts: TextRange, scope: TextRange) -> list[TextRange]:
    """Up to two places or a few more of the readings that begin in `starts` and share something with `scope`.

    What a reading without line numbers finds inside of a place that has the numbers too is no other place.
    """
    found: list[TextRange] = []
    for reading in readings:
        places = _occurrences(folded, reading, starts, scope)
        found += islice((one for one in places if not any(other.covers(one) for other in found)), 2)
    return found


def _occurrences(folded: _Folded, reading: str, starts: TextRange, scope: TextRange) -> Iterator[TextRange]:
    """Where the reading stands and neither begins nor ends inside of a word."""
    last = folded.place(starts.end) + len(reading)
    at = folded.flat.find(reading, folded.place(starts.start), last)
    while at >= 0:
        place = TextRange(folded.source(at), folded.source(at + len(reading) - 1) + 1)
        if (
            place.overlaps(scope)
            and not _cuts_word(folded.text, place.start)
            and not _cuts_word(folded.text, place.end)
        ):
            yield place
        at = folded.flat.find(reading, at + 1, last)


def _cuts_word(text: str, offset: int) -> bool:
    return 0 < offset < len(text) and _is_word(text[offset - 1]) and _is_word(text[offset])


def _around(text: str, index: LineIndex, line: int) -> TextRange:
    """The lines within reach of a line that is counted from 1."""
    last = index.line_count - 1
    first, final = min(max(line - 1 - REACH, 0), last), min(max(line - 1 + REACH, 0), last)
    return TextRange(index.line_start(first), index.line_end(text, final))


def _how(text: str, quote: str, place: TextRange) -> How:
    return How.EXACT if text[place.start : place.end] == quote.strip() else How.WHITE_SPACE
