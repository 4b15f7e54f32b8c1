"""Progress of work that takes long, for clients that show it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lsprotocol import types

from oldhand.lsp.protocol import RefusedError

if TYPE_CHECKING:
    from oldhand.lsp.server import Server

_numbers = itertools.count(1)


class Progress:
    """One piece of work that the client shows, with a button that stops it; nothing for clients that show none."""

    def __init__(self, ls: Server, token: types.ProgressToken | None) -> None:
        self._ls = ls
        self._token = token
        self._said = ""

    @classmethod
    async def begin(
        cls, ls: Server, title: str, stop: Callable[[], object] | None = None, token: types.ProgressToken | None = None
    ) -> Progress:
        """Show that something is going on.

        `token` is the client's, where it has sent one. Else a new one is asked for, if the client has said that it can.
        """
        if token is None and ls.client.progress:
            token = await _created(ls)
        progress = cls(ls, token)
        if token is not None:
            if stop is not None:
                ls.stops[token] = stop
            begin = types.WorkDoneProgressBegin(title=title, cancellable=stop is not None)
            ls.progress(types.ProgressParams(token, begin))
        return progress

    def report(self, words: str) -> None:
        """Say what is happening, if that is news."""
        if self._token is not None and words != self._said:
            self._said = words
            self._ls.progress(types.ProgressParams(self._token, types.WorkDoneProgressReport(message=words)))

    def end(self, words: str | None = None) -> None:
        """The work is over."""
        if self._token is not None:
            self._ls.stops.pop(self._token, None)
            self._ls.progress(types.ProgressParams(self._token, types.WorkDoneProgressEnd(message=words)))
            self._token = None


@asynccontextmanager
async def shown(ls: Server, title: str, token: types.ProgressToken | None = None) -> AsyncIterator[None]:
    """Show that something is going on while the block runs."""
    progress = await Progress.begin(ls, title, token=token)
    try:
        yield
    finally:
        progress.end()


def stop(ls: Server, params: types.WorkDoneProgressCancelParams) -> None:
    """The user has pressed the button."""
    call = ls.stops.get(params.token)
    if call is not None:
        call()


async def _created(ls: Server) -> str | None:
    token = f"oldhand-{next(_numbers)}"
    try:
        await ls.protocol.ask(types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token))
    except RefusedError:
        return None
    return token
