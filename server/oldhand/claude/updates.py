"""What a review by a persona tells while it runs, one thing after another."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from oldhand.claude.cost import Usage
from oldhand.findings import Finding, Opinion


@dataclass(frozen=True, slots=True)
class Sent:
    """The question has left, to this model."""

    model: str


@dataclass(frozen=True, slots=True)
class Delayed:
    """The server is asked again in so many seconds, for this reason."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, or one that was told before and is now judged; the fingerprint says which."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A finding that was told does not hold, for this reason."""

    fingerprint: str
    reason: str


@dataclass(frozen=True, slots=True)
class Commented:
    """What the persona says of a rule's finding, by its fingerprint."""

    fingerprint: str
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class Summed:
    """What the persona says of a unit as a whole."""

    unit: str
    words: str


@dataclass(frozen=True, slots=True)
class Done:
    """The review has ended.

    `cost` is None where the model's price is not known. `stored` says that no call was needed, since the same was asked
    before. `dropped` are the reasons why findings were not told, one each.
    """

    persona: str
    model: str
    when: str
    usage: Usage
    cost: Decimal | None
    seconds: float
    stored: bool = False
    dropped: tuple[str, ...] = ()
    withdrawn: int = 0


Update = Sent | Delayed | Found | Withdrawn | Commented | Summed | Done
