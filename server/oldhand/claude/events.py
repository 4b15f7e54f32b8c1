"""What comes of a streamed answer, one thing after another."""

from __future__ import annotations

from dataclasses import dataclass, field

from oldhand.claude.cost import Usage


@dataclass(frozen=True, slots=True)
class Began:
    """The server has begun to answer: the model that answers, the id of the request ("" where it says none of either),
    and what has been used so far, which is to be paid even if nobody reads on.
    """

    model: str
    request_id: str
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Text:
    """More text of the block with that number; thinking is never among it."""

    block: int
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer is whole: why the model stopped, and what the call used."""

    stop_reason: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Waiting:
    """The call is tried again in so many seconds, for this reason."""

    seconds: float
    reason: str


Event = Began | Text | Ended | Waiting
