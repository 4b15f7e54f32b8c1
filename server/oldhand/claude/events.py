"""What comes of a streamed answer, one thing after another."""

from __future__ import annotations

from dataclasses import dataclass

from oldhand.claude.cost import Usage


@dataclass(frozen=True, slots=True)
class Began:
    """The server has begun to answer: the model that answers and the id of the request, "" where it says none."""

    model: str
    request_id: str


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
