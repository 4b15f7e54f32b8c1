"""Which files a review of some paths is about."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oldhand import git
from oldhand.git import Git, GitError
from oldhand.problems import Problem
from oldhand.review.places import is_test
from oldhand.syntax import languages

# Other people's code and what tools have written, by the names that package managers and build tools give it.
PASSED_OVER = frozenset(
    """.git .hg .svn .venv venv virtualenv site-packages __pycache__ __pypackages__ .tox .nox .eggs
    .mypy_cache .pytest_cache .ruff_cache node_modules bower_components jspm_packages vendor third_party
    dist build target .next .nuxt .output .svelte-kit .yarn .gradle .terraform coverage htmlcov""".split()
)


@dataclass(frozen=True, slots=True)
class Target:
    """A file to review: its absolute path, links resolved, and its name below the root, with `/`.

    `named` tells a file that the user asked for by itself, which is reviewed whatever folder it is in.
    `within` is the name of a folder of test code or examples that the user asked for: what is in it is then code like
    any other. It is "" for all else.
    """

    path: Path
    name: str
    named: bool = False
    within: str = ""


@dataclass(slots=True)
class Selection:
    """The files to review, each once and in order; what is to be told about others; how many were passed over."""

    targets: list[Target] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    passed_over: int = 0


def root_of(paths: Sequence[Path]) -> Path:
    """The folder that names are relative to: the repository of all paths, else the current folder, else their own."""
    real = [path.resolve() for path in paths] or [Path.cwd().resolve()]
    folders = [path if path.is_dir() else path.parent for path in real]
    common = Path(os.path.commonpath(folders))
    here = Path.cwd().resolve()
    return git.top_of(common) or (here if common.is_relative_to(here) else common)


def name_below(root: Path, path: Path) -> str:
    """How the file is named in results: relative to the root where it lies below, else by its whole path."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def select(paths: Sequence[Path], root: Path, program: Git | None) -> Selection:
    """The files at and below `paths` that are in a language Oldhand reads.

    In folders, ignored, vendored and built files are passed over, and links that lead out of the folder; a file
    named by itself is always taken. Raises FileNotFoundError with the first path that does not exist.
    """
    selection = Selection()
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(str(path))
        real = path.resolve()
        found = _below(real, program, selection) if real.is_dir() else [real]
        named = not real.is_dir()
        folder = name_below(root, real.parent if named else real)
        within = folder if is_test(f"{folder}/") else ""
        for file in found:
            if file in seen:
                continue
            seen.add(file)
            name = name_below(root, file)
            if languages.by_path(name) is not None:
                selection.targets.append(Target(file, name, named, within))
            elif named:
                selection.problems.append(Problem(name, 0, "It is in no language that Oldhand reads."))
    selection.targets.sort(key=lambda target: target.name)
    return selection


def _below(folder: Path, program: Git | None, selection: Selection) -> Iterator[Path]:
    """The real paths of the regular files below a folder."""
    for name in _names(folder, program, selection):
        if any(part in PASSED_OVER for part in name.split("/")[:-1]):
            selection.passed_over += languages.by_path(name) is not None
            continue
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            # A repository inside of this one: git leaves it to us.
            if not _is_passed_over(path.name):
                yield from _below(path, program, selection)
        elif languages.by_path(name) is not None:
            yield from _real(path, folder, selection)


def _is_passed_over(name: str) -> bool:
    return name in PASSED_OVER


def _real(path: Path, folder: Path, selection: Selection) -> Iterator[Path]:
    try:
        real = path.resolve(strict=True)
    except FileNotFoundError:
        return  # deleted, and git still knows it; or a link that leads nowhere
    except (OSError, RuntimeError) as error:
        selection.problems.append(Problem(str(path), 0, f"It can not be read: {error}."))
        return
    if real.is_file() and (real == path or real.is_relative_to(folder)):
        yield real


def _names(folder: Path, program: Git | None, selection: Selection) -> Iterable[str]:
    """Names of files below the folder, relative to it, those that `.gitignore` names left out where git is there."""
    if program is None:
        reason = "There is no git on the PATH, so .gitignore is not heeded."
    else:
        top = git.top_of(folder) or folder
        try:
            inside = "" if folder == top else folder.relative_to(top).as_posix()
            names = program.files(top, [inside] if inside else [])
            if names or not inside:
                return [name.rstrip("/").removeprefix(inside).lstrip("/") for name in names]
            # The folder is ignored, and was named all the same.
            return [name.rstrip("/") for name in program.files(folder)]
        except GitError as error:
            reason = f"{error} So .gitignore is not heeded."
    if all(problem.message != reason for problem in selection.problems):
        selection.problems.append(Problem("", 0, reason))
    return _walk(folder, selection)


def _walk(folder: Path, selection: Selection) -> Iterator[str]:
    def told(error: OSError) -> None:
        selection.problems.append(Problem(str(error.filename or ""), 0, f"It can not be read: {error.strerror}."))

    for at, folders, names in os.walk(folder, onerror=told):
        folders[:] = sorted(name for name in folders if not _is_passed_over(name))
        for name in sorted(names):
            yield Path(at, name).relative_to(folder).as_posix()
