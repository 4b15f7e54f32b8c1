"""One line of the table that `make bench` prints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, ours and a yardstick's in the same run.

    `ours` and `yardstick` are with their unit, `yardstick` also says whose it is, or is "" where there is none.
    `ratio` is the yardstick's by ours, so that more is better for us; None where there is no yardstick.
    `goal` is what was aimed at; `note` says more, and why where a goal is missed. `met` is None without a goal.
    """

    name: str
    ours: str
    yardstick: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None
    note: str = ""
