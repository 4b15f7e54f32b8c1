"""Proposed changes as lines for a terminal: of a fix, and of a whole file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff

from oldhand import secrets
from oldhand.cli.escape import harmless
from oldhand.cli.report import FileReport
from oldhand.findings import Fix
from oldhand.review.explain import proposed_diff
from oldhand.text.lines import split_lines

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a change: taken out (`-`), put in (`+`), kept (blank) or a remark (`~`).

    `number` is 1-based, that of the old text for what is taken out and of the new one for all else.
    """

    number: int
    sign: str
    text: str


def proposal(file: FileReport, fix: Fix) -> Iterator[Line]:
    """The lines that a fix changes, in order; secrets masked, tabs widened, escaped."""
    old = new = 0
    for line in file.mask(proposed_diff(file.text, fix, 0)).split("\n"):
        hunk = _HUNK.match(line)
        if hunk:
            old, new = int(hunk[1]), int(hunk[2])
        elif line:
            sign, shown = line[0], harmless(line[1:]).expandtabs(4)
            yield Line(old if sign == "-" else new, sign, shown)
            old += sign in "- "
            new += sign in "+ "


def unified(name: str, old: str, new: str) -> Iterator[str]:
    """The lines of the unified diff of a file, for people to read: secrets masked, escaped."""
    before, after = (split_lines(secrets.mask(text)) for text in (old, new))
    for line in unified_diff(before, after, f"a/{name}", f"b/{name}"):
        yield harmless(line.rstrip("\r\n"))
        if not line.endswith(("\n", "\r")):
            yield "\\ No newline at end of file"
