"""What the server takes from pygls beyond its documented interface: if one of these fails, so will the server."""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import Any

import pygls
from lsp_fake_server import options
from lsprotocol import types
from oldhand.lsp.protocol import Protocol
from oldhand.lsp.server import FEATURES, Server
from pygls.lsp.server import LanguageServer
from pygls.protocol import JsonRPCProtocol, LanguageServerProtocol, default_converter


class Sent:
    """A writer that keeps what is written."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def write(self, body: bytes) -> None:
        self.messages.append(json.loads(body))


def served() -> tuple[Server, Sent]:
    server, sent = Server(options()), Sent()
    server.protocol.writer = sent
    return server, sent


def test_version_is_the_one_that_was_looked_into() -> None:
    assert pygls.__version__.startswith("2.1.") if hasattr(pygls, "__version__") else True
    from importlib.metadata import version

    assert version("pygls").startswith("2.1.")
    assert version("lsprotocol").startswith("2025.")


def test_send_data_is_what_every_sender_ends_in() -> None:
    assert list(inspect.signature(JsonRPCProtocol._send_data).parameters) == ["self", "data"]
    assert "_send_data" in vars(Protocol), "we override it"
    server, sent = served()
    server.text_document_publish_diagnostics(types.PublishDiagnosticsParams("file:///a", [], 1))
    server.window_show_message(types.ShowMessageParams(types.MessageType.Info, "hello"))
    server.progress(types.ProgressParams("t", types.WorkDoneProgressEnd()))
    assert sent.messages == [
        {
            "jsonrpc": "2.0",
            "method": "textDocument/publishDiagnostics",
            "params": {"uri": "file:///a", "diagnostics": [], "version": 1},
        },
        {"jsonrpc": "2.0", "method": "window/showMessage", "params": {"type": 3, "message": "hello"}},
        {"jsonrpc": "2.0", "method": "$/progress", "params": {"token": "t", "value": {"kind": "end"}}},
    ]


def test_converter_is_kept_under_its_name() -> None:
    server = LanguageServer("x", "1", protocol_cls=LanguageServerProtocol, converter_factory=default_converter)
    place = server.protocol._converter.structure({"line": 1, "character": 2}, types.Position)
    assert place == types.Position(1, 2)
    assert server.protocol._converter.unstructure([None, place, {"a": place}]) == [
        None,
        {"line": 1, "character": 2},
        {"a": {"line": 1, "character": 2}},
    ]


def test_features_are_found_with_the_server_bound_to_them() -> None:
    server, _ = served()
    assert set(server.protocol.fm.features) == set(FEATURES)
    shutdown = server.protocol.fm.features[types.SHUTDOWN]
    assert shutdown(None) is None
    assert asyncio.iscoroutinefunction(server.protocol.fm.features[types.TEXT_DOCUMENT_HOVER])
    assert not asyncio.iscoroutinefunction(shutdown)


def test_every_method_that_is_answered_has_params_that_lsprotocol_knows() -> None:
    for method in FEATURES:
        assert len(types.METHOD_TO_TYPES[method]) == 4
    assert types.METHOD_TO_TYPES[types.TEXT_DOCUMENT_HOVER][2] is types.HoverParams


def test_pygls_keeps_no_documents_of_its_own() -> None:
    server, _ = served()
    assert server.protocol._workspace is None, "it would be slow and wrong, see ARCHITECTURE.md"


def test_result_that_json_does_not_have_is_answered_with_an_error() -> None:
    server, sent = served()
    asyncio.run(_answer_with(server, {"a set"}))
    asyncio.run(_answer_with(server, object()))
    asyncio.run(_answer_with(server, float("nan")))
    assert [(message["id"], message["error"]["code"]) for message in sent.messages] == [(1, -32603)] * 3


def test_message_that_json_does_not_have_is_not_sent_and_does_no_harm() -> None:
    server, sent = served()
    server.protocol.notify("window/showMessage", object())
    server.protocol.notify("custom/thing", {"a": {1, 2}})
    server.report_server_error(ValueError("source text"), ValueError)
    assert sent.messages == []


async def _answer_with(server: Server, value: object) -> None:
    async def handler(params: object) -> object:
        return value

    server.protocol.phase = type(server.protocol.phase).RUNNING
    server.protocol.fm.features["textDocument/codeLens"] = handler
    body = {"jsonrpc": "2.0", "id": 1, "method": "textDocument/codeLens", "params": {"textDocument": {"uri": "x"}}}
    server.protocol.receive(json.dumps(body).encode())
    while server.protocol.running:
        await asyncio.wait(list(server.protocol.running.values()))
        await asyncio.sleep(0)
