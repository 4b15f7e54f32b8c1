"""The protocol's state and its promises: every request is answered once, whatever it holds and whenever it comes.

Of pygls this uses the converter, the table of features and the generated senders. Messages are dispatched here, since
its own dispatch leaves malformed requests without an answer and sends tracebacks.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from oldhand.lsp import messages, tolerance
from oldhand.lsp.framing import Unreadable
from oldhand.lsp.log import described
from oldhand.lsp.messages import Id, Malformed, Notification, Request, Response

log = logging.getLogger(__name__)


class Phase(Enum):
    """Where the session stands between its first message and its last."""

    NEW = "before initialize"
    RUNNING = "between initialize and shutdown"
    SHUT_DOWN = "after shutdown"


class RefusedError(Exception):
    """The client answered a request of ours with an error."""


class Protocol(LanguageServerProtocol):
    """One client's connection; lives on the loop's thread."""

    def __init__(self, server: Any, converter: Any) -> None:
        super().__init__(server, converter)
        self.phase = Phase.NEW
        self.running: dict[Id, asyncio.Task[Any]] = {}
        self._asked: dict[Id, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)

    def receive(self, body: bytes | Unreadable) -> None:
        """Handle one message; never raises."""
        if isinstance(body, Unreadable):
            self._refuse(None, messages.PARSE_ERROR, body.reason)
            return
        match messages.read(body):
            case Request() as request:
                self._request(request)
            case Notification() as notification:
                self._notification(notification)
            case Response() as response:
                self._response(response)
            case Malformed(ident, code, reason):
                self._refuse(ident, code, reason)

    async def ask(self, method: str, params: Any) -> Any:
        """Send a request of ours and wait for its result, as the client wrote it.

        Raises RefusedError where the client answers with an error.
        """
        ident = f"oldhand-{next(self._numbers)}"
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[ident] = future
        message = {"jsonrpc": "2.0", "id": ident, "method": method}
        if params is not None:
            message["params"] = self._converter.unstructure(params)
        try:
            self._send(message)
            return await future
        finally:
            del self._asked[ident]

    def notify_client(self, method: str, params: Any) -> None:
        """Send a notification of ours; `params` are JSON."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def cancel_all(self) -> None:
        """Cancel every request that is being worked on; each is still answered."""
        for task in list(self.running.values()):
            task.cancel()

    def _request(self, request: Request) -> None:
        if refusal := self._out_of_place(request.method):
            self._refuse(request.id, *refusal)
            return
        handler = self.fm.features.get(request.method)
        if handler is None:
            self._refuse(request.id, messages.METHOD_NOT_FOUND, f"unknown method {request.method[:80]}")
            return
        try:
            params = self._params(request.method, request.params)
        except Exception as error:
            log.warning("%s: params not understood: %s", request.method, described(error))
            self._refuse(request.id, messages.INVALID_PARAMS, f"the params of {request.method} are not as LSP has them")
            return
        if asyncio.iscoroutinefunction(handler):
            self._start(request, handler(params))
        else:
            self._answer(request, lambda: handler(params))

    def _start(self, request: Request, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task), "an awaitable became a task"
        self.running[request.id] = task

        def done(task: asyncio.Task[Any]) -> None:
            if self.running.get(request.id) is task:
                del self.running[request.id]
            if task.cancelled():
                self._refuse(request.id, messages.CANCELLED, "the request was cancelled")
            else:
                self._answer(request, task.result)

        task.add_done_callback(done)

    def _answer(self, request: Request, result: Callable[[], Any]) -> None:
        """Send what `result()` gives or raises."""
        try:
            value = result()
            self._send(messages.result(request.id, self._converter.unstructure(value)))
        except JsonRpcException as error:
            self._refuse(request.id, error.code, error.message, error.data)
        except Exception as error:
            log.error("%s failed: %s", request.method, described(error))
            reason = f"internal error ({type(error).__name__}); the server's log says where"
            self._refuse(request.id, messages.INTERNAL_ERROR, reason)

    def _notification(self, notification: Notification) -> None:
        method = notification.method
        if method == types.CANCEL_REQUEST:
            self._cancel(notification.params)
            return
        handler = self.fm.features.get(method)
        out_of_place = self.phase is not Phase.RUNNING and method != types.EXIT
        if handler is None or out_of_place or asyncio.iscoroutinefunction(handler):  # which answers requests
            log.debug("ignored notification %s (%s)", method[:80], self.phase.value)
            return
        try:
            handler(self._params(method, notification.params))
        except Exception as error:
            log.error("%s failed: %s", method, described(error))

    def _cancel(self, params: Any) -> None:
        ident = params.get("id") if isinstance(params, dict) else None
        task = self.running.get(ident) if isinstance(ident, int | str | float) else None
        if task is not None:
            task.cancel()

    def _response(self, response: Response) -> None:
        future = self._asked.get(response.id)
        if future is None or future.done():
            log.debug("answer to an unknown request")
        elif response.error is not None:
            error = response.error if isinstance(response.error, dict) else {}
            future.set_exception(RefusedError(str(error.get("message", "no reason given"))))
        else:
            future.set_result(response.result)

    def _out_of_place(self, method: str) -> tuple[int, str] | None:
        """Why a request of that method can not be served in this phase."""
        if self.phase is Phase.SHUT_DOWN:
            return messages.INVALID_REQUEST, "the server has been shut down"
        if self.phase is Phase.NEW and method != types.INITIALIZE:
            return messages.NOT_INITIALIZED, "the server has not been initialized"
        if self.phase is Phase.RUNNING and method == types.INITIALIZE:
            return messages.INVALID_REQUEST, "the server has been initialized already"
        return None

    def _params(self, method: str, raw: Any) -> Any:
        """The params as the handler takes them; raises all sorts of errors where they are not of that form."""
        raw = tolerance.tolerated(method, raw)
        if method in tolerance.RAW:
            return raw
        kind: Any = types.METHOD_TO_TYPES[method][2]
        if kind is None or (raw is None and method in tolerance.OPTIONAL):
            return None
        if not isinstance(raw, dict):
            raise TypeError("params are an object")
        return self._converter.structure(raw, kind)

    def _refuse(self, ident: Id | None, code: int, reason: str, data: Any = None) -> None:
        self._send(messages.error(ident, code, reason, data))

    def _send_data(self, data: Any) -> None:
        """Send a notification; overrides what all of pygls' senders end in."""
        try:
            self._send(self._converter.unstructure(data))
        except Exception as error:
            log.error("a message could not be sent: %s", described(error))

    def _send(self, message: dict[str, Any]) -> None:
        """Raises TypeError or ValueError for what JSON does not have."""
        if self.writer is not None:
            self.writer.write(messages.write(message))
