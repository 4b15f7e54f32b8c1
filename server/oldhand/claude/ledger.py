"""What was spent: every call with its tokens and its price, and budgets that hold for all servers together.

No text of anybody's, and no name of a file, is written here.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_UP, Decimal
from pathlib import Path
from typing import TypeVar

from oldhand.claude.cost import Usage, shown
from oldhand.claude.database import Busy, Database, Tell

T = TypeVar("T")

FILE_NAME = "state.db"
RESERVED_FOR = timedelta(hours=1)
KEPT_FOR = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: `kind` is find, verify, repair, action or ask; `outcome` a word; `cost` None where it has no price."""

    at: datetime
    model: str
    kind: str
    usage: Usage
    cost: Decimal | None
    seconds: float
    outcome: str
    persona: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money that is set aside for a call under way; it has to be settled."""

    id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call must not be made: which limit, what it is, how to raise it, in one line."""

    message: str


@dataclass(frozen=True, slots=True)
class Total:
    """The calls of one day, model and kind; `cost` is that of those whose price is known, `unpriced` counts others."""

    day: date
    model: str
    kind: str
    calls: int
    usage: Usage
    cost: Decimal
    unpriced: int


class Ledger:
    """The record in the file at `path`; may be used from any thread. `clock` gives the user's own time of day."""

    def __init__(self, path: Path, clock: Callable[[], datetime], tell: Tell | None = None) -> None:
        self._database = Database(path, _SCHEMA, "the record of what was spent", tell)
        self._clock = clock
        self._lock = threading.RLock()
        self._unwritten: list[tuple[str, Call | None]] = []

    def add(self, call: Call) -> None:
        """Write down a call for which nothing was reserved."""
        self._settle("", call)

    def spent(self, day: date) -> Decimal:
        """What that day's calls cost in dollars, with what is reserved for those under way. Raises Busy."""
        oldest = (self._clock() - RESERVED_FOR).timestamp()
        return self._database.read(lambda connection: _spent(connection, day, oldest))

    def within(
        self, budget_day: Decimal, budget_review: Decimal, estimate: Decimal | None, spent_in_review: Decimal
    ) -> str:
        """Why a call of that estimate would be refused now, "" where it would not. Raises Busy."""
        return _refusal(budget_day, budget_review, estimate, spent_in_review, self.spent(self._clock().date()))

    def reserve(
        self, budget_day: Decimal, budget_review: Decimal, estimate: Decimal | None, spent_in_review: Decimal
    ) -> Reservation | Refusal:
        """Set money aside for a call, or say why it must not be made; no two servers get the same dollar.

        A reservation that nobody settles, since its process has ended, counts for an hour. An estimate of None, for a
        model without a price, counts as nothing.
        """
        now = self._clock()
        oldest = (now - RESERVED_FOR).timestamp()
        reservation = Reservation(uuid.uuid4().hex)

        def reserved(connection: sqlite3.Connection) -> Reservation | Refusal:
            spent = _spent(connection, now.date(), oldest)
            message = _refusal(budget_day, budget_review, estimate, spent_in_review, spent)
            if message:
                return Refusal(message)
            connection.execute("DELETE FROM reservations WHERE at <= ?", (oldest,))
            row = (reservation.id, now.timestamp(), now.date().isoformat(), _stored(estimate or Decimal(0)))
            connection.execute("INSERT INTO reservations VALUES (?, ?, ?, ?)", row)
            return reservation

        try:
            return self._write(reserved)
        except Busy as error:
            return Refusal(f"{error} Without it no budget can be kept, so nothing was sent; try again.")

    def settle(self, reservation: Reservation, call: Call | None) -> None:
        """Put the call in the place of what was reserved for it; None where none was made."""
        self._settle(reservation.id, call)

    def totals(self, since: date) -> tuple[Total, ...]:
        """The calls from that day on, summed by day, model and kind, the latest day first. Raises Busy."""
        rows = self._database.read(lambda connection: connection.execute(_TOTALS, (since.isoformat(),)).fetchall())
        return tuple(
            Total(date.fromisoformat(day), model, kind, calls, Usage(*tokens), _dollars(cost), unpriced)
            for day, model, kind, calls, cost, unpriced, *tokens in rows
        )

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _settle(self, reservation: str, call: Call | None) -> None:
        """A call that can not be written now is written with the next; its reservation counts meanwhile."""
        with self._lock:
            self._unwritten.append((reservation, call))
            with contextlib.suppress(Busy):
                self._write(lambda connection: None)

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do that and write what is still unwritten, in one transaction. Raises Busy."""

        def all_of_it(connection: sqlite3.Connection) -> T:
            for reservation, call in self._unwritten:
                connection.execute("DELETE FROM reservations WHERE id = ?", (reservation,))
                if call is not None:
                    connection.execute("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _row(call))
            connection.execute("DELETE FROM calls WHERE at < ?", ((self._clock() - KEPT_FOR).timestamp(),))
            return work(connection)

        with self._lock:
            result = self._database.write(all_of_it)
            self._unwritten.clear()
        return result


def _refusal(
    budget_day: Decimal, budget_review: Decimal, estimate: Decimal | None, spent_in_review: Decimal, spent: Decimal
) -> str:
    wanted = estimate or Decimal(0)
    if spent >= budget_day or spent + wanted > budget_day:
        state = f"{shown(spent)} of it spent or set aside, and this would cost about {shown(wanted)}"
        limit = f"Today's budget is {shown(budget_day)}: {state}."
        return f"{limit} To raise it, set `budget-day` in your config.yaml or OLDHAND_BUDGET_DAY."
    if spent_in_review >= budget_review or spent_in_review + wanted > budget_review:
        state = f"{shown(spent_in_review)} of it spent, and this would cost about {shown(wanted)} more"
        limit = f"The budget of one review is {shown(budget_review)}: {state}."
        return f"{limit} To raise it, set `budget-review` in your config.yaml or OLDHAND_BUDGET_REVIEW."
    return ""


def _spent(connection: sqlite3.Connection, day: date, oldest: float) -> Decimal:
    made = "SELECT coalesce(sum(cost), 0) FROM calls WHERE day = ?"
    reserved = "SELECT coalesce(sum(estimate), 0) FROM reservations WHERE day = ? AND at > ?"
    (cost,) = connection.execute(made, (day.isoformat(),)).fetchone()
    (estimate,) = connection.execute(reserved, (day.isoformat(), oldest)).fetchone()
    return _dollars(cost + estimate)


def _row(call: Call) -> tuple[object, ...]:
    usage = (call.usage.input, call.usage.output, call.usage.cache_read, call.usage.cache_write)
    cost = None if call.cost is None else _stored(call.cost)
    when = (call.at.timestamp(), call.at.date().isoformat())
    return (*when, call.model, call.kind, *usage, cost, call.seconds, call.outcome, call.persona)


def _stored(amount: Decimal) -> int:
    """Billionths of a dollar, since sums of them are exact."""
    return int((amount * _BILLION).to_integral_value(ROUND_UP))


def _dollars(stored: int) -> Decimal:
    return Decimal(stored) / _BILLION


_BILLION = Decimal(1_000_000_000)

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS calls (
        at REAL NOT NULL, day TEXT NOT NULL, model TEXT NOT NULL, kind TEXT NOT NULL,
        input INTEGER NOT NULL, output INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL,
        cost INTEGER, seconds REAL NOT NULL, outcome TEXT NOT NULL, persona TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS calls_by_day ON calls (day)",
    "CREATE INDEX IF NOT EXISTS calls_by_time ON calls (at)",
    """CREATE TABLE IF NOT EXISTS reservations (
        id TEXT PRIMARY KEY, at REAL NOT NULL, day TEXT NOT NULL, estimate INTEGER NOT NULL)""",
)

_TOTALS = """SELECT day, model, kind, count(*), coalesce(sum(cost), 0), sum(cost IS NULL),
        sum(input), sum(output), sum(cache_read), sum(cache_write)
    FROM calls WHERE day >= ? GROUP BY day, model, kind ORDER BY day DESC, model, kind"""
