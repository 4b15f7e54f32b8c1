"""A language server as a process, for measuring: requests, notifications, and waiting for messages."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from threading import Timer
from typing import Any

CAPABILITIES = {
    "textDocument": {"diagnostic": {"dynamicRegistration": False}},
    "workspace": {"diagnostics": {"refreshSupport": True}},
}
"""Those of a client that asks for diagnostics, as VS Code does."""


LONGEST = 120.0
"""Seconds after which a server is ended, so that one which does not answer does not stop everything."""


class Connection:
    """One server; ends it when the block that it was made for ends."""

    def __init__(self, command: Sequence[str], folder: Path | None = None) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=folder, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self._watchdog = Timer(LONGEST, self.process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()
        self._folder = folder
        self._number = 0
        self._wants_whole_text = False
        self._is_asked = False
        self._answers: dict[Any, dict[str, Any]] = {}

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._watchdog.cancel()
        self.process.kill()
        self.process.wait()

    def initialize(self, **options: Any) -> dict[str, Any]:
        """Shake hands; the server's answer."""
        root = self._folder.as_uri() if self._folder is not None else None
        folders = [{"uri": root, "name": "bench"}] if root is not None else None
        client = {"processId": None, "rootUri": root, "workspaceFolders": folders, "capabilities": CAPABILITIES}
        answer: dict[str, Any] = self.request("initialize", {**client, **options})["result"]
        sync = answer["capabilities"].get("textDocumentSync")
        self._wants_whole_text = (sync.get("change") if isinstance(sync, dict) else sync) == 1
        self._is_asked = "diagnosticProvider" in answer["capabilities"]
        self.notify("initialized", {})
        return answer

    def open(self, uri: str, language: str, text: str) -> None:
        """Open a document as version 1."""
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, version: int, at: tuple[int, int], new: str, text: str) -> None:
        """Insert at a line and character, which makes `text`; a server that wants that whole gets it whole."""
        place = dict(zip(("line", "character"), at, strict=True))
        part = {"range": {"start": place, "end": place}, "text": new}
        change = {"text": text} if self._wants_whole_text else part
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def diagnostics(self, uri: str, version: int) -> list[Any]:
        """What is found in that version: asked for where the server can be asked, else waited for."""
        if self._is_asked:
            return self.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})["result"]["items"]
        return self.wait_for("textDocument/publishDiagnostics", version)["diagnostics"]

    def request(self, method: str, params: Any) -> dict[str, Any]:
        """Ask, and wait for the answer."""
        number = self.ask(method, params)
        while not self.answered(number):
            self.read()
        return self._answers.pop(number)

    def ask(self, method: str, params: Any) -> int:
        """Ask, and do not wait; the number under which the answer comes."""
        self._number += 1
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        return self._number

    def answered(self, number: int) -> bool:
        """Whether that answer has been read."""
        return number in self._answers

    def notify(self, method: str, params: Any) -> None:
        """Tell."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def wait_for(self, method: str, version: int | None = None) -> dict[str, Any]:
        """The next notification of that method, about that version of a document where one is given."""
        while True:
            message = self.read()
            if message.get("method") == method and version in (None, message["params"].get("version")):
                return message["params"]

    def read(self) -> dict[str, Any]:
        """The next message; requests of the server's are answered with null."""
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise ConnectionError(f"the server has ended: {self.process.args!r}")
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        if "method" in message and "id" in message:
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})
        elif "id" in message:
            self._answers[message["id"]] = message
        return message

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()
