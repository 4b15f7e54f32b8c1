"""How long to wait after a keystroke before the text is reviewed: about as long as the reviews of late took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

REMEMBERED = 9
"""How many past reviews count."""


@dataclass(frozen=True, slots=True)
class Debounce:
    """`ratio` times the median of the past run times, between two bounds; all times in seconds.

    The idea is clangd's: a cheap review may follow each keystroke, a dear one waits for a pause in typing.
    """

    minimum: float = 0.02
    maximum: float = 0.5
    ratio: float = 1.0

    @classmethod
    def fixed(cls, seconds: float) -> Debounce:
        """Always the same wait."""
        return cls(seconds, seconds, 0.0)

    def delay(self, past: Sequence[float]) -> float:
        """The wait after reviews that took so long; the lower bound where there were none."""
        if not past:
            return self.minimum
        return min(max(self.ratio * _median(past), self.minimum), self.maximum)


def _median(values: Sequence[float]) -> float:
    """The upper one of the two in the middle; `statistics` would cost the start 10 ms."""
    return sorted(values)[len(values) // 2]
