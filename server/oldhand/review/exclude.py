"""Which files the setting `exclude` leaves out: globs in the manner of `.gitignore`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_ANY_FOLDERS = "**"
_CLASSES = {"[:alnum:]": "a-zA-Z0-9", "[:alpha:]": "a-zA-Z", "[:digit:]": "0-9", "[:space:]": r"\s"}
_TOKEN = re.compile(
    r"(?P<star>\*+)|(?P<one>\?)|\[(?P<not>[!^]?)(?P<set>\]?(?:\\.|\[:\w+:\]|[^\]\\])*)\]|\\(?P<literal>.)|(?P<other>.)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Glob:
    """A line's meaning: what each folder and the name have to match, where None stands for any folders or none."""

    parts: tuple[re.Pattern[str] | None, ...]
    negated: bool
    folders_only: bool


def excluded(name: str, globs: Sequence[str]) -> bool:
    """Whether the file `name` (relative to the globs' folder, with `/`) is excluded by the last glob that decides.

    As for git: a glob with a slash before its end is bound to the folder, one without matches at any depth, one that
    ends with a slash matches folders only, `!` takes back, and nothing is taken back below an excluded folder.
    Takes time in proportion to the lengths, whatever the globs are.
    """
    parts = name.split("/")
    compiled = [glob for line in globs if (glob := _compiled(line)) is not None]
    return any(_decided(parts[:depth], compiled, folder=depth < len(parts)) for depth in range(1, len(parts) + 1))


def _decided(parts: Sequence[str], globs: Sequence[_Glob], *, folder: bool) -> bool:
    for glob in reversed(globs):
        if (folder or not glob.folders_only) and _matches(glob.parts, parts):
            return not glob.negated
    return False


def _matches(globs: Sequence[re.Pattern[str] | None], parts: Sequence[str]) -> bool:
    """Whether all parts match; where they do not, only the last None before has to be tried with one part more."""
    at = 0
    wild, retry = -1, 0
    number = 0
    while number < len(parts):
        glob = globs[at] if at < len(globs) else re.compile(r"(?!)")
        if glob is None:
            wild, retry = at, number
            at += 1
        elif glob.fullmatch(parts[number]):
            at += 1
            number += 1
        elif wild >= 0:
            retry += 1
            at, number = wild + 1, retry
        else:
            return False
    return all(glob is None for glob in globs[at:])


@lru_cache(maxsize=1024)
def _compiled(line: str) -> _Glob | None:
    """What a line means; None for a comment, an empty line, and what is no glob."""
    if line.startswith("#"):
        return None
    line = re.sub(r"(?<!\\) +\Z", "", line)
    negated = line.startswith("!")
    line = line.removeprefix("!")
    folders_only = line.endswith("/")
    line = line.removesuffix("/")
    if not line:
        return None
    parts = line.removeprefix("/").split("/") if "/" in line else [_ANY_FOLDERS, line]
    if parts[-1] == _ANY_FOLDERS:
        parts.append("*")  # what is inside, not the folder itself
    try:
        patterns = tuple(None if part == _ANY_FOLDERS else _part(part) for part in parts)
    except re.error:
        return None
    return _Glob(patterns, negated, folders_only)


def _part(glob: str) -> re.Pattern[str]:
    """The expression for one name. A star takes as little as it can and never gives back: that is enough, and fast."""
    pieces = [""]
    for match in _TOKEN.finditer(glob):
        if match["star"]:
            pieces.append("")
        else:
            pieces[-1] += _one(match)
    if len(pieces) == 1:
        return re.compile(pieces[0], re.DOTALL)
    first, *middle, last = pieces
    return re.compile(first + "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last, re.DOTALL)


def _one(match: re.Match[str]) -> str:
    if match["one"]:
        return "."
    if match["set"] is None:
        return re.escape(match["literal"] or match["other"])
    members = match["set"]
    for name, characters in _CLASSES.items():
        members = members.replace(name, characters)
    members = re.sub(r"(?<!\\)\[", r"\\[", members)
    members = re.sub(r"\A\]", r"\\]", members)
    return f"[{'^' if match['not'] else ''}{members}]"
