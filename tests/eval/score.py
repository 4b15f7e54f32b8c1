"""How good a persona's findings are on labelled code: which hit, what is missed, and whether changes hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oldhand.findings import Accepted, Finding
from oldhand.text.lines import LineIndex


@dataclass(frozen=True, slots=True)
class Case:
    """One text with its labels: ranges of lines, from 1 and with their last; none where the code is right."""

    id: str
    language: str
    text: str
    gold: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over cases; each label counts as found once, whatever hits it."""

    hits: int = 0
    false_alarms: int = 0
    found: int = 0
    labels: int = 0
    exact: int = 0
    proposed: int = 0
    holding: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.false_alarms) if self.hits + self.false_alarms else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.labels if self.labels else 1.0

    @property
    def f_half(self) -> float:
        """The F-measure in which precision weighs twice as much as recall."""
        weighted = 0.25 * self.precision + self.recall
        return 1.25 * self.precision * self.recall / weighted if weighted else 0.0


def score(case: Case, findings: Sequence[Finding]) -> Score:
    """What these findings are worth on this case; `exact` counts those that begin on a label's first line."""
    index = LineIndex.of(case.text)
    places = [(index.line_of(one.range.start) + 1, index.line_of(one.range.end) + 1) for one in findings]
    hit = [any(first <= end and start <= last for start, end in case.gold) for first, last in places]
    return Score(
        hits=sum(hit),
        false_alarms=len(hit) - sum(hit),
        found=sum(any(first <= end and start <= last for first, last in places) for start, end in case.gold),
        labels=len(case.gold),
        exact=sum(any(first == start for start, _ in case.gold) for first, _ in places),
        proposed=sum(one.fix is not None for one in findings),
        holding=sum(isinstance(one.verdict, Accepted) for one in findings),
    )
