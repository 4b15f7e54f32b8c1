"""git asked in repositories that would run things, and about names and changes of every kind."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from oldhand import git
from oldhand.cli import changes, files
from oldhand.cli.files import Target
from oldhand.git import Git, GitError
from oldhand.text.ranges import TextRange

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def sh(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def program() -> Git:
    found = git.find([])
    assert found is not None
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = (tmp_path / "repository").resolve()
    top.mkdir()
    sh(top, "init", "-q", "-b", "main")
    return top


def put(top: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = top / name.replace("__", "/").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def commit(top: Path) -> str:
    sh(top, "add", "-A")
    sh(top, "commit", "-q", "-m", "x")
    return sh(top, "rev-parse", "HEAD").strip()


def lines_since(program: Git, top: Path, base: str = "") -> dict[str, list[tuple[int, int]]]:
    selection = files.select([top], top, program)
    found = changes.changed(changes.revision(program, top, base), selection.targets)
    return {path.name: [(span.start, span.end) for span in spans] for path, spans in found.items()}


def names(program: Git | None, *paths: Path) -> list[str]:
    root = files.root_of(paths)
    return [target.name for target in files.select(paths, root, program).targets]


# Nothing of what a repository configures runs.


@pytest.fixture
def hostile(repository: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A repository in which every program that git can be made to run leaves a mark; and the mark."""
    mark = tmp_path / "mark"
    script = tmp_path / "program"
    script.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{mark}'\ncat\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    put(repository, a_py="x = 1\n", b_py="y = 1\n")
    commit(repository)
    for hook in ("post-index-change", "reference-transaction", "pre-auto-gc", "post-checkout", "fsmonitor-watchman"):
        (repository / ".git" / "hooks").mkdir(exist_ok=True)
        (repository / ".git" / "hooks" / hook).symlink_to(script)
    (repository / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    (repository / ".git" / "info" / "attributes").write_text("*.py filter=evil diff=evil\n")
    for key in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "core.askPass",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "credential.helper",
        "uploadpack.packObjectsHook",
        "pager.ls-files",
        "alias.ls-tree",
    ):
        sh(repository, "config", key, f"!{script}" if key.startswith("alias") else str(script))
    sh(repository, "config", "core.hooksPath", str(repository / ".git" / "hooks"))
    sh(repository, "config", "remote.origin.url", f"ext::{script}")
    sh(repository, "config", "remote.origin.promisor", "true")
    sh(repository, "config", "remote.origin.uploadpack", str(script))
    sh(repository, "config", "core.worktree", str(tmp_path))
    mark.unlink(missing_ok=True)
    return repository, mark


def test_hostile_configuration_is_one(hostile):
    top, mark = hostile
    (top / "a.py").write_text("x = 2\n")
    subprocess.run(["git", "--work-tree=.", "diff"], cwd=top, env=ENVIRONMENT, check=False, capture_output=True)
    assert mark.exists()


def test_hostile_configuration_runs_nothing(hostile, program):
    top, mark = hostile
    (top / "a.py").write_text("x = 2\n")
    os.utime(top / "b.py", (1, 1))
    assert names(program, top) == ["a.py", "b.py"]
    assert lines_since(program, top) == {"a.py": [(0, 1)]}
    assert not mark.exists()


def test_missing_content_is_not_fetched_from_a_hostile_remote(hostile, program):
    top, mark = hostile
    since = changes.revision(program, top, "")
    content = since.files["a.py"]
    (top / ".git" / "objects" / content[:2] / content[2:]).unlink()
    (top / "a.py").write_text("x = 2\n")
    with pytest.raises(GitError, match=r"lacks the content of a\.py"):
        changes.changed(since, [Target(top / "a.py", "a.py")])
    assert not mark.exists()


def test_hostile_environment_is_not_handed_on(hostile, program, monkeypatch):
    top, mark = hostile
    for name in ("GIT_EXTERNAL_DIFF", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_PAGER", "GIT_PROXY_COMMAND"):
        monkeypatch.setenv(name, str(top.parent / "program"))
    monkeypatch.setenv("GIT_DIR", str(top.parent))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(top.parent / "program"))
    assert names(program, top) == ["a.py", "b.py"]
    assert not mark.exists()


