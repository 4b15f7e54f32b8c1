"""SQL with its place: a text of SQL, and where in a document each of its characters stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from oldhand.text.ranges import TextRange


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of SQL: `text` stands in the document at `start..end`.

    Where the two lengths are equal, character stands for character; else (an escape sequence) every character of
    `text` has the whole of `start..end` as its place.
    """

    text: str
    start: int
    end: int

    @property
    def verbatim(self) -> bool:
        """Whether each character has a place of its own."""
        return len(self.text) == self.end - self.start


@dataclass(frozen=True, slots=True, eq=False)
class SqlText:
    """A text of SQL, a whole file or what a string in a program holds.

    `pieces` lie in the order of `text` and of the document, without overlap; `starts` are their offsets in `text`.
    `host` is the language of the program, "" for a file. `continues` says that the program may add to the text, so
    that nothing can be said about what it lacks. `scope` is the name of the function it stands in and `around` that
    function's source, both "" where there is none.
    """

    text: str
    pieces: tuple[Piece, ...]
    starts: tuple[int, ...]
    host: str = ""
    continues: bool = False
    scope: str = ""
    around: str = ""

    @classmethod
    def of_file(cls, text: str) -> SqlText:
        """A file of SQL: every offset is its own."""
        return cls(text, (Piece(text, 0, len(text)),), (0,))

    @classmethod
    def of_pieces(cls, pieces: Iterable[Piece], host: str) -> SqlText:
        """SQL that is put together from stretches of a document."""
        kept = tuple(piece for piece in pieces if piece.text)
        starts, length = [], 0
        for piece in kept:
            starts.append(length)
            length += len(piece.text)
        return cls("".join(piece.text for piece in kept), kept, tuple(starts), host)

    def range_of(self, start: int, end: int) -> TextRange:
        """The document's range for `start..end` of the SQL: from the first character's place to the last one's."""
        first = self._place(start)
        if end <= start:
            return TextRange(first[0], first[0])
        return TextRange(first[0], max(first[0], self._place(end - 1)[1]))

    def is_verbatim(self, start: int, end: int) -> bool:
        """Whether `start..end` stands in the document as it is, in one piece."""
        index = self._index(start)
        piece = self.pieces[index]
        return piece.verbatim and end <= self.starts[index] + len(piece.text)

    def _place(self, offset: int) -> tuple[int, int]:
        """Where the character at `offset` stands; behind the text it is the empty place there."""
        if not self.pieces:
            return 0, 0
        index = self._index(offset)
        piece, into = self.pieces[index], offset - self.starts[index]
        if into >= len(piece.text):
            return piece.end, piece.end
        if piece.verbatim:
            return piece.start + into, piece.start + into + 1
        return piece.start, piece.end

    def _index(self, offset: int) -> int:
        return max(0, bisect_right(self.starts, offset) - 1)
