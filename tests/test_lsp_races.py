"""Edits and requests cross each other on the wire: whatever comes back fits the version that it names."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from lsp_client import LocalClient
from lsp_fake_server import options
from oldhand.text.lines import LineIndex, PositionEncoding, offset_of, position_of

URI = "file:///w/a.py"
ROUNDS = int(os.environ.get("OLDHAND_RACES", "150"))
PIECES = ["x = 1\n", "teh\n", "😀 teh", "\r\n", " ", "hmm ", "teh"]
RESOLVES = {"textDocument": {"codeAction": {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}}}}

UTF16 = PositionEncoding.UTF16


class Typist:
    """Types into a document, and remembers every version of it."""

    def __init__(self, client: LocalClient, chance: random.Random) -> None:
        self._client = client
        self._chance = chance
        self.texts = {1: "".join(chance.choices(PIECES, k=40))}
        client.open(URI, self.texts[1])

    @property
    def version(self) -> int:
        return max(self.texts)

    def type(self) -> None:
        text = self.texts[self.version]
        start = self._place(text)
        end = _place_near(text, min(start + self._chance.randint(0, 4), len(text)))
        new = self._chance.choice([*PIECES, ""])
        index = LineIndex.of(text)
        at = (position_of(text, index, offset, UTF16) for offset in (start, end))
        (line, character), (end_line, end_character) = at
        self.texts[self.version + 1] = text[:start] + new + text[end:]
        self._client.change(URI, self.version, (line, character, end_line, end_character, new))

    def somewhere(self) -> dict[str, Any]:
        text = self.texts[self.version]
        line, character = position_of(text, LineIndex.of(text), self._place(text), UTF16)
        place = {"line": line, "character": character}
        return {"start": place, "end": place}

    def _place(self, text: str) -> int:
        return _place_near(text, self._chance.randint(0, len(text)))


def _place_near(text: str, offset: int) -> int:
    """The offset, or the next where it is between `\\r` and `\\n` and no editor has a place."""
    return offset + 1 if text.startswith("\n", offset) and text.endswith("\r", 0, offset) else offset


@pytest.mark.parametrize("capabilities", [{}, RESOLVES], ids=["eager", "lazy"])
def test_no_edit_lands_where_it_was_not_meant(capabilities: Any) -> None:
    chance = random.Random(7)
    edits = 0
    with LocalClient(options()) as client:
        client.initialize(capabilities)
        typist = Typist(client, chance)
        asked: list[int] = []
        resolving: list[int] = []
        for _ in range(ROUNDS):
            echoed = chance.choice([[], _latest(client)])
            context = {"diagnostics": echoed, "only": ["quickfix"], "triggerKind": 2}
            params = {"textDocument": {"uri": URI}, "range": typist.somewhere(), "context": context}
            asked.append(client.request("textDocument/codeAction", params))
            if chance.random() < 0.6:
                typist.type()
            for action in client.response(asked[-1]).get("result") or []:
                if chance.random() < 0.5:
                    typist.type()
                if "data" in action:
                    resolving.append(client.request("codeAction/resolve", action))
                else:
                    edits += check(action, typist.texts)
        for ident in resolving:
            response = client.response(ident)
            if "error" in response:
                assert response["error"]["code"] == -32801
            else:
                edits += check(response["result"], typist.texts)
        assert client.end() == 0
    assert edits > ROUNDS / 10


def _latest(client: LocalClient) -> list[Any]:
    """The diagnostics that the client shows now, which may be of any earlier version."""
    for message in reversed(client.messages):
        if message.get("method") == "textDocument/publishDiagnostics":
            return message["params"]["diagnostics"]
    return []


def check(action: Any, texts: dict[int, str]) -> int:
    """Every edit replaces a `teh` in the version that it is for; how many edits that is."""
    (change,) = action["edit"]["documentChanges"]
    text = texts[change["textDocument"]["version"]]
    index = LineIndex.of(text)
    for edit in change["edits"]:
        start, end = (
            offset_of(text, index, edit["range"][name]["line"], edit["range"][name]["character"], UTF16)
            for name in ("start", "end")
        )
        assert (text[start:end], edit["newText"]) == ("teh", "the")
    return len(change["edits"])
