"""The pointer rests on a function that nobody has reviewed: where the user has switched that on, it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oldhand.lsp.session import Handle, OpenFile
from oldhand.lsp.states import State, unit_states

if TYPE_CHECKING:
    from oldhand.lsp.server import Server


class Resting:
    """Waits after a hover for `pause` seconds, in which another one starts the wait anew. No hover waits for it."""

    def __init__(self, ls: Server, pause: float) -> None:
        self._ls = ls
        self._pause = pause
        self._timer: Handle | None = None

    def rests(self, file: OpenFile, offset: int) -> None:
        """The pointer has come to a place of the text."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._ls.consulting.has_key:
            document = file.document
            self._timer = self._ls.later(
                self._pause, lambda: document is file.document and self._ls.session.spawn(self._review(file, offset))
            )

    async def _review(self, file: OpenFile, offset: int) -> None:
        """Review the unit there, unless something runs or it was reviewed as it is; nobody is asked anything."""
        document = file.document
        desk = await self._ls.consulting.desk()
        review = file.review
        if desk.configuration.hover_review != "background" or file.consulted.running is not None:
            return
        if review is None or review.analysis is None or file.document is not document:
            return
        from oldhand.review.units import units  # noqa: PLC0415

        now = await self._ls.worker.run(units, review.analysis)
        here = [one for one in unit_states(file.consulted, now) if one.unit.range.contains(offset)]
        if not here or here[0].unit.broken or here[0].state not in {State.NOT_REVIEWED, State.STALE}:
            return
        if file.document is document and file.consulted.running is None:
            await self._ls.consulting.review(file, [here[0].unit.range], "", asked=False)
