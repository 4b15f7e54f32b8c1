"""Text edits: apply, compose, compare.

A list of edits is parallel, all its ranges referring to one text, unless a docstring says that they follow
each other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from sys import maxsize

from oldhand.text.ranges import TextRange


@dataclass(frozen=True, slots=True, order=True)
class TextEdit:
    """Replace the characters of `range` (code-point offsets) by `new_text`."""

    range: TextRange
    new_text: str


class EditError(ValueError):
    """Edits that can not be made; nothing was changed."""


class OverlapError(EditError):
    """Two edits of one list change the same characters."""


class OutsideError(EditError):
    """An edit's range goes beyond the text."""


def apply(text: str, edits: Iterable[TextEdit]) -> str:
    """The text with all of the edits made, or none of them.

    The list may be in any order; insertions at one place keep theirs, and come before a replacement that
    starts there. Raises OverlapError or OutsideError.
    """
    pieces = []
    done = 0
    for edit in in_order(edits):
        pieces.append(text[done : edit.range.start])
        pieces.append(edit.new_text)
        done = edit.range.end
    if len(text) < done:
        raise OutsideError(f"an edit ends at offset {done} of a text of {len(text)} characters")
    pieces.append(text[done:])
    return "".join(pieces)


def in_order(edits: Iterable[TextEdit]) -> list[TextEdit]:
    """The edits by place, insertions at one place in the order given.

    Raises OverlapError where two change the same characters, or one inserts inside of what another replaces.
    """
    ordered = sorted(edits, key=lambda edit: (edit.range.start, edit.range.end))
    for first, second in pairwise(ordered):
        if second.range.start < first.range.end:
            raise OverlapError(
                f"two edits overlap: {first.range.start}..{first.range.end}"
                f" and {second.range.start}..{second.range.end}"
            )
    return ordered


def collide(one: Iterable[TextEdit], other: Iterable[TextEdit]) -> bool:
    """Whether two changes to one text meet, so that to make both is more than to make each.

    Edits that touch count: which of two insertions at one place comes first is nobody's decision.
    """
    others = tuple(other)
    return any(edit.range.touches(against.range) for edit in one for against in others)


def compose(first: Iterable[TextEdit], second: Iterable[TextEdit]) -> tuple[TextEdit, ...]:
    """One list that does what `first` does and then `second`, whose ranges refer to what `first` leaves.

    The edits come in order and do not touch; what is inserted and taken out again leaves none.
    Raises OverlapError.
    """
    source = _pieces(in_order(first))
    result: list[range | str] = []
    done = 0
    for edit in in_order(second):
        result += _take(source, edit.range.start - done)
        result.append(edit.new_text)
        _take(source, len(edit.range))
        done = edit.range.end
    return tuple(_edits([*result, *source]))


def compose_all(edits: Sequence[TextEdit]) -> tuple[TextEdit, ...]:
    """As `compose`, for edits that follow each other, each on the text that the one before it left."""
    lists: list[tuple[TextEdit, ...]] = [(edit,) for edit in edits]
    while len(lists) > 1:  # by pairs, or many edits would take the square of their number
        lists = [compose(*pair) for pair in zip_longest(lists[::2], lists[1::2], fillvalue=())]
    return compose(lists[0], ()) if lists else ()


def changed_span(old: Sequence[str], new: Sequence[str]) -> tuple[TextRange, TextRange]:
    """The smallest single span that differs: its range in `old` and its range in `new`.

    Both are strings, or both lists of lines. Both ranges are empty, at the end, where the two are equal.
    Works by halving over slices of what is left, so the comparing is done in C and reads the texts about
    once.
    """
    limit = min(len(old), len(new))
    prefix = _common(limit, lambda low, high: old[low:high] == new[low:high])
    end_old, end_new = len(old), len(new)
    suffix = _common(
        limit - prefix,
        lambda low, high: old[end_old - high : end_old - low] == new[end_new - high : end_new - low],
    )
    return TextRange(prefix, end_old - suffix), TextRange(prefix, end_new - suffix)


def _common(limit: int, equal: Callable[[int, int], bool]) -> int:
    """The largest n up to `limit` with `equal(0, n)`, which says whether the texts are equal from 0 to n."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if equal(low, middle):
            low = middle
        else:
            high = middle - 1
    return low


def _pieces(edits: Iterable[TextEdit]) -> deque[range | str]:
    """What the edits make of an endless text: offsets of it that stay, and strings that are new."""
    pieces: deque[range | str] = deque()
    done = 0
    for edit in edits:
        pieces.append(range(done, edit.range.start))
        pieces.append(edit.new_text)
        done = edit.range.end
    pieces.append(range(done, maxsize))
    return pieces


def _take(pieces: deque[range | str], count: int) -> list[range | str]:
    """Take so many characters off the front."""
    taken = []
    while count > 0:
        piece = pieces.popleft()
        if count < len(piece):
            pieces.appendleft(piece[count:])
            piece = piece[:count]
        taken.append(piece)
        count -= len(piece)
    return taken


def _edits(pieces: Iterable[range | str]) -> Iterable[TextEdit]:
    """The edits between the pieces that stay; the reverse of `_pieces`."""
    done = 0
    new_text = ""
    for piece in pieces:
        if isinstance(piece, str):
            new_text += piece
        elif piece:
            if new_text or done < piece.start:
                yield TextEdit(TextRange(done, piece.start), new_text)
                new_text = ""
            done = piece.stop
