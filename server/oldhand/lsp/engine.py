"""The functions that the server reviews with, in one object so that tests can hand in another.

Imported on the worker's thread when it is first needed: rules, grammars and YAML take longer to load than everything
that the answer to `initialize` needs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from oldhand import settings
from oldhand.findings import Finding
from oldhand.personas.discover import Catalog, discover, user_config_folder
from oldhand.problems import Problem
from oldhand.resources import bundled_agents
from oldhand.review import run
from oldhand.review.document import Document
from oldhand.review.exclude import excluded
from oldhand.review.run import Review
from oldhand.rules import load
from oldhand.rules.rule import RuleSet
from oldhand.settings import Overrides, Settings
from oldhand.suppressions import dismissed
from oldhand.text.diff import diff
from oldhand.text.edits import TextEdit


class Engine:
    """What the server asks of the rest of Oldhand."""

    def rule_paths(self, folder: Path | None) -> tuple[Path, ...]:
        """Where the rules for files in a workspace folder are, those that count most last."""
        return load.folders(bundled_agents(), _user_folder(), folder)

    def load_rules(self, paths: Sequence[Path]) -> tuple[RuleSet, tuple[Problem, ...]]:
        """The rules at these paths, and what is wrong with them."""
        return load.load(paths)

    def persona_problems(self, folder: Path | None) -> tuple[Problem, ...]:
        """What is wrong with the persona files that are installed for a workspace folder."""
        return discover(folder, _user_folder(), bundled_agents()).problems

    def personas(self, folder: Path | None) -> Catalog:
        """The personas that are installed for a workspace folder."""
        return discover(folder, _user_folder(), bundled_agents())

    def settings_file(self, path: Path, root: Path) -> Path | None:
        """The settings file that counts for a path below `root`."""
        return settings.nearest(path, root)

    def load_settings(self, path: Path) -> tuple[Settings, tuple[Problem, ...]]:
        """The settings in a file, and what is wrong with them; a file that has gone says nothing."""
        try:
            text = path.read_text("utf-8-sig")
        except FileNotFoundError:
            return Settings(), ()
        except (OSError, UnicodeDecodeError):
            return Settings(), (Problem(str(path), 0, "It can not be read as UTF-8 text.", fatal=True),)
        return settings.load(text, str(path))

    def dismissals_file(self, root: Path) -> Path:
        """The file of a workspace folder or repository that says what is dismissed."""
        return root / dismissed.PATH

    def dismissals(self, root: Path) -> tuple[Mapping[str, str], tuple[Problem, ...]]:
        """What is dismissed in a workspace folder or repository, and what is wrong with the file that says so."""
        path = self.dismissals_file(root)
        try:
            text = path.read_text("utf-8-sig")
        except (FileNotFoundError, NotADirectoryError):
            return {}, ()
        except (OSError, UnicodeDecodeError):
            return {}, (Problem(str(path), 0, "It can not be read as UTF-8 text.", fatal=True),)
        return dismissed.read(text, str(path))

    def editor_settings(self, values: object) -> tuple[Overrides, tuple[Problem, ...]]:
        """What an editor has sent as its settings, and what is wrong with it."""
        return settings.from_editor(values)

    def merged(self, file: Settings | None, editor: Overrides) -> Settings:
        """The file's settings, if there is one, with the editor's on top."""
        return settings.merge(file or Settings(), editor)

    def excluded(self, path: Path, root: Path, settings: Settings) -> bool:
        """Whether the settings, whose globs are relative to `root`, leave the file out."""
        return path.is_relative_to(root) and excluded(path.relative_to(root).as_posix(), settings.exclude)

    def review(self, document: Document, rules: RuleSet, settings: Settings, previous: Review | None) -> Review:
        """The findings in a document; `previous`, a review of an earlier state of it, saves time."""
        return run.review(document, rules, settings, previous)

    def verify(self, review: Review, finding: Finding, rules: RuleSet, settings: Settings) -> Finding:
        """The finding with the verdict on its fix."""
        return run.verify(review, finding, rules, settings)

    def fix_all(self, review: Review, rules: RuleSet, settings: Settings) -> Sequence[TextEdit]:
        """The edits that make every safe fix; none where there is none to make."""
        return diff(review.document.text, run.fix_all(review, rules, settings))


def _user_folder() -> Path:
    try:
        home = Path.home()
    except RuntimeError:  # a user without a home, as in some containers
        home = Path(os.devnull)
    return user_config_folder(os.environ, home)
