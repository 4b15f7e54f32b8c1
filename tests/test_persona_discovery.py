"""Which personas are installed, and which of those with one name speaks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from oldhand.personas import files
from oldhand.personas.discover import Catalog, catalog, discover, select, user_config_folder
from oldhand.personas.files import AgentFile, agent_files, read
from oldhand.personas.load import MAX_BYTES
from oldhand.personas.persona import Source
from oldhand.problems import Problem


def agent(name: str, body: str = "Prompt.") -> str:
    return f"---\nname: {name}\ndescription: b\n---\n{body}\n"


def installed(*entries: tuple[Source, str, str]) -> Catalog:
    return catalog(AgentFile(path, source, text.encode()) for source, path, text in entries)


def put(folder: Path, files_: dict[str, str]) -> Path:
    for name, text in files_.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def paths(found: Catalog) -> list[tuple[str, str]]:
    return [(persona.source.value, Path(persona.path).name) for persona in found.personas]


WORKSPACE = (Source.WORKSPACE, "w.md", agent("a", "from the workspace"))
USER = (Source.USER, "u.md", agent("a", "from the user"))
BUNDLED = (Source.BUNDLED, "b.md", agent("a", "bundled"))


def test_workspace_comes_before_user_and_user_before_bundled() -> None:
    assert paths(installed(BUNDLED, USER, WORKSPACE)) == [
        ("workspace", "w.md"),
        ("user", "u.md"),
        ("bundled", "b.md"),
    ]


def test_workspace_persona_waits_before_it_takes_a_place() -> None:
    found = installed(WORKSPACE, USER, BUNDLED)
    workspace, user, bundled = found.personas
    chosen = select(found, "a", {})
    assert (chosen.used, chosen.waiting, chosen.shadowed) == (user, workspace, (bundled,))


def test_choice_is_once_per_content() -> None:
    found = installed(WORKSPACE, BUNDLED)
    workspace, bundled = found.personas
    yes = select(found, "a", {workspace.content_hash: True})
    no = select(found, "a", {workspace.content_hash: False})
    assert (yes.used, yes.waiting, yes.shadowed) == (workspace, None, (bundled,))
    assert (no.used, no.waiting, no.shadowed) == (bundled, None, (workspace,))
    edited = installed((Source.WORKSPACE, "w.md", agent("a", "changed since")), BUNDLED)
    again = select(edited, "a", {workspace.content_hash: True})
    assert (again.used, again.waiting) == (edited.personas[1], edited.personas[0])


def test_workspace_persona_that_takes_no_place_is_used() -> None:
    found = installed(WORKSPACE, (Source.BUNDLED, "b.md", agent("b")))
    assert select(found, "a", {}).used == found.personas[0]
    assert found.names() == ("a", "b")


def test_same_content_is_no_question() -> None:
    found = installed(WORKSPACE, (Source.USER, "u.md", WORKSPACE[2].replace("\n", "\r\n")))
    chosen = select(found, "a", {})
    assert (chosen.used, chosen.waiting, chosen.shadowed) == (found.personas[0], None, (found.personas[1],))


def test_user_persona_shadows_the_bundled_one() -> None:
    found = installed(USER, BUNDLED)
    assert select(found, "a", {}).used == found.personas[0]


def test_unknown_name_selects_nothing() -> None:
    assert select(installed(USER), "zz", {}).used is None


def test_two_files_of_one_name_in_one_place_are_told() -> None:
    found = installed((Source.USER, "2.md", agent("a")), (Source.USER, "1.md", agent("a")))
    assert [(problem.path, problem.message) for problem in found.problems] == [
        ("2.md", "`a` is defined in 1.md too, which counts.")
    ]
    assert select(found, "a", {}).used == found.personas[0]
    assert paths(found) == [("user", "1.md"), ("user", "2.md")]


def test_discovery_reads_three_places(tmp_path: Path) -> None:
    workspace = put(tmp_path / "w", {".claude/agents/x/y/w.md": agent("w"), "agents/no.md": agent("no")})
    user = put(
        tmp_path / "u",
        {"agents/u.md": agent("u"), "agents/deep/v.md": agent("v"), "agents/a.txt": "x", "agents/b.MD": "x"},
    )
    bundled = put(tmp_path / "b", {"b.md": agent("b"), "b/rules/note.md": "# Not here"})
    found = discover(workspace, user, bundled)
    assert paths(found) == [("workspace", "w.md"), ("user", "v.md"), ("user", "u.md"), ("bundled", "b.md")]
    assert found.problems == ()
    assert paths(discover(None, tmp_path / "none", bundled)) == [("bundled", "b.md")]


def test_home_opened_as_workspace_holds_the_users_own(tmp_path: Path) -> None:
    put(tmp_path, {".claude/agents/u.md": agent("u")})
    assert paths(discover(tmp_path, tmp_path / ".claude", tmp_path / "none")) == [("user", "u.md")]


def test_page_that_is_no_agent_is_a_note(tmp_path: Path) -> None:
    user = put(tmp_path, {"agents/README.md": "# Our agents", "agents/bad.md": "---\ndescription: b\n---\n"})
    found = discover(None, user, tmp_path / "none")
    assert [(Path(problem.path).name, problem.note) for problem in found.problems] == [
        ("README.md", True),
        ("bad.md", False),
    ]


def test_config_folder_is_configured_or_in_the_home_folder() -> None:
    home = Path("/home/x")
    assert user_config_folder({"CLAUDE_CONFIG_DIR": "/etc/claude"}, home) == Path("/etc/claude")
    assert user_config_folder({"CLAUDE_CONFIG_DIR": ""}, home) == home / ".claude"


def test_links_out_of_the_workspace_are_refused(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside", {"secret.md": agent("s"), "more/t.md": agent("t")})
    workspace = put(tmp_path / "w", {".claude/agents/w.md": agent("w"), "shared/inside.md": agent("inside")})
    agents = workspace / ".claude" / "agents"
    (agents / "file.md").symlink_to(outside / "secret.md")
    (agents / "folder").symlink_to(outside)
    (agents / "fine.md").symlink_to(workspace / "shared" / "inside.md")
    (agents / "loop").symlink_to(agents)
    (agents / "self.md").symlink_to(agents / "self.md")
    found = discover(workspace, tmp_path / "none", tmp_path / "none")
    assert [persona.name for persona in found.personas] == ["inside", "w"]
    refused = {Path(problem.path).name for problem in found.problems if "out of the workspace" in problem.message}
    assert refused == {"file.md", "folder"}
    assert all(problem.fatal for problem in found.problems)


def test_agents_folder_that_is_a_link_out_is_refused(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside", {"secret.md": agent("s")})
    (tmp_path / "w" / ".claude").mkdir(parents=True)
    (tmp_path / "w" / ".claude" / "agents").symlink_to(outside)
    found = discover(tmp_path / "w", tmp_path / "none", tmp_path / "none")
    assert (found.personas, len(found.problems)) == ((), 1)


def test_users_own_links_are_followed(tmp_path: Path) -> None:
    dotfiles = put(tmp_path / "dotfiles", {"u.md": agent("u")})
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "agents").symlink_to(dotfiles)
    assert paths(discover(None, tmp_path / "home", tmp_path / "none")) == [("user", "u.md")]


def test_walk_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, {"a/b/c.md": agent("c"), "x.md": agent("x"), "y.md": agent("y")})
    monkeypatch.setattr(files, "MAX_DEPTH", 1)
    assert said(tmp_path) == ["b: More than 1 folders deep; it was not looked into.", "x.md", "y.md"]
    monkeypatch.setattr(files, "MAX_ENTRIES", 3)
    assert said(tmp_path)[1:] == ["x.md", f"{tmp_path.name}: More than 3 files; not all were looked at."]
    monkeypatch.setattr(files, "MAX_TOTAL_BYTES", 10)
    assert said(tmp_path)[1:] == [f"{tmp_path.name}: The agents in it are too large together; not all were read."]


def said(folder: Path) -> list[str]:
    return [
        f"{Path(item.path).name}: {item.message}" if isinstance(item, Problem) else Path(item.path).name
        for item in agent_files(folder, Source.USER)
    ]


def test_only_regular_files_are_read_and_no_more_than_needed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "large.md").write_bytes(b"x" * (MAX_BYTES + 100))
    large, pipe, missing = (read(tmp_path / name) for name in ("large.md", "pipe.md", "missing.md"))
    assert isinstance(large, bytes)
    assert len(large) == MAX_BYTES + 1
    assert isinstance(pipe, Problem)
    assert pipe.message == "This is not a regular file."
    assert isinstance(missing, Problem)
    assert missing.message == "It cannot be read: No such file or directory."
