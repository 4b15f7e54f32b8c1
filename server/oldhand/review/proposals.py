"""A model's change, lines to look for and lines to put there, made into the edits of a fix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from oldhand.findings import Applicability, Fix, Rejected
from oldhand.review.document import Document
from oldhand.review.imports import with_imports
from oldhand.review.indentation import Indentation
from oldhand.rules.analysis import Analysis
from oldhand.text.diff import diff
from oldhand.text.edits import TextEdit, changed_span
from oldhand.text.lines import LineIndex, split_lines
from oldhand.text.ranges import TextRange

MOST_LINES = 400
_LINE_END = re.compile(r"\r\n|\n|\r|\Z")


def fix_of(
    document: Document,
    analysis: Analysis,
    place: TextRange,
    original: str,
    replacement: str,
    title: str,
    imports: Sequence[str] = (),
) -> Fix | Rejected:
    """The fix that puts the lines of `replacement` in the place of those of `original`, or why there is none.

    `original` has to be whole lines that stand once in the innermost function around `place` that has them, outside of
    functions in the statement; the white space in front of lines does not count. The new lines are moved to the
    indentation that is there, and what they have in common with the old ones is left alone. An empty replacement takes
    the lines out. `imports` are statements, added at the head of the file where it lacks them.
    """
    if analysis.half_typed:
        return Rejected("A statement nearby is only half typed.")
    old, new = _lines(original), _lines(replacement)
    if not old:
        return Rejected("The change does not say which lines it is for.")
    if max(len(old), len(new)) > MOST_LINES:
        return Rejected(f"The change is longer than {MOST_LINES} lines.")
    found = _found(document, analysis, place, old)
    if isinstance(found, Rejected):
        return found
    scope, lines = found
    region = TextRange(document.index.line_start(lines.start), _end(document, lines.end))
    before = document.text[region.start : region.end]
    edits = [
        TextEdit(edit.range.moved(region.start), edit.new_text)
        for edit in diff(before, _replaced(document, split_lines(before), old, new))
    ]
    if not edits:
        return Rejected("The change leaves the text as it is.")
    scope = _with_blanks(document.text, scope)
    if not all(scope.covers(edit.range) for edit in edits):
        return Rejected("The change goes beyond the function that it is for.")
    try:
        text = with_imports(document.text, analysis.language, imports)
    except ValueError as error:
        return Rejected(str(error))
    head = _head(document.text, text)
    if any(edit.range.touches(scope) and edit.range.end > scope.start for edit in head):
        return Rejected("The imports would stand inside of what is changed.")
    return Fix(title, (*head, *edits), Applicability.SUGGESTED)


def scopes_around(analysis: Analysis, place: TextRange) -> list[TextRange]:
    """The functions around a place, innermost first; outside of all, the statement, or else nothing."""
    functions = [one for one in analysis.functions() if one.covers(place)]
    if functions:
        return functions[::-1]
    statement = analysis.statement_at(place)
    return [statement] if statement is not None else []


def _found(
    document: Document, analysis: Analysis, place: TextRange, old: Sequence[str]
) -> tuple[TextRange, TextRange] | Rejected:
    """The scope that has the lines once, and their numbers."""
    for scope in scopes_around(analysis, place):
        first, last = document.index.line_of(scope.start), document.index.line_of(max(scope.end - 1, scope.start))
        whole = TextRange(document.index.line_start(first), _end(document, last + 1))
        here = [line.strip() for line in split_lines(document.text[whole.start : whole.end])]
        places = list(_occurrences([line.strip() for line in old], here))
        if len(places) == 1:
            start = first + places[0]
            # What stands on the scope's lines in front of it and behind it is not part of it.
            return scope, TextRange(start, start + len(old))
        if places:
            return Rejected("The lines to change stand in more than one place there.")
    return Rejected("The lines to change are not there.")


def _with_blanks(text: str, scope: TextRange) -> TextRange:
    """The scope with the blanks in front of it and, where nothing else follows, the end of its last line."""
    start, end = scope.start, scope.end
    while start and text[start - 1] in " \t":
        start -= 1
    while end < len(text) and text[end] in " \t":
        end += 1
    newline = _LINE_END.match(text, end)
    return TextRange(start, newline.end() if newline else scope.end)


def _occurrences(wanted: Sequence[str], lines: Sequence[str]) -> Iterator[int]:
    for start in range(len(lines) - len(wanted) + 1):
        if lines[start] == wanted[0] and lines[start : start + len(wanted)] == wanted:
            yield start


def _replaced(document: Document, there: Sequence[str], old: Sequence[str], new: Sequence[str]) -> str:
    """What the lines that are there become: lines that the change keeps as they are, the others indented anew."""
    if not new:
        return ""
    newline = _newline(document.text, there)
    indentation = Indentation.of(document.text, there, old, new)
    moved = [indentation.moved(line) for line in new]
    matcher = SequenceMatcher(None, [line.strip() for line in old], [line.strip() for line in new], autojunk=False)
    for block in matcher.get_matching_blocks():
        for n in range(block.size):
            if old[block.a + n].rstrip() == new[block.b + n].rstrip() or not new[block.b + n].strip():
                moved[block.b + n] = there[block.a + n].rstrip("\r\n")
    last = "" if not there[-1].endswith(("\n", "\r")) else newline
    return newline.join(moved) + last


def _newline(text: str, there: Sequence[str]) -> str:
    """How lines end there, or else at the text's start."""
    for line in (*there, *split_lines(text)[:1]):
        ending = line[len(line.rstrip("\r\n")) :]
        if ending:
            return ending
    return "\n"


def _head(before: str, after: str) -> list[TextEdit]:
    removed, added = changed_span(before, after)
    return [TextEdit(removed, after[added.start : added.end])] if before != after else []


def _lines(text: str) -> list[str]:
    """The lines without what ends them, and without blank ones at either end."""
    lines = [line.rstrip("\r\n") for line in split_lines(text)]
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    return lines


def _end(document: Document, line: int) -> int:
    """Where the lines before that one end."""
    index: LineIndex = document.index
    return index.line_start(line) if line < index.line_count else len(document.text)
