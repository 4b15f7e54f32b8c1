"""What happens on a save: the units that have changed go to the persona, if the user has said yes to that."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from oldhand.lsp import trust
from oldhand.lsp.session import Handle, OpenFile

if TYPE_CHECKING:
    from oldhand.claude.desk import Desk
    from oldhand.lsp.server import Server
    from oldhand.review.document import Document
    from oldhand.review.run import Review
    from oldhand.review.units import Unit

ON_SAVE, ON_REQUEST, NEVER = "On save", "Only when I ask", "Never"
_ANSWERS = {ON_SAVE: "always", ON_REQUEST: "on-request", NEVER: "never"}


class Saving:
    """Waits after a save for `pause` seconds, in which another one starts the wait anew."""

    def __init__(self, ls: Server, pause: float) -> None:
        self._ls = ls
        self._pause = pause
        self._timers: dict[OpenFile, Handle] = {}
        self._beginning: dict[OpenFile, asyncio.Task[None]] = {}
        self._asked = False

    def saved(self, file: OpenFile) -> None:
        """A document was saved."""
        if file.document.language is None or not self._ls.consulting.has_key:
            return
        self.forget(file)
        self._timers[file] = self._ls.later(self._pause, lambda: self._begin(file))

    def forget(self, file: OpenFile) -> None:
        """A document was closed, or saved again."""
        for pending in (self._timers.pop(file, None), self._beginning.pop(file, None)):
            if pending is not None:
                pending.cancel()

    def _begin(self, file: OpenFile) -> None:
        self._timers.pop(file, None)
        self._beginning[file] = self._ls.session.spawn(self._review(file))

    async def _review(self, file: OpenFile) -> None:
        """Review what has changed since it was opened or last reviewed; a review that the user asked for goes first."""
        running = file.consulted.running
        if running is not None and not running.quiet:
            return
        desk = await self._ls.consulting.desk()
        if not await self._wanted(desk):
            return
        basis = await self._ls.session.reviewed(file)
        if basis is None:
            return
        changed = await self._ls.worker.run(self._changed, file, basis)
        file.consulted.waiting = frozenset(unit.name for unit in changed if unit.broken)
        whole = [unit.range for unit in changed if not unit.broken]
        if _is_running(file, changed):
            return
        if whole and file.document is basis.document:
            await self._ls.consulting.review(file, whole, "", asked=False)
        else:
            self._ls.consulting.on_change(file)

    async def _wanted(self, desk: Desk) -> bool:
        """Whether the user wants reviews on save; asked once, and never again where no answer came."""
        configured = desk.configuration.on_save
        if configured != "ask":
            return configured == "always"
        answer = await asyncio.to_thread(desk.decisions.on_save)
        if not answer and self._ls.client.asks and not self._asked:
            self._asked = True
            where = desk.configuration.base_url or "Anthropic"
            message = (
                f"May Oldhand send the functions that you have changed to {where} when you save, to have them reviewed?"
                " Secrets are masked."
            )
            answer = _ANSWERS.get(await trust.chosen(self._ls, message, tuple(_ANSWERS)), "")
            if answer:
                await asyncio.to_thread(desk.decisions.set_on_save, answer)
        return answer == "always"

    def _changed(self, file: OpenFile, basis: Review) -> tuple[Unit, ...]:
        """The units whose text is not what it was when the document was opened, nor when it was last reviewed."""
        from oldhand.review.units import changed, units  # noqa: PLC0415

        if basis.analysis is None:
            return ()
        if file.consulted.opened is not None:
            before = {unit.name: unit.digest for unit in self._units_of(file.consulted.opened)}
            file.consulted.known, file.consulted.opened = before, None
        reviewed = {name: unit.digest for name, unit in file.consulted.units.items()}
        return changed({**file.consulted.known, **reviewed}, units(basis.analysis))

    def _units_of(self, document: Document) -> tuple[Unit, ...]:
        from oldhand.review.units import units  # noqa: PLC0415
        from oldhand.rules.rule import RuleSet  # noqa: PLC0415
        from oldhand.settings import Settings  # noqa: PLC0415

        plain = self._ls.session.engine.review(replace(document), RuleSet(()), Settings(), None)
        return units(plain.analysis) if plain.analysis is not None else ()


def _is_running(file: OpenFile, changed: Sequence[Unit]) -> bool:
    """Whether just these units are being reviewed already, with the text that they have."""
    running = file.consulted.running
    if running is None:
        return False
    return {(one.name, one.digest) for one in running.units} == {
        (one.name, one.digest) for one in changed if not one.broken
    }


def has_key() -> bool:
    """Whether there seems to be one, by a look that costs nothing."""
    from oldhand.claude.credentials import has_credentials  # noqa: PLC0415

    return has_credentials(os.environ, os.environ.get("OLDHAND_PROVIDER", "anthropic"))
