"""A language server as a process, for measuring: requests, notifications, and waiting for messages."""

from __future__ import annotations

import json
import subprocess
from typing import Any


class Connection:
    """One server; ends it when the block that it was made for ends."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._number = 0

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def initialize(self, **options: Any) -> dict[str, Any]:
        """Shake hands; the server's capabilities."""
        answer = self.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}, **options})
        self.notify("initialized", {})
        return answer["result"]

    def open(self, uri: str, language: str, text: str) -> None:
        """Open a document as version 1."""
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, version: int, line: int, character: int, text: str) -> None:
        """Insert text."""
        place = {"line": line, "character": character}
        change = {"range": {"start": place, "end": place}, "text": text}
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def request(self, method: str, params: Any) -> dict[str, Any]:
        """Ask, and wait for the answer."""
        self._number += 1
        number = self._number
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        while True:
            message = self.read()
            if message.get("id") == number and "method" not in message:
                return message

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
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        if "method" in message and "id" in message:
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})
        return message

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()
