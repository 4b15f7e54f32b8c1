"""What the server promises on the wire: one answer to every request, whatever it holds and whenever it comes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsp_client import FAKE, Client, ErrorResponse, LocalClient
from lsp_fake_server import options

URI = "file:///w/a.py"
SECRET = "hunter2_the_users_own_source"


@pytest.fixture
def client() -> Iterator[Client]:
    with LocalClient(options()) as client:
        yield client


@pytest.fixture
def ready(client: Client) -> Client:
    client.initialize()
    return client


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    """One server for the tests that leave it as it was."""
    with LocalClient(options()) as client:
        client.initialize()
        yield client
        assert client.end() == 0


def position(line: Any = 0, character: Any = 0) -> dict[str, Any]:
    return {"textDocument": {"uri": URI}, "position": {"line": line, "character": character}}


def code_of(client: Client, method: str, params: Any = None) -> int:
    with pytest.raises(ErrorResponse) as caught:
        client.call(method, params)
    return caught.value.code


# Phases


def test_request_before_initialize_is_refused(client: Client) -> None:
    assert code_of(client, "textDocument/hover", position()) == -32002
    assert client.initialize()["serverInfo"]["name"] == "oldhand"


def test_notifications_before_initialize_are_dropped(client: Client) -> None:
    client.open(URI, "teh")
    client.initialize()
    assert client.call("textDocument/hover", position()) is None


def test_second_initialize_is_refused_and_changes_nothing(shared: Client) -> None:
    before = shared.call("textDocument/hover", position())
    assert code_of(shared, "initialize", {"capabilities": {"general": {"positionEncodings": ["utf-8"]}}}) == -32600
    assert shared.call("textDocument/hover", position()) == before


def test_initialize_without_usable_params_is_refused_and_may_be_repeated(client: Client) -> None:
    for params in (None, [], "x", 7):
        assert code_of(client, "initialize", params) == -32602
    client.initialize()


def test_requests_after_shutdown_are_refused(ready: Client) -> None:
    assert ready.call("shutdown") is None
    assert code_of(ready, "textDocument/hover", position()) == -32600
    assert code_of(ready, "shutdown") == -32600
    ready.notify("exit")
    assert ready.exit_code() == 0


def test_shutdown_answers_what_is_being_worked_on(ready: Client, tmp_path: Path) -> None:
    gate = fifo(tmp_path)
    ready.open(URI, f"@wait({gate}) teh")
    waiting = ready.request("textDocument/codeAction", actions_at_start())
    ready.call("shutdown")
    ready.notify("exit")
    assert ready.response(waiting)["error"]["code"] == -32800
    assert ready.exit_code() == 0


def test_exit_without_shutdown_is_a_failure(ready: Client) -> None:
    ready.notify("exit")
    assert ready.exit_code() == 1


def test_exit_before_initialize_is_a_failure(client: Client) -> None:
    client.notify("exit")
    assert client.exit_code() == 1


def test_end_of_input_is_a_failure_unless_it_was_shut_down(ready: Client) -> None:
    ready.to_server.close()
    assert ready.exit_code() == 1


def test_end_of_input_after_shutdown_is_none(ready: Client) -> None:
    ready.call("shutdown")
    ready.to_server.close()
    assert ready.exit_code() == 0


# Malformed messages


@pytest.mark.parametrize(
    "params",
    [
        None,
        [],
        {},
        "text",
        {"textDocument": None, "position": None},
        {"textDocument": {"uri": URI}},
        position(line="x"),
        position(line=-1),
        position(line=1 << 40),
        {"textDocument": {"uri": URI, "jsonrpc": "2.0"}, "position": []},
    ],
)
def test_wrong_params_are_answered(shared: Client, params: Any) -> None:
    assert code_of(shared, "textDocument/hover", params) == -32602


def test_unknown_methods_are_answered(shared: Client) -> None:
    assert code_of(shared, "textDocument/nonsense", {"jsonrpc": "2.0"}) == -32601
    assert code_of(shared, "$/nonsense") == -32601
    shared.notify("$/nonsense", {"a": [1]})
    shared.notify("textDocument/nonsense")
    assert shared.call("textDocument/hover", position()) is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b'{"a": \xff}', -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b"7", -32600),
        (b"null", -32600),
        (b'[{"jsonrpc":"2.0","id":1,"method":"shutdown"}]', -32600),
        (b"{}", -32600),
        (b'{"jsonrpc":"2.0"}', -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"shutdown"}', -32600),
        (b'{"jsonrpc":"2.0","id":[],"method":"shutdown"}', -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"shutdown"}', -32600),
        (b'{"jsonrpc":"2.0","id":NaN,"method":"shutdown"}', -32600),
    ],
)
def test_what_is_no_message_is_refused_without_an_id(shared: Client, body: bytes, code: int) -> None:
    shared.send_body(body)
    refused = shared.wait_for(lambda message: "method" not in message and message["id"] is None)
    assert refused["error"]["code"] == code
    assert shared.call("textDocument/hover", position()) is None


@pytest.mark.parametrize(
    "message",
    [
        {"id": "a", "method": "shutdown"},
        {"jsonrpc": "1.0", "id": "b", "method": "shutdown"},
        {"jsonrpc": "2.0", "id": "c", "method": 7},
        {"jsonrpc": "2.0", "id": "d", "method": None},
    ],
)
def test_malformed_request_with_an_id_is_refused_under_it(shared: Client, message: Any) -> None:
    shared.send(message)
    assert shared.response(message["id"])["error"]["code"] == -32600


@pytest.mark.parametrize("ident", [0, -1, 700, "700", "", 2**63, 1.5])
def test_answer_comes_under_the_same_id(shared: Client, ident: Any) -> None:
    shared.send({"jsonrpc": "2.0", "id": ident, "method": "textDocument/hover", "params": position()})
    answer = shared.response(ident)
    assert answer["result"] is None
    assert type(answer["id"]) is type(ident)


def test_answers_to_requests_that_were_never_made_are_passed_over(shared: Client) -> None:
    for message in ({"result": 1}, {"error": "no"}, {"error": {"code": 1}}, {}):
        shared.send({"jsonrpc": "2.0", "id": "nobody", **message})
    hover = shared.request("textDocument/hover", position())
    shared.send({"jsonrpc": "2.0", "id": hover, "result": "stolen"})
    assert shared.result(hover) is None


def test_answer_to_a_running_request_of_the_clients_own_does_not_disturb_it(ready: Client, tmp_path: Path) -> None:
    gate = fifo(tmp_path)
    ready.open(URI, f"@wait({gate}) teh")
    waiting = ready.request("textDocument/codeAction", actions_at_start())
    ready.send({"jsonrpc": "2.0", "id": waiting, "result": []})
    open_gate(gate)
    assert ready.result(waiting) is not None


def test_odd_notifications_do_no_harm(shared: Client) -> None:
    for method in ("textDocument/didOpen", "textDocument/didChange", "textDocument/didClose", "$/cancelRequest",
                   "workspace/didChangeConfiguration", "workspace/didChangeWatchedFiles", "textDocument/didSave",
                   "workspace/didChangeWorkspaceFolders", "$/setTrace", "initialized"):  # fmt: skip
        for params in (None, [], {}, {"id": []}, {"textDocument": 7}, {"changes": [{"uri": 1, "type": []}]}):
            shared.notify(method, params)
    assert shared.call("textDocument/hover", position()) is None


# Tolerance


def test_unknown_enumeration_values_in_capabilities_are_tolerated(client: Client) -> None:
    capabilities = {
        "workspace": {"symbol": {"symbolKind": {"valueSet": [1, 27, 99]}}, "workspaceEdit": {"failureHandling": "new"}},
        "textDocument": {
            "publishDiagnostics": {"tagSupport": {"valueSet": [1, 2, 3]}},
            "hover": {"contentFormat": ["asciidoc", "markdown"]},
            "codeAction": None,
        },
        "general": {"positionEncodings": ["utf-7", "utf-8"]},
    }
    result = client.initialize(capabilities, trace="compact", clientInfo=None, workspaceFolders=None)
    assert result["capabilities"]["positionEncoding"] == "utf-8"


def test_foreign_diagnostics_of_any_form_are_tolerated(shared: Client) -> None:
    shared.open("file:///w/foreign.py", "teh")
    params = actions_at_start("file:///w/foreign.py")
    zero = params["range"]
    params["context"] = {
        "diagnostics": [
            {"range": zero, "message": "x", "severity": 5, "tags": [-1], "source": "other"},
            {"range": {"start": {"line": None, "character": 0}, "end": None}, "message": "x"},
            {
                "range": zero,
                "message": None,
                "code": {"value": 1, "target": "x"},
                "relatedInformation": 7,
                "source": "y",
            },
            None,
        ],
        "triggerKind": 99,
        "only": [7, "quickfix", "new.kind"],
    }
    assert [action["title"] for action in shared.call("textDocument/codeAction", params)][:1] == ["Write the"]


# Cancelling


def test_cancelled_request_is_answered_as_cancelled(ready: Client, tmp_path: Path) -> None:
    gate = fifo(tmp_path)
    ready.open(URI, f"@wait({gate}) teh")
    waiting = ready.request("textDocument/codeAction", actions_at_start())
    ready.notify("$/cancelRequest", {"id": waiting})
    assert ready.response(waiting)["error"]["code"] == -32800
    open_gate(gate)
    assert ready.end() == 0


def test_cancelling_what_is_not_running_does_nothing(shared: Client) -> None:
    done = shared.request("textDocument/hover", position())
    shared.response(done)
    for ident in (done, 999, "999", None, [], {}):
        shared.notify("$/cancelRequest", {"id": ident})
    assert shared.call("textDocument/hover", position()) is None


# What stays off the wire and out of the log


def test_errors_carry_no_traceback_and_no_source(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Client([*FAKE, str(log)]) as client:
        client.initialize()
        client.open(URI, f"boom {SECRET}")
        shown = client.next("window/showMessage")
        client.change(URI, 2, f"boom again {SECRET}")
        client.call("textDocument/codeAction", actions_at_start())
        code_of(client, "textDocument/hover", {"textDocument": SECRET, "position": {"line": SECRET}})
        client.notify("textDocument/didOpen", {"textDocument": {"text": SECRET}})
        client.send_body(SECRET.encode())
        assert client.end() == 0
        wire = json.dumps(client.messages)
        written = log.read_text() + client.errors.decode()
    assert "RuntimeError" in shown["message"]
    assert "RuntimeError" in written, "the log says what went wrong"
    for text in (wire, written):
        assert SECRET not in text
        assert "Traceback" not in text


def test_failure_is_told_once(ready: Client) -> None:
    ready.open(URI, "boom")
    ready.next("window/showMessage")
    for version in range(2, 6):
        ready.change(URI, version, f"boom {version}")
        ready.call("textDocument/codeAction", actions_at_start())
    assert len(ready.sent("window/showMessage")) == 1


def actions_at_start(uri: str = URI) -> dict[str, Any]:
    start = {"line": 0, "character": 0}
    return {
        "textDocument": {"uri": uri},
        "range": {"start": start, "end": start},
        "context": {"diagnostics": [], "triggerKind": 1},
        "position": start,
    }


def fifo(folder: Path) -> Path:
    """Something that a review of text with `@wait(…)` waits for."""
    path = folder / "gate"
    os.mkfifo(path)
    return path


def open_gate(path: Path) -> None:
    path.write_bytes(b"")
