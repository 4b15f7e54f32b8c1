"""The server: a session, a client, and the table of what is answered; `serve` runs one over standard streams."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter

from oldhand import __version__
from oldhand.lsp import log, parent, progress, transport
from oldhand.lsp.capabilities import Client
from oldhand.lsp.consulting import Consulting
from oldhand.lsp.debounce import Debounce
from oldhand.lsp.features import (
    code_actions,
    code_lenses,
    commands,
    diagnostics,
    documents,
    hover,
    lifecycle,
    status,
    workspace,
)
from oldhand.lsp.framing import Unreadable
from oldhand.lsp.memory import keep_heap
from oldhand.lsp.protocol import Phase, Protocol
from oldhand.lsp.resting import Resting
from oldhand.lsp.saving import Saving, has_key
from oldhand.lsp.session import OpenFile, Session
from oldhand.lsp.worker import Worker
from oldhand.text.visible import visible

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

    from oldhand.claude.desk import Desk
    from oldhand.lsp.engine import Engine

FEATURES: dict[str, Callable[..., Any]] = {
    types.INITIALIZE: lifecycle.initialize,
    types.INITIALIZED: lifecycle.initialized,
    types.SHUTDOWN: lifecycle.shutdown,
    types.EXIT: lifecycle.exit_server,
    types.TEXT_DOCUMENT_DID_OPEN: documents.did_open,
    types.TEXT_DOCUMENT_DID_CHANGE: documents.did_change,
    types.TEXT_DOCUMENT_DID_SAVE: documents.did_save,
    types.TEXT_DOCUMENT_DID_CLOSE: documents.did_close,
    types.TEXT_DOCUMENT_DIAGNOSTIC: diagnostics.pull,
    types.WORKSPACE_DIAGNOSTIC: diagnostics.pull_workspace,
    types.TEXT_DOCUMENT_HOVER: hover.hover,
    types.TEXT_DOCUMENT_CODE_ACTION: code_actions.code_actions,
    types.CODE_ACTION_RESOLVE: code_actions.resolve,
    types.TEXT_DOCUMENT_CODE_LENS: code_lenses.code_lenses,
    types.WORKSPACE_EXECUTE_COMMAND: commands.execute,
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL: progress.stop,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: workspace.did_change_configuration,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: workspace.did_change_folders,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: workspace.did_change_watched_files,
}
"""What is answered, and by whom. All else is refused, or ignored where it wants no answer."""

_PATIENCE = 1.0
"""Seconds for the last messages to leave before the process ends."""

_SWITCH = 0.001
"""Seconds after which a review gives way to the loop; Python's own 5 ms would add up to a felt delay of answers."""

_COLLECTION = (10_000, 10, 1_000_000)
"""Python's collector looks at the young alone while there is work: a look at all the trees of a large document stops
every thread for longer than an answer may take. That is done when the worker is idle."""


def _engine() -> Engine:
    from oldhand.lsp.engine import Engine  # noqa: PLC0415 - not before `initialize` is answered

    gc.freeze()  # what was imported stays, so no collection need look at it
    return Engine()


def _desk() -> Desk:
    from oldhand.claude.desk import Desk  # noqa: PLC0415 - not before somebody asks for a review by a persona

    return Desk.open(os.environ, lambda words: logging.getLogger(__name__).warning("%s", words))


@dataclass(frozen=True, slots=True)
class Options:
    """What tests replace. `engine` is called on the worker's thread, and `tidy` when that has become idle; `desk` on a
    thread of its own when a persona is first asked.
    """

    engine: Callable[[], Engine] = _engine
    desk: Callable[[], Desk] = _desk
    debounce: Debounce = field(default_factory=Debounce)
    save_pause: float = 2.0
    rest_pause: float = 1.0
    tidy: Callable[[], object] = gc.collect


