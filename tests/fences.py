"""Markdown files of test data: sections, each with fenced blocks by the first word of their fences."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^```(?P<name>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Section:
    """A section: its heading, where it stands, and its blocks by name in the order of the file."""

    name: str
    place: str
    blocks: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.place}: {self.name}"

    def __getitem__(self, block: str) -> str:
        return self.blocks[block]

    def first(self, names: tuple[str, ...]) -> tuple[str, str]:
        """The block that has one of the names."""
        return next((name, self.blocks[name]) for name in names if name in self.blocks)


def sections(folder: Path) -> list[Section]:
    return [section for path in sorted(folder.glob("*.md")) for section in _sections(path)]


def _sections(path: Path) -> list[Section]:
    parts = re.split(r"^## +(.*)\n", path.read_text("utf-8"), flags=re.MULTILINE)
    return [
        Section(name.strip(), path.stem, {found["name"]: found["text"] for found in _FENCE.finditer(body)})
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    ]