def test_git_inside_of_the_reviewed_tree_is_not_started(repository, monkeypatch):
    planted = repository / "bin" / "git"
    planted.parent.mkdir()
    planted.write_text("#!/bin/sh\nexit 1\n")
    planted.chmod(0o755)
    monkeypatch.setenv("PATH", f"{planted.parent}{os.pathsep}.{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(planted.parent)
    found = git.find([repository])
    assert found is not None
    assert not Path(found.executable).is_relative_to(repository)


# Which files there are.


def test_ignored_files_are_passed_over_in_a_repository(repository, program):
    put(repository, a_py="", ignored_py="", inner__b_py="", inner__c_py="")
    (repository / ".gitignore").write_text("ignored.py\n")
    (repository / "inner" / ".gitignore").write_text("c.py\n")
    assert names(program, repository) == ["a.py", "inner/b.py"]


def test_ignored_files_are_passed_over_where_there_is_no_repository(tmp_path, program):
    put(tmp_path, plain__a_py="", plain__ignored_py="")
    (tmp_path / "plain" / ".gitignore").write_text("ignored.py\n")
    assert [Path(name).name for name in names(program, tmp_path / "plain")] == ["a.py"]
    assert not (tmp_path / "plain" / ".git").exists()


def test_ignored_file_named_by_itself_is_taken(repository, program):
    put(repository, ignored_py="")
    (repository / ".gitignore").write_text("ignored.py\n")
    assert names(program, repository / "ignored.py") == ["ignored.py"]


def test_ignored_folder_named_by_itself_is_taken(repository, program):
    put(repository, a_py="", generated__b_py="")
    (repository / ".gitignore").write_text("generated/\n")
    assert names(program, repository / "generated") == ["generated/b.py"]


def test_repository_inside_of_another_is_reviewed_by_its_own_ignore_file(repository, program):
    put(repository, a_py="", service__b_py="", service__c_py="")
    sh(repository / "service", "init", "-q")
    (repository / "service" / ".gitignore").write_text("c.py\n")
    assert names(program, repository) == ["a.py", "service/b.py"]


def test_vendored_and_built_folders_are_passed_over_and_counted(repository, program):
    put(repository, a_py="", node_modules__b_py="", src__vendor__c_py="", dist__d_py="")
    selection = files.select([repository], repository, program)
    assert [target.name for target in selection.targets] == ["a.py"]
    assert selection.passed_over == 3
    assert names(program, repository / "src" / "vendor") == ["src/vendor/c.py"]


def test_names_of_every_kind_come_through(repository, program):
    odd = [
        "a space.py",
        "ünïcode.py",
        'quo"te.py',
        "tab\there.py",
        "-dash.py",
        ":colon.py",
        "*star.py",
        "new\nline.py",
    ]
    for name in odd:
        (repository / name).write_text("x = 1\n")
    assert names(program, repository) == sorted(odd)
    assert names(program, *(repository / name for name in odd)) == sorted(odd)
    commit(repository)
    for name in odd:
        (repository / name).write_text("x = 2\n")
    assert set(lines_since(program, repository)) == set(odd)


def test_links_out_of_the_tree_are_not_followed_and_each_file_is_taken_once(repository, tmp_path, program):
    put(repository, a_py="")
    (tmp_path / "outside.py").write_text("")
    (repository / "out.py").symlink_to(tmp_path / "outside.py")
    (repository / "again.py").symlink_to(repository / "a.py")
    (repository / "nowhere.py").symlink_to(repository / "missing.py")
    (repository / "folder").symlink_to(tmp_path)
    (repository / "self.py").symlink_to(repository / "self.py")
    assert names(program, repository) == ["a.py"]
    assert names(program, repository, repository / "a.py") == ["a.py"]


def test_without_git_all_files_are_walked_and_it_is_told(repository):
    put(repository, a_py="", ignored_py="", node_modules__b_py="")
    (repository / ".gitignore").write_text("ignored.py\n")
    selection = files.select([repository], repository, None)
    assert [target.name for target in selection.targets] == ["a.py", "ignored.py"]
    assert [problem.message for problem in selection.problems] == [
        "There is no git on the PATH, so .gitignore is not heeded."
    ]


def test_file_in_no_known_language_is_told_only_where_it_was_named(repository, program):
    (repository / "notes.txt").write_text("")
    assert files.select([repository], repository, program).problems == []
    (problem,) = files.select([repository / "notes.txt"], repository, program).problems
    assert (problem.path, problem.message) == ("notes.txt", "It is in no language that Oldhand reads.")


# What has changed.


def test_uncommitted_lines_and_new_files_are_changes(repository, program):
    put(repository, a_py="a\nb\nc\nd\n", same_py="x\n")
    commit(repository)
    put(repository, a_py="a\nB\nc\nd\ne\n", new_py="x\n")
    assert lines_since(program, repository) == {"a.py": [(1, 2), (4, 5)], "new.py": [(0, 1 << 60)]}


def test_staged_lines_are_changes(repository, program):
    put(repository, a_py="a\n")
    commit(repository)
    put(repository, a_py="b\n")
    sh(repository, "add", "-A")
    assert lines_since(program, repository) == {"a.py": [(0, 1)]}


def test_before_the_first_commit_all_is_new(repository, program):
    put(repository, a_py="a\n")
    assert lines_since(program, repository) == {"a.py": [(0, 1 << 60)]}


def test_changes_of_a_branch_are_counted_from_where_it_left(repository, program):
    put(repository, a_py="a\nb\n", b_py="x\n")
    commit(repository)
    sh(repository, "checkout", "-q", "-b", "feature")
    put(repository, a_py="a\nB\n")
    commit(repository)
    sh(repository, "checkout", "-q", "main")
    put(repository, b_py="y\n")
    commit(repository)
    sh(repository, "checkout", "-q", "feature")
    assert lines_since(program, repository, "main") == {"a.py": [(1, 2)]}


def test_moved_file_is_compared_with_what_it_was(repository, program):
    put(repository, old_py="".join(f"line {n}\n" for n in range(20)), other_py="x\n")
    commit(repository)
    (repository / "pure.py").write_bytes((repository / "other.py").read_bytes())
    (repository / "other.py").unlink()
    (repository / "moved.py").write_text("".join(f"line {n}\n" for n in range(20)).replace("line 7\n", "LINE 7\n"))
    (repository / "old.py").unlink()
    assert lines_since(program, repository) == {"moved.py": [(7, 8)]}


def test_revision_that_is_none_is_refused(repository, program):
    put(repository, a_py="")
    commit(repository)
    for name in ("nothing", "--upload-pack=x", "HEAD:a.py"):
        with pytest.raises(GitError, match="names no commit"):
            changes.revision(program, repository, name)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a\nb\nc\n", "a\nb\nc\n", []),
        ("a\nb\nc\n", "a\r\nb\r\nc\r\n", []),
        ("a\nb\nc\n", "\ufeffa\nb\nc\n", []),
        ("a\nb\nc\n", "a\nc\n", [(1, 1)]),
        ("a\nb\nc\n", "a\nb\n", [(2, 2)]),
        ("a\nb\nc\n", "b\nc\n", [(0, 0)]),
        ("a\nb\nc\n", "a\nx\ny\nc\n", [(1, 3)]),
        ("a\nb\nc\n", "a\nb\nx\nc\n", [(2, 3)]),
        ("f(1, 2)\nb\n", "f(1)\nb\n", [(0, 1)]),
        ("a\nb", "a\nb\n", [(1, 2)]),
        ("", "a\n", [(0, 1)]),
    ],
)
def test_changed_lines_are_those_of_the_new_text(before, after, expected):
    found = changes.changed_lines(before.encode(), after.encode())
    assert [(span.start, span.end) for span in found] == expected


def test_what_is_not_text_is_all_changed():
    assert changes.changed_lines(b"\xff\n", b"a\n") == (TextRange(0, 1 << 60),)
