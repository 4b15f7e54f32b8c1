"""A small raw client for a server process: it writes bytes and reads messages, and shares no code with the server.

What it waits for has ten seconds to come; nothing sleeps.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

PATIENCE = 60.0

OLDHAND = (sys.executable, "-c", "from oldhand.lsp.server import serve; raise SystemExit(serve(None))")
"""The server as it ships."""

FAKE = (sys.executable, str(Path(__file__).with_name("lsp_fake_server.py")))
"""The server with the engine of `lsp_fake_server` and no debounce."""

Message = dict[str, Any]


class ErrorResponse(Exception):
    """The server answered a request with an error."""

    def __init__(self, error: Message) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.data = error.get("data")


class Client:
    """One server and all messages that it has sent, in order; the server is a process, or in `LocalClient` a thread."""

    def __init__(
        self, command: Sequence[str] = FAKE, env: Mapping[str, str] | None = None, *, read: bool = True
    ) -> None:
        self.messages: list[Message] = []
        self._responses: dict[Any, Message] = {}
        self.junk = b""
        self.answers: dict[str, Callable[[Any], Any]] = {}
        self.errors = b""
        self._seen = 0
        self._changed = threading.Condition()
        self._ended = False
        self._number = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self.to_server, self.from_server = self._connect(command, {**os.environ, **(env or {})})
        if read:
            self.start_reading()

    def _connect(self, command: Sequence[str], env: Mapping[str, str]) -> tuple[IO[bytes], IO[bytes]]:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=env)
        threading.Thread(target=self._read_errors, daemon=True).start()
        return self.process.stdin, self.process.stdout

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self._close()

    def _close(self) -> None:
        for stream in (self.to_server, self.from_server):
            with contextlib.suppress(OSError):
                stream.close()

    def start_reading(self) -> None:
        self._reader.start()

    def send_bytes(self, data: bytes) -> None:
        self.to_server.write(data)
        self.to_server.flush()

    def send_body(self, body: bytes) -> None:
        self.send_bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def send(self, message: Any) -> None:
        self.send_body(json.dumps(message).encode())

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: Any = None) -> int:
        """Send a request and do not wait; its id."""
        self._number += 1
        self.send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        return self._number

    def call(self, method: str, params: Any = None) -> Any:
        """Send a request and wait for its result. Raises ErrorResponse."""
        return self.result(self.request(method, params))

    def result(self, ident: Any) -> Any:
        """The result of a request that was sent. Raises ErrorResponse."""
        message = self.response(ident)
        if "error" in message:
            raise ErrorResponse(message["error"])
        return message["result"]

    def response(self, ident: Any) -> Message:
        """The response under that id, whichever it holds."""
        with self._changed:
            while ident not in self._responses:
                self._wait()
            return self._responses[ident]

    def next(self, method: str, matching: Callable[[Any], bool] = lambda params: True) -> Any:
        """The params of the next notification or request of that method that was not taken yet and matches."""
        return self.wait_for(lambda m: m.get("method") == method and matching(m.get("params"))).get("params")

    def wait_for(self, wanted: Callable[[Message], bool]) -> Message:
        """The first message, not taken yet, that is wanted; all up to it count as taken."""
        with self._changed:
            start = self._seen
            while True:
                for place in range(start, len(self.messages)):
                    if wanted(self.messages[place]):
                        self._seen = place + 1
                        return self.messages[place]
                start = len(self.messages)
                self._wait()

    def _wait(self) -> None:
        """Wait for another message."""
        if self._ended:
            raise AssertionError(f"the server ended ({self.exit_code()}): {self.errors.decode()}")
        if not self._changed.wait(PATIENCE):
            raise AssertionError(f"it never came; there were {self.messages[-5:]}; {self.errors.decode()}")

    def sent(self, method: str) -> list[Any]:
        """The params of all messages of that method so far."""
        return [message.get("params") for message in self.messages if message.get("method") == method]

    def initialize(self, capabilities: Any = None, *, initialized: bool = True, **params: Any) -> Message:
        """Go through the handshake; the result of `initialize`."""
        result = self.call(
            "initialize", {"processId": None, "rootUri": None, "capabilities": capabilities or {}, **params}
        )
        if initialized:
            self.notify("initialized", {})
        return result

    def open(self, uri: str, text: str, version: int = 1, language: str = "python") -> None:
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, version: int, *changes: Any) -> None:
        """Changes are whole texts, or tuples of start line, start character, end line, end character and text."""
        self.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [_change(change) for change in changes],
            },
        )

    def diagnostics(self, uri: str, version: int | None = None) -> list[Message]:
        """The next diagnostics that are published for the document, in that version if one is given."""
        wanted = lambda params: params["uri"] == uri and version in (None, params.get("version"))  # noqa: E731
        return self.next("textDocument/publishDiagnostics", wanted)["diagnostics"]

    def end(self) -> int:
        """Shut down and exit; the exit code."""
        self.call("shutdown")
        self.notify("exit")
        return self.exit_code()

    def exit_code(self) -> int:
        return self.process.wait(PATIENCE)

    def _read(self) -> None:
        stream = self.from_server
        while (message := self._message(stream)) is not None:
            with self._changed:
                self.messages.append(message)
                if "method" not in message:
                    self._responses[message["id"]] = message
                self._changed.notify_all()
            if "method" in message and "id" in message:
                self._answer(message)
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _message(self, stream: Any) -> Message | None:
        line = stream.readline()
        if not line.startswith(b"Content-Length: "):
            self.junk += line + stream.read()
            return None
        length = int(line.removeprefix(b"Content-Length: "))
        assert stream.readline() == b"\r\n"
        return json.loads(stream.read(length))

    def _answer(self, request: Message) -> None:
        answer = self.answers.get(request["method"], lambda params: None)(request.get("params"))
        if answer is NO_ANSWER:
            return
        with contextlib.suppress(OSError, ValueError):  # the test has ended the conversation
            self.send({"jsonrpc": "2.0", "id": request["id"], "result": answer})

    def _read_errors(self) -> None:
        for line in self.process.stderr:
            self.errors += line


class LocalClient(Client):
    """The server in a thread of this process: it starts at once, and takes the test's own engine."""

    def __init__(self, options: Any) -> None:
        self._options = options
        super().__init__()

    def _connect(self, command: Sequence[str], env: Mapping[str, str]) -> tuple[IO[bytes], IO[bytes]]:
        from oldhand.lsp.server import Server

        source, to_server = os.pipe()
        from_server, sink = os.pipe()
        self.server = Server(self._options)
        self._code: int | None = None
        self._served = threading.Event()

        def run() -> None:
            self._code = asyncio.run(self.server.run(source, sink))
            os.close(sink)
            self._served.set()
            # A number that is closed while a thread still reads there may be somebody else's pipe the next time.
            if self.server.reader is not None:
                self.server.reader.join()
            os.close(source)

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        return os.fdopen(to_server, "wb"), os.fdopen(from_server, "rb")

    def __exit__(self, *_: object) -> None:
        self._close()
        self._thread.join(PATIENCE)

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self.to_server.close()
        self._reader.join(PATIENCE)
        super()._close()

    def exit_code(self) -> int:
        self._served.wait(PATIENCE)
        assert self._code is not None, "the server did not end"
        return self._code


NO_ANSWER = object()
"""What an entry of `Client.answers` gives for a request that is to stay without an answer."""


def _change(change: Any) -> Message:
    if isinstance(change, str):
        return {"text": change}
    if isinstance(change, dict):
        return change
    start_line, start_character, end_line, end_character, text = change
    return {
        "range": {
            "start": {"line": start_line, "character": start_character},
            "end": {"line": end_line, "character": end_character},
        },
        "text": text,
    }
