"""Commands and code lenses: what they do, and that they take no arguments that are not theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from lsp_client import NO_ANSWER, Client, ErrorResponse, LocalClient
from lsp_fake_server import options

URI = "file:///w/a.py"
SHOWS = {"window": {"showDocument": {"support": True}}}


@pytest.fixture
def client() -> Iterator[LocalClient]:
    with LocalClient(options()) as client:
        yield client


def run(client: Client, command: str, *arguments: Any, **params: Any) -> Any:
    return client.call("workspace/executeCommand", {"command": command, "arguments": list(arguments), **params})


def opened(client: LocalClient, text: str, capabilities: Any = None) -> list[str]:
    """Open the text; the fingerprints of its findings."""
    client.initialize(capabilities)
    client.open(URI, text)
    return [diagnostic["data"] for diagnostic in client.diagnostics(URI)]


def accept(client: Client) -> None:
    client.answers["workspace/applyEdit"] = lambda params: {"applied": True}


def test_commands_are_those_that_are_advertised(client: LocalClient) -> None:
    commands = client.initialize()["capabilities"]["executeCommandProvider"]["commands"]
    assert commands == [
        "oldhand.restart",
        "oldhand.fixAll",
        "oldhand.ignore",
        "oldhand.explain",
        "oldhand.showFindings",
        "oldhand.review",
        "oldhand.stop",
        "oldhand.preview",
        "oldhand.dismiss",
    ]


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("oldhand.fixAll", []),
        ("oldhand.fixAll", [URI]),
        ("oldhand.fixAll", [{"uri": 7}]),
        ("oldhand.fixAll", [{"uri": "file:///w/other.py"}]),
        ("oldhand.fixAll", [{"uri": URI}, {"uri": URI}]),
        ("oldhand.ignore", [{"uri": URI}]),
        ("oldhand.ignore", [{"uri": URI, "fingerprint": 7, "scope": "line"}]),
        ("oldhand.ignore", [{"uri": URI, "fingerprint": "x", "scope": "world"}]),
        ("oldhand.explain", [{"uri": URI, "fingerprint": None}]),
        ("oldhand.showFindings", [{"uri": URI, "fingerprints": "x"}]),
        ("oldhand.showFindings", [{"uri": URI, "fingerprints": [7]}]),
        ("oldhand.nonsense", []),
        ("", []),
    ],
)
def test_wrong_arguments_are_refused(client: LocalClient, command: str, arguments: list[Any]) -> None:
    opened(client, "teh")
    with pytest.raises(ErrorResponse) as caught:
        run(client, command, *arguments)
    assert caught.value.code == -32602


def test_fix_all_asks_the_client_for_a_versioned_edit(client: LocalClient) -> None:
    opened(client, "teh bug teh")
    accept(client)
    assert run(client, "oldhand.fixAll", {"uri": URI}) == {"applied": True}
    (change,) = client.next("workspace/applyEdit")["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": URI, "version": 1}
    assert [edit["newText"] for edit in change["edits"]] == ["the", "the"]


def test_fix_all_without_anything_to_fix_asks_for_nothing(client: LocalClient) -> None:
    opened(client, "bug")
    assert run(client, "oldhand.fixAll", {"uri": URI}) == {"applied": False}
    assert client.sent("workspace/applyEdit") == []


def test_edit_that_the_client_does_not_make_is_said(client: LocalClient) -> None:
    opened(client, "teh")
    client.answers["workspace/applyEdit"] = lambda params: {"applied": False}
    assert run(client, "oldhand.fixAll", {"uri": URI}) == {"applied": False}


@pytest.mark.parametrize(("scope", "words"), [("line", "ignore[words/teh]"), ("file", "ignore-file[words/teh]")])
def test_ignore_writes_a_comment(client: LocalClient, scope: str, words: str) -> None:
    (name,) = opened(client, "teh")
    accept(client)
    assert run(client, "oldhand.ignore", {"uri": URI, "fingerprint": name, "scope": scope}) == {"applied": True}
    assert words in str(client.next("workspace/applyEdit"))


def test_explain_opens_a_page_where_the_client_can(client: LocalClient) -> None:
    (name,) = opened(client, "teh", SHOWS)
    seen = []

    def show(params: Any) -> Any:
        path = Path(unquote(urlsplit(params["uri"]).path))
        seen.append((path, path.read_text("utf-8"), path.parent.stat().st_mode & 0o077))
        return {"success": True}

    client.answers["window/showDocument"] = show
    run(client, "oldhand.explain", {"uri": URI, "fingerprint": name})
    ((path, text, others),) = seen
    assert "**The word teh is wrong.**" in text
    assert others == 0, "nobody else can read it"
    assert client.sent("window/showMessage") == []
    client.end()
    assert not path.exists()


@pytest.mark.parametrize("answer", [None, {"success": False}, "yes"])
def test_explain_is_a_message_where_the_client_can_not_open_a_page(client: LocalClient, answer: Any) -> None:
    (name,) = opened(client, "teh", SHOWS)
    client.answers["window/showDocument"] = lambda params: answer
    run(client, "oldhand.explain", {"uri": URI, "fingerprint": name})
    assert client.next("window/showMessage")["message"].startswith("The word teh is wrong.")


def test_explanation_of_a_finding_that_has_gone_is_refused(client: LocalClient) -> None:
    (name,) = opened(client, "teh")
    client.change(URI, 2, "bug")
    client.diagnostics(URI, 2)
    with pytest.raises(ErrorResponse) as caught:
        run(client, "oldhand.explain", {"uri": URI, "fingerprint": name})
    assert caught.value.code == -32801


def test_restart_reads_rules_anew_and_reviews_all(client: LocalClient, tmp_path: Path) -> None:
    settings = tmp_path / ".oldhand.yaml"
    settings.write_text("{}\n")
    uri = (tmp_path / "a.py").as_uri()
    client.initialize()
    client.open(uri, "teh")
    client.diagnostics(uri)
    settings.write_text("rules: {words/teh: off}\n")
    assert run(client, "oldhand.restart") == {"reviewed": 1}
    assert client.diagnostics(uri) == []
    assert client.sent("window/workDoneProgress/create") == []


def test_restart_shows_progress_where_the_client_can(client: LocalClient) -> None:
    opened(client, "teh", {"window": {"workDoneProgress": True}})
    run(client, "oldhand.restart")
    token = client.next("window/workDoneProgress/create")["token"]
    steps = [step["value"]["kind"] for step in client.sent("$/progress") if step["token"] == token]
    assert steps == ["begin", "end"]


def test_restart_uses_the_clients_own_token(client: LocalClient) -> None:
    opened(client, "teh")
    run(client, "oldhand.restart", workDoneToken="mine")
    assert [step["token"] for step in client.sent("$/progress")] == ["mine", "mine"]


def test_client_that_never_answers_does_not_stop_the_server(client: LocalClient) -> None:
    opened(client, "teh")
    client.answers["workspace/applyEdit"] = lambda params: NO_ANSWER
    waiting = client.request("workspace/executeCommand", {"command": "oldhand.fixAll", "arguments": [{"uri": URI}]})
    client.next("workspace/applyEdit")
    assert client.call("textDocument/hover", {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 0}})
    client.notify("$/cancelRequest", {"id": waiting})
    assert client.response(waiting)["error"]["code"] == -32800
    assert client.end() == 0


# Lenses

FUNCTIONS = """\
def clean():
    return 1


