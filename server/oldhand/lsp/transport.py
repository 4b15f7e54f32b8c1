"""The two ends of the connection: a thread that reads messages and one that writes them.

Neither the editor's silence nor its refusal to read can stop the loop in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import NoReturn, TypeVar

from oldhand.lsp.framing import Unreadable, bodies, frame

T = TypeVar("T")

QUEUE_LIMIT = 64 << 20
"""Bytes that may wait for a client that does not read; see `Writer`."""


def claim_stdio() -> tuple[int, int]:
    """Private copies of standard input and output, as file descriptors, for messages alone.

    Afterwards standard input is empty and standard output goes where errors go, for this process and for those that
    it starts, so that no stray `print` can break the stream.
    """
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return source, sink


class Writer:
    """Sends messages from a thread of its own; what waits is bounded by `limit`.

    Nothing that was handed over is dropped or reordered. At the limit `wait_for_room` blocks, which the reading thread
    calls before each message: a client that takes no answers gets no further requests read, and is served on when it
    reads again. Once the client has gone, all is discarded.
    """

    def __init__(self, sink: int, on_gone: Callable[[], None], limit: int = QUEUE_LIMIT) -> None:
        self._sink = sink
        self._on_gone = on_gone
        self._limit = limit
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="oldhand-writer", daemon=True)
        self._thread.start()

    def write(self, body: bytes) -> None:
        """Queue one message; never blocks."""
        message = frame(body)
        with self._changed:
            if not self._closed:
                self._waiting.append(message)
                self._bytes += len(message)
                self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Block while more than the limit waits and the client is there."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._bytes <= self._limit)

    def close(self, patience: float) -> None:
        """Take no more, and give what waits `patience` seconds to leave."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(patience)

    def _run(self) -> None:
        while (message := self._next()) is not None:
            try:
                self._send(message)
            except OSError:
                self._give_up()
                return
            with self._changed:
                self._bytes -= len(message)
                self._changed.notify_all()

    def _next(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            return self._waiting.popleft() if self._waiting else None

    def _send(self, message: bytes) -> None:
        rest = memoryview(message)
        while rest:
            rest = rest[os.write(self._sink, rest) :]

    def _give_up(self) -> None:
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        self._on_gone()


def start_reader(
    source: int, loop: asyncio.AbstractEventLoop, receive: Callable[[bytes | Unreadable | None], None], writer: Writer
) -> threading.Thread:
    """Read messages in a thread and hand each to `receive` on the loop, in order, and None at the end.

    The thread reads for as long as the client keeps its end open; `source` must not be closed before that.
    """

    def read(count: int) -> bytes:
        try:
            return os.read(source, count)
        except OSError:
            return b""

    def run() -> None:
        for body in bodies(read):
            writer.wait_for_room()
            call_soon(loop, receive, body)
        call_soon(loop, receive, None)

    thread = threading.Thread(target=run, name="oldhand-reader", daemon=True)
    thread.start()
    return thread


async def pump(
    inbox: asyncio.Queue[bytes | Unreadable | None], handle: Callable[[bytes | Unreadable | None], None]
) -> None:
    """Handle messages for ever, one a turn of the loop.

    The turn in between lets a task that a message started take its first step before the next message changes what it
    sees.
    """
    while True:
        handle(await inbox.get())
        await asyncio.sleep(0)


def call_soon(loop: asyncio.AbstractEventLoop, function: Callable[[T], object], argument: T) -> None:
    """Call the function on the loop's thread; nothing happens where the loop has ended."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function, argument)


def end_process(code: int) -> NoReturn:
    """End at once, whatever other threads are doing.

    A thread that is stopped by the interpreter inside of C++ code would abort the process instead.
    """
    sys.stderr.flush()
    os._exit(code)
