"""Where a document's rules and settings come from: files that are read when they change, and the editor.

All of it lives on the worker's thread, since all of it may wait for a disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any

from oldhand.lsp import from_proto, to_proto
from oldhand.problems import Problem
from oldhand.review.document import Document

if TYPE_CHECKING:
    from oldhand.lsp.engine import Engine
    from oldhand.review.run import Review
    from oldhand.rules.rule import RuleSet
    from oldhand.settings import Settings


@dataclass(frozen=True, slots=True)
class Environment:
    """What the loop's thread knows of where documents live.

    `folders` are the workspace's. `editor` holds the editor's settings for each folder and, under None, for all else.
    `number` grows with every change of anything on which reviews depend.
    """

    folders: tuple[Path, ...] = ()
    editor: Mapping[Path | None, Any] = field(default_factory=dict)
    number: int = 0

    def folder_of(self, path: Path | None) -> Path | None:
        """The innermost workspace folder that holds the path."""
        around = [folder for folder in self.folders if path is not None and path.is_relative_to(folder)]
        return max(around, key=lambda folder: len(folder.parts), default=None)


@dataclass(frozen=True, slots=True)
class Context:
    """Under what a document is reviewed; `excluded` says that the settings leave it out."""

    rules: RuleSet
    settings: Settings
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """A review, under what it was made, and how many seconds it took; no review of an excluded document.

    `problems` are those of all files that were read, where some were read for it.
    """

    review: Review | None
    context: Context
    seconds: float
    problems: Mapping[str, tuple[Problem, ...]] | None


FRESH = 2.0
"""Seconds for which what was read counts as unchanged without a look at the disk, so that keystrokes need none."""

Stamp = tuple[tuple[str, int, int], ...]


class Sources:
    """Reads rules and settings once, and again after `forget` or where a file's time or size has changed.

    `engine` makes the engine, when it is first needed.
    """

    def __init__(self, engine: Callable[[], Engine], clock: Callable[[], float] = monotonic) -> None:
        self._make = engine
        self._clock = clock
        self._contexts: dict[tuple[Path | None, int], tuple[float, Context]] = {}
        self._fresh = False
        self._rules: dict[tuple[Path, ...], tuple[Stamp, RuleSet, tuple[Problem, ...]]] = {}
        self._settings: dict[Path, tuple[Stamp, Settings, tuple[Problem, ...]]] = {}
        self._dismissals: dict[Path, tuple[Stamp, Mapping[str, str], tuple[Problem, ...]]] = {}
        self._editor: dict[Path | None, tuple[Problem, ...]] = {}
        self._personas: dict[Path | None, tuple[Problem, ...]] = {}

    @cached_property
    def engine(self) -> Engine:
        """The functions to review with."""
        return self._make()

    def check(self, document: Document, environment: Environment, basis: Checked | None) -> Checked:
        """Review the document; `basis` is an earlier check of it."""
        context = self.context(from_proto.path_of(document.uri), environment)
        started = perf_counter()
        review = None
        if not context.excluded:
            previous = basis.review if basis is not None else None
            review = self.engine.review(document, context.rules, context.settings, previous)
            for finding in review.findings:
                to_proto.message_of(finding)
        seconds = perf_counter() - started
        return Checked(review, context, seconds, self.problems() if self._fresh else None)

    def context(self, path: Path | None, environment: Environment) -> Context:
        """The rules and settings for a path; None is a document that is no file."""
        key, now = (path, environment.number), self._clock()
        known = self._contexts.get(key)
        if known is None or now >= known[0] + FRESH:
            known = (now, self._context(path, environment))
            self._contexts = {old: value for old, value in self._contexts.items() if old[1] == environment.number}
            self._contexts[key] = known
        return known[1]

    def _context(self, path: Path | None, environment: Environment) -> Context:
        folder = environment.folder_of(path)
        overrides, problems = self.engine.editor_settings(environment.editor.get(folder, environment.editor.get(None)))
        self._fresh = self._fresh or self._editor.get(folder) != problems
        self._editor[folder] = problems
        rules = self._rule_set(folder)
        if path is None:
            return Context(rules, self.engine.merged(None, overrides))
        root = folder or _repository(path)
        file = self.engine.settings_file(path, root)
        settings = self.engine.merged(self._file(file) if file else None, overrides)
        excluded = self.engine.excluded(path, file.parent if file else root, settings)
        dismissals = {**settings.dismissals, **self._dismissed(root)}
        return Context(rules, replace(settings, root=root.as_posix(), dismissals=dismissals), excluded)

    def load(self, environment: Environment) -> Mapping[str, tuple[Problem, ...]]:
        """Read what every workspace folder has, and say what is wrong with it."""
        for folder in environment.folders or (None,):
            self._rule_set(folder)
            self._personas[folder] = self.engine.persona_problems(folder)
        return self.problems()

    def forget(self) -> None:
        """Read everything anew when it is next needed."""
        self._contexts.clear()
        self._rules.clear()
        self._settings.clear()
        self._dismissals.clear()
        self._editor.clear()
        self._personas.clear()

    def problems(self) -> dict[str, tuple[Problem, ...]]:
        """Everything that is wrong with files that were read, by path; what is wrong with no file under ""."""
        self._fresh = False
        found: dict[str, dict[Problem, None]] = {}
        for problem in self._all():
            found.setdefault(problem.path, {})[problem] = None
        return {path: tuple(problems) for path, problems in found.items()}

    def _all(self) -> Iterable[Problem]:
        for _, _, problems in self._rules.values():
            yield from problems
        for _, _, problems in self._settings.values():
            yield from problems
        for _, _, problems in self._dismissals.values():
            yield from problems
        for known in (self._editor, self._personas):
            for problems in known.values():
                yield from problems

    def _rule_set(self, folder: Path | None) -> RuleSet:
        paths = self.engine.rule_paths(folder)
        stamp = _stamp(paths)
        known = self._rules.get(paths)
        if known is None or known[0] != stamp:
            known = (stamp, *self.engine.load_rules(paths))
            self._rules[paths] = known
            self._fresh = True
        return known[1]

    def _dismissed(self, root: Path) -> Mapping[str, str]:
        stamp = _stamp((self.engine.dismissals_file(root),))
        known = self._dismissals.get(root)
        if known is None or known[0] != stamp:
            known = (stamp, *self.engine.dismissals(root))
            self._dismissals[root] = known
            self._fresh = True
        return known[1]

    def _file(self, path: Path) -> Settings:
        stamp = _stamp((path,))
        known = self._settings.get(path)
        if known is None or known[0] != stamp:
            known = (stamp, *self.engine.load_settings(path))
            self._settings[path] = known
            self._fresh = True
        return known[1]


def _repository(path: Path) -> Path:
    """The folder of the repository that holds a file of no workspace folder, else the file's own folder."""
    return next((folder for folder in path.parents if (folder / ".git").exists()), path.parent)


def _stamp(paths: Iterable[Path]) -> Stamp:
    """Time and size of every file at and below the paths."""
    return tuple(sorted(_entries(os.fspath(path) for path in paths)))


def _entries(paths: Iterable[str]) -> Iterable[tuple[str, int, int]]:
    for path in paths:
        try:
            with os.scandir(path) as folder:
                entries = list(folder)
        except NotADirectoryError:
            status = Path(path).stat()
            yield path, status.st_mtime_ns, status.st_size
            continue
        except OSError:
            continue
        yield from _entries(entry.path for entry in entries)
