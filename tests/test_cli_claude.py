"""`oldhand review --claude` and `oldhand preview`: one list from both reviewers, what is paid, and what is not sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from messages_server import Fault, MessagesServer, Reply, Seen
from oldhand.claude.limits import allowed
from persona import answer, finding, verdict

TEXT = "def pay(user, amount):\n    user.balance -= amount\n    return user\n"
PAY = "    user.balance -= amount"
FOUND = answer(
    findings=[finding(PAY, "`user` may be poor.", line=2, category="money-and-time", consequence="wrong-money")]
)
CONFIRMED = answer(verdicts=[verdict(1)])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "pay.py").write_text(TEXT, encoding="utf-8")
    return folder


def oldhand(project: Path, *arguments: str, url: str = "", key: str = "for-tests", **more: str) -> tuple[int, str, str]:
    """Exit status, output and errors of the command as users run it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "OLDHAND_"))}
    environment = {
        **kept,
        **{f"OLDHAND_{name}_DIR": str(project.parent / name.lower()) for name in ("CONFIG", "STATE", "CACHE")},
        "ANTHROPIC_CONFIG_DIR": str(project.parent / "none"),
        "ANTHROPIC_BASE_URL": url or "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
        **({"ANTHROPIC_API_KEY": key} if key else {}),
        **more,
    }
    command = [sys.executable, "-m", "oldhand", *arguments]
    run = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return run.returncode, run.stdout, run.stderr


def test_both_reviewers_share_one_list(project: Path) -> None:
    (project / "rate.py").write_text("import requests\n\nRATE = requests.get('https://rates.example')\n", "utf-8")

    def reply(seen: Seen) -> Reply:
        content = seen.body["messages"][0]["content"]
        if content[-1]["text"].startswith("Judge"):
            return Reply(CONFIRMED)
        return Reply(FOUND if PAY in content[-2]["text"] else answer())

    with MessagesServer(reply) as server:
        status, out, errors = oldhand(project, "review", "--claude", "--trust", "--yes", url=server.url)
        assert server.problems == []
    assert status == 1
    assert "claude/money-and-time" in out
    assert "resilience/http-no-timeout" in out
    assert "senior-backend-engineer: 2 files, 1 findings, $0." in errors


def test_the_same_files_again_cost_nothing(project: Path) -> None:
    with MessagesServer([Reply(FOUND), Reply(CONFIRMED)]) as server:
        first = oldhand(project, "review", "--claude", "--trust", "--yes", url=server.url)
        again = oldhand(project, "review", "--claude", url=server.url)
        assert len(server.requests) == 2
    assert again[:2] == first[:2]
    assert "$0.00, 1 from memory" in again[2]


@pytest.mark.parametrize("shape", ["json", "sarif", "github"])
def test_every_format_has_the_personas_findings(shape: str, project: Path) -> None:
    with MessagesServer([Reply(FOUND), Reply(CONFIRMED)]) as server:
        status, out, _ = oldhand(project, "review", "--claude", "--trust", "--yes", "--format", shape, url=server.url)
    assert status == 1
    assert "claude/money-and-time" in out
    if shape != "github":
        json.loads(out)


def test_nothing_is_sent_without_a_key_or_trust(project: Path) -> None:
    with MessagesServer([]) as server:
        status, _, errors = oldhand(project, "review", "--claude", "--trust", key="", url=server.url)
        assert (status, "ANTHROPIC_API_KEY" in errors) == (2, True)
        status, _, errors = oldhand(project, "review", "--claude", url=server.url)
        assert (status, "is not trusted" in errors) == (2, True)
        assert server.requests == []


def test_what_may_cost_much_is_refused_unasked(project: Path) -> None:
    with MessagesServer([]) as server:
        (project.parent / "config").mkdir()
        (project.parent / "config" / "config.yaml").write_text("ask-above: 0.001\n", encoding="utf-8")
        status, _, errors = oldhand(project, "review", "--claude", "--trust", url=server.url)
        assert (status, "--yes says that you mean it" in errors) == (2, True)
        assert server.requests == []


