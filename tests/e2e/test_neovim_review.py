"""A real Neovim asks the persona: findings while the answer streams, on text that goes on changing; a fix, saved."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent
TESTS = HERE.parent
NEOVIM = TESTS.parent / "build" / "editors" / "usr" / "bin" / "nvim"

SOURCE = '''\
"""Accounts."""


def transfer(accounts, source, target, amount):
    accounts[source] -= amount
    accounts[target] += amount
    return accounts


def report(accounts):
    return "\\n".join(f"{name} {balance}" for name, balance in accounts.items())
'''
TAKEN = "    accounts[source] -= amount"
GUARDED = '    if accounts[source] < amount:\n        raise ValueError("not enough")\n    accounts[source] -= amount'


def finding(line: int, quote: str, message: str, consequence: str, replacement: str = "") -> dict[str, Any]:
    return {
        "line": line,
        "quote": quote,
        "category": "money-and-time",
        "consequence": consequence,
        "message": message,
        "trigger": "the amount is larger than the balance",
        "outcome": "the balance is negative",
        "remedy": "Refuse what the balance does not cover.",
        "fix": {"original": quote if replacement else "", "replacement": replacement, "imports": []},
    }


def script() -> list[dict[str, Any]]:
    found = {
        "findings": [
            finding(5, TAKEN, "`transfer` takes money that is not there.", "wrong-money", GUARDED),
            finding(6, "    accounts[target] += amount", "`target` may not exist.", "crash-on-ordinary-input"),
        ],
        "units": [{"name": "transfer", "summary": "Moves money and checks nothing."}],
        "known": [],
        "verdicts": [],
    }
    judged = {
        "findings": [],
        "units": [],
        "known": [],
        "verdicts": [
            {"id": "C1", "conclusion": "confirmed", "line": 5, "proof": "Line 5 subtracts whatever the balance is."},
            {"id": "C2", "conclusion": "refuted", "line": 6, "proof": "Callers pass accounts that exist."},
        ],
    }
    return [{"text": json.dumps(found)}, {"text": json.dumps(judged)}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the strict Messages server, which answers slowly."""
    path = tmp_path_factory.mktemp("messages") / "script.json"
    path.write_text(json.dumps(script()), encoding="utf-8")
    command = [sys.executable, "-m", "messages_server", "--port", "0", "--script", str(path), "--pace", "0.03"]
    process = subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("review")
    (folder / "work").mkdir()
    (folder / "work" / "accounts.py").write_text(SOURCE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def seen(server: str, project: Path) -> dict[str, Any]:
    """What the driver saw."""
    lines = SOURCE.splitlines()
    environment = {
        "PATH": os.defpath,
        "HOME": str(project),
        **{f"XDG_{name}_HOME": str(project / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")},
        "SERVER": f"{Path(sys.executable).parent / 'oldhand'} server",
        "ROOT": str(project / "work"),
        "FILE": str(project / "work" / "accounts.py"),
        "FIRST": str(lines.index(TAKEN)),
        "LAST": str(lines.index("    return accounts") + 1),
        "FIX": "Refuse what the balance",
        "ANTHROPIC_API_KEY": "for-tests",
        "ANTHROPIC_BASE_URL": server,
        "OLDHAND_TRUSTED_FOLDERS": str(project / "work"),
        "NO_PROXY": "127.0.0.1",
    }
    command = [NEOVIM, "--clean", "--headless", "-n", "-i", "NONE", "-l", HERE / "drive_review.lua"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    lines = run.stdout.strip().splitlines()
    assert lines, f"Neovim said nothing: {run.stderr}"
    seen: dict[str, Any] = json.loads(lines[-1])
    assert run.returncode == 0, f"{seen.get('problem')}\nafter {seen}\n{run.stderr}"
    return seen


def test_the_first_finding_is_there_before_the_answer_has_ended(seen: dict[str, Any]) -> None:
    (first,) = seen["while_streaming"]
    assert first["code"] == "claude/money-and-time"
    assert first["severity"] == 3
    assert not seen["ended_before_the_first"]


def test_what_was_typed_meanwhile_does_not_move_findings_off_their_code(seen: dict[str, Any]) -> None:
    (left,) = seen["in_the_end"]
    assert (left["line"], left["column"]) == (SOURCE.splitlines().index(TAKEN) + 1, 4)
    assert left["severity"] == 1
    assert "unverified" not in left["message"]


def test_progress_says_what_was_found_and_what_it_cost(seen: dict[str, Any]) -> None:
    assert seen["progress"][0]["title"] == "senior-backend-engineer: reviewing accounts.py"
    assert "$0." in seen["progress"][-1]["message"]


def test_the_hover_says_who_why_and_what_would_change(seen: dict[str, Any]) -> None:
    for words in ("takes money that is not there", "larger than the balance", "+    if accounts[source] < amount:"):
        assert words in seen["hover"]


def test_the_file_on_disk_is_exactly_right(seen: dict[str, Any], project: Path) -> None:
    expected = "# typed while the answer streams\n" + SOURCE.replace(TAKEN, GUARDED)
    assert (project / "work" / "accounts.py").read_text(encoding="utf-8") == expected


def test_the_server_ends_when_it_is_asked_to(seen: dict[str, Any]) -> None:
    assert seen["stopped"]
    assert seen["exit_code"] == 0
