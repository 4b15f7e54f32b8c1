"""The session: every open document, what is known of it, and when it is reviewed; lives on the loop's thread alone.

Knows nothing of LSP's messages. Whoever shows results sets `on_result`, and `tell` for what concerns no document.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from oldhand.findings import Finding
from oldhand.lsp.claims import all_of
from oldhand.lsp.consulted import Consulted
from oldhand.lsp.debounce import REMEMBERED, Debounce
from oldhand.lsp.log import described
from oldhand.lsp.sources import Checked, Context, Environment, Sources
from oldhand.lsp.worker import Worker
from oldhand.problems import Problem
from oldhand.review.document import Document
from oldhand.review.merge import merged
from oldhand.text.anchors import carry_all
from oldhand.text.edits import TextEdit, compose_all
from oldhand.text.ranges import TextRange

if TYPE_CHECKING:
    from oldhand.lsp.engine import Engine
    from oldhand.review.run import Review

log = logging.getLogger(__name__)


class Handle(Protocol):
    """What `later` returns: something that can still be called off."""

    def cancel(self) -> None:
        """Call it off."""


Later = Callable[[float, Callable[[], None]], Handle]


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding of the last review, and where it stands in the text as it is now."""

    finding: Finding
    place: TextRange


@dataclass(slots=True, eq=False)
class OpenFile:
    """An open document and what is known of it.

    `checked` is the last check that was kept, of this text or of an earlier one; `standing` its findings here and
    now. `touched` says that an edit has met one of them since the client was told, `reported` is the text of which a
    client that pulls was told. `consulted` is what a persona has said of it.
    """

    document: Document
    checked: Checked | None = None
    standing: tuple[Standing, ...] = ()
    touched: bool = False
    reported: Document | None = None
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    timer: Handle | None = None
    check: asyncio.Task[None] | None = None
    verified: dict[Finding, Finding] = field(default_factory=dict)
    consulted: Consulted = field(default_factory=Consulted)
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def last_review(self) -> Review | None:
        """The last review that was kept, of this text or of an earlier one."""
        return self.checked.review if self.checked is not None else None

    @property
    def review(self) -> Review | None:
        """The review of exactly this text, or None."""
        review = self.last_review
        return review if review is not None and review.document is self.document else None

    @property
    def listed(self) -> tuple[Standing, ...]:
        """All findings of this text, the rules' and the personas', each once and in text order."""
        consulted = self.consulted
        if not consulted.claims and not consulted.comments:
            return self.standing
        rules = [(one.finding, one.place) for one in self.standing]
        return tuple(Standing(*one) for one in merged(rules, all_of(consulted.claims.values()), consulted.comments))

    def text_of(self, finding: Finding) -> str:
        """The text that a finding's ranges are in: a rule's are in the text of the last review, a persona's in this."""
        review = self.last_review
        own = finding.fingerprint in self.consulted.claims
        return self.document.text if own or review is None else review.document.text

    @property
    def context(self) -> Context:
        """Under what the last check was made; only where there was one."""
        assert self.checked is not None, "a review comes with its context"
        return self.checked.context


