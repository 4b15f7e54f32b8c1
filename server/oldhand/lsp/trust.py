"""Whether code in a folder may leave the machine: the user has said so, or is asked once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from oldhand.lsp.protocol import RefusedError

if TYPE_CHECKING:
    from oldhand.claude.desk import Desk
    from oldhand.lsp.server import Server

YES, NEVER, NOT_NOW = "Trust", "Never for this folder", "Not now"


async def may_send(ls: Server, desk: Desk, folder: Path, *, ask: bool) -> bool:
    """Whether it may; where that is not decided and `ask` is set the user is asked, and the answer is kept."""
    known = await asyncio.to_thread(desk.trusts, folder)
    if known is not None or not ask or not ls.client.asks:
        return known is True
    where = desk.configuration.base_url or "Anthropic"
    message = (
        f"Do you trust the folder {folder}? Oldhand will send the code that you ask it to review to {where}, "
        "secrets masked, and pay with your key."
    )
    answer = await chosen(ls, message, (YES, NOT_NOW, NEVER))
    if answer in {YES, NEVER}:
        await asyncio.to_thread(desk.decisions.set_trusted, folder, answer == YES)
    return answer == YES


async def chosen(ls: Server, message: str, answers: tuple[str, ...]) -> str:
    """Which answer the user has chosen, "" for none."""
    actions = [types.MessageActionItem(title) for title in answers]
    params = types.ShowMessageRequestParams(type=types.MessageType.Info, message=message, actions=actions)
    try:
        answer = await ls.protocol.ask(types.WINDOW_SHOW_MESSAGE_REQUEST, params)
    except RefusedError:
        return ""
    title = answer.get("title") if isinstance(answer, dict) else None
    return title if isinstance(title, str) and title in answers else ""
