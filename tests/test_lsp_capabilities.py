"""What is decided from what editors say they can do; the profiles are theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from oldhand.lsp.capabilities import Client, server_capabilities
from oldhand.text.lines import PositionEncoding
from pygls.protocol import default_converter
from pytest_lsp import client_capabilities

PROFILES = Path(__file__).with_name("profiles")
UTF8, UTF16, UTF32 = PositionEncoding.UTF8, PositionEncoding.UTF16, PositionEncoding.UTF32


def profile(name: str) -> Any:
    """The capabilities of an editor, from our own files or from pytest-lsp's."""
    own = PROFILES / f"{name}.json"
    if own.exists():
        return json.loads(own.read_text())
    return default_converter().unstructure(client_capabilities(name))


DECISIONS = {
    "vscode-languageclient-11": Client(
        encoding=UTF16, pull_diagnostics=True, refresh_lenses=True, code_description=True, markdown=True,
        resolves_edits=True, disabled_actions=True, configuration=True, registers_configuration=True,
        registers_watchers=True, show_document=True, progress=True, asks=True, annotations=True,
    ),
    "helix-25": Client(
        encoding=UTF32, pull_diagnostics=True, markdown=True, resolves_edits=True, disabled_actions=True,
        configuration=True, registers_watchers=True, show_document=True, progress=True,
    ),
    "eglot-1.24": Client(
        encoding=UTF32, markdown=True, resolves_edits=True, configuration=True, registers_watchers=True,
        show_document=True, progress=True,
    ),
    "kate-22.12": Client(markdown=True, progress=True),
    "ale-3.3": Client(),
    "neovim@v0.10.0": Client(
        markdown=True, resolves_edits=True, configuration=True, show_document=True, progress=True, asks=True
    ),
    "neovim@v0.11.0": Client(
        encoding=UTF32, markdown=True, resolves_edits=True, configuration=True, show_document=True, progress=True,
        asks=True,
    ),
    "emacs": Client(encoding=UTF32, markdown=True, configuration=True, registers_watchers=True, progress=True),
}  # fmt: skip


@pytest.mark.parametrize("name", DECISIONS)
def test_decisions_for_real_editors(name: str) -> None:
    assert Client.of(profile(name)) == DECISIONS[name]


@pytest.mark.parametrize(
    "capabilities",
    [None, [], "all", 7, {"general": []}, {"general": {"positionEncodings": "utf-8"}}, {"textDocument": {"hover": []}},
     {"workspace": {"configuration": "yes"}}, {"general": {"positionEncodings": [None, 7, {}]}}],
)  # fmt: skip
def test_capabilities_of_any_form_are_those_of_a_client_that_says_nothing(capabilities: Any) -> None:
    assert Client.of(capabilities) == Client()


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["utf-16"], UTF16),
        (["utf-8", "utf-16"], UTF8),
        (["utf-16", "utf-8"], UTF8),
        (["utf-16", "utf-8", "utf-32"], UTF32),
        (["utf-7"], UTF16),
        ([], UTF16),
    ],
)
def test_encoding_is_the_cheapest_of_those_offered(offered: list[str], chosen: PositionEncoding) -> None:
    assert Client.of({"general": {"positionEncodings": offered}}).encoding is chosen


@pytest.mark.parametrize(
    ("formats", "markdown"),
    [
        (["markdown", "plaintext"], True),
        (["plaintext", "markdown"], False),
        (["asciidoc", "markdown"], True),
        ([], False),
    ],
)
def test_form_of_hovers_is_the_one_the_client_prefers(formats: list[str], markdown: bool) -> None:
    assert Client.of({"textDocument": {"hover": {"contentFormat": formats}}}).markdown is markdown


def test_only_a_client_that_says_no_gets_edits_without_versions() -> None:
    def honours(workspace_edit: Any) -> bool:
        return Client.of({"workspace": {"workspaceEdit": workspace_edit}}).document_changes

    assert honours({})
    assert honours(None)
    assert honours({"documentChanges": True})
    assert not honours({"documentChanges": False})


@pytest.mark.parametrize("name", DECISIONS)
def test_offer_is_what_the_client_can_use(name: str) -> None:
    client = DECISIONS[name]
    offer = server_capabilities(client)
    assert (offer.diagnostic_provider is not None) == client.pull_diagnostics
    assert offer.code_action_provider.resolve_provider == client.resolves_edits
    assert offer.position_encoding.value == client.encoding.value
