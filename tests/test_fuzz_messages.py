"""Messages that are not as they should be, framed as they should be: every request is answered, and the server stays."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from fuzz import rounds
from lsp_client import LocalClient
from lsp_fake_server import options

URI = "file:///w/a.py"
SEEDS = 4
MESSAGES = rounds(100, 5000)
"""Of each seed."""

ASKING = ["textDocument/hover", "textDocument/codeAction", "codeAction/resolve", "textDocument/codeLens",
          "workspace/executeCommand", "textDocument/diagnostic", "workspace/symbol", "initialize"]  # fmt: skip
TELLING = ["textDocument/didSave", "textDocument/didChange", "textDocument/didOpen", "textDocument/didClose",
           "$/cancelRequest", "workspace/didChangeConfiguration", "workspace/didChangeWatchedFiles", "$/unheard"]  # fmt: skip
ZERO = {"line": 0, "character": 0}
PARAMS = {
    "textDocument": {"uri": URI, "version": 2, "languageId": "python", "text": "teh"},
    "range": {"start": ZERO, "end": ZERO},
    "context": {
        "diagnostics": [{"range": {"start": ZERO, "end": ZERO}, "message": "x", "data": "y"}],
        "triggerKind": 1,
    },
    "position": ZERO,
    "contentChanges": [{"range": {"start": ZERO, "end": ZERO}, "text": "teh"}, {"text": "teh cat"}],
    "command": "oldhand.explain",
    "arguments": [{"uri": URI, "fingerprint": "x"}],
    "data": {"action": "fix", "uri": URI, "version": 1, "fingerprint": "x"},
    "title": "Fix it",
    "id": "fuzz-1",
    "settings": {"oldhand": {"rules": {}}},
    "changes": [{"uri": URI, "type": 1}],
}
ODD_VALUES = [None, True, -1, 1 << 70, 0.5, "", "\ud800", "x" * 1000, [], {}, [[]], {"jsonrpc": "2.0"}]


@pytest.mark.filterwarnings("error:coroutine:RuntimeWarning", "error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", range(SEEDS))
def test_malformed_messages_are_all_answered(seed: int) -> None:
    chance = random.Random(seed)
    with LocalClient(options()) as client:
        client.initialize()
        client.open(URI, "teh cat\nbug\n")
        expected = []
        for number in range(MESSAGES):
            what = chance.random()
            if what < 0.15:
                client.notify(chance.choice(TELLING), mangled(chance, PARAMS))
            elif what < 0.25:
                client.send_body(cut(chance, {"jsonrpc": "2.0", "method": "textDocument/hover", "params": PARAMS}))
            else:
                expected.append(f"fuzz-{number}")
                client.send(request(chance, expected[-1]))
        for ident in expected:
            assert client.response(ident).keys() & {"result", "error"}
        assert client.end() == 0


def request(chance: random.Random, ident: str) -> Any:
    """A request with some parts that do not belong there; only its id is as it should be."""
    message = {"jsonrpc": "2.0", "id": ident, "method": chance.choice(ASKING), "params": mangled(chance, PARAMS)}
    if chance.random() < 0.1:
        message["method"] = chance.choice([7, None, [], {}, "", "\ud800", "x" * 1000])
    if chance.random() < 0.05:
        message["jsonrpc"] = chance.choice(ODD_VALUES)
    return message


def mangled(chance: random.Random, value: Any) -> Any:
    """The value with some parts left out and some replaced by others that do not belong there."""
    if chance.random() < 0.08:
        return chance.choice(ODD_VALUES)
    if isinstance(value, dict):
        return {key: mangled(chance, item) for key, item in value.items() if chance.random() > 0.05}
    if isinstance(value, list):
        return [mangled(chance, item) for item in value]
    return value


def cut(chance: random.Random, message: Any) -> bytes:
    """The message's body cut off somewhere, or with bytes in it that make it no JSON or no UTF-8."""
    body = json.dumps(message).encode()
    place = chance.randrange(len(body))
    return body[:place] + chance.choice([b"", b"\xff", b"\0", b"\x80" + body[place:], b"]" + body[place:], b"[" * 5000])
