"""Migrations that others have followed long since: they have run everywhere, and nobody changes them any more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

# What is being written comes in a few files at most.
FOLLOWERS = 5

_FOLDERS = frozenset({"migrations", "migration", "migrate", "versions"})
# The number or time at the head of a migration's name: `0012_`, `V7__`, `2026-06-19-1032_`.
_ORDER = re.compile(r"(?:V|[a-z]*migration[_-]?)?(\d+(?:[_-]\d+)*)(?![a-z\d])", re.IGNORECASE)
# How Alembic says which revision a file is and which it follows, several after a merge.
_REVISION = re.compile(r"^(down_)?revision\b[^=\n]*=([^\n]*(?:\n[ \t]+[^\n]*)*)", re.MULTILINE)
_ID = re.compile(r"[\"'](\w+)[\"']")


def superseded(names: Iterable[str], head: Callable[[str], str]) -> frozenset[str]:
    """Of these files, `/` between folders, the migrations that FOLLOWERS or more later ones follow in their folder.

    Which is later is said by the names, of the files or, where each has a folder of its own, of these folders; where
    it is not, by what Alembic writes at the head of a file, for which `head` is asked. All others are left out.
    """
    ordered: dict[str, dict[int, list[str]]] = {}
    unordered: dict[str, list[str]] = {}
    for name in names:
        folder, step = _step(name)
        order = _ORDER.match(step)
        if folder and order is not None:
            ordered.setdefault(folder, {}).setdefault(int(re.sub(r"\D", "", order[1])), []).append(name)
        elif folder and name.endswith(".py"):
            unordered.setdefault(folder, []).append(name)
    old = {name for steps in ordered.values() for step in sorted(steps)[:-FOLLOWERS] for name in steps[step]}
    for group in unordered.values():
        old.update(_by_revision({name: head(name) for name in group}))
    return frozenset(old)


def _step(name: str) -> tuple[str, str]:
    """The folder of migrations that a file is one of, and the migration's own name; "" where there is none.

    The innermost folder of that name, or one below it in which they are numbered: `migrations/postgres/0001_users.sql`.
    """
    parts = name.split("/")
    places = [place for place, part in enumerate(parts[:-1]) if part.lower() in _FOLDERS]
    if not places:
        return "", ""
    first = places[-1] + 1
    step = next((place for place in range(first, len(parts)) if _ORDER.match(parts[place])), first)
    return "/".join(parts[:step]), parts[step]


def _by_revision(heads: Mapping[str, str]) -> Iterator[str]:
    """The files that enough others come after, by what they say of themselves."""
    revisions: dict[str, str] = {}
    after: dict[str, list[str]] = {}
    for name, text in heads.items():
        said = {bool(down): _ID.findall(ids) for down, ids in _REVISION.findall(text)}
        for revision in said.get(False, [])[:1]:
            revisions[name] = revision
            for before in said.get(True, []):
                after.setdefault(before, []).append(revision)
    for name, revision in revisions.items():
        followers: set[str] = set()
        front = [revision]
        while front and len(followers) < FOLLOWERS:
            front = [later for one in front for later in after.get(one, ()) if later not in followers]
            followers.update(front)
        if len(followers) >= FOLLOWERS:
            yield name
