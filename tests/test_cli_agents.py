"""`oldhand agents` and `oldhand agents check`, as a user sees them."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest
from oldhand.cli import agents
from oldhand.resources import bundled_agents

GOOD = "---\nname: good\ndescription: b\n---\nPrompt.\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    agents.add_parser(parser.add_subparsers())
    return agents.run(parser.parse_args(["agents", *words]))


def put(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def test_list_says_who_is_used_who_waits_and_what_is_wrong(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here / ".claude/agents/mine.md", GOOD.replace("good", "senior-backend-engineer"))
    put(here / ".claude/agents/tools.md", GOOD.replace("description: b", "description: b\ntools: Read"))
    put(here / "config/agents/bad.md", "---\ndescription: b\n---\n")
    assert run() == 0
    assert capsys.readouterr().out.splitlines() == [
        "good",
        "  workspace  .claude/agents/tools.md  (used)",
        "senior-backend-engineer",
        f"  bundled    {bundled_agents() / 'senior-backend-engineer.md'}  (used)",
        "  workspace  .claude/agents/mine.md  (waits for you to choose it)",
        f"{here}/config/agents/bad.md:1: error: The agent has no `name`. Without one it cannot be used.",
        "1 note; `oldhand agents check PATH` shows them.",
    ]


def test_list_names_what_is_shadowed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here / "config/agents/own.md", GOOD.replace("good", "senior-backend-engineer"))
    assert run("--workspace", str(here)) == 0
    assert capsys.readouterr().out.splitlines() == [
        "senior-backend-engineer",
        f"  user       {here}/config/agents/own.md  (used)",
        f"  bundled    {bundled_agents() / 'senior-backend-engineer.md'}  (shadowed)",
    ]


def test_list_of_a_missing_workspace_cannot_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--workspace", "nowhere") == 2
    assert capsys.readouterr().err == "oldhand agents: nowhere is not a folder.\n"


def test_check_of_a_good_file_is_clean(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here / "good.md", GOOD.replace("---\nPrompt", "tools: Read\n---\nPrompt"))
    assert run("check", "good.md") == 0
    assert capsys.readouterr().out.splitlines() == [
        "good.md:4: note: Oldhand runs no tools, hooks, servers or shell; without effect in it: `tools`.",
        "1 file checked, nothing to correct.",
    ]


def test_check_reports_file_and_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here / "folder/one.md", GOOD)
    put(here / "folder/two.md", GOOD.replace("description: b", "description: b\nmaxTurns: -1"))
    assert run("check", "folder") == 1
    assert capsys.readouterr().out.splitlines() == [
        "folder/two.md:4: warning: `maxTurns` must be a whole number above 0, not `-1`.",
        "folder/two.md:4: note: Oldhand runs no tools, hooks, servers or shell; without effect in it: `maxTurns`.",
        "2 files checked.",
    ]


def test_check_takes_a_page_among_agents_but_not_alone(here: Path) -> None:
    put(here / "folder/README.md", "# Agents\n")
    assert run("check", "folder") == 0
    assert run("check", "folder/README.md") == 1


def test_check_of_what_cannot_be_read_is_2_and_the_rest_is_checked(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(here / "good.md", GOOD)
    (here / "empty").mkdir()
    assert run("check", "missing.md", "empty", "good.md") == 2
    assert capsys.readouterr().out.splitlines() == [
        "missing.md: error: It cannot be read: No such file or directory.",
        "empty: error: There is no agent file in it.",
        "1 file checked.",
    ]


def test_output_cannot_command_the_terminal_or_ci(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "::warning::x\n\x1b[31m.md"
    put(here / name, '---\nname: "\\e[2J\\u202e"\ndescription: b\n---\nPrompt.\n')
    assert run("check", name) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first == (
        "\\x3a:warning::x\\n\\x1b[31m.md:2: warning: The name `[2J` should be lower-case letters, digits and hyphens."
    )
    assert second == "1 file checked."


def test_file_names_that_are_not_text_are_shown(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / os.fsdecode(b"\xff.md")).write_text(GOOD)
    put(here / os.fsdecode(b"b\xff.md"), "---\n---\n")
    assert run("check", str(here)) == 1
    assert "b\\udcff.md:1: error: The agent has no `name`." in capsys.readouterr().out