def test_a_failure_is_told_once_and_keeps_what_rules_found(project: Path) -> None:
    (project / "rate.py").write_text("import requests\n\nRATE = requests.get('https://rates.example')\n", "utf-8")
    bad = Fault("status", status=401, error_type="authentication_error")
    with MessagesServer(lambda seen: Reply(fault=bad)) as server:
        status, out, errors = oldhand(project, "review", "--claude", "--trust", "--yes", url=server.url)
    assert status == 1
    assert "resilience/http-no-timeout" in out
    assert errors.count("The key was refused") == 1
    assert "Traceback" not in errors


def test_a_failure_without_findings_is_no_clean_review(project: Path) -> None:
    bad = Fault("status", status=401, error_type="authentication_error")
    with MessagesServer(lambda seen: Reply(fault=bad)) as server:
        assert oldhand(project, "review", "--claude", "--trust", "--yes", url=server.url)[0] == 2


def test_options_that_do_not_go_together_are_refused(project: Path) -> None:
    for arguments in (["--claude", "--fix"], ["--persona", "x"], ["--yes"]):
        status, _, errors = oldhand(project, "review", *arguments)
        assert status == 2
        assert "--claude" in errors


def test_the_preview_is_the_request_and_sends_nothing(project: Path) -> None:
    with MessagesServer([Reply(FOUND), Reply(CONFIRMED)]) as server:
        status, out, _ = oldhand(project, "preview", "pay.py", "--json", url=server.url, key="")
        assert status == 0
        assert server.requests == []
        oldhand(project, "review", "--claude", "--trust", "--yes", url=server.url)
        sent = server.requests[0].body
    previewed = json.loads(out)
    sent.pop("stream")
    word = [
        part.split(">")[0]
        for part in (previewed["messages"][0]["content"][0]["text"][1:], sent["messages"][0]["content"][0]["text"][1:])
    ]
    assert json.loads(out.replace(word[0], word[1])) == sent


def test_the_preview_of_lines_shows_what_is_masked(project: Path) -> None:
    token = "ghp_" + "a1B2" * 9
    (project / "pay.py").write_text(f"TOKEN = '{token}'\n{TEXT}", encoding="utf-8")
    status, out, _ = oldhand(project, "preview", "pay.py:1-3", key="")
    assert status == 0
    assert token not in out
    assert "Lines with something masked or escaped: 1\n" in out
    assert "Review lines 1-3" in out


REFUSED = {
    "no such file": (["preview", "none.py"], "There is no file"),
    "no such lines": (["preview", "pay.py:9-99"], "There are no lines"),
    "a language that is not known": (["preview", "notes.txt"], "its language is not known"),
    "no such persona": (["preview", "pay.py", "--persona", "nobody"], "There is no persona nobody"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_previewed_is_told_in_a_line(name: str, project: Path) -> None:
    (project / "notes.txt").write_text("x", encoding="utf-8")
    arguments, words = REFUSED[name]
    status, out, errors = oldhand(project, *arguments, key="")
    assert (status, out) == (2, "")
    assert words in errors


LIMITS = {
    "nothing said": ({}, 4),
    "all left": ({"requests-remaining": "50", "requests-limit": "50"}, 4),
    "half left": ({"requests-remaining": "25", "requests-limit": "50"}, 4),
    "a quarter left": ({"requests-remaining": "12", "requests-limit": "48"}, 2),
    "hardly anything left": ({"tokens-remaining": "100", "tokens-limit": "80000"}, 1),
    "the worst of both": (
        {"requests-remaining": "50", "requests-limit": "50", "tokens-remaining": "0", "tokens-limit": "9"},
        1,
    ),
    "nonsense": ({"requests-remaining": "many", "requests-limit": "0"}, 4),
}


@pytest.mark.parametrize("name", LIMITS)
def test_how_many_calls_at_once_the_limits_leave_room_for(name: str) -> None:
    said, expected = LIMITS[name]
    assert allowed({f"anthropic-ratelimit-{key}": value for key, value in said.items()}, 4) == expected
