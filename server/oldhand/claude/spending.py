"""Calls that are paid for: within the budgets, entered into the ledger whatever comes of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from time import monotonic

from oldhand.claude.cache import Cache
from oldhand.claude.call import Connection, Policy, answer
from oldhand.claude.configuration import UserConfiguration
from oldhand.claude.cost import Usage, cost, estimate_tokens
from oldhand.claude.events import Began, Ended, Event
from oldhand.claude.failures import Failure, Kind, ModelError
from oldhand.claude.fence import Fences
from oldhand.claude.ledger import Call, Ledger, Refusal, Reservation
from oldhand.claude.models import Model
from oldhand.claude.request import Request

EXPECTED_OUTPUT = 2_000
"""Tokens that an answer is expected to have, what the model thinks included."""


@dataclass(frozen=True, slots=True)
class Services:
    """What reviews need from outside; one of these lives as long as the process, and tests make their own."""

    connect: Callable[[], Awaitable[Connection]]
    configuration: UserConfiguration
    ledger: Ledger
    cache: Cache
    fences: Fences = field(default_factory=Fences)
    policy: Policy = field(default_factory=Policy)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    seconds: Callable[[], float] = monotonic


class Spending:
    """What one review spends. `cost` is None as soon as a price is not known."""

    def __init__(self, services: Services, persona: str) -> None:
        self.usage = Usage()
        self.cost: Decimal | None = Decimal(0)
        self._services = services
        self._persona = persona

    async def call(self, kind: str, model: Model, request: Request) -> AsyncGenerator[Event, None]:
        """The answer's events. Raises ModelError, also where a budget is used up."""
        services = self._services
        reservation = self._reserve(estimate(request, model))
        started, usage, outcome = services.seconds(), Usage(), "cancelled"
        try:
            connection = await services.connect()
            usage = Usage(input=tokens(request))  # what a call costs that is broken off before it is answered
            async with aclosing(answer(connection, request, services.policy)) as events:
                async for event in events:
                    if isinstance(event, Began):
                        usage = event.usage
                    elif isinstance(event, Ended):
                        usage, outcome = event.usage, "whole"
                    yield event
        except ModelError as error:
            usage, outcome = error.usage, error.failure.kind.value
            raise
        finally:
            spent = cost(usage, model.price)
            self.usage += usage
            self.cost = None if spent is None or self.cost is None else self.cost + spent
            call = Call(
                at=services.now(),
                model=model.id,
                kind=kind,
                usage=usage,
                cost=spent,
                seconds=services.seconds() - started,
                outcome=outcome,
                persona=self._persona,
            )
            services.ledger.settle(reservation, call)

    def _reserve(self, amount: Decimal | None) -> Reservation:
        """Set the estimate aside; what has no known price counts as nothing."""
        limits, spent = self._services.configuration, self.cost or Decimal(0)
        reserved = self._services.ledger.reserve(limits.budget_day, limits.budget_review, amount, spent)
        if isinstance(reserved, Refusal):
            raise ModelError(Failure.of(Kind.BUDGET, reserved.message))
        return reserved


def estimate(request: Request, model: Model) -> Decimal | None:
    """What a call may cost in US dollars, None where the model's price is not known."""
    return cost(Usage(input=tokens(request), output=min(EXPECTED_OUTPUT, request.max_tokens)), model.price)


def tokens(request: Request) -> int:
    """About how many tokens a request has."""
    return sum(estimate_tokens(block.text) for block in (*request.system, *request.user))
