"""The team's guidelines: `CLAUDE.md`, `AGENTS.md` and what `.oldhand.yaml` names, from a trusted workspace alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from oldhand.claude.cost import estimate_tokens
from oldhand.claude.job import Section

BUDGET = 1_200
"""Tokens of all guidelines together: they say what a team wants looked at, and more of them makes reviews worse."""

NAMES = ("CLAUDE.md", "AGENTS.md")

Read = Callable[[str], str | None]
"""The text of a file by its path relative to the workspace, with `/`; None where there is none that may be read."""


def gather(path: str, named: Sequence[str], read: Read) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """The guidelines for a file, those that were named first and then the nearest; and what there was no room for.

    A guideline that is too long is cut behind a line.
    """
    sections: list[Section] = []
    left_out: list[str] = []
    room = BUDGET
    seen: set[str] = set()
    for name in dict.fromkeys((*named, *_beside(path))):
        text = read(name)
        if text is None or not text.strip() or text in seen:
            continue
        seen.add(text)
        kept = _cut(text.strip(), room)
        if kept:
            sections.append(Section(name, kept))
            room -= estimate_tokens(kept)
        if len(kept) < len(text.strip()):
            left_out.append(f"{'the rest of ' if kept else ''}{name}")
    return tuple(sections), tuple(left_out)


def _beside(path: str) -> Iterator[str]:
    """Where guidelines for a file may stand, the nearest first."""
    for folder in PurePosixPath(path).parents:
        for name in NAMES:
            yield (folder / name).as_posix()


def _cut(text: str, tokens: int) -> str:
    """As many whole lines as there is room for."""
    if estimate_tokens(text) <= tokens:
        return text
    kept: list[str] = []
    for line in text.split("\n"):
        tokens -= estimate_tokens(line + "\n")
        if tokens < 0:
            break
        kept.append(line)
    return "\n".join(kept).rstrip()
