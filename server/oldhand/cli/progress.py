"""A progress bar for work that takes long enough to be waited for; on a terminal only."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from oldhand.cli.console import err
from oldhand.cli.worker import Outcome

_PATIENCE = 0.7  # seconds of work before a bar appears


def watched(outcomes: Iterable[Outcome], total: int) -> Iterator[Outcome]:
    """The same outcomes, with a bar on standard error once they take long; it is gone at the end."""
    console = err()
    if not console.is_terminal or total < 2:
        yield from outcomes
        return
    began = time.monotonic()
    bar: Progress | None = None
    row = TaskID(0)
    with ExitStack() as stack:
        for done, outcome in enumerate(outcomes, 1):
            if bar is None and time.monotonic() - began > _PATIENCE:
                columns = (TextColumn("Reviewing"), BarColumn(), MofNCompleteColumn(), TextColumn("files"))
                bar = stack.enter_context(Progress(*columns, console=console, transient=True))
                row = bar.add_task("", total=total)
            if bar is not None:
                bar.update(row, completed=done)
            yield outcome