class Server(LanguageServer):
    """One client's server."""

    protocol: Protocol

    def __init__(self, options: Options) -> None:
        super().__init__("oldhand", __version__, protocol_cls=Protocol, converter_factory=default_converter)
        self.client = Client()
        self.worker = Worker(options.tidy)
        self.session = Session(options.engine, self.worker, options.debounce, self.later)
        self.session.tell = self.tell
        self.folders: dict[Path, str] = {}
        self.initial_settings: Any = None
        self.diagnostics = diagnostics.Diagnostics(self)
        self.lenses = code_lenses.Lenses(self)
        self.pages: TemporaryDirectory[str] | None = None
        self.stops: dict[types.ProgressToken, Callable[[], object]] = {}
        self.consulting = Consulting(self, options.desk)
        self.consulting.has_key = has_key()
        self.saving = Saving(self, options.save_pause)
        self.resting = Resting(self, options.rest_pause)
        self.consulting.on_change = self._consulted
        self._told: set[str] = set()
        self.reader: Thread | None = None
        self._end: asyncio.Future[int] | None = None
        for method, handler in FEATURES.items():
            self.feature(method)(handler)

    def tell(self, cause: str, message: str) -> None:
        """Show the user a message, once in a session for each cause."""
        if cause not in self._told and self.protocol.phase is Phase.RUNNING:
            self._told.add(cause)
            self.window_show_message(types.ShowMessageParams(types.MessageType.Warning, message))

    def say(self, words: str) -> None:
        """Answer the user, who has asked."""
        self.window_show_message(types.ShowMessageParams(types.MessageType.Info, visible(words)))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log what pygls would show the user; its text may quote the source."""
        logging.getLogger(__name__).error("%s", log.described(error))

    def end(self, code: int) -> None:
        """Leave the loop, after which the process ends with that code."""
        if self._end is not None and not self._end.done():
            self._end.set_result(code)

    def watch_parent(self, pid: int) -> None:
        """End when the process `pid`, the editor's, has ended."""
        loop = asyncio.get_running_loop()
        parent.watch(pid, lambda: transport.call_soon(loop, self.end, 1))

    async def run(self, source: int, sink: int) -> int:
        """Serve until the client is done or gone; the exit code."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(log.loop_error)
        self._end = loop.create_future()
        writer = transport.Writer(sink, lambda: transport.call_soon(loop, self.end, 1))
        self.protocol.writer = cast(Any, writer)
        inbox: asyncio.Queue[bytes | Unreadable | None] = asyncio.Queue()
        self.reader = transport.start_reader(source, loop, inbox.put_nowait, writer)
        pumping = loop.create_task(transport.pump(inbox, self._receive))
        code = await self._end
        pumping.cancel()
        await self._answer_the_last()
        writer.close(_PATIENCE)
        if self.pages is not None:
            self.pages.cleanup()
        return code

    def _receive(self, body: bytes | Unreadable | None) -> None:
        if body is None:
            self.end(0 if self.protocol.phase is Phase.SHUT_DOWN else 1)
        else:
            self.protocol.receive(body)

    async def _answer_the_last(self) -> None:
        self.protocol.cancel_all()
        await self.consulting.close()
        if self.protocol.running:
            await asyncio.wait(list(self.protocol.running.values()), timeout=_PATIENCE)

    def _consulted(self, file: OpenFile) -> None:
        """What a persona has said of a document, or is about to, has changed."""
        self.diagnostics.consulted(file)
        self.lenses.checked(file)
        status.tell(self, file)

    def later(self, seconds: float, call: Callable[[], object]) -> asyncio.TimerHandle:
        """Call later, once."""
        return asyncio.get_running_loop().call_later(seconds, call)


def serve(log_file: str | Path | None, options: Options | None = None) -> int:
    """Serve one client over standard input and output until it is done; the exit code.

    0 after `shutdown` and the end of the conversation, 1 where that came without it. The log goes to the file, or to
    standard error, and never holds text of documents. Raises OSError where the log file can not be written.
    """
    log.configure(log_file)
    sys.setswitchinterval(_SWITCH)
    gc.set_threshold(*_COLLECTION)
    keep_heap()
    source, sink = transport.claim_stdio()
    server = Server(options or Options())
    try:
        code = asyncio.run(_main(server, source, sink))
    except KeyboardInterrupt:
        code = 130
    log.close()
    if server.worker.busy:
        transport.end_process(code)
    return code


async def _main(server: Server, source: int, sink: int) -> int:
    if sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.end, 1)
    return await server.run(source, sink)
