"""Diagnostics: the right ones, in the right version, told only when that changes something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsp_client import Client, LocalClient
from lsp_fake_server import FakeEngine, options
from oldhand.findings import Finding
from oldhand.lsp.debounce import Debounce
from oldhand.lsp.features.diagnostics import LIMIT
from oldhand.lsp.server import Options
from oldhand.problems import Problem
from oldhand.review.document import Document
from oldhand.review.run import Review
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings

URI = "file:///w/a.py"
PULL = {
    "textDocument": {"diagnostic": {"dynamicRegistration": True}},
    "workspace": {"diagnostics": {"refreshSupport": True}},
}


@pytest.fixture
def client() -> Iterator[LocalClient]:
    with LocalClient(options()) as client:
        yield client


def settled(client: Client, uri: str = URI) -> None:
    """Until the document is reviewed as it is, and all that follows is sent."""
    start = {"line": 0, "character": 0}
    params = {"textDocument": {"uri": uri}, "range": {"start": start, "end": start}, "context": {"diagnostics": []}}
    client.call("textDocument/codeAction", params)


def rules(diagnostics: list[Any]) -> list[str]:
    return [diagnostic["code"] for diagnostic in diagnostics]


def test_diagnostic_says_what_and_what_to_do_and_carries_its_fingerprint_alone(client: LocalClient) -> None:
    client.initialize({"textDocument": {"publishDiagnostics": {"codeDescriptionSupport": True}}})
    client.open(URI, "x teh")
    (found,) = client.diagnostics(URI)
    fingerprint = found.pop("data")
    assert isinstance(fingerprint, str)
    assert len(fingerprint) == 16
    assert found == {
        "range": {"start": {"line": 0, "character": 2}, "end": {"line": 0, "character": 5}},
        "severity": 2,
        "code": "words/teh",
        "codeDescription": {"href": "https://example.org/words"},
        "source": "oldhand",
        "message": "The word teh is wrong.\nWrite the.",
    }


def test_severities_are_those_of_lsp(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "bug teh hmm")
    assert [found["severity"] for found in client.diagnostics(URI)] == [1, 2, 4]


def test_published_diagnostics_name_the_version(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "teh", version=7)
    assert rules(client.diagnostics(URI, 7)) == ["words/teh"]
    client.change(URI, 8, "bug")
    assert rules(client.diagnostics(URI, 8)) == ["words/bug"]


def test_typing_elsewhere_publishes_nothing(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "teh\n\n")
    client.diagnostics(URI)
    client.change(URI, 2, (1, 0, 1, 0, "x"))
    client.change(URI, 3, (1, 1, 1, 1, "y"))
    settled(client)
    assert len(client.sent("textDocument/publishDiagnostics")) == 1


def test_moved_findings_are_published_where_they_are_now(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "teh")
    client.diagnostics(URI)
    client.change(URI, 2, (0, 0, 0, 0, "\n"))
    assert client.diagnostics(URI, 2)[0]["range"]["start"] == {"line": 1, "character": 0}


def test_finding_that_was_typed_over_is_published_again_though_it_is_the_same(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "teh")
    before = client.diagnostics(URI)
    client.change(URI, 2, (0, 1, 0, 3, ""), (0, 1, 0, 1, "eh"))
    assert client.diagnostics(URI, 2) == before


def test_failed_review_takes_no_findings_away(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "teh\n")
    client.diagnostics(URI)
    client.change(URI, 2, (1, 0, 1, 0, "boom"))
    client.next("window/showMessage")
    assert len(client.sent("textDocument/publishDiagnostics")) == 1


def test_only_the_worst_findings_are_shown_of_very_many(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "hmm " * LIMIT + "teh bug teh")
    note, *found = client.diagnostics(URI)
    assert len(found) == LIMIT
    assert rules(found)[-3:] == ["words/teh", "words/bug", "words/teh"]
    assert note["severity"] == 3
    assert "3 more" in note["message"]


class BrokenRule(FakeEngine):
    def review(self, document: Document, rules: RuleSet, settings: Settings, previous: Review | None) -> Review:
        problem = Problem("", 0, "The rule words/teh is off for this file: it raised ValueError.")
        return Review(document, (), (problem,))


def test_rule_that_is_off_for_a_file_is_said_in_the_file() -> None:
    with LocalClient(Options(BrokenRule, Debounce.fixed(0))) as client:
        client.initialize()
        client.open(URI, "teh")
        (note,) = client.diagnostics(URI)
        assert note["severity"] == 3
        assert "words/teh is off" in note["message"]


class SecretFinding(FakeEngine):
    def review(self, document: Document, rules: RuleSet, settings: Settings, previous: Review | None) -> Review:
        review = super().review(document, rules, settings, previous)
        (finding,) = review.findings
        message = "The password ghp_0123456789abcdefghijABCDEFGHIJ012345 is here."
        values = {name: getattr(finding, name) for name in Finding.__slots__}
        return Review(document, (Finding(**{**values, "message": message}),))


def test_secrets_are_masked_in_messages() -> None:
    with LocalClient(Options(SecretFinding, Debounce.fixed(0))) as client:
        client.initialize()
        client.open(URI, "teh")
        message = client.diagnostics(URI)[0]["message"]
        assert "0123456789abcdef" not in message
        assert "****" in message


# Pull


def pull(client: Client, previous: str | None = None, uri: str = URI) -> Any:
    return client.call("textDocument/diagnostic", {"textDocument": {"uri": uri}, "previousResultId": previous})


@pytest.mark.parametrize("capabilities", [{}, {"textDocument": {"diagnostic": {}}}, {"workspace": PULL["workspace"]}])
def test_client_that_can_not_be_told_to_pull_again_is_pushed_to(client: LocalClient, capabilities: Any) -> None:
    result = client.initialize(capabilities)
    assert "diagnosticProvider" not in result["capabilities"]
    client.open(URI, "teh")
    assert client.diagnostics(URI)


def test_client_that_pulls_is_never_pushed_to(client: LocalClient) -> None:
    result = client.initialize(PULL)
    assert result["capabilities"]["diagnosticProvider"]["interFileDependencies"] is False
    client.open(URI, "teh")
    report = pull(client)
    assert report["kind"] == "full"
    assert rules(report["items"]) == ["words/teh"]
    client.change(URI, 2, "bug")
    assert rules(pull(client, report["resultId"])["items"]) == ["words/bug"]
    client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert pull(client)["items"] == []
    assert client.sent("textDocument/publishDiagnostics") == []


def test_unchanged_diagnostics_are_not_sent_again(client: LocalClient) -> None:
    client.initialize(PULL)
    client.open(URI, "teh\n")
    first = pull(client)
    client.change(URI, 2, (1, 0, 1, 0, "x"))
    assert pull(client, first["resultId"]) == {"kind": "unchanged", "resultId": first["resultId"]}


def test_pull_answers_for_the_text_as_it_is_when_it_is_reviewed(client: LocalClient) -> None:
    client.initialize(PULL)
    client.open(URI, "teh")
    asked = [client.request("textDocument/diagnostic", {"textDocument": {"uri": URI}})]
    client.change(URI, 2, "bug")
    asked.append(client.request("textDocument/diagnostic", {"textDocument": {"uri": URI}}))
    assert rules(client.result(asked[1])["items"]) == ["words/bug"]
    client.response(asked[0])


def test_new_settings_make_the_client_pull_again(client: LocalClient) -> None:
    client.initialize(PULL)
    client.open(URI, "teh")
    pull(client)
    client.notify("workspace/didChangeConfiguration", {"settings": {"oldhand": {"rules": {"words/teh": "off"}}}})
    client.next("workspace/diagnostic/refresh")
    assert pull(client)["items"] == []


# Problems of rules, personas and settings


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / ".oldhand.yaml").write_text("rules:\n  words/teh: loud\n")
    agents = tmp_path / ".claude" / "agents"
    agents.mkdir(parents=True)
    (agents / "broken.md").write_text("---\nname: broken\n---\nIt has no description.\n")
    return tmp_path


def test_problems_are_shown_in_the_files_that_have_them(client: LocalClient, workspace: Path) -> None:
    client.initialize(rootUri=workspace.as_uri())
    persona = (workspace / ".claude" / "agents" / "broken.md").as_uri()
    assert [found["source"] for found in client.diagnostics(persona)] == ["oldhand"]
    client.open((workspace / "a.py").as_uri(), "teh")
    settings = (workspace / ".oldhand.yaml").as_uri()
    (found,) = client.diagnostics(settings)
    assert found["range"]["start"]["line"] == 1
    (workspace / ".oldhand.yaml").write_text("rules:\n  words/teh: hint\n")
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": settings, "type": 2}]})
    assert client.diagnostics(settings) == []


def test_problems_outlive_the_closing_of_their_file(client: LocalClient, workspace: Path) -> None:
    client.initialize(rootUri=workspace.as_uri())
    persona = (workspace / ".claude" / "agents" / "broken.md").as_uri()
    first = client.diagnostics(persona)
    client.open(persona, "no frontmatter\n", language="markdown")
    client.notify("textDocument/didClose", {"textDocument": {"uri": persona}})
    client.call("textDocument/hover", {"textDocument": {"uri": persona}, "position": {"line": 0, "character": 0}})
    published = [one["diagnostics"] for one in client.sent("textDocument/publishDiagnostics") if one["uri"] == persona]
    assert all(diagnostics == first for diagnostics in published)


def test_workspace_pull_tells_problems_and_then_waits_for_news(client: LocalClient, workspace: Path) -> None:
    client.initialize(PULL, rootUri=workspace.as_uri())
    client.open((workspace / "a.py").as_uri(), "teh")
    pull(client, uri=(workspace / "a.py").as_uri())
    known: dict[str, str] = {}
    while len(known) < 2:
        report = client.call("workspace/diagnostic", {"previousResultIds": results(known)})
        known |= {item["uri"]: item["resultId"] for item in report["items"]}
    waiting = client.request("workspace/diagnostic", {"previousResultIds": results(known)})
    (workspace / ".oldhand.yaml").write_text("{}\n")
    settings = (workspace / ".oldhand.yaml").as_uri()
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": settings, "type": 2}]})
    (news,) = client.result(waiting)["items"]
    assert (news["uri"], news["items"]) == (settings, [])
    forever = client.request(
        "workspace/diagnostic", {"previousResultIds": results(known | {settings: news["resultId"]})}
    )
    client.call("shutdown")
    assert client.response(forever)["error"]["code"] == -32800
    assert client.sent("textDocument/publishDiagnostics") == []


def results(known: dict[str, str]) -> list[dict[str, str]]:
    return [{"uri": uri, "value": value} for uri, value in known.items()]
