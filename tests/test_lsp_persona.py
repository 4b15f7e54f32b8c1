"""A persona in the editor, over the protocol: asked, on save, stopped, failed; what is told, and what is never sent."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lsp_client import LocalClient, Message
from messages_server import Fault, MessagesServer, Reply, Seen
from oldhand.lsp.debounce import Debounce
from oldhand.lsp.server import Options
from persona import answer, finding, verdict

TEXT = '''\
"""Accounts."""


def pay(user, amount):
    user.balance -= amount
    return user


def total(orders):
    return sum(order.total for order in orders)
'''
PAY = "    user.balance -= amount"
FOUND = answer(
    findings=[finding(PAY, "`user` may be poor.", line=5, category="money-and-time", consequence="wrong-money")],
    units=[{"name": "pay", "summary": "Takes money without a look."}],
)
CONFIRMED = answer(verdicts=[verdict(1, proof="Line 5 takes it.")])
CAPABILITIES = {"window": {"workDoneProgress": True, "showMessage": {}}}


class Editor:
    """A client with one open document in a workspace, and the Messages server that its user has set."""

    def __init__(self, client: LocalClient, messages: MessagesServer, folder: Path) -> None:
        self.client = client
        self.messages = messages
        self.uri = (folder / "accounts.py").as_uri()
        self.version = 1
        self.questions: list[str] = []

    def open(self, text: str = TEXT) -> None:
        self.client.open(self.uri, text)

    def type(self, *change: Any) -> None:
        self.version += 1
        self.client.change(self.uri, self.version, *change)

    def save(self) -> None:
        self.client.notify("textDocument/didSave", {"textDocument": {"uri": self.uri}})

    def review(self, **argument: Any) -> Any:
        arguments = [{"uri": self.uri, **argument}]
        return self.client.call("workspace/executeCommand", {"command": "oldhand.review", "arguments": arguments})

    def state(self, state: str) -> Any:
        """The next `oldhand/state` that says so."""
        return self.client.next("oldhand/state", lambda params: params["state"] == state)

    def shown(self, wanted: Callable[[list[Message]], bool]) -> list[Message]:
        """The persona's diagnostics as soon as they are as wanted."""

        def own(params: Any) -> list[Message]:
            return [one for one in params["diagnostics"] if str(one["code"]).startswith("claude/")]

        return own(self.client.next("textDocument/publishDiagnostics", lambda params: wanted(own(params))))

    def answer(self, title: str) -> None:
        """Have the user answer every question so."""

        def chosen(params: Any) -> Any:
            self.questions.append(params["message"])
            return {"title": title}

        self.client.answers["window/showMessageRequest"] = chosen

    def settled(self) -> None:
        """Everything that was sent has been taken in: requests are answered in order."""
        self.client.call(
            "textDocument/hover", {"textDocument": {"uri": self.uri}, "position": {"line": 0, "character": 0}}
        )


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [name for name in os.environ if name.startswith(("ANTHROPIC_", "OLDHAND_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "for-tests")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"OLDHAND_{name}_DIR", str(tmp_path / name.lower()))
    (tmp_path / "work").mkdir()


@contextmanager
def editor(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    replies: Any,
    *,
    trusted: bool = True,
    capabilities: Any = None,
) -> Iterator[Editor]:
    with MessagesServer(replies) as messages:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", messages.url)
        if trusted:
            monkeypatch.setenv("OLDHAND_TRUSTED_FOLDERS", str(folder))
        options = Options(debounce=Debounce.fixed(0), save_pause=0, rest_pause=0, tidy=lambda: None)
        with LocalClient(options) as client:
            place = {"uri": (folder / "work").as_uri(), "name": "work"}
            client.initialize(CAPABILITIES if capabilities is None else capabilities, workspaceFolders=[place])
            one = Editor(client, messages, folder / "work")
            yield one
            client.end()
        assert messages.problems == []


def test_a_review_is_told_from_its_beginning_to_its_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reply = Reply(FOUND, pause_at=(len(FOUND) - 30,))
    with editor(monkeypatch, tmp_path, [reply, Reply(CONFIRMED)]) as one:
        one.open()
        assert one.review() == {"started": True}
        assert [unit["name"] for unit in one.state("reviewing")["units"]] == ["pay", "total"]
        (first,) = one.shown(lambda found: len(found) == 1)
        assert (first["severity"], first["range"]["start"]) == (3, {"line": 4, "character": 4})
        assert "(senior-backend-engineer, unverified)" in first["message"]
        reply.go()
        (last,) = one.shown(lambda found: found[0]["severity"] == 1)
        assert "(senior-backend-engineer, confirmed)" in last["message"]
        state = one.state("reviewed")
        assert (state["persona"], state["model"], state["findings"]) == (
            "senior-backend-engineer",
            "claude-sonnet-5-5",
            1,
        )
        assert float(state["cost"]) > 0


def test_what_is_typed_meanwhile_moves_findings_or_drops_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reply = Reply(FOUND, pause_at=(20,))
    with editor(monkeypatch, tmp_path, [reply, Reply(CONFIRMED)]) as one:
        one.open()
        one.review()
        one.messages.wait_for_request(1)
        one.type((0, 0, 0, 0, "# above\n# and above\n"))
        one.settled()
        reply.go()
        (found,) = one.shown(lambda found: len(found) == 1)
        assert found["range"]["start"] == {"line": 6, "character": 4}
    again = Reply(FOUND, pause_at=(20,))
    with editor(monkeypatch, tmp_path, [again, Reply(CONFIRMED)]) as one:
        (tmp_path / "cache" / "answers.db").unlink(missing_ok=True)
        one.open(TEXT + "\n# another text\nx = 1\n")
        one.review()
        one.messages.wait_for_request(1)
        one.type((4, 4, 4, 26, "pass"))
        one.settled()
        again.go()
        assert one.state("stale")["findings"] == 0


def test_the_stop_button_closes_the_connection_and_keeps_what_came(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with editor(monkeypatch, tmp_path, [Reply(FOUND, pause_at=(len(FOUND) - 30,))]) as one:
        one.open()
        one.review()
        one.shown(lambda found: len(found) == 1)
        token = one.client.sent("window/workDoneProgress/create")[-1]["token"]
        one.client.notify("window/workDoneProgress/cancel", {"token": token})
        assert one.messages.requests[0].disconnected.wait(10)
        one.client.next("$/progress", lambda params: params["value"]["kind"] == "end")
        one.settled()
        assert one.client.sent("textDocument/publishDiagnostics")[-1]["diagnostics"]


def test_closing_the_document_ends_its_review(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with editor(monkeypatch, tmp_path, [Reply(FOUND, pause_at=(20,))]) as one:
        one.open()
        one.review()
        one.messages.wait_for_request(1)
        one.client.notify("textDocument/didClose", {"textDocument": {"uri": one.uri}})
        assert one.messages.requests[0].disconnected.wait(10)


def test_another_review_takes_the_place_of_the_running_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with editor(monkeypatch, tmp_path, [Reply(FOUND, pause_at=(20,)), Reply(FOUND), Reply(CONFIRMED)]) as one:
        one.open()
        one.review()
        one.messages.wait_for_request(1)
        one.review()
        assert one.messages.requests[0].disconnected.wait(10)
        assert one.state("reviewed")["findings"] == 1


def test_the_end_of_the_server_ends_reviews(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with editor(monkeypatch, tmp_path, [Reply(FOUND, pause_at=(20,))]) as one:
        one.open()
        one.review()
        one.messages.wait_for_request(1)
    assert one.messages.requests[0].disconnected.wait(10)


def test_a_failure_keeps_findings_and_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cut = Reply(FOUND, fault=Fault("close", at=len(FOUND) - 40))
    with editor(monkeypatch, tmp_path, [cut]) as one:
        one.open()
        one.review()
        one.shown(lambda found: len(found) == 1)
        said = one.client.next("window/showMessage")["message"]
        assert said.startswith("The review failed. The answer broke off.")
        state = one.state("failed")
        assert (state["findings"], "broke off" in state["reason"]) == (1, True)


def test_nothing_leaves_an_untrusted_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with editor(monkeypatch, tmp_path, [], trusted=False) as one:
        one.answer("Not now")
        one.open()
        assert one.review() == {"started": False}
        assert "not trusted" in one.client.next("window/showMessage")["message"]
        assert one.state("skipped")["reason"]
        assert one.messages.requests == []
    assert "anybody" not in one.questions[0]
    assert str(tmp_path / "work") in one.questions[0]


def test_trust_is_asked_once_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for round_ in range(2):
        with editor(monkeypatch, tmp_path, [Reply(FOUND), Reply(CONFIRMED)], trusted=False) as one:
            one.answer("Trust")
            one.open()
            one.review()
            one.state("reviewed")
            assert len(one.questions) == (1 if round_ == 0 else 0)


def test_a_client_that_can_not_ask_has_nothing_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with editor(monkeypatch, tmp_path, [], trusted=False, capabilities={}) as one:
        one.open()
        assert one.review() == {"started": False}
        assert one.messages.requests == []


def test_without_a_key_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", str(tmp_path / "none"))
    with editor(monkeypatch, tmp_path, []) as one:
        one.open()
        assert one.review() == {"started": False}
        assert "ANTHROPIC_API_KEY" in one.client.next("window/showMessage")["message"]


@pytest.mark.parametrize("name", [".env.py", "secrets.pem"])
def test_a_file_that_holds_secrets_is_never_sent(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with editor(monkeypatch, tmp_path, []) as one:
        one.uri = one.uri.replace("accounts.py", name)
        one.open()
        assert one.review() == {"started": False}
        assert one.messages.requests == []


class TestOnSave:
    """What changed is reviewed on save, if the user has said yes."""

    CHANGE = (3, 0, 3, 0, "# a comment\n")
    REAL = (4, 4, 4, 26, "user.balance = user.balance - amount")

    def found(self) -> list[Reply]:
        said = FOUND.replace(json.dumps(PAY)[1:-1], "    user.balance = user.balance - amount")
        return [Reply(said), Reply(CONFIRMED)]

    def test_only_the_unit_that_changed_is_asked_about(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("OLDHAND_ON_SAVE", "always")
        with editor(monkeypatch, tmp_path, self.found()) as one:
            one.open()
            one.type(self.REAL)
            one.save()
            (found,) = one.shown(lambda found: len(found) == 1)
            assert found["severity"] == 1
            task = one.messages.requests[0].body["messages"][0]["content"][-1]["text"]
            assert task.startswith('Review lines 4-6. Fill `findings`, `units` for "pay"')
            assert not one.client.sent("window/workDoneProgress/create")

    def test_what_was_not_changed_is_not_sent(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The request for the one real change is the first, whatever was saved before."""
        monkeypatch.setenv("OLDHAND_ON_SAVE", "always")
        with editor(monkeypatch, tmp_path, self.found()) as one:
            one.open()
            for _ in range(3):
                one.save()
                one.settled()
            one.type(self.CHANGE)
            one.save()
            one.settled()
            one.type((5, 4, 5, 26, self.REAL[4]))
            one.save()
            one.shown(lambda found: len(found) == 1)
            task = one.messages.requests[0].body["messages"][0]["content"][-1]["text"]
            assert "Review lines 5-7" in task
            assert len(one.messages.requests) == 2

    def test_saved_again_without_a_change_nothing_is_sent(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("OLDHAND_ON_SAVE", "always")
        with editor(monkeypatch, tmp_path, [*self.found(), Reply(answer())]) as one:
            one.open()
            one.type(self.REAL)
            one.save()
            one.state("reviewed")
            for _ in range(3):
                one.save()
                one.settled()
            one.type((9, 4, 9, 10, "yield"))
            one.save()
            one.messages.wait_for_request(3)
            assert '"total"' in one.messages.requests[2].body["messages"][0]["content"][-1]["text"]

    def test_what_does_not_parse_waits(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("OLDHAND_ON_SAVE", "always")
        with editor(monkeypatch, tmp_path, []) as one:
            one.open("def pay(user, amount):\n    user.balance -= amount\n")
            one.type((1, 4, 1, 26, "user.balance -= (amount"))
            one.save()
            assert "does not parse" in one.state("waiting")["reason"]

    def test_the_user_is_asked_once(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        with editor(monkeypatch, tmp_path, self.found()) as one:
            one.answer("On save")
            one.open()
            one.type(self.REAL)
            one.save()
            one.shown(lambda found: len(found) == 1)
            assert len(one.questions) == 1
        with editor(monkeypatch, tmp_path, []) as one:
            one.answer("Never")
            one.open()
            one.save()
            one.settled()
            assert one.questions == []

    @pytest.mark.parametrize("said", ["Only when I ask", "Never"])
    def test_no_is_no(self, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        with editor(monkeypatch, tmp_path, []) as one:
            one.answer(said)
            one.open()
            one.type(self.REAL)
            one.save()
            one.client.next("window/showMessageRequest")
            one.type((0, 0, 0, 0, "# more\n"))
            one.save()
            one.settled()
            assert len(one.questions) == 1
            assert one.messages.requests == []

    def test_a_failure_makes_no_popup(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("OLDHAND_ON_SAVE", "always")
        with editor(
            monkeypatch, tmp_path, [Reply(fault=Fault("status", status=401, error_type="authentication_error"))]
        ) as one:
            one.open()
            one.type(self.REAL)
            one.save()
            assert "key was refused" in one.state("failed")["reason"]
            assert one.client.sent("window/showMessage") == []


def test_a_proposed_change_is_confirmed_by_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fix = {"original": PAY, "replacement": "    user.balance -= min(amount, user.balance)"}
    said = answer(findings=[finding(PAY, "`user` may be poor.", line=5, consequence="wrong-money", fix=fix)])
    able = {**CAPABILITIES, "workspace": {"workspaceEdit": {"documentChanges": True, "changeAnnotationSupport": {}}}}
    with editor(monkeypatch, tmp_path, [Reply(said), Reply(CONFIRMED)], capabilities=able) as one:
        one.open()
        one.review()
        one.shown(lambda found: bool(found) and found[0]["severity"] == 1)
        place = {"start": {"line": 4, "character": 6}, "end": {"line": 4, "character": 6}}
        asked = {"textDocument": {"uri": one.uri}, "range": place, "context": {"diagnostics": [], "triggerKind": 1}}
        actions = one.client.call("textDocument/codeAction", asked)
        (action,) = [action for action in actions if action["title"] == "Mend it"]
        assert "isPreferred" not in action
        (change,) = action["edit"]["documentChanges"]
        assert change["textDocument"]["version"] == 1
        assert {edit["annotationId"] for edit in change["edits"]} == {"proposed"}
        reason = action["edit"]["changeAnnotations"]["proposed"]
        assert (reason["label"], reason["needsConfirmation"]) == ("`user` may be poor.", True)
        kinds = [action["title"] for action in actions if action.get("kind") == "source.fixAll.oldhand"]
        assert kinds == []


def test_what_would_be_sent_is_shown_without_a_key_or_trust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", str(tmp_path / "none"))
    able = {"window": {"showDocument": {"support": True}}}
    with editor(monkeypatch, tmp_path, [], trusted=False, capabilities=able) as one:
        pages: list[str] = []

        def show(params: Any) -> Any:
            from urllib.parse import urlsplit

            pages.append(Path(urlsplit(params["uri"]).path).read_text(encoding="utf-8"))
            return {"success": True}

        one.client.answers["window/showDocument"] = show
        one.open()
        one.client.call("workspace/executeCommand", {"command": "oldhand.preview", "arguments": [{"uri": one.uri}]})
        (page,) = pages
        assert "Nothing was sent." in page
        assert "    5|     user.balance -= amount" in page
        assert one.messages.requests == []


def test_a_hover_says_what_was_not_reviewed_and_what_was_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with editor(monkeypatch, tmp_path, [Reply(FOUND), Reply(CONFIRMED)]) as one:
        one.open()

        def hover(line: int, character: int) -> str:
            place = {"textDocument": {"uri": one.uri}, "position": {"line": line, "character": character}}
            return str((one.client.call("textDocument/hover", place) or {}).get("contents", {}).get("value"))

        one.review()
        one.state("reviewed")
        assert "Takes money without a look." in hover(3, 5)
        assert "reviewed, by senior-backend-engineer (claude-sonnet-5-5)" in hover(3, 5)
        assert "$0." in hover(3, 5)
        assert "senior-backend-engineer: Line 5 takes it." in hover(4, 6)
        one.type((4, 4, 4, 26, "user.balance += amount"))
        one.state("stale")
        assert "stale" in hover(3, 5)


def test_lenses_say_where_a_review_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with editor(monkeypatch, tmp_path, [Reply(FOUND), Reply(CONFIRMED)]) as one:
        one.open()

        def titles() -> list[str]:
            lenses = one.client.call("textDocument/codeLens", {"textDocument": {"uri": one.uri}})
            return [lens["command"]["title"] for lens in lenses]

        assert titles() == ["Review", "Review"]
        one.review()
        one.state("reviewed")
        assert titles() == ["Oldhand: 1 finding", "reviewed · Review again", "reviewed · Review again"]


def test_every_persona_that_is_installed_can_be_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    agents = tmp_path / "work" / ".claude" / "agents"
    agents.mkdir(parents=True)
    (agents / "auditor.md").write_text(
        "---\nname: auditor\ndescription: Looks for money.\n---\nYou are an auditor.\n", encoding="utf-8"
    )
    with editor(monkeypatch, tmp_path, [Reply(FOUND), Reply(CONFIRMED)]) as one:
        one.open()
        place = {"start": {"line": 4, "character": 6}, "end": {"line": 4, "character": 6}}
        asked = {"textDocument": {"uri": one.uri}, "range": place, "context": {"diagnostics": [], "triggerKind": 1}}
        actions = one.client.call("textDocument/codeAction", asked)
        titles = [action["title"] for action in actions if action["kind"] == "oldhand.review"]
        assert titles == [
            "Review function with senior-backend-engineer",
            "Review file with senior-backend-engineer",
            "Review function with auditor",
        ]
        one.client.call("workspace/executeCommand", actions[-1]["command"])
        (found,) = one.shown(lambda found: bool(found) and found[0]["severity"] == 1)
        assert "(auditor, confirmed)" in found["message"]
        assert one.messages.requests[0].body["system"][0]["text"].startswith("You are an auditor.\n\n# How this review")


def test_what_is_not_committed_can_be_reviewed_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        named = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", *named, *arguments], cwd=tmp_path / "work", check=True, capture_output=True)

    (tmp_path / "work" / "accounts.py").write_text(TEXT, encoding="utf-8")
    git("init")
    git("add", ".")
    git("commit", "-m", "Blessed by everybody")
    with editor(monkeypatch, tmp_path, [Reply(answer())] * 2) as one:
        one.open()
        assert one.review(scope="uncommitted changes") == {"started": False}
        assert "nothing has changed" in one.client.next("window/showMessage")["message"]
        one.type((9, 4, 9, 10, "yield"))
        for scope in ("uncommitted changes", "branch"):
            assert one.review(scope=scope) == {"started": True}
            one.messages.wait_for_request(1)
        task = one.messages.requests[0].body["messages"][0]["content"][-1]["text"]
        assert task.startswith("Review lines 10.")
        assert "Blessed" not in str(one.messages.requests[0].body)


def test_where_there_is_no_repository_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with editor(monkeypatch, tmp_path, []) as one:
        one.open()
        assert one.review(scope="branch") == {"started": False}
        assert "no git repository" in one.client.next("window/showMessage")["message"]


@pytest.mark.parametrize(("setting", "sent"), [("background", 2), ("link", 0)])
def test_resting_on_a_function_sends_it_only_where_that_is_switched_on(
    setting: str, sent: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text(f"hover-review: {setting}\n", encoding="utf-8")
    with editor(monkeypatch, tmp_path, [Reply(FOUND), Reply(CONFIRMED)]) as one:
        one.open()
        place = {"textDocument": {"uri": one.uri}, "position": {"line": 3, "character": 5}}
        one.client.call("textDocument/codeLens", {"textDocument": {"uri": one.uri}})
        shown = one.client.call("textDocument/hover", place)["contents"]["value"]
        assert "Not reviewed by a persona." in shown
        if sent:
            (found,) = one.shown(lambda found: len(found) == 1)
            assert found["severity"] == 1
            one.state("reviewed")
        one.client.call("textDocument/hover", place)
        one.settled()
        assert len(one.messages.requests) == sent


def test_a_storm_of_restarts_leaves_one_review_and_no_connection(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    storm = 25
    with editor(
        monkeypatch, tmp_path, [Reply(FOUND, pause_at=(20,))] * storm + [Reply(FOUND), Reply(CONFIRMED)]
    ) as one:
        one.open()
        for number in range(storm):
            one.review()
            one.messages.wait_for_request(number + 1)
        one.review()
        assert one.state("reviewed")["findings"] == 1
        assert all(seen.disconnected.wait(10) for seen in one.messages.requests[:storm])
        assert len(one.messages.requests) == storm + 2


def test_many_open_documents_are_reviewed_side_by_side(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def reply(seen: Seen) -> Reply:
        task = seen.body["messages"][0]["content"][-1]["text"]
        return Reply(CONFIRMED if task.startswith("Judge") else FOUND)

    count = 60
    with editor(monkeypatch, tmp_path, reply) as one:
        uris = [one.uri.replace("accounts", f"accounts{number}") for number in range(count)]
        for number, uri in enumerate(uris):
            one.client.open(uri, f"{TEXT}\n\nNUMBER = {number}\n")
        for uri in uris:
            command = {"command": "oldhand.review", "arguments": [{"uri": uri}]}
            assert one.client.call("workspace/executeCommand", command) == {"started": True}
        left = set(uris)
        while left:
            state = one.client.next("oldhand/state", lambda params: params["state"] == "reviewed")
            assert state["findings"] == 1
            left.discard(state["uri"])
        assert len(one.messages.requests) == 2 * count


def test_a_part_of_a_function_does_not_make_it_reviewed_nor_take_findings_elsewhere_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with editor(monkeypatch, tmp_path, [Reply(FOUND), Reply(CONFIRMED), Reply(answer())]) as one:
        one.open()
        line = {"start": {"line": 4, "character": 0}, "end": {"line": 4, "character": 26}}
        one.review(scope="selection", range=line)
        one.shown(lambda found: bool(found) and found[0]["severity"] == 1)
        assert {unit["state"] for unit in one.state("not reviewed")["units"]} == {"not reviewed"}
        last = {"start": {"line": 5, "character": 0}, "end": {"line": 5, "character": 15}}
        one.review(scope="selection", range=last)
        one.state("reviewing")
        assert one.state("not reviewed")["findings"] == 1
