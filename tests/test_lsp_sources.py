"""Rules and settings are read once, and again when their files change; keystrokes do not wait for the disk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from lsp_fake_server import FakeEngine
from oldhand.findings import Severity
from oldhand.lsp.sources import FRESH, Environment, Sources
from oldhand.problems import Problem
from oldhand.review.document import Document
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings


class CountingEngine(FakeEngine):
    """Counts what is read from the disk."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def rule_paths(self, folder: Path | None) -> tuple[Path, ...]:
        return (folder / ".oldhand" / "rules",) if folder is not None else ()

    def load_rules(self, paths: Sequence[Path]) -> tuple[RuleSet, tuple[Problem, ...]]:
        self.read.append("rules")
        return RuleSet(()), tuple(Problem(str(path / "broken.yaml"), 1, "It is broken.") for path in paths)

    def load_settings(self, path: Path) -> tuple[Settings, tuple[Problem, ...]]:
        self.read.append("settings")
        return super().load_settings(path)

    def persona_problems(self, folder: Path | None) -> tuple[Problem, ...]:
        return ()


class Desk:
    """A workspace folder, its sources, and a clock that the test turns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = CountingEngine()
        self.now = 0.0
        self.sources = Sources(lambda: self.engine, lambda: self.now)
        self.environment = Environment((folder,))
        self.rule = folder / ".oldhand" / "rules" / "mine.yaml"
        self.rule.parent.mkdir(parents=True)
        self.rule.write_text("id: a/b\n")
        self.settings = folder / ".oldhand.yaml"
        self.settings.write_text("rules: {a/b: hint}\n")

    def severity(self, name: str = "a.py") -> Severity | None:
        context = self.sources.context(self.folder / name, self.environment)
        return context.settings.severity("a/b", Severity.ERROR)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_files_are_read_once(desk: Desk) -> None:
    for name in ("a.py", "b.py", "a.py"):
        assert desk.severity(name) is Severity.HINT
        desk.now += FRESH
    assert sorted(desk.engine.read) == ["rules", "settings"]


def test_change_on_the_disk_is_seen_a_little_later_though_nobody_watches(desk: Desk) -> None:
    desk.severity()
    desk.settings.write_text("rules: {a/b: warning}\n")
    assert desk.severity() is Severity.HINT
    desk.now += FRESH
    assert desk.severity() is Severity.WARNING
    assert desk.engine.read == ["rules", "settings", "settings"]


def test_changed_rule_file_makes_another_rule_set(desk: Desk) -> None:
    before = desk.sources.context(desk.folder / "a.py", desk.environment).rules
    os.utime(desk.rule, (1, 1))
    desk.now += FRESH
    assert desk.sources.context(desk.folder / "a.py", desk.environment).rules is not before


def test_everything_is_read_again_when_it_was_forgotten(desk: Desk) -> None:
    desk.severity()
    desk.settings.write_text("rules: {a/b: warning}\n")
    desk.sources.forget()
    assert desk.severity() is Severity.WARNING


def test_settings_file_that_goes_leaves_the_defaults(desk: Desk) -> None:
    desk.severity()
    desk.settings.unlink()
    desk.now += FRESH
    assert desk.severity() is Severity.ERROR


def test_settings_file_that_is_no_text_is_a_problem(desk: Desk) -> None:
    desk.settings.write_bytes(b"\xff\xfe\xfa")
    assert desk.severity() is Severity.ERROR
    assert desk.sources.problems()[str(desk.settings)][0].fatal


def test_problems_come_with_the_check_that_met_them_and_then_no_more(desk: Desk) -> None:
    document = Document.open((desk.folder / "a.py").as_uri(), 1, "python", "x = 1")
    checked = desk.sources.check(document, desk.environment, None)
    assert checked.problems is not None
    assert list(checked.problems) == [str(desk.rule.parent / "broken.yaml")]
    assert desk.sources.check(document, desk.environment, checked).problems is None


def test_innermost_folder_counts(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    environment = Environment((tmp_path, inner))
    assert environment.folder_of(inner / "a.py") == inner
    assert environment.folder_of(tmp_path / "a.py") == tmp_path
    assert environment.folder_of(tmp_path.parent / "a.py") is None
    assert environment.folder_of(None) is None


def test_file_of_no_folder_has_the_settings_of_its_repository_and_no_more(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    (repository / "src").mkdir()
    nobody = Environment()

    def severity(path: Path) -> Severity | None:
        return desk.sources.context(path, nobody).settings.severity("a/b", Severity.ERROR)

    assert severity(repository / "src" / "a.py") is Severity.ERROR
    (repository / ".oldhand.yaml").write_text("rules: {a/b: warning}\n")
    assert severity(repository / "src" / "b.py") is Severity.WARNING
    assert severity(tmp_path / "a.py") is Severity.HINT
