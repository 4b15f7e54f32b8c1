"""A persona's data files (checklists, actions): read bounded, one document each, with a problem for each wrong key."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from oldhand.personas.files import read, unreadable
from oldhand.problems import Problem
from oldhand.syntax.languages import by_id
from oldhand.yaml_lines import MAX_CHARACTERS, Document, YamlError, documents

MAX_FILES = 500

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


def yaml_files(folder: Path, problems: list[Problem]) -> list[Path]:
    """The YAML files directly in the folder, by name; a missing folder has none."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in islice(entries, MAX_FILES + 1))
    except FileNotFoundError:
        return []
    except OSError as error:
        problems.append(unreadable(folder, error))
        return []
    if len(names) > MAX_FILES:
        problems.append(Problem(str(folder), 0, f"More than {MAX_FILES} files; not all were read."))
    return [folder / name for name in names[:MAX_FILES] if name.endswith((".yaml", ".yml"))]


def document_in(path: Path, problems: list[Problem], *, optional: bool = False) -> Document | None:
    """The file's one document, or None where a problem has been told, or an optional file is not there."""
    if optional and not os.path.lexists(path):
        return None
    content = read(path)
    if isinstance(content, Problem):
        problems.append(content)
        return None
    if len(content) > MAX_CHARACTERS:
        problems.append(Problem(str(path), 0, f"The file is longer than {MAX_CHARACTERS:,} bytes.", fatal=True))
        return None
    try:
        return document_of(str(path), content.decode("utf-8-sig"), problems)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem(str(path), line, "The file is not UTF-8.", fatal=True))
        return None


def document_of(path: str, text: str, problems: list[Problem]) -> Document | None:
    """The one document that a text is, or None where a problem has been told; `path` only names it."""
    try:
        found = list(islice(documents(text), 2))
    except YamlError as error:
        problems.append(Problem(path, error.line, str(error), fatal=True))
        return None
    if len(found) == 1:
        return found[0]
    line, message = (found[1].line, "A second document follows.") if found else (1, "The file is empty.")
    problems.append(Problem(path, line, message, fatal=True))
    return None


@dataclass(slots=True)
class Keys:
    """Reads the keys of one mapping in a document; what is wrong is told on its line, and costs this mapping.

    `what` names the thing described, `at` is where it stands in the document.
    """

    path: str
    document: Document
    what: str
    at: tuple[str | int, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """Whether nothing fatal has been told."""
        return not any(problem.fatal for problem in self.problems)

    def wrong(self, message: str, *keys: str | int, fatal: bool = True) -> None:
        """Tell what is wrong at those keys."""
        line = self.document.line_of(*self.at, *keys)
        self.problems.append(Problem(self.path, line, message, fatal=fatal))

    def mapping(self, value: object, known: Collection[str], *keys: str) -> Mapping[str, object]:
        """The value as a mapping; keys that are not known are told and passed over."""
        if not isinstance(value, dict):
            self.wrong(f"{self._name(keys)} is a mapping of keys to values.", *keys)
            return {}
        for key in value:
            if key not in known:
                self.wrong(f"The key {key} is not known and is passed over.", *keys, key, fatal=False)
        return value

    def id(self, value: object) -> str:
        """An id: lower-case words with hyphens between them."""
        if isinstance(value, str) and _ID.match(value):
            return value
        self.wrong(f"The id of {self.what} is lower-case words with hyphens between them.", "id")
        return ""

    def text(self, key: str, value: object, most: int) -> str:
        """A text that is not empty and has at most so many characters."""
        text = value.strip() if isinstance(value, str) else ""
        if not text:
            self.wrong(f"{self._name(())} needs a text as {key}.", key)
        elif len(text) > most:
            self.wrong(f"The {key} of {self.what} has more than {most:,} characters.", key)
        return text

    def whole(self, key: str, value: object, most: int) -> int:
        """A whole number from 1 on."""
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
            return value
        self.wrong(f"The {key} of {self.what} is a whole number from 1 to {most}.", key)
        return 1

    def names(self, value: object, *keys: str) -> tuple[str, ...]:
        """A list of names, each once; none where there is no value."""
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value):
            return tuple(dict.fromkeys(item.strip() for item in value))
        self.wrong(f"The value of {'.'.join(keys)} is not a list of names.", *keys)
        return ()

    def languages(self, value: object, *keys: str) -> tuple[str, ...]:
        """Ids of languages; an unknown one is told, and TypeScript stands for TSX as well."""
        found: list[str] = []
        for name in self.names(value, *keys):
            if by_id(name) is None:
                self.wrong(f"The language {name} is not one that is reviewed.", *keys)
            found += ["typescript", "tsx"] if name == "typescript" else [name]
        return tuple(dict.fromkeys(found))

    def choices(self, key: str, value: object, choices: Sequence[str]) -> tuple[str, ...]:
        """A list of some of those words."""
        names = self.names(value, key)
        if not names or not set(names) <= set(choices):
            self.wrong(f"The {key} of {self.what} is a list out of {', '.join(choices)}.", key)
        return names

    def choice(self, key: str, value: object, choices: Sequence[str]) -> str:
        """One of those words; the first where a problem has been told."""
        if isinstance(value, str) and value in choices:
            return value
        self.wrong(f"The {key} of {self.what} is one of {', '.join(choices)}.", key)
        return choices[0]

    def _name(self, keys: tuple[str, ...]) -> str:
        return f"The value of {'.'.join(keys)}" if keys else self.what[0].upper() + self.what[1:]
