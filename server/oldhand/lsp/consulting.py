"""Reviews by a persona in the editor: started, told as they run, stopped; one at a time for each document."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from oldhand.lsp import from_proto, trust
from oldhand.lsp.consulted import Running
from oldhand.lsp.log import described
from oldhand.lsp.progress import Progress
from oldhand.lsp.session import OpenFile
from oldhand.text.ranges import TextRange

if TYPE_CHECKING:
    from oldhand.claude.desk import Desk
    from oldhand.claude.job import Job
    from oldhand.claude.reviewer import Second
    from oldhand.claude.updates import Update
    from oldhand.lsp.server import Server
    from oldhand.personas.persona import Persona

log = logging.getLogger(__name__)

DEFAULT_PERSONA = "senior-backend-engineer"


class Refused(Exception):
    """A review that can not be made; the reason is one line for the user."""


class Consulting:
    """All reviews by personas of one server; lives on the loop's thread.

    `make_desk` is called once, on a thread, when the first review is asked for: what it needs takes a second to load.
    """

    def __init__(self, ls: Server, make_desk: Callable[[], Desk]) -> None:
        self._ls = ls
        self._make_desk = make_desk
        self._desk: Desk | None = None
        self._opening = asyncio.Lock()
        self._names: dict[tuple[Path | None, int], list[str]] = {}
        self.has_key = False
        self.on_change: Callable[[OpenFile], None] = lambda file: None

    async def desk(self) -> Desk:
        """The user's desk."""
        async with self._opening:
            if self._desk is None:
                self._desk = await asyncio.to_thread(self._make_desk)
            return self._desk

    async def review(self, file: OpenFile, places: Sequence[TextRange] | None, persona: str, *, asked: bool) -> None:
        """Review some places, or all where that is None, and take the running review's place.

        `asked` says that the user asked for just this: then what can not be done is told, and what is missing is asked.
        """
        self.stop(file)
        try:
            desk, job = await self._job(file, places, persona, asked=asked)
        except Refused as refused:
            file.consulted.skipped = str(refused)
            if asked:
                self._ls.say(f"Not reviewed: {refused}")
            self.on_change(file)
            return
        running = Running(
            document=job.basis.document,
            places=job.places,
            units=job.units,
            persona=job.persona.name,
            quiet=not asked,
            before=file.consulted.at(job.places),
        )
        file.consulted.begin(running)
        running.task = asyncio.get_running_loop().create_task(self._run(file, running, desk, job, asked=asked))
        self.on_change(file)

    def stop(self, file: OpenFile) -> bool:
        """Stop the review that is running on a document; whether there was one. What it has told stays."""
        running = file.consulted.running
        if running is None or running.task is None:
            return False
        running.task.cancel()
        file.consulted.end(running)
        self.on_change(file)
        return True

    async def close(self) -> None:
        """Stop everything."""
        for file in list(self._ls.session.files.values()):
            self.stop(file)
        if self._desk is not None:
            await self._desk.close()

    async def _job(
        self, file: OpenFile, places: Sequence[TextRange] | None, persona: str, *, asked: bool
    ) -> tuple[Desk, Job]:
        """The job, once it is known that it may be sent. Raises Refused."""
        desk = await self.desk()
        obstacle = desk.obstacle()
        if obstacle is not None:
            raise Refused(obstacle.message)
        folder = _folder(self._ls, file)
        if not await trust.may_send(self._ls, desk, folder, ask=asked):
            raise Refused(f"the folder {folder} is not trusted. Trust it to have its code sent.")
        return desk, await self._gathered(desk, file, places, persona, folder)

    async def preview(self, file: OpenFile, places: Sequence[TextRange] | None, persona: str) -> str:
        """What a review would send, for people; sends nothing, so it needs no key and no trust. Raises Refused."""
        desk = await self.desk()
        job = await self._gathered(desk, file, places, persona, _folder(self._ls, file))
        from oldhand.claude.preview import preview  # noqa: PLC0415
        from oldhand.claude.prompt import prompt  # noqa: PLC0415
        from oldhand.claude.reviewer import model_for  # noqa: PLC0415

        asked = await asyncio.to_thread(prompt, job, desk.services.fences)
        return preview(job, asked, model_for(job, desk.services)).written()

    async def _gathered(
        self, desk: Desk, file: OpenFile, places: Sequence[TextRange] | None, persona: str, folder: Path
    ) -> Job:
        """The job for the text as it is. Raises Refused."""
        document = file.document
        basis = await self._ls.session.reviewed(file)
        if basis is None:
            raise Refused("it is not reviewed by rules either: settings leave it out, or it was closed.")
        if basis.skipped:
            raise Refused(basis.skipped)
        if file.document is not document and places is not None:
            raise Refused("the text changed while the review began. Ask again.")
        speaker = await self._speaker(desk, folder, persona)
        everything = (TextRange(0, len(basis.document.text)),)
        from oldhand.claude.gather import job_for  # noqa: PLC0415 - not before there is something to send
        from oldhand.claude.shown import sendable  # noqa: PLC0415
        from oldhand.review.units import units  # noqa: PLC0415

        path = from_proto.relative_path(file.document.uri, folder)
        reason = sendable(path)
        if reason:
            raise Refused(reason)
        context = file.context
        trusted = folder if await asyncio.to_thread(desk.trusts, folder) else None
        job = await asyncio.to_thread(
            job_for, basis, context.rules, context.settings, speaker, path, places or everything, trusted
        )
        if basis.analysis is not None and file.review is basis:
            file.consulted.mark_stale(await asyncio.to_thread(units, basis.analysis))
        return job

    async def personas(self, file: OpenFile) -> list[str]:
        """The names of the personas that can review a document, the usual one first; read once in a workspace's state.

        A workspace's own are listed with the others: whether its folder is trusted is asked when one is to speak.
        """
        environment = self._ls.session.environment
        folder = environment.folder_of(from_proto.path_of(file.document.uri))
        key = (folder, environment.number)
        if key not in self._names:
            catalog = await self._ls.worker.run(self._ls.session.engine.personas, folder)
            self._names = {key: [name for name in catalog.names() if name != DEFAULT_PERSONA]}
        return [DEFAULT_PERSONA, *self._names[key]]

    async def _speaker(self, desk: Desk, folder: Path, name: str) -> Persona:
        catalog = await self._ls.worker.run(self._ls.session.engine.personas, folder)
        from oldhand.personas.discover import select  # noqa: PLC0415

        selection = select(
            catalog, name or desk.decisions.speaker(folder) or DEFAULT_PERSONA, desk.decisions.personas()
        )
        if selection.used is None:
            raise Refused(f"there is no persona {name!r}. `oldhand agents` lists those that are installed.")
        return selection.used

    async def _run(self, file: OpenFile, running: Running, desk: Desk, job: Job, *, asked: bool) -> None:
        from oldhand.claude.failures import ModelError  # noqa: PLC0415
        from oldhand.claude.reviewer import review  # noqa: PLC0415

        title = f"{running.persona}: reviewing {os.path.basename(job.path)}"  # noqa: PTH119
        progress, last = Progress(self._ls, None), "stopped"
        try:
            if asked:
                progress = await Progress.begin(self._ls, title, lambda: self.stop(file))
            async with aclosing(review(job, desk.services, _second(desk, asked=asked))) as updates:
                async for update in updates:
                    last = self._take(file, running, update)
                    progress.report(last)
        except ModelError as error:
            file.consulted.failure = last = error.failure.message
            if asked:
                self._ls.say(f"The review failed. {error.failure.message}")
        except Exception as error:
            log.error("a review by a persona failed: %s", described(error))
            file.consulted.failure = last = f"Something went wrong ({type(error).__name__}); the log says more."
            if asked:
                self._ls.say(f"The review failed. {last}")
        finally:
            file.consulted.end(running)
            progress.end(last)
            self.on_change(file)

    def _take(self, file: OpenFile, running: Running, update: Update) -> str:
        """Take in what a review tells; what is happening, in a few words."""
        from oldhand.claude import updates  # noqa: PLC0415
        from oldhand.claude.cost import shown  # noqa: PLC0415

        consulted = file.consulted
        match update:
            case updates.Found(finding):
                if consulted.found(running, finding, file.document.text):
                    self.on_change(file)
            case updates.Withdrawn(fingerprint, _):
                consulted.withdraw(fingerprint)
                self.on_change(file)
            case updates.Commented(fingerprint, opinion):
                consulted.comments[fingerprint] = opinion
                self.on_change(file)
            case updates.Summed(unit, words):
                running.summaries[unit] = words
            case updates.Delayed(seconds, reason):
                return f"{reason} Trying again in {seconds:.0f} s"
            case updates.Done():
                consulted.finish(running, update)
                consulted.paid = "from memory" if update.stored else shown(update.cost)
                return f"{_count(len(running.found))}, {consulted.paid}"
            case _:
                pass
        return f"{_count(len(running.found))} so far"


def _second(desk: Desk, *, asked: bool) -> Second:
    """Which findings get a second look: of a review that was asked for all, of one after a save what is grave."""
    from oldhand.claude.reviewer import Second  # noqa: PLC0415

    match desk.configuration.verify:
        case "off":
            return Second.NONE
        case "always":
            return Second.ALL
        case _:
            return Second.ALL if asked else Second.ERRORS


def _folder(ls: Server, file: OpenFile) -> Path:
    """The folder that has to be trusted: the workspace's around the file, else the file's own."""
    path = from_proto.path_of(file.document.uri)
    if path is None:
        raise Refused("it is no file on disk.")
    return ls.session.environment.folder_of(path) or path.parent


def _count(number: int) -> str:
    return "1 finding" if number == 1 else f"{number} findings"
