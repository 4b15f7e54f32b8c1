"""The server: its thread, its connections and what it remembers of all requests."""

from __future__ import annotations

import asyncio
import threading
import time
import traceback
from collections.abc import Callable, Collection, Sequence
from types import TracebackType
from typing import Self

from .connection import Connection, Gone, Request
from .endpoints import Endpoints
from .replies import Reply
from .request_checks import BODY_LIMIT
from .seen import Seen

PATIENCE = 10.0


class MessagesServer:
    """A strict Messages API on 127.0.0.1, in a thread of its own; see the package's docstring.

    `missing` are paths that answer 404, as other vendors' servers do; `strict=False` checks nothing, as they do;
    `clock` gives the seconds by which entries of the simulated cache grow old.
    """

    def __init__(
        self,
        replies: Sequence[Reply] | Callable[[Seen], Reply] = (),
        *,
        port: int = 0,
        seed: int = 0,
        strict: bool = True,
        keys: Collection[str] | None = None,
        missing: Collection[str] = (),
        body_limit: int = BODY_LIMIT,
        clock: Callable[[], float] = time.monotonic,
        on_request: Callable[[Seen], None] | None = None,
    ) -> None:
        self.requests: list[Seen] = []
        self._port = port
        self._body_limit = body_limit
        self._on_request = on_request
        self._changed = threading.Condition()
        self._noted: list[str] = []
        self._endpoints = Endpoints(_in_order(replies, self.note), strict, keys, missing, seed, clock)
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="messages server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(PATIENCE)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    @property
    def url(self) -> str:
        """The base URL, without a path."""
        assert self._server is not None, "the server has not been started"
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def messages(self) -> list[Seen]:
        """The requests for an answer, without those for models and token counts."""
        return [seen for seen in self.requests if seen.method == "POST" and seen.endpoint == "/v1/messages"]

    @property
    def problems(self) -> list[str]:
        """All that was wrong with the requests so far, and what went wrong in the server itself."""
        with self._changed:
            return [problem for seen in self.requests for problem in seen.problems] + self._noted

    def note(self, problem: str) -> None:
        """Adds to the problems."""
        with self._changed:
            self._noted.append(problem)

    def wait_for_request(self, n: int = 1) -> Seen:
        """The n-th request, as soon as it has arrived; raises AssertionError after ten seconds."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self.requests) >= n, PATIENCE)
            assert arrived, f"{len(self.requests)} requests arrived in {PATIENCE} s, not {n}"
            return self.requests[n - 1]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        connection = Connection(reader, writer)
        try:
            while await self._exchange(connection, await connection.read_request(self._body_limit)):
                pass
        except (Gone, asyncio.CancelledError):
            pass
        except Exception:
            # A defect of this server must fail the test that met it.
            self.note(f"the test server failed: {traceback.format_exc()}")
        finally:
            self._open.discard(task)
            connection.close()

    async def _exchange(self, connection: Connection, request: Request) -> bool:
        """One request and its answer; whether the connection stays open."""
        seen = self._endpoints.check(request)
        with self._changed:
            self.requests.append(seen)
            self._changed.notify_all()
        if self._on_request is not None:
            self._on_request(seen)
        answering = asyncio.ensure_future(self._endpoints.answer(seen, connection))
        leaving = asyncio.ensure_future(connection.gone())
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                seen.disconnected.set()
                return False
            return await answering
        except Gone:
            seen.disconnected.set()
            return False
        finally:
            for task in (answering, leaving):
                task.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)


def _in_order(
    replies: Sequence[Reply] | Callable[[Seen], Reply], note: Callable[[str], None]
) -> Callable[[Seen], Reply | None]:
    if callable(replies):
        return replies
    left = iter(replies)

    def take(seen: Seen) -> Reply | None:
        reply = next(left, None)
        if reply is None:
            note("there was a request more than there are replies")
        return reply

    return take
