"""Progress of work that takes long, for clients that show it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lsprotocol import types

from oldhand.lsp.protocol import RefusedError

if TYPE_CHECKING:
    from oldhand.lsp.server import Server

_numbers = itertools.count(1)


@asynccontextmanager
async def shown(ls: Server, title: str, token: types.ProgressToken | None = None) -> AsyncIterator[None]:
    """Show that something is going on while the block runs.

    `token` is the client's, where it has sent one. Else a new one is asked for, if the client has said that it can.
    """
    if token is None and ls.client.progress:
        token = await _created(ls)
    if token is not None:
        ls.progress(types.ProgressParams(token, types.WorkDoneProgressBegin(title=title, cancellable=False)))
    try:
        yield
    finally:
        if token is not None:
            ls.progress(types.ProgressParams(token, types.WorkDoneProgressEnd()))


async def _created(ls: Server) -> str | None:
    token = f"oldhand-{next(_numbers)}"
    try:
        await ls.protocol.ask(types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token))
    except RefusedError:
        return None
    return token
