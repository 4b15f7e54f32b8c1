"""Files beside the code: read below one trusted folder, and only such that may be sent."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from oldhand.claude.context import Workspace
from oldhand.claude.shown import sendable
from oldhand.review.exclude import excluded

MAX_BYTES = 256 * 1024
"""Bytes of a file that is read as context; larger ones are data."""

MOST_NAMES = 200
"""Names of one folder that are looked at."""

# Other people's code, and what tools have made.
_VENDORED = frozenset(
    """.git .hg .svn node_modules vendor third_party site-packages .venv venv dist build target __pycache__
    .next .nuxt .terraform coverage""".split()
)


def workspace(root: Path, exclude: Sequence[str]) -> Workspace:
    """Files below `root`, by their path relative to it.

    Nothing is read that lies elsewhere once links are followed, is excluded, ignored by git, vendored, too large or no
    UTF-8 text, or is never sent.
    """
    real = root.resolve()

    def read(name: str) -> str | None:
        place = PurePosixPath(name)
        if place.is_absolute() or ".." in place.parts or _VENDORED.intersection(place.parts) or sendable(name):
            return None
        if excluded(name, tuple(exclude)) or _is_ignored(real, place):
            return None
        try:
            path = (real / place).resolve(strict=True)
            if not path.is_relative_to(real) or not path.is_file() or path.stat().st_size > MAX_BYTES:
                return None
            if sendable(path.relative_to(real).as_posix()):
                return None
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None

    def names_in(folder: str) -> Sequence[str]:
        place = PurePosixPath(folder)
        if place.is_absolute() or ".." in place.parts:
            return ()
        try:
            path = (real / place).resolve(strict=True)
            return sorted(os.listdir(path))[:MOST_NAMES] if path.is_relative_to(real) else ()  # noqa: PTH208
        except OSError:
            return ()

    return Workspace(read, names_in)


def _is_ignored(root: Path, place: PurePosixPath) -> bool:
    """Whether a `.gitignore` from the root down to the file's folder leaves it out."""
    for folder in place.parents:
        try:
            lines = (root / folder / ".gitignore").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        if excluded(place.relative_to(folder).as_posix(), lines):
            return True
    return False
