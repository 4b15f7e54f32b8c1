"""Which settings apply to which file, and whose word counts: the disk's, or in CI that of the base revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from oldhand import git
from oldhand import settings as settings_file
from oldhand.cli.changes import Revision
from oldhand.cli.files import Target, name_below
from oldhand.cli.source import SourceError, decode
from oldhand.git import GitError
from oldhand.problems import Problem
from oldhand.review.exclude import excluded
from oldhand.settings import Settings
from oldhand.suppressions import dismissed


class Reader:
    """Files that steer a review. What a change under review says about its own review does not count.

    So with `bases` (the revisions to compare with, by repository) files of those repositories are read from there.
    """

    def __init__(self, bases: Mapping[Path, Revision]) -> None:
        self._bases = bases

    def text(self, path: Path) -> str | None:
        """The file's text, None where there is none.

        Raises SourceError for what can not be read.
        """
        base = self.base(path)
        try:
            raw = base.read(path) if base else path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, GitError) as error:
            raise SourceError(f"It can not be read: {error}") from None
        return None if raw is None else decode(raw)[0]

    def base(self, path: Path) -> Revision | None:
        """The revision that counts for a file, None for the disk."""
        top = git.top_of(path.parent) if self._bases else None
        return self._bases.get(top) if top else None


@dataclass(slots=True)
class Configuration:
    """The settings of files: those of the nearest `.oldhand.yaml`, or of one file for all (`only`).

    `problems` gathers what is wrong in the files that were read.
    """

    root: Path
    reader: Reader
    only: Path | None = None
    problems: list[Problem] = field(default_factory=list)
    _read: dict[Path, Settings | None] = field(default_factory=dict)
    _dismissals: Mapping[str, str] | None = None

    def of(self, target: Target) -> Settings | None:
        """The settings for a file, None where they exclude it and it was not named by itself."""
        settings, folder = self._nearest(target.path)
        settings = replace(settings, dismissals={**settings.dismissals, **self._dismissed()})
        if not target.named and settings.exclude and excluded(name_below(folder, target.path), settings.exclude):
            return None
        return settings

    def _nearest(self, path: Path) -> tuple[Settings, Path]:
        if self.only is not None:
            return self._at(self.only) or Settings(), self.root
        for folder in path.parents:
            settings = self._at(folder / settings_file.FILE_NAME)
            if settings is not None:
                return settings, folder
            if folder == self.root or git.is_repository(folder):
                break
        return Settings(), self.root

    def _dismissed(self) -> Mapping[str, str]:
        """What is dismissed in the whole tree, read once."""
        if self._dismissals is None:
            path = self.root / dismissed.PATH
            try:
                text = self.reader.text(path)
            except SourceError as error:
                self.problems.append(Problem(dismissed.PATH, 0, str(error)))
                text = None
            self._dismissals, problems = dismissed.read(text or "", dismissed.PATH)
            self.problems.extend(problems)
        return self._dismissals

    def _at(self, path: Path) -> Settings | None:
        if path not in self._read:
            self._read[path] = self._load(path)
        return self._read[path]

    def _load(self, path: Path) -> Settings | None:
        name = name_below(self.root, path)
        try:
            text = self.reader.text(path)
        except SourceError as error:
            self.problems.append(Problem(name, 0, str(error)))
            return Settings()
        if text is None:
            return None
        settings, problems = settings_file.load(text, name)
        self.problems.extend(problems)
        return settings
