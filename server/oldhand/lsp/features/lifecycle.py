"""From `initialize` to `exit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from oldhand.lsp.capabilities import Client, server_capabilities
from oldhand.lsp.features import workspace
from oldhand.lsp.protocol import Phase

if TYPE_CHECKING:
    from oldhand.lsp.server import Server


def initialize(ls: Server, params: Any) -> types.InitializeResult:
    """Take note of the client, whatever it sends, and say what it is offered."""
    if not isinstance(params, dict):
        raise JsonRpcInvalidParams("the params of initialize are an object")
    ls.client = Client.of(params.get("capabilities"))
    ls.folders = workspace.folders_of(params)
    ls.initial_settings = workspace.section_of(params.get("initializationOptions"))
    pid = params.get("processId")
    if isinstance(pid, int) and not isinstance(pid, bool) and pid > 0:
        ls.watch_parent(pid)
    ls.protocol.phase = Phase.RUNNING
    return types.InitializeResult(
        capabilities=server_capabilities(ls.client),
        server_info=types.ServerInfo(name=ls.name, version=ls.version),
    )


def initialized(ls: Server, params: object) -> None:
    """Ask the client what could not be asked before, and begin to review."""
    ls.session.spawn(workspace.configure(ls))
    ls.session.spawn(workspace.register(ls))


def shutdown(ls: Server, params: object) -> None:
    """Stop working, and answer nothing but `exit` from here on."""
    ls.protocol.phase = Phase.SHUT_DOWN
    ls.protocol.cancel_all()
    ls.session.close_all()


def exit_server(ls: Server, params: object) -> None:
    """End, with 0 where `shutdown` came before."""
    ls.end(0 if ls.protocol.phase is Phase.SHUT_DOWN else 1)
