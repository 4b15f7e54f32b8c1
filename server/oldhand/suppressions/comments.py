"""The comments that suppress: how each tool writes them, and for which lines they speak.

Whether one of them takes a finding out is decided in `effect`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from oldhand.text.lines import LineIndex
from oldhand.text.ranges import TextRange

FIRST_LINES = 10


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment, or the part of one, that takes findings out.

    `range` is what was written: the words, the names and, for one of Oldhand's own, the reason.
    `comment` is the comment that it stands in, `alone` whether that has its lines to itself.
    `names` are rules for Oldhand's own (`own`), else another tool's codes; no names means all rules.
    `file` says that it is meant for the whole file; `lines` are the 0-based lines it speaks for, None all.
    """

    range: TextRange
    comment: TextRange
    alone: bool
    own: bool
    file: bool
    names: tuple[str, ...]
    lines: frozenset[int] | None


def may_suppress(text: str) -> bool:
    """Whether one of the words that begin a suppression stands anywhere in a text."""
    return any(word in text for word in _TOOLS)


def find(text: str, index: LineIndex, comments: Sequence[TextRange]) -> tuple[Suppression, ...]:
    """All suppressions of a text, in its order; `comments` are the ranges of its comments, in order too.

    The same words outside of a comment, in a string say, are none.
    """
    return tuple(_Finder(text, index, comments).suppressions())


def _listed(name: str) -> str:
    """The pattern of names with commas or blanks between them."""
    return rf"(?P<names>{name}(?:[ \t,]+{name})*)"


_CODE = r"[A-Z]+[0-9]+"
_BANDIT = r"(?:[BG][0-9]{3}|[a-z]+(?:_[a-z0-9]+)+)"
_DASHED = r"[a-z]+(?:-[a-z0-9]+)+"
_DOTTED = r"[\w@/.-]+"

_OWN = re.compile(r"oldhand:[ \t]*ignore(?P<file>-file)?(?![\w-])(?:\[(?P<names>[^\]\n]*)\])?")
_NOQA = re.compile(rf"(?i:noqa)(?!\w)(?:[ \t]*:[ \t]*{_listed(_CODE)})?")
_SEMGREP = re.compile(rf"nosem(?:grep)?(?!\w)(?:[ \t]*:[ \t]*{_listed(_DOTTED)})?")

# What each comment begins with, as plain text that is found fast, and what it looks like.
_TOOLS = {
    "oldhand:": _OWN,
    "noqa": _NOQA,
    "NOQA": _NOQA,
    "nosec": re.compile(rf"nosec(?!\w)(?:[ \t]*:?[ \t]*{_listed(_BANDIT)})?"),
    "nosem": _SEMGREP,
    "nolint": re.compile(rf"nolint(?!\w)(?:[ \t]*:[ \t]*{_listed(_DOTTED)})?"),
    "ast-grep-ignore": re.compile(rf"ast-grep-ignore(?![\w-])(?:[ \t]*:[ \t]*{_listed(_DOTTED)})?"),
    "squawk-ignore": re.compile(rf"squawk-ignore(?P<file>-file)?(?![\w-])(?:[ \t]+{_listed(_DASHED)})?"),
    "eslint-disable-": re.compile(rf"eslint-disable-(?:next-)?line(?![\w-])(?:[ \t]+{_listed(_DOTTED)})?"),
}
_NOQA_FILE = re.compile(r"(?:ruff|flake8)[ \t]*:[ \t]*\Z")
_TRAILER = re.compile(r"[ \t]*(?:#+|//+|--+)?[ \t]*\Z")


def _is_alone(text: str, index: LineIndex, comment: TextRange) -> bool:
    """Whether no code stands on the comment's lines; the braces of JSX, which has no comments, are none."""
    start = index.line_start(index.line_of(comment.start))
    end = index.line_end(text, index.line_of(comment.end - 1))
    return text[start : comment.start].strip() + text[comment.end : end].strip() in ("", "{}")


class _Finder:
    """The comments of a text, and the suppressions in them."""

    def __init__(self, text: str, index: LineIndex, comments: Sequence[TextRange]) -> None:
        self.text = text
        self.index = index
        self.comments = comments
        self.starts = [comment.start for comment in comments]

    def suppressions(self) -> Iterator[Suppression]:
        hits = sorted(self.hits())
        for (start, word, comment), following in zip_longest(hits, hits[1:]):
            limit = following[0] if following is not None and following[2] is comment else comment.end
            match = _TOOLS[word].match(self.text, start, limit)
            # For a whole file another tool has to say what it means: often it is its style rules.
            if match and (match["names"] or match.re is _OWN or not self.is_for_file(match, comment)):
                yield self.suppression(match, comment, limit)

    def hits(self) -> Iterator[tuple[int, str, TextRange]]:
        """Where in a comment one of the words begins."""
        for word in _TOOLS:
            start = self.text.find(word)
            while start >= 0:
                comment = self.comment_at(start)
                if comment is not None and not self.text[start - 1 : start].isalnum():
                    yield start, word, comment
                start = self.text.find(word, start + len(word))

    def suppression(self, match: re.Match[str], comment: TextRange, limit: int) -> Suppression:
        own = match.re is _OWN
        file = self.is_for_file(match, comment)
        alone = _is_alone(self.text, self.index, comment)
        if file:
            lines = frozenset[int]() if own and not self.is_early(comment) else None
        else:
            # A `noqa` speaks for its own line; the others for the next too, where they are alone on theirs.
            lines = self.lines(comment, match.start(), below=alone and match.re is not _NOQA)
        return Suppression(
            range=TextRange(match.start(), self.reason_end(match.end(), limit) if own else match.end()),
            comment=comment,
            alone=alone,
            own=own,
            file=file,
            names=tuple(re.findall(r"[^ \t,]+", match["names"] or "")),
            lines=lines,
        )

    def is_for_file(self, match: re.Match[str], comment: TextRange) -> bool:
        if match.re is _NOQA:
            return _NOQA_FILE.search(self.text, comment.start, match.start()) is not None
        return bool(match.groupdict().get("file"))

    def comment_at(self, offset: int) -> TextRange | None:
        place = bisect_right(self.starts, offset) - 1
        return self.comments[place] if place >= 0 and offset < self.comments[place].end else None

    def reason_end(self, start: int, limit: int) -> int:
        """Where a reason ends: before what closes a block comment, and before the leader of what follows."""
        reason = self.text[start:limit].removesuffix("*/").rstrip()
        return start + len(_TRAILER.sub("", reason))

    def lines(self, comment: TextRange, offset: int, *, below: bool) -> frozenset[int]:
        lines = {self.index.line_of(offset)}
        if below:
            line = self.index.line_of(comment.end - 1) + 1
            while line < self.index.line_count and self.is_comment(line):
                line += 1
            lines.add(line)
        return frozenset(lines)

    def is_comment(self, line: int) -> bool:
        """Whether the line begins with a comment and holds no code."""
        start, end = self.index.line_start(line), self.index.line_end(self.text, line)
        start = end - len(self.text[start:end].lstrip())
        comment = self.comment_at(start) if start < end else None
        return comment is not None and not self.text[comment.end : end].strip()

    def is_early(self, comment: TextRange) -> bool:
        """Whether the comment is in the file's first lines: the first ten, or before all code."""
        last = self.index.line_of(comment.start)
        if last < FIRST_LINES:
            return True
        lines = (self.text[self.index.line_start(n) : self.index.line_end(self.text, n)] for n in range(last))
        return all(self.is_comment(n) or not line.strip() for n, line in enumerate(lines))
