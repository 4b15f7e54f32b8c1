"""Folders, settings and who may set what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsp_client import NO_ANSWER, LocalClient
from lsp_fake_server import options
from oldhand.lsp.features.workspace import section_of, steers

URI = "file:///w/a.py"
ASKED = {"workspace": {"configuration": True}}
REGISTERS = {
    "workspace": {
        "didChangeConfiguration": {"dynamicRegistration": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    }
}
OFF = {"rules": {"words/teh": "off"}}


@pytest.fixture
def client() -> Iterator[LocalClient]:
    with LocalClient(options()) as client:
        yield client


def codes(client: LocalClient, uri: str = URI) -> list[str]:
    return [diagnostic["code"] for diagnostic in client.diagnostics(uri)]


@pytest.mark.parametrize("values", [OFF, {"oldhand": OFF}])
def test_initialization_options_are_settings(client: LocalClient, values: Any) -> None:
    client.initialize(initializationOptions=values)
    client.open(URI, "teh bug")
    assert codes(client) == ["words/bug"]


def test_settings_are_asked_for_where_the_client_wants_to_be_asked(client: LocalClient) -> None:
    client.answers["workspace/configuration"] = lambda params: [OFF for _ in params["items"]]
    client.initialize(ASKED, initializationOptions={})
    client.open(URI, "teh bug")
    assert codes(client) == ["words/bug"]
    assert client.sent("workspace/configuration")[0]["items"] == [{"section": "oldhand"}]


@pytest.mark.parametrize("answer", [None, {}, "x", [], [None]])
def test_odd_answer_to_the_question_for_settings_leaves_those_of_the_start(client: LocalClient, answer: Any) -> None:
    client.answers["workspace/configuration"] = lambda params: answer
    client.initialize(ASKED, initializationOptions=OFF)
    client.open(URI, "teh bug")
    assert codes(client) == ["words/bug"]


def test_client_that_never_says_its_settings_is_served_without(
    client: LocalClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oldhand.lsp.features.workspace._PATIENCE", 0.01)
    client.answers["workspace/configuration"] = lambda params: NO_ANSWER
    client.initialize(ASKED)
    client.open(URI, "teh")
    assert codes(client) == ["words/teh"]


def test_changed_settings_take_effect_at_once(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "teh bug")
    assert codes(client) == ["words/teh", "words/bug"]
    client.notify("workspace/didChangeConfiguration", {"settings": {"oldhand": OFF}})
    assert codes(client) == ["words/bug"]
    client.notify("workspace/didChangeConfiguration", {"settings": {"oldhand": {}}})
    assert codes(client) == ["words/teh", "words/bug"]


def test_client_that_is_asked_is_asked_again_when_settings_change(client: LocalClient) -> None:
    client.initialize(ASKED)
    client.open(URI, "teh bug")
    assert codes(client) == ["words/teh", "words/bug"]
    client.answers["workspace/configuration"] = lambda params: [OFF]
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    assert codes(client) == ["words/bug"]


@pytest.mark.parametrize("key", ["endpoint", "apiKey", "provider", "model", "command", "trust", "proxy", "headers"])
def test_what_an_editor_may_not_set_is_ignored_with_one_message(client: LocalClient, key: str) -> None:
    client.initialize(initializationOptions={key: "x", **OFF})
    client.open(URI, "teh bug")
    assert codes(client) == ["words/bug"]
    assert key in client.next("window/showMessage")["message"]
    client.notify("workspace/didChangeConfiguration", {"settings": {key: "y", **OFF}})
    client.open("file:///w/b.py", "bug")
    codes(client, "file:///w/b.py")
    assert len(client.sent("window/showMessage")) == 1


def test_bad_value_is_one_message_and_the_default(client: LocalClient) -> None:
    client.initialize(initializationOptions={"rules": {"words/teh": "loud"}, "maxFileBytes": -1})
    client.open(URI, "teh")
    assert codes(client) == ["words/teh"]
    client.open("file:///w/b.py", "teh")
    codes(client, "file:///w/b.py")
    messages = {message["message"] for message in client.sent("window/showMessage")}
    assert len(messages) == len(client.sent("window/showMessage")) == 2


@pytest.mark.parametrize("values", [None, [], "x", 7, {"oldhand": []}, {"trace": {"server": "verbose"}}])
def test_settings_of_any_form_are_survived(client: LocalClient, values: Any) -> None:
    client.initialize(initializationOptions=values)
    client.open(URI, "teh")
    assert codes(client) == ["words/teh"]


def test_every_folder_has_its_own_settings(client: LocalClient, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    uris = [folder.as_uri() for folder in folders]
    client.answers["workspace/configuration"] = lambda params: [
        OFF if item.get("scopeUri") == uris[0] else {} for item in params["items"]
    ]
    client.initialize(ASKED, workspaceFolders=[{"uri": uri, "name": "x"} for uri in uris])
    for uri, expected in zip(uris, (["words/bug"], ["words/teh", "words/bug"]), strict=True):
        client.open(f"{uri}/a.py", "teh bug")
        assert codes(client, f"{uri}/a.py") == expected
    assert [item.get("scopeUri") for item in client.sent("workspace/configuration")[0]["items"]] == [None, *uris]


def test_nearest_settings_file_counts(client: LocalClient, tmp_path: Path) -> None:
    inner = tmp_path / "service"
    inner.mkdir()
    (tmp_path / ".oldhand.yaml").write_text("rules: {words/teh: off}\n")
    (inner / ".oldhand.yaml").write_text("rules: {words/bug: off}\n")
    client.initialize(rootUri=tmp_path.as_uri())
    for folder, expected in ((tmp_path, ["words/bug"]), (inner, ["words/teh"])):
        uri = (folder / "a.py").as_uri()
        client.open(uri, "teh bug")
        assert codes(client, uri) == expected


def test_excluded_file_has_no_findings(client: LocalClient, tmp_path: Path) -> None:
    (tmp_path / ".oldhand.yaml").write_text("exclude: [generated/]\n")
    client.initialize(rootUri=tmp_path.as_uri())
    excluded, other = (tmp_path / name for name in ("generated/a.py", "a.py"))
    client.open(excluded.as_uri(), "teh")
    client.open(other.as_uri(), "teh")
    assert codes(client, other.as_uri()) == ["words/teh"]
    assert [one["uri"] for one in client.sent("textDocument/publishDiagnostics")] == [other.as_uri()]


def test_folder_that_joins_brings_its_settings(client: LocalClient, tmp_path: Path) -> None:
    (tmp_path / ".oldhand.yaml").write_text("rules: {words/teh: off}\n")
    inner = tmp_path / "deep" / "deeper"
    inner.mkdir(parents=True)
    uri = (inner / "a.py").as_uri()
    client.initialize()
    client.open(uri, "teh bug")
    assert codes(client, uri) == ["words/teh", "words/bug"]
    folder = {"uri": tmp_path.as_uri(), "name": "x"}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
    assert codes(client, uri) == ["words/bug"]
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    assert codes(client, uri) == ["words/teh", "words/bug"]


def test_saved_settings_file_takes_effect_though_nobody_watches_it(client: LocalClient, tmp_path: Path) -> None:
    settings = tmp_path / ".oldhand.yaml"
    settings.write_text("{}\n")
    uri = (tmp_path / "a.py").as_uri()
    client.initialize(rootUri=tmp_path.as_uri())
    client.open(uri, "teh bug")
    codes(client, uri)
    settings.write_text("rules: {words/teh: off}\n")
    client.notify("textDocument/didSave", {"textDocument": {"uri": settings.as_uri()}})
    assert codes(client, uri) == ["words/bug"]


def test_changes_are_registered_for_where_the_client_takes_registrations(client: LocalClient) -> None:
    client.initialize(REGISTERS)
    registered = client.next("client/registerCapability")["registrations"]
    assert [one["method"] for one in registered] == [
        "workspace/didChangeConfiguration",
        "workspace/didChangeWatchedFiles",
    ]
    globs = [watcher["globPattern"] for watcher in registered[1]["registerOptions"]["watchers"]]
    assert globs == ["**/.oldhand.yaml", "**/.oldhand/dismissed.yaml", "**/.oldhand/rules/**", "**/.claude/agents/**"]


def test_nothing_is_registered_where_the_client_takes_no_registrations(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "teh")
    codes(client)
    assert client.sent("client/registerCapability") == []


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("file:///w/.oldhand.yaml", True),
        ("file:///w/x/.oldhand/rules/query/mine.yaml", True),
        ("file:///w/.claude/agents/me.md", True),
        ("file:///w/.claude/agents/me/rules/query/mine.yaml", True),
        ("file:///w/rules/mine.yaml", False),
        ("file:///w/a.py", False),
        ("untitled:.oldhand.yaml", False),
    ],
)
def test_files_that_steer_reviews_are_known(uri: str, expected: bool) -> None:
    assert steers(uri) is expected


def test_settings_may_be_under_our_name_or_not() -> None:
    assert section_of({"oldhand": OFF, "other": 1}) == OFF
    assert section_of(OFF) == OFF
    assert section_of(None) is None
