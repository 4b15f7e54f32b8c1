"""One answer, whatever it takes within bounds: tries, waiting and a deadline are decided here and nowhere else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

from oldhand.claude.events import Event, Text, Waiting
from oldhand.claude.failures import Failure, Kind, ModelError
from oldhand.claude.request import Request


class Connection(Protocol):
    """What sends a request; `client.Client`, or a test's."""

    without: set[str]

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """The answer's events. Raises ModelError."""

    async def model_info(self, model: str) -> Mapping[str, object] | None:
        """What the server says the model can do, as JSON; None where it does not say."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How often and how long; all times in seconds.

    A server may ask to wait up to `longest_wait`, more is a failure that says so. Without its word the wait doubles
    from `first_wait`, less up to a quarter at random. `deadline` is for everything together.
    """

    tries: int = 4
    first_wait: float = 0.5
    longest_wait: float = 30.0
    deadline: float = 600.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = field(default=lambda: random.uniform(0.75, 1.0))  # noqa: S311 - no secret


async def answer(connection: Connection, request: Request, policy: Policy) -> AsyncGenerator[Event, None]:
    """The events of the answer to a request.

    A failure that may pass is tried again as long as nothing has been said; a field that the server does not know is
    left out, and not counted as a try. Raises ModelError.
    """
    due = asyncio.get_running_loop().time() + policy.deadline
    tries = 0
    while True:
        said = False
        try:
            async with aclosing(_until(due, connection.stream(request))) as events:
                async for event in events:
                    said = said or isinstance(event, Text)
                    yield event
            return
        except ModelError as error:
            failure = error.failure
            if failure.field and failure.field not in connection.without:
                connection.without.add(failure.field)
                continue
            tries += 1
            wait = _wait(failure, tries, policy)
            if said or wait is None or asyncio.get_running_loop().time() + wait >= due:
                raise _last_word(error, policy) from error
        yield Waiting(wait, failure.message)
        await policy.sleep(wait)


async def _until(due: float, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """The events, each of which has to be there when the deadline comes."""
    try:
        while True:
            try:
                async with asyncio.timeout_at(due):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                message = "The review took too long and was stopped; what had come is kept. Review a smaller part."
                raise ModelError(Failure.of(Kind.TIMEOUT, message, again=False)) from error
            yield event
    finally:
        await events.aclose()


def _wait(failure: Failure, tries: int, policy: Policy) -> float | None:
    """Seconds until the next try, None where there is to be none."""
    if not failure.again or tries >= policy.tries:
        return None
    if failure.after:
        return failure.after if failure.after <= policy.longest_wait else None
    return min(policy.first_wait * 2.0 ** (tries - 1) * policy.jitter(), policy.longest_wait)


def _last_word(error: ModelError, policy: Policy) -> ModelError:
    """The failure as it is told when nothing more is tried."""
    failure = error.failure
    if failure.after is None or failure.after <= policy.longest_wait:
        return error
    message = f"{failure.message} The server asks to wait {_shown(failure.after)}."
    told = Failure(failure.kind, message, failure.again, failure.after, failure.field, failure.request_id)
    return ModelError(told, error.usage)


def _shown(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"
