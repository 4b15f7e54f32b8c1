"""Somebody who edits a text at random, as people do: they type, paste, delete, move and undo, and break it on the way."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache

from bench.sources import BLOCKS
from casefile import cases
from oldhand.text.lines import split_lines

LONGEST = 120
"""Lines; a text that grows past that has lines taken out."""

ODD = ("\U0001f600", "é", "\ud83d", "\ude00", "\r\n", "\r", "\f", "\x85", "\u2028", "\u202e", "\t", "\0")
BRACKETS = ('"', "'", "`", '"""', "(", ")", "[", "]", "{", "}", "${", "/*", "*/", "--", "#", "//", "$$", ":", "\\")
WORDS = ("x", "self", "return ", "await ", "request", " = ", "None", "1", ".", ", ", "f", "    ")

Splice = tuple[int, int, str]
"""What stands from one offset to another is replaced by a text."""


@cache
def passages(language: str) -> tuple[str, ...]:
    """Pieces of code to write texts of: what the rules' cases are about, else what is measured with."""
    sources = [source for at in cases("rules") for source in at.case.sources if source.language.id == language]
    if sources:
        return tuple(source.block.marked.text for source in sources)
    blocks = (BLOCKS / f"{language}.txt").read_text("utf-8").split("----\n")
    return tuple(block.replace("Widget", f"Order{n}").replace("widget", f"order{n}") for n, block in enumerate(blocks))


class Typist:
    """Makes a text of passages, and then one change after another to it."""

    def __init__(self, chance: random.Random, written: Sequence[str], lines: int = 60) -> None:
        self._chance = chance
        self._passages = written
        self._past: list[str] = []
        self._typing, self._typing_at = "", 0
        self._cursor = 0
        self.text = ""
        while self.text.count("\n") < lines:
            self.text += chance.choice(written)
        self._well = self.text

    def rewrite(self, text: str) -> None:
        """Go on from another text, one that somebody else has made of it."""
        self._past.append(self.text)
        self.text = text

    def remember(self) -> None:
        """Note that the text is one to come back to, as a person does who sees that it is all well."""
        self._well = self.text

    def edit(self) -> Sequence[Splice]:
        """Change the text; the changes follow each other, each on the text that the one before it left."""
        before = self.text
        changes = self._type() if self._typing and self._chance.random() < 0.9 else self._something()
        for start, end, new in changes:
            self.text = self.text[:start] + new + self.text[end:]
            self._cursor = start + len(new)
        if self.text != before:
            self._past.append(before)
        return changes

    def _something(self) -> Sequence[Splice]:
        if self.text.count("\n") > LONGEST:
            return self._delete_lines()
        ways = {
            self._begin_statement: 12,
            self._type_word: 14,
            self._type_bracket: 12,
            self._type_oddity: 8,
            self._backspace: 12,
            self._replace: 6,
            self._paste: 10,
            self._delete_lines: 6,
            self._move: 6,
            self._undo: 24,
            self._mend: 24,
            self._replace_all: 1,
        }
        (way,) = self._chance.choices(list(ways), list(ways.values()))
        return way()

    def _begin_statement(self) -> Sequence[Splice]:
        """Open a line, on which a line of another text is then typed character by character."""
        at = self._line_start()
        self._typing, self._typing_at = self._chance.choice(self._borrowed()).rstrip("\r\n")[:60], at
        return [(at, at, "\n")]

    def _type(self) -> Sequence[Splice]:
        at = min(self._typing_at, len(self.text))
        (change,) = self._inserted(at, self._typing[0])
        self._typing, self._typing_at = self._typing[1:], change[0] + 1
        return [change]

    def _type_word(self) -> Sequence[Splice]:
        return self._inserted(self._place(), self._chance.choice(WORDS))

    def _type_bracket(self) -> Sequence[Splice]:
        return self._inserted(self._place(), self._chance.choice(BRACKETS))

    def _type_oddity(self) -> Sequence[Splice]:
        return self._inserted(self._place(), self._chance.choice(ODD))

    def _inserted(self, at: int, new: str) -> Sequence[Splice]:
        at = editable(self.text, at)
        return [(at, at, new)]

    def _backspace(self) -> Sequence[Splice]:
        end = self._place()
        return [(editable(self.text, max(end - self._chance.randint(1, 3), 0)), end, "")]

    def _replace(self) -> Sequence[Splice]:
        """Write a word over another, as a rename does."""
        words = list(re.finditer(r"\w+", self.text))
        if not words:
            return self._paste()
        word, other = self._chance.choices(words, k=2)
        return [(*word.span(), other[0])]

    def _paste(self) -> Sequence[Splice]:
        lines = self._borrowed()
        first = self._chance.randrange(len(lines))
        at = self._line_start()
        return [(at, at, "".join(lines[first : first + self._chance.randint(1, 6)]))]

    def _delete_lines(self) -> Sequence[Splice]:
        return [(*self._some_lines(), "")]

    def _move(self) -> Sequence[Splice]:
        start, end = self._some_lines()
        block, rest = self.text[start:end], self.text[:start] + self.text[end:]
        at = self._chance.choice(_line_starts(rest))
        return [(start, end, ""), (at, at, block)]

    def _undo(self) -> Sequence[Splice]:
        """Back to one of the last texts, in one step."""
        steps = min(self._chance.randint(1, 6), len(self._past))
        if not steps:
            return self._paste()
        self._typing = ""
        wanted = self._past[-steps]
        del self._past[-steps:]
        return self._become(wanted)

    def _mend(self) -> Sequence[Splice]:
        """Back to the last text that was well."""
        self._typing = ""
        return self._become(self._well)

    def _become(self, wanted: str) -> Sequence[Splice]:
        start = _shared(self.text, wanted)
        end = _shared(self.text[start:][::-1], wanted[start:][::-1])
        change = (start, len(self.text) - end, wanted[start : len(wanted) - end])
        return [change] if _can_be_said(self.text, change) else [(0, len(self.text), wanted)]

    def _replace_all(self) -> Sequence[Splice]:
        return [(0, len(self.text), self._chance.choice(self._passages))]

    def _borrowed(self) -> list[str]:
        """The lines of a passage, now and then one in another language."""
        foreign = self._chance.random() < 0.1
        return split_lines(self._chance.choice(passages("python") if foreign else self._passages))

    def _place(self) -> int:
        """Where the cursor is or, as often, somewhere else."""
        at = self._cursor if self._chance.random() < 0.5 else self._chance.randint(0, len(self.text))
        return editable(self.text, min(at, len(self.text)))

    def _line_start(self) -> int:
        return self._chance.choice(_line_starts(self.text))

    def _some_lines(self) -> tuple[int, int]:
        starts = [*_line_starts(self.text), len(self.text)]
        first = self._chance.randrange(len(starts))
        return starts[first], starts[min(first + self._chance.randint(1, 8), len(starts) - 1)]


def editable(text: str, offset: int) -> int:
    """The offset, or the next where it is between `\\r` and `\\n` and no editor has a place."""
    return offset + 1 if text.startswith("\n", offset) and text.endswith("\r", 0, offset) else offset


def _can_be_said(text: str, change: Splice) -> bool:
    return all(editable(text, offset) == offset for offset in change[:2])


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    length = min(len(one), len(other))
    return next((n for n in range(length) if one[n] != other[n]), length)
