"""The lines of a text that are most alike to quoted ones, where nothing else in it comes near."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from oldhand.text.lines import LineIndex, split_lines
from oldhand.text.ranges import TextRange

# At .8, 45 of 100 single lines and 23 of 100 groups of three have a wrong twin in their own file.
ALIKE = 0.95
RUNNER_UP = 0.80
# Each line for itself; a line that was left out or put in makes all behind it differ.
_EACH_LINE = 0.80

_WORD = re.compile(r"\w{2,}")
# Words and lines that stand in more places tell nothing apart.
_COMMON = 200
_MOST_WINDOWS = 60
# Comparing takes the square of a line's length.
_LONG_LINE = 300


def most_alike(text: str, index: LineIndex, quote: str, scope: TextRange) -> TextRange | None:
    """The place of as many lines as are quoted, blank ones not counted, that is alike to them; None where none is.

    Two lines at least must be quoted, the next best place must be far less alike, and what is found must share
    something with `scope`.
    """
    wanted = [line.strip() for line in split_lines(quote) if line.strip()]
    if len(wanted) < 2:
        return None
    places = [number for number, line in enumerate(split_lines(text)) if line.strip()]
    lines = [text[index.line_start(n) : index.line_end(text, n)].strip() for n in places]
    rated = sorted(
        ((_likeness(wanted, lines[start : start + len(wanted)]), start) for start in _windows(wanted, lines)),
        reverse=True,
    )
    if not rated or rated[0][0] < ALIKE or (len(rated) > 1 and rated[1][0] > RUNNER_UP):
        return None
    start = rated[0][1]
    pairs = zip(wanted, lines[start : start + len(wanted)], strict=True)
    if any(_line_likeness(one, other) < _EACH_LINE for one, other in pairs):
        return None
    return _span(text, index, places[start], places[start + len(wanted) - 1], scope)


def _span(text: str, index: LineIndex, first: int, last: int, scope: TextRange) -> TextRange | None:
    start, end = index.line_start(first), index.line_end(text, last)
    whole = text[start:end]
    found = TextRange(start + len(whole) - len(whole.lstrip()), start + len(whole.rstrip()))
    return found if found.overlaps(scope) else None


def _windows(wanted: Sequence[str], lines: Sequence[str]) -> Iterator[int]:
    """Where as many lines begin as are wanted that share the most words with them, each with its own."""
    words: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(wanted):
        for word in dict.fromkeys(_WORD.findall(line)):
            words[word].append(number)
    places: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        for word in words.keys() & _WORD.findall(line):
            if len(places[word]) <= _COMMON:
                places[word].append(number)
    votes: Counter[int] = Counter()
    for word, found in places.items():
        if len(found) <= _COMMON:
            votes.update(place - number for place in found for number in words[word])
    last = len(lines) - len(wanted)
    return (start for start, _ in votes.most_common(_MOST_WINDOWS) if 0 <= start <= last)


def _likeness(wanted: Sequence[str], lines: Sequence[str]) -> float:
    """From 0 to 1: how alike the lines are, each to its own, long ones counting more."""
    total = sum(len(one) + len(other) for one, other in zip(wanted, lines, strict=True))
    alike = sum(_line_likeness(one, other) * (len(one) + len(other)) for one, other in zip(wanted, lines, strict=True))
    return alike / total


def _line_likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if max(len(one), len(other)) > _LONG_LINE:
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() > 0.5 and matcher.quick_ratio() > 0.5 else 0.0
