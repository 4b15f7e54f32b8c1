"""A stretch of SQL by itself: its statements and comments, and the places where it can be cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from oldhand.rules.sql.dialect import Dialect
from oldhand.rules.sql.statements import Statement, split_statements
from oldhand.rules.sql.tokens import Scanner, Token, TokenKind
from oldhand.text.ranges import TextRange


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """What is read from a text whatever stands around it.

    `seams` are the line starts, the end of the text among them, at which nothing is open: the text before such a place
    and the text behind it are read each by itself as they are together, and always will be.
    `left_open` is what the end of the text cuts off: "quote", "comment", or "" for nothing or anything else.
    """

    statements: tuple[Statement, ...]
    comments: tuple[TextRange, ...]
    seams: tuple[int, ...]
    left_open: str
    length: int

    @property
    def whole(self) -> bool:
        """Whether nothing is open at the end."""
        return self.length == 0 or (bool(self.seams) and self.seams[-1] == self.length)

    def up_to(self, seam: int) -> Stretch:
        """The stretch before one of the seams."""
        if seam == self.length:
            return self
        return Stretch(
            tuple(statement for statement in self.statements if statement.start < seam),
            tuple(comment for comment in self.comments if comment.start < seam),
            tuple(place for place in self.seams if place <= seam),
            "",
            seam,
        )


def split(text: str, dialect: Dialect) -> Stretch:
    """Read a text that begins where a line and a statement may begin."""
    scanner = Scanner(text, dialect)
    comments: list[TextRange] = []
    statements: list[Statement] = []
    seams: list[int] = []
    settled: int | None = 0  # where the gap between two statements begins, if nothing is open in it
    for statement in split_statements(text, _without_comments(scanner, comments)):
        statements.append(statement)
        if settled is not None and scanner.clean:
            line = text.rfind("\n", settled, statement.start) + 1
            if line > settled and not text[line : statement.start].strip() and seams[-1:] != [line]:
                seams.append(line)
        settled = statement.closed if statement.closed and scanner.clean else None
        ends = _LINE_END.match(text, settled) if settled is not None else None
        if ends is not None:
            seams.append(ends.end())
    left_open = _left_open(text, statements, comments)
    ends_clean = settled is not None and scanner.clean and left_open == "" and text.endswith("\n")
    if ends_clean and seams[-1:] != [len(text)]:
        seams.append(len(text))
    return Stretch(tuple(statements), tuple(comments), tuple(seams), left_open, len(text))


_LINE_END = re.compile(r"[ \t]*+(?:--[^\r\n]*+)?\r?\n")


def _without_comments(scanner: Scanner, comments: list[TextRange]) -> Iterator[Token]:
    """The tokens that are of statements; the others go into the list."""
    for token in scanner.tokens():
        if token.kind is TokenKind.COMMENT:
            comments.append(TextRange(token.start, token.end))
        else:
            yield token


def _left_open(text: str, statements: list[Statement], comments: list[TextRange]) -> str:
    """What reaches to the end of the text and over its last line's end, as only what is left open does."""
    if comments and comments[-1].end == len(text) and text.startswith("/*", comments[-1].start):
        return "comment"
    last = statements[-1].tokens[-1] if statements else None
    quoted = last is not None and last.kind in (TokenKind.STRING, TokenKind.QUOTED) and last.text[0] != "$"
    return "quote" if quoted and last is not None and last.end == len(text) and text.endswith("\n") else ""
