"""Migrations that others have followed long since: they have run everywhere, and nobody changes them any more."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What is being written comes in a few files at most.
FOLLOWERS = 5

_FOLDERS = frozenset({"migrations", "migration", "migrate", "versions"})
# The number or time at the head of a migration's name, `0012_`, `V7__`, `2026-06-19-1032_`; no hash, as Alembic has.
_ORDER = re.compile(r"(?:V|[a-z]*migration[_-]?)?(\d+(?:[_-]\d+)*)(?![a-z\d])", re.IGNORECASE)


def superseded(names: Iterable[str]) -> frozenset[str]:
    """Of these files, `/` between folders, the migrations that FOLLOWERS or more later ones follow in their folder.

    Which is later is said by the names, of the files or, where each has a folder of its own, of these folders; files
    whose names do not say it are left out.
    """
    found: dict[str, dict[int, list[str]]] = {}
    for name in names:
        folder, step = _step(name)
        order = _ORDER.match(step)
        if folder and order is not None:
            found.setdefault(folder, {}).setdefault(int(re.sub(r"\D", "", order[1])), []).append(name)
    return frozenset(name for steps in found.values() for step in sorted(steps)[:-FOLLOWERS] for name in steps[step])


def _step(name: str) -> tuple[str, str]:
    """The innermost folder of migrations around a file, and the first name below it; "" where there is none."""
    parts = name.split("/")
    places = [place for place, part in enumerate(parts[:-1]) if part.lower() in _FOLDERS]
    if not places:
        return "", ""
    return "/".join(parts[: places[-1] + 1]), parts[places[-1] + 1]
