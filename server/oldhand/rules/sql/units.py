"""A file of SQL cut into units, which are read each by itself, and what is left of them after a change.

A unit ends where nothing is open, so that its reading is true whatever stands before and behind it. While something
is typed that is still open where it used to end (a quote, a parenthesis, a statement without its terminator), it
is a unit of its own and keeps to its place, and what stands below is left alone; see `_may_stay` for how long.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from oldhand.rules.sql.dialect import Dialect
from oldhand.rules.sql.statements import Statement
from oldhand.rules.sql.stretch import Stretch, split
from oldhand.text.edits import changed_span
from oldhand.text.ranges import TextRange

# In code points: what a unit has at least, where statements are that small. To read one takes about a millisecond.
_SIZE = 600
_SMALL = 200
# What is not worth the search for what is left.
_LARGEST = 30_000


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One statement or several small ones, with what is around them.

    `earlier` is None but for what is half typed: there it is the text that stood there when it was last whole.
    """

    text: str
    stretch: Stretch
    earlier: str | None = None

    @property
    def half_typed(self) -> bool:
        """Whether it ends before what was typed there does."""
        return self.earlier is not None


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A text as its units; `starts` are where they begin, and the end of the text behind them."""

    text: str
    dialect: Dialect
    units: tuple[Unit, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str, dialect: Dialect, units: tuple[Unit, ...]) -> Cut:
        """The cut that has these units."""
        return cls(text, dialect, units, tuple(accumulate((len(unit.text) for unit in units), initial=0)))

    @property
    def half_typed(self) -> bool:
        """Whether any unit is."""
        return any(unit.half_typed for unit in self.units)

    def comments(self) -> list[TextRange]:
        """The ranges of the comments, in text order."""
        return [comment.moved(start) for unit, start in self._placed() for comment in unit.stretch.comments]

    def statement_at(self, place: TextRange) -> TextRange | None:
        """The statement that `place` begins in, its terminator included; None between statements."""
        index = bisect_right(self.starts, place.start, hi=len(self.units)) - 1
        if index < 0:
            return None
        start, statements = self.starts[index], self.units[index].stretch.statements
        at = bisect_right(statements, place.start - start, key=lambda statement: statement.start) - 1
        if at < 0 or place.start - start > statements[at].after:
            return None
        return TextRange(statements[at].start, statements[at].after).moved(start)

    def statements(self) -> Iterator[tuple[Statement, int]]:
        """The statements in text order, each with the offset that its own offsets count from."""
        for unit, start in self._placed():
            yield from ((statement, start) for statement in unit.stretch.statements)

    def seam_before(self, offset: int) -> int:
        """The last place up to `offset` where the text can be cut."""
        index = max(0, bisect_right(self.starts, offset, hi=len(self.units)) - 1)
        seams = self.units[index].stretch.seams
        at = bisect_right(seams, offset - self.starts[index]) - 1
        return self.starts[index] + (seams[at] if at >= 0 else 0)

    def seams_from(self, offset: int) -> Iterator[int]:
        """The places from `offset` on where the text can be cut, its end being the last."""
        first = max(0, bisect_right(self.starts, offset, hi=len(self.units)) - 1)
        for unit, start in zip(self.units[first:], self.starts[first:], strict=False):
            yield from (start + seam for seam in (0, *unit.stretch.seams) if start + seam >= offset)
        yield len(self.text)

    def _placed(self) -> Iterator[tuple[Unit, int]]:
        return zip(self.units, self.starts, strict=False)


def cut(text: str, dialect: Dialect) -> Cut:
    """Cut a text that is new."""
    return Cut.of(text, dialect, tuple(_units(text, dialect)))


def recut(before: Cut, text: str) -> Cut | None:
    """Cut what a text has become, with the same units where nothing changed; None where too much has."""
    if not before.units:
        return None
    if text == before.text:
        return before
    removed, added = _change(before.text, text)
    growth = len(added) - len(removed)
    start = before.seam_before(removed.start)
    end = next(
        seam
        for seam in before.seams_from(removed.end)
        if seam == len(before.text) or seam + growth == start or text[seam + growth - 1] == "\n"
    )
    if end + growth - start > _LARGEST:
        return None
    units = list(before.units)
    typed = _put(before, TextRange(start, end), text[start : end + growth], units)
    # From the end on: what takes in the units behind it is settled after these are.
    for index in reversed([index for index, unit in enumerate(units) if unit.half_typed]):
        if not _may_stay(units, index, typed_here=units[index] is typed):
            _join(units, index, before.dialect)
    return Cut.of(text, before.dialect, tuple(units))


def _change(old: str, new: str) -> tuple[TextRange, TextRange]:
    """The span that differs, in both texts; lines that are put in are told as such, whatever the next one begins with.

    A SELECT that is typed above another would else be taken for a change inside of that one.
    """
    removed, added = changed_span(old, new)
    line = new.rfind("\n", 0, added.start) + 1
    common = added.start - line
    if len(removed) or not common or new[line : added.start] != new[added.end - common : added.end]:
        return removed, added
    return removed.moved(-common), added.moved(-common)


def _put(before: Cut, place: TextRange, text: str, units: list[Unit]) -> Unit | None:
    """Put `text` in the place of a stretch of the earlier text, which begins and ends at seams.

    The result is the unit that `text` becomes if it is half typed.
    """
    dialect = before.dialect
    first = bisect_right(before.starts, place.start, hi=len(units)) - 1
    last = bisect_left(before.starts, place.end) - 1  # the one before `first` where nothing is between two units
    head = before.text[before.starts[first] : place.start]
    tail = before.text[place.end : before.starts[last + 1]]
    rest = units[last].earlier if tail else None
    stretch = split(text, dialect)
    typed = None
    if not stretch.whole and place.end < len(before.text):
        earlier = units[first].earlier if first == last else None
        typed = Unit(text, stretch, before.text[place.start : place.end] if earlier is None else earlier)
    if typed is None and rest is None:
        whole = head + text + tail
        following = units[last + 1] if last + 1 < len(units) else None
        if len(whole) < _SMALL and following is not None and not following.half_typed:
            whole, last = whole + following.text, last + 1
        units[first : last + 1] = _units(whole, dialect)
        return None
    # What is half typed, and what is left of it, stands by itself.
    above = [*_units(head, dialect), typed] if typed is not None else [*_units(head + text, dialect)]
    below = [Unit(tail, split(tail, dialect), rest)] if tail else []
    units[first : last + 1] = [*above, *below]
    return typed


def _may_stay(units: list[Unit], index: int, *, typed_here: bool) -> bool:
    """Whether a half typed unit is to be read apart from what is below it.

    An open quote is, until it is closed; so is a comment that nothing below would end. Anything else is while it is
    being typed: once something is changed elsewhere, it is taken for what it is.
    """
    if index == len(units) - 1:
        return False
    match units[index].stretch.left_open:
        case "quote":
            return True
        case "comment":
            return not any("*/" in unit.text for unit in units[index + 1 :])
        case _:
            return typed_here


def _join(units: list[Unit], index: int, dialect: Dialect) -> None:
    """Read the unit together with as many of those behind it as it takes until nothing is open."""
    count = 2
    while True:
        text = "".join(unit.text for unit in units[index : index + count])
        if index + count >= len(units) or split(text, dialect).whole:
            break
        count *= 2
    units[index : index + count] = _units(text, dialect)


def _units(text: str, dialect: Dialect) -> Iterator[Unit]:
    """The units of a text that begins at a seam; where it does not end at one, the last is left open."""
    place = 0
    while place < len(text):
        size = _SIZE
        while True:
            end = _line_behind(text, place + size) if place + 2 * size < len(text) else len(text)
            stretch = split(text[place:end], dialect)
            if stretch.seams or end == len(text):
                break
            size *= 2
        stretch = stretch.up_to(stretch.seams[-1]) if stretch.seams else stretch
        yield Unit(text[place : place + stretch.length], stretch)
        place += stretch.length


def _line_behind(text: str, place: int) -> int:
    """The next place from `place` on where a unit may end by the look of it."""
    found = _END.search(text, place)
    return found.end() if found is not None else len(text)


_END = re.compile(r"(?:;[ \t]*+(?:--[^\r\n]*+)?|^[ \t]*+(?:GO|/)[ \t]*+)\r?\n", re.IGNORECASE | re.MULTILINE)
