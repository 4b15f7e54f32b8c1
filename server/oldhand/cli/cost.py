"""`oldhand cost`: what was spent on calls to a model, and what is left of today's budget; nothing is sent for it."""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from rich.text import Text

from oldhand.claude import configuration
from oldhand.claude.cost import Usage, shown
from oldhand.claude.database import Busy
from oldhand.claude.folders import config_folder, state_folder
from oldhand.claude.ledger import FILE_NAME, Ledger, Total
from oldhand.cli.console import STRONG, out, tell, tolerate_any_text
from oldhand.cli.escape import harmless

OK, FAILED = 0, 2
_LONGEST_DAYS = 400


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `cost` to the command line."""
    parser = subparsers.add_parser(
        "cost",
        help="show what was spent, and what is left of today's budget",
        description="Shows what calls to a model cost, by day and by model, and what is left of today's budget.",
    )
    parser.add_argument("--days", type=_days, default=7, metavar="N", help="how many days, with today (default: 7)")
    parser.add_argument("--json", action="store_true", help="print JSON; amounts are US dollars")


def run(args: argparse.Namespace) -> int:
    """Do what was parsed; the exit status."""
    tolerate_any_text()
    user, problems = configuration.load(os.environ, config_folder(os.environ) / configuration.FILE_NAME)
    for problem in problems:
        tell(str(problem), level="error" if problem.fatal else "warning")
    today = now().date()
    try:
        spent, totals = _read(state_folder(os.environ) / FILE_NAME, today, args.days)
    except Busy as error:
        tell(str(error), level="error")
        return FAILED
    if args.json:
        print(json.dumps(_as_json(today, spent, user.budget_day, totals), indent=2))
        return OK
    for line in _report(today, spent, user.budget_day, totals, args.days):
        out().print(line)
    return OK


def now() -> datetime:
    """The user's own time: a day of the budget is one of theirs."""
    return datetime.now().astimezone()


def _days(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= _LONGEST_DAYS:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is not a number of days from 1 to {_LONGEST_DAYS}")


def _read(path: Path, today: date, days: int) -> tuple[Decimal, tuple[Total, ...]]:
    """What is spent and set aside today, and all totals; a record that is not there is not made. Raises Busy."""
    if not path.exists():
        return Decimal(0), ()
    ledger = Ledger(path, now, tell)
    try:
        return ledger.spent(today), ledger.totals(today - timedelta(days=days - 1))
    finally:
        ledger.close()


def _report(today: date, spent: Decimal, budget: Decimal, totals: Sequence[Total], days: int) -> Iterator[Text]:
    settled = sum((total.cost for total in totals if total.day == today), Decimal(0))
    pending = f", {shown(spent - settled)} of it for calls under way" if spent > settled else ""
    left = max(budget - spent, Decimal(0))
    yield Text(f"Today: {shown(spent)} of {shown(budget)} spent{pending}, {shown(left)} left.", STRONG)
    if not totals:
        yield Text(f"No call is on record {'today' if days == 1 else f'in the last {days} days'}.")
        return
    yield Text()
    yield from _rows("Day", _grouped(totals, lambda total: total.day.isoformat()))
    yield Text()
    yield from _rows("Model", _grouped(totals, lambda total: total.model))


def _grouped(totals: Iterable[Total], name: Callable[[Total], str]) -> Mapping[str, Sequence[Total]]:
    groups: defaultdict[str, list[Total]] = defaultdict(list)
    for total in totals:
        groups[name(total)].append(total)
    return groups


def _rows(title: str, groups: Mapping[str, Sequence[Total]]) -> Iterator[Text]:
    rows: list[tuple[str, ...]] = [(title, "calls", "tokens in", "cached", "tokens out", "cost")]
    for name, group in groups.items():
        usage = _usage(group)
        tokens = (f"{count:,}" for count in (usage.prompt, usage.cache_read, usage.output))
        rows.append((harmless(name), str(sum(total.calls for total in group)), *tokens, _cost(group)))
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    for number, (name, *cells) in enumerate(rows):
        line = "  ".join([name.ljust(first), *(cell.rjust(width) for cell, width in zip(cells, others, strict=True))])
        yield Text(line, STRONG if number == 0 else "")


def _cost(group: Sequence[Total]) -> str:
    """The dollars, and how many calls beside them have no price; a sum that is only partly known says so."""
    unpriced = sum(total.unpriced for total in group)
    if unpriced == sum(total.calls for total in group):
        return shown(None)
    known = shown(sum((total.cost for total in group), Decimal(0)))
    return f"{known} and {unpriced} unknown" if unpriced else known


def _usage(group: Iterable[Total]) -> Usage:
    return sum((total.usage for total in group), Usage())


def _as_json(today: date, spent: Decimal, budget: Decimal, totals: Sequence[Total]) -> dict[str, object]:
    left = max(budget - spent, Decimal(0))
    return {
        "today": {
            "day": today.isoformat(),
            "spent": float(spent),
            "budget": float(budget),
            "left": float(left),
        },
        "totals": [
            {
                "day": total.day.isoformat(),
                "model": total.model,
                "kind": total.kind,
                "calls": total.calls,
                "inputTokens": total.usage.input,
                "outputTokens": total.usage.output,
                "cacheReadTokens": total.usage.cache_read,
                "cacheWriteTokens": total.usage.cache_write,
                "cost": float(total.cost),
                "callsOfUnknownCost": total.unpriced,
            }
            for total in totals
        ],
    }
