"""The server as it ships, with its rules, from the command line to an applied fix."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lsp_client import Client

OLDHAND = (sys.executable, "-c", "from oldhand.cli.main import main; raise SystemExit(main())", "server", "--stdio")
URI = "file:///w/a.py"
TEXT = "import requests\n\n\ndef fetch(url):\n    return requests.get(url)  # 😀\n"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    log = tmp_path / "log"
    with Client([*OLDHAND, "--log-file", str(log)]) as client:
        yield client
        assert "ERROR" not in log.read_text()


def test_finding_is_shown_explained_and_fixed(client: Client) -> None:
    client.initialize({"textDocument": {"hover": {"contentFormat": ["markdown"]}}})
    client.open(URI, TEXT)
    (found,) = client.diagnostics(URI)
    assert found["code"] == "resilience/http-no-timeout"
    assert found["range"]["start"]["line"] == 4

    document = {"uri": URI}
    hover = client.call("textDocument/hover", {"textDocument": document, "position": found["range"]["start"]})
    assert "resilience/http-no-timeout" in hover["contents"]["value"]

    params = {"textDocument": document, "range": found["range"], "context": {"diagnostics": [found]}}
    actions = client.call("textDocument/codeAction", params)
    fix = next(action for action in actions if "timeout" in action["title"])
    (change,) = fix["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": URI, "version": 1}
    changes = [{"range": edit["range"], "text": edit["newText"]} for edit in reversed(change["edits"])]
    client.change(URI, 2, *changes)
    assert client.diagnostics(URI, 2) == []

    lens = client.call("textDocument/codeLens", {"textDocument": document})
    assert lens == []
    assert client.end() == 0
    assert client.junk == b""
    assert client.errors == b""
