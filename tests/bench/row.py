"""One line of the tables that `make bench` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, ours and a yardstick's in the same run.

    `ratio` is the yardstick's by ours, so that more is better for us; None where there is no yardstick.
    `ours` and `yardstick` are with their unit, `yardstick` also says whose it is, or is "" where there is none.
    `goal` is what was aimed at; `met` is None without a goal. `note` says more, and why where a goal is missed.
    """

    name: str
    ours: str
    yardstick: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, again and again, in milliseconds, in order."""

    times: Sequence[float]

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Times:
        return cls(sorted(one * 1000 for one in seconds))

    def share(self, share: float) -> float:
        """The time that so large a share is not above: 0.5 is the median."""
        return self.times[min(len(self.times) - 1, int(len(self.times) * share))]

    def shown(self, *shares: float) -> str:
        """The times at these shares, and the longest."""
        shown = [self.share(share) for share in shares] + [self.times[-1]]
        return " / ".join(f"{time:.2f}" if time < 10 else f"{time:.0f}" for time in shown) + " ms"