class Session:
    """Open documents by key, see `from_proto.key_of`; `later` is the loop's `call_later` or a test's."""

    def __init__(self, engine: Callable[[], Engine], worker: Worker, debounce: Debounce, later: Later) -> None:
        self.worker = worker
        self.files: dict[str, OpenFile] = {}
        self.environment = Environment()
        self.problems: Mapping[str, tuple[Problem, ...]] = {}
        self.on_result: Callable[[OpenFile], None] = lambda file: None
        self.on_problems: Callable[[], None] = lambda: None
        self.tell: Callable[[str, str], None] = lambda cause, message: None
        self._sources = Sources(engine)
        self._debounce = debounce
        self._later = later
        self._ready = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def engine(self) -> Engine:
        """The functions to review with; asked for only where there is a review, since they may take long to load."""
        return self._sources.engine

    def open(self, key: str, document: Document) -> None:
        """Take a document on, and review it at once."""
        self.close(key)
        self.files[key] = file = OpenFile(document)
        file.consulted.opened = document
        self._start(file)

    def change(self, file: OpenFile, document: Document, edits: Sequence[TextEdit]) -> None:
        """Put a new text in place, carry the findings to it, and review it after a pause.

        `edits` made it of the old one, each on the text that the one before it left.
        """
        places = [standing.place for standing in file.standing]
        carried = carry_all(places, edits, file.document.text, document.text)
        file.touched = file.touched or any(edit.range.touches(place) for edit in compose_all(edits) for place in places)
        file.standing = tuple(
            replace(standing, place=place)
            for standing, place in zip(file.standing, carried, strict=True)
            if place is not None
        )
        file.consulted.change(edits, file.document.text, document.text)
        file.document = document
        file.settled.clear()
        self._call_off(file)
        file.timer = self._later(self._debounce.delay(file.seconds), lambda: self._start(file))

    def close(self, key: str) -> OpenFile | None:
        """Let a document go; what waits for its review is woken."""
        file = self.files.pop(key, None)
        if file is not None:
            self._call_off(file)
            file.settled.set()
        return file

    def close_all(self) -> None:
        """Let every document go."""
        for key in list(self.files):
            self.close(key)

    def hurry(self, file: OpenFile) -> None:
        """Review now what would be reviewed after a pause."""
        if file.timer is not None:
            self._start(file)

    async def reviewed(self, file: OpenFile) -> Review | None:
        """The review of the file's text as it is when that is done, skipping the pause.

        None where there is none to be had: the document was closed, its review failed, or settings leave it out.
        """
        while not file.settled.is_set():
            self.hurry(file)
            await file.settled.wait()
        return file.review

    async def verified(self, file: OpenFile, review: Review, finding: Finding) -> Finding:
        """A finding of that review with its fix and the verdict, made once; as it is where the text has moved on."""
        if finding.offers is None or finding.verdict is not None or file.review is not review:
            return finding
        memory, context = file.verified, file.context
        known = memory.get(finding)
        if known is None:
            known = await self.worker.run(self.engine.verify, review, finding, context.rules, context.settings)
            memory[finding] = known
        return known

    def begin(self, folders: Sequence[Path], editor: Mapping[Path | None, Any]) -> None:
        """Say where documents live and what the editor's settings are; first, and whenever that changes."""
        self.environment = Environment(tuple(folders), dict(editor), self.environment.number + 1)
        self._ready.set()
        self._recheck()

    async def refresh(self) -> None:
        """Read rules and settings anew, and begin to review all open documents under them."""
        await self.worker.run(self._sources.forget)
        self.environment = replace(self.environment, number=self.environment.number + 1)
        self._recheck()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine that nobody has to await; an error in it is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("a task failed: %s", described(error))

    def _recheck(self) -> None:
        self.spawn(self._load())
        for file in self.files.values():
            file.settled.clear()
            self._start(file)

    async def _load(self) -> None:
        self._take(await self.worker.run(self._sources.load, self.environment))

    def _take(self, problems: Mapping[str, tuple[Problem, ...]] | None) -> None:
        if problems is not None and problems != self.problems:
            self.problems = problems
            self.on_problems()

    def _start(self, file: OpenFile) -> None:
        self._call_off(file)
        if file.document.language is None:
            file.settled.set()
            return
        file.check = asyncio.get_running_loop().create_task(self._check(file, file.document))

    def _call_off(self, file: OpenFile) -> None:
        if file.timer is not None:
            file.timer.cancel()
            file.timer = None
        if file.check is not None:
            file.check.cancel()
            file.check = None

    async def _check(self, file: OpenFile, document: Document) -> None:
        await self._ready.wait()
        environment = self.environment
        try:
            checked = await self.worker.run(self._sources.check, document, environment, file.checked)
        except Exception as error:
            log.error("a review failed: %s", described(error))
            if file.document is document:
                self._fail(file, error)
            return
        if file.document is document and self.environment.number == environment.number:
            self._keep(file, checked)
            self._take(checked.problems)

    def _keep(self, file: OpenFile, checked: Checked) -> None:
        findings = checked.review.findings if checked.review is not None else ()
        file.checked = checked
        file.standing = tuple(Standing(finding, finding.range) for finding in findings)
        file.verified = {}
        file.seconds.append(checked.seconds)
        file.settled.set()
        self.on_result(file)

    def _fail(self, file: OpenFile, error: Exception) -> None:
        """What was known stays; that it is of an earlier text is told once."""
        file.settled.set()
        self.tell(
            f"review failed: {type(error).__name__}",
            f"Oldhand could not review a file ({type(error).__name__}); earlier findings are kept. The log says more.",
        )
