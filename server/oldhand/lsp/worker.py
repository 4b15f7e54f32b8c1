"""The one thread that reviews: jobs wait in a line, and those that nobody awaits any more are not begun."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

PAUSE = 1.0
"""Seconds without a job after which the worker counts as idle."""

MOST = 500
"""Jobs after which it tidies up though it never was idle."""


class Worker:
    """Runs functions off the loop, one at a time, in the order they were handed over.

    A thread of its own and not an executor's: it must not keep the process from ending. `tidy` is called on it, after
    work, when it has become idle.
    """

    def __init__(self, tidy: Callable[[], object] = lambda: None) -> None:
        self._tidy = tidy
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.busy = False

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns or raises; where the awaiting task is cancelled before it begins, it never does."""
        future: Future[T] = Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._jobs.put(job)
        self._start()
        return await asyncio.wrap_future(future)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="oldhand-worker", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        done = 0
        while True:
            job = self._next(done)
            if job is None:
                self._tidy()
                done = 0
                continue
            self.busy = True
            job()
            self.busy = False
            done += 1
            del job  # or the last document would be kept until the next job comes

    def _next(self, done: int) -> Callable[[], None] | None:
        """The next job, or None where it is time to tidy up after those that were done."""
        if done >= MOST:
            return None
        try:
            return self._jobs.get(timeout=PAUSE if done else None)
        except queue.Empty:
            return None
