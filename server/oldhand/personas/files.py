"""Agent files on disk: found by a bounded walk, read as bytes, never from outside the allowed folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from oldhand.personas.load import MAX_BYTES
from oldhand.personas.persona import Source
from oldhand.problems import Problem

MAX_DEPTH = 8
"""Levels of folders below an agents folder."""

MAX_ENTRIES = 5_000
"""Names looked at in one agents folder and all below it."""

MAX_TOTAL_BYTES = 1 << 24
"""Bytes read from one agents folder and all below it."""


@dataclass(frozen=True, slots=True)
class AgentFile:
    """A file that may be an agent, as it was read."""

    path: str
    source: Source
    content: bytes


def agent_files(
    folder: Path, source: Source, *, inside: Path | None = None, deep: bool = True
) -> Iterator[AgentFile | Problem]:
    """The `*.md` files of `folder`, and of the folders in it if `deep`, in the order of their names.

    Where `inside` is given, a file or folder that a symbolic link takes out of it is refused with a problem.
    A missing folder has no files.
    """
    walk = _Walk(_real(inside) if inside else None, deep)
    left = MAX_TOTAL_BYTES
    for found in walk.files(folder, 0):
        if isinstance(found, Problem):
            yield found
            continue
        content = read(found.path, found.real)
        if isinstance(content, Problem):
            yield content
            continue
        left -= len(content)
        if left < 0:
            yield Problem(str(folder), 0, "The agents in it are too large together; not all were read.")
            return
        yield AgentFile(str(found.path), source, content)


def read(path: Path, real: Path | None = None) -> bytes | Problem:
    """The bytes of a regular file, at most MAX_BYTES + 1 of them; never waits for a pipe or a device.

    `real` is where to read it, with no symbolic link at its end; without one, links are followed.
    """
    follow = 0 if real is None else getattr(os, "O_NOFOLLOW", 0)
    flags = os.O_RDONLY | follow | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(real or path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return Problem(str(path), 0, "This is not a regular file.", fatal=True)
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        return unreadable(path, error)


def unreadable(path: Path, error: OSError) -> Problem:
    """The problem that an error of the operating system makes."""
    return Problem(str(path), 0, f"It cannot be read: {error.strerror or 'unknown error'}.", fatal=True)


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    real: Path


class _Walk:
    """One walk: which folders it has been in, how many names it has seen."""

    def __init__(self, inside: Path | None, deep: bool) -> None:
        self._inside = inside
        self._deep = deep
        self._been_in: set[Path] = set()
        self._names = 0

    def files(self, folder: Path, depth: int) -> Iterator[_Found | Problem]:
        real = _real(folder)
        if real in self._been_in or not real.is_dir():
            return
        self._been_in.add(real)
        if not self._allowed(real):
            yield _refused(folder)
            return
        try:
            with os.scandir(real) as entries:
                names = sorted(entry.name for entry in islice(entries, MAX_ENTRIES + 1))
        except OSError as error:
            yield unreadable(folder, error)
            return
        for name in names:
            self._names += 1
            if self._names == MAX_ENTRIES + 1:
                yield Problem(str(folder), 0, f"More than {MAX_ENTRIES:,} files; not all were looked at.")
            if self._names > MAX_ENTRIES:
                return
            yield from self._one(folder / name, depth)

    def _one(self, path: Path, depth: int) -> Iterator[_Found | Problem]:
        real = _real(path)
        if real.is_dir():
            if self._deep and depth == MAX_DEPTH:
                yield Problem(str(path), 0, f"More than {MAX_DEPTH} folders deep; it was not looked into.")
            elif self._deep:
                yield from self.files(path, depth + 1)
        elif path.suffix == ".md":
            yield _Found(path, real) if self._allowed(real) else _refused(path)

    def _allowed(self, real: Path) -> bool:
        return self._inside is None or real.is_relative_to(self._inside)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # unlike Path.resolve, never raises on a loop of links


def _refused(path: Path) -> Problem:
    message = "A symbolic link leads out of the workspace; it was not followed."
    return Problem(str(path), 0, message, fatal=True)
