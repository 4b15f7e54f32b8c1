"""A session with each editor's capabilities, through pytest-lsp's client and its checks of the specification."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities, make_test_lsp_client

URI = "file:///w/a.py"
PROFILES = Path(__file__).with_name("profiles")
FAKE = str(Path(__file__).with_name("lsp_fake_server.py"))
# Each starts a process; what is decided for more editors is in test_lsp_capabilities.
NAMES = [
    "neovim@v0.10.0",
    "neovim@v0.11.0",
    "visual-studio-code",
    "emacs",
    "vscode-languageclient-11",
    "helix-25",
]

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning"),
]


def capabilities(name: str) -> types.ClientCapabilities:
    own = PROFILES / f"{name}.json"
    if own.exists():
        return default_converter().structure(json.loads(own.read_text()), types.ClientCapabilities)
    return client_capabilities(name)


def client_factory() -> LanguageClient:
    """pytest-lsp's client, with answers to what the server asks and pytest-lsp's own leaves to the test."""
    client = make_test_lsp_client()
    client.registrations = []
    client.refreshes = asyncio.Event()

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams) -> None:
        client.registrations += params.registrations

    @client.feature(types.WORKSPACE_APPLY_EDIT)
    def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        client.applied = params.edit
        return types.ApplyWorkspaceEditResult(applied=True)

    return client


@pytest_lsp.fixture(
    scope="module",
    params=NAMES,
    config=ClientServerConfig(server_command=[sys.executable, FAKE], client_factory=client_factory),
)
async def client(lsp_client: LanguageClient, request: Any) -> AsyncIterator[None]:
    lsp_client.profile = capabilities(request.param)
    lsp_client.offer = await lsp_client.initialize_session(
        types.InitializeParams(capabilities=lsp_client.profile, process_id=None, root_uri=None)
    )
    yield
    await lsp_client.shutdown_session()


async def opened(client: LanguageClient, uri: str, text: str) -> list[types.Diagnostic]:
    """Open a document; its diagnostics, in the way that this client has them."""
    client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "python", 1, text)))
    if client.offer.capabilities.diagnostic_provider is not None:
        report = await client.text_document_diagnostic_async(
            types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
        )
        return list(report.items)
    while uri not in client.diagnostics:
        await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    return list(client.diagnostics[uri])


async def test_offer_fits_the_client(client: LanguageClient) -> None:
    offer, profile = client.offer.capabilities, client.profile
    general = profile.general.position_encodings if profile.general else None
    assert offer.position_encoding in (general or [types.PositionEncodingKind.Utf16])
    if offer.diagnostic_provider is not None:
        assert profile.text_document.diagnostic is not None
        assert profile.workspace.diagnostics.refresh_support
    if offer.code_action_provider.resolve_provider:
        assert "edit" in profile.text_document.code_action.resolve_support.properties


async def test_diagnostics_hold_nothing_that_the_client_did_not_ask_for(client: LanguageClient) -> None:
    (found,) = await opened(client, URI, "teh")
    publish = client.profile.text_document.publish_diagnostics
    assert (found.code_description is None) or publish.code_description_support
    assert found.tags is None
    assert found.related_information is None


async def test_finding_can_be_read_and_fixed(client: LanguageClient) -> None:
    uri = "file:///w/b.py"
    (found,) = await opened(client, uri, "teh cat")
    document = types.TextDocumentIdentifier(uri)
    hover = await client.text_document_hover_async(types.HoverParams(document, types.Position(0, 1)))
    formats = client.profile.text_document.hover.content_format
    assert hover.contents.kind == formats[0]
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(document, found.range, types.CodeActionContext([found]))
    )
    (fix,) = [action for action in actions if action.title == "Write the"]
    assert fix.disabled is None
    if client.offer.capabilities.code_action_provider.resolve_provider:
        assert fix.edit is None
        fix = await client.code_action_resolve_async(fix)
    (change,) = fix.edit.document_changes
    assert change.text_document.version == 1
    assert [edit.new_text for edit in change.edits] == ["the"]


async def test_registrations_are_those_that_the_client_takes(client: LanguageClient) -> None:
    await opened(client, "file:///w/c.py", "teh")
    workspace = client.profile.workspace
    for registration in client.registrations:
        if registration.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES:
            assert workspace.did_change_watched_files.dynamic_registration
        else:
            assert registration.method == types.WORKSPACE_DID_CHANGE_CONFIGURATION
            assert workspace.did_change_configuration.dynamic_registration


async def test_fix_all_is_one_edit(client: LanguageClient) -> None:
    await opened(client, "file:///w/d.py", "teh teh")
    result = await client.workspace_execute_command_async(
        types.ExecuteCommandParams("oldhand.fixAll", arguments=[{"uri": "file:///w/d.py"}])
    )
    assert result is not None
    (change,) = client.applied.document_changes
    assert [edit.new_text for edit in change.edits] == ["the", "the"]
