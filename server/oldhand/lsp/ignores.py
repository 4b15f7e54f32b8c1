"""Comments that take a finding out, as edits that are proved: with the comment the finding is gone, and only it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from oldhand.findings import Finding
from oldhand.lsp.sources import Context
from oldhand.review.document import Document
from oldhand.syntax.languages import by_id
from oldhand.text.anchors import shift
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange

if TYPE_CHECKING:
    from oldhand.lsp.engine import Engine
    from oldhand.review.run import Review

# What has to stay on a file's first lines: a byte order mark, `#!`, and Python's encoding declaration (PEP 263).
_HEAD = re.compile(r"\ufeff?#!|[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+")


def ignore_here(engine: Engine, review: Review, context: Context, finding: Finding) -> TextEdit | None:
    """A comment above the finding's line, else above the statement around it; None where neither takes it out."""
    document = review.document
    for line in _lines(review, finding):
        start = document.index.line_start(line)
        code = document.text[start : document.index.line_end(document.text, line)]
        indentation = code[: len(code) - len(code.lstrip(" \t"))]
        comment = f"{indentation}{_leader(document)} oldhand: ignore[{finding.rule}]{_line_end(document)}"
        edit = TextEdit(TextRange(start, start), comment)
        if _takes_out(engine, review, context, finding, edit):
            return edit
    return None


def ignore_in_file(engine: Engine, review: Review, context: Context, finding: Finding) -> TextEdit | None:
    """A comment in the file's first lines; None where it would not take the finding out."""
    document = review.document
    comment = f"{_leader(document)} oldhand: ignore-file[{finding.rule}]"
    edit = _at_top(document, comment, _line_end(document))
    return edit if _takes_out(engine, review, context, finding, edit) else None


def _lines(review: Review, finding: Finding) -> Iterator[int]:
    """The lines above which a comment may count, the nearest first."""
    index = review.document.index
    first = index.line_of(finding.range.start)
    if not _continued(review.document, first):
        yield first
    statement = review.analysis.statement_at(finding.range) if review.analysis is not None else None
    if statement is not None:
        line = index.line_of(statement.start)
        if line != first and not _continued(review.document, line):
            yield line


def _continued(document: Document, line: int) -> bool:
    """Whether the line goes on from one that ends in a backslash, so that no comment may come between."""
    return line > 0 and document.text.endswith("\\", 0, document.index.line_end(document.text, line - 1))


def _at_top(document: Document, comment: str, end: str) -> TextEdit:
    line = 0
    while line < min(2, document.index.line_count) and _HEAD.match(document.text, document.index.line_start(line)):
        line += 1
    if line == document.index.line_count:
        at = len(document.text)
        return TextEdit(TextRange(at, at), end + comment)
    at = document.index.line_start(line)
    if at == 0 and document.text.startswith("\ufeff"):
        at = 1
    return TextEdit(TextRange(at, at), comment + end)


def _takes_out(engine: Engine, review: Review, context: Context, finding: Finding, edit: TextEdit) -> bool:
    before = review.document
    after = engine.review(before.edited((edit,), before.version), context.rules, context.settings, review)
    expected = Counter(_places(review.findings, edit))
    found = Counter(_places(after.findings, None))
    gone = next(_places((finding,), edit), None)
    return gone is not None and gone not in found and not found - expected


def _places(findings: Iterable[Finding], edit: TextEdit | None) -> Iterator[tuple[str, TextRange]]:
    """Where each rule finds something, after the edit if there is one."""
    for finding in findings:
        place = shift(finding.range, edit) if edit is not None else finding.range
        if place is not None:
            yield finding.rule, place


def _leader(document: Document) -> str:
    language = by_id(document.language or "")
    assert language is not None, "only documents in known languages have findings"
    return language.line_comment


def _line_end(document: Document) -> str:
    """What ends the document's first line, or a line feed where nothing does."""
    if document.index.line_count == 1:
        return "\n"
    end = document.index.line_end(document.text, 0)
    return document.text[end : document.index.line_start(1)]
