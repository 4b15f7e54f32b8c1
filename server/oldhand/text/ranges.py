"""Half-open ranges of code-point offsets in a Python string."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class TextRange:
    """The half-open range `[start, end)` of code-point offsets into a `str`, never negative nor reversed."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a range: {self.start}..{self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def __bool__(self) -> bool:
        """A range is always true; ask `len` whether it is empty."""
        return True

    def contains(self, offset: int) -> bool:
        """Whether `offset` lies inside, the end included, as a cursor behind the last character does."""
        return self.start <= offset <= self.end

    def covers(self, other: TextRange) -> bool:
        """Whether `other` lies wholly inside this range."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: TextRange) -> bool:
        """Whether the two share a character; an empty range shares with one that has it strictly inside."""
        return self.start < other.end and other.start < self.end

    def touches(self, other: TextRange) -> bool:
        """Whether the two overlap or meet at an end."""
        return self.start <= other.end and other.start <= self.end

    def moved(self, by: int) -> TextRange:
        """The same range `by` code points further on.

        Raises ValueError where that would begin before the text.
        """
        return TextRange(self.start + by, self.end + by)