@decorated
def dirty(teh):
    def inner():
        bug = 1
    return [teh for teh in ()]


teh = lambda: bug
"""


def lenses(client: Client, uri: str = URI) -> list[Any]:
    return client.call("textDocument/codeLens", {"textDocument": {"uri": uri}})


def test_lens_stands_above_each_function_with_findings(client: LocalClient) -> None:
    opened(client, FUNCTIONS)
    found = [(one["range"]["start"]["line"], one["command"]["title"]) for one in lenses(client)]
    assert found == [(4, "Oldhand: 3 findings"), (6, "Oldhand: 1 finding")]
    for lens in lenses(client):
        assert lens["range"]["start"]["line"] == lens["range"]["end"]["line"]


def test_text_without_functions_has_no_lens(client: LocalClient) -> None:
    client.initialize()
    client.open("file:///w/a.sql", "SELECT teh", language="sql")
    assert lenses(client, "file:///w/a.sql") == []
    client.open("file:///w/b.py", "teh")
    assert lenses(client, "file:///w/b.py") == []


def test_lens_goes_to_the_first_finding_and_lists_all(client: LocalClient) -> None:
    opened(client, FUNCTIONS, SHOWS)
    command = lenses(client)[0]["command"]
    run(client, command["command"], *command["arguments"])
    shown = client.next("window/showDocument")
    assert shown["uri"] == URI
    assert shown["selection"]["start"] == {"line": 5, "character": 10}
    assert client.next("window/showMessage")["message"].splitlines()[0] == "6: The word teh is wrong."


def test_lenses_are_for_the_text_as_it_is(client: LocalClient) -> None:
    opened(client, FUNCTIONS)
    client.change(URI, 2, (0, 0, 0, 0, "\n"))
    assert [one["range"]["start"]["line"] for one in lenses(client)] == [5, 7]


def test_new_settings_make_the_client_ask_for_lenses_again(client: LocalClient) -> None:
    opened(client, FUNCTIONS, {"workspace": {"codeLens": {"refreshSupport": True}}})
    assert len(lenses(client)) == 2
    client.notify("workspace/didChangeConfiguration", {"settings": {"rules": {"words/teh": "off"}}})
    client.next("workspace/codeLens/refresh")
    assert len(lenses(client)) == 1
