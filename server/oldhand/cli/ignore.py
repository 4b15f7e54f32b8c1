"""Globs in the manner of `.gitignore`, as the setting `exclude` has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import re2


def excluded(name: str, globs: Sequence[str]) -> bool:
    """Whether the file `name` (relative to the globs' folder, with `/`) is excluded by the last glob that decides.

    As for git: a glob with a slash before its end is bound to the folder, one without matches at any depth, one that
    ends with a slash matches folders only, `!` takes back, and nothing is taken back below an excluded folder.
    """
    parts = name.split("/")
    for depth in range(1, len(parts) + 1):
        if _decided("/".join(parts[:depth]), tuple(globs), folder=depth < len(parts)):
            return True
    return False


def _decided(name: str, globs: tuple[str, ...], *, folder: bool) -> bool:
    for glob in reversed(globs):
        pattern, negated, folders_only = _compiled(glob)
        if pattern is not None and (folder or not folders_only) and pattern.fullmatch(name):
            return not negated
    return False


class _Pattern(Protocol):
    def fullmatch(self, text: str) -> object: ...


@lru_cache(maxsize=1024)
def _compiled(glob: str) -> tuple[_Pattern | None, bool, bool]:
    """The expression for a glob, whether it takes back, and whether it is for folders only; None for a comment."""
    if glob.startswith("#"):
        return None, False, False
    glob = re.sub(r"(?<!\\) +\Z", "", glob)
    negated = glob.startswith("!")
    glob = glob.removeprefix("!")
    folders_only = glob.endswith("/")
    glob = glob.removesuffix("/")
    if not glob:
        return None, False, False
    if "/" not in glob:
        glob = "**/" + glob
    options = re2.Options()
    options.log_errors = False
    try:
        # Not `re`: a glob of many stars would take it for ever.
        return re2.compile(f"(?s:{_expression(glob.removeprefix('/'))})", options), negated, folders_only
    except re2.error:
        return None, False, False


def _expression(glob: str) -> str:
    tokens = re.compile(
        r"(?P<any>\A\*\*/|(?<=/)\*\*/)|(?P<below>(?<=/)\*\*\Z|\A\*\*\Z)|(?P<star>\*+)|(?P<one>\?)"
        r"|\[(?P<not>[!^]?)(?P<set>\]?(?:\\.|\[:\w+:\]|[^\]\\])*)\]|\\(?P<literal>.)|(?P<other>.)",
        re.DOTALL,
    )
    return "".join(map(_token, tokens.finditer(glob)))


def _token(match: re.Match[str]) -> str:
    if match["any"]:
        return r"(?:[^/]+/)*"
    if match["below"]:
        return ".+"
    if match["star"]:
        return "[^/]*"
    if match["one"]:
        return "[^/]"
    if match["set"] is not None:
        members = re.sub(r"\[(?!:\w+:\])", r"\\[", match["set"])
        members = re.sub(r"\A\]", r"\\]", members)
        return f"[^/{members}]" if match["not"] else f"[{members}]"
    return re.escape(match["literal"] or match["other"])
