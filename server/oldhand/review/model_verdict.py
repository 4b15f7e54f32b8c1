"""The verdict on a change that a model proposes: whether a person may be offered it, and if not why.

Nothing here trusts the model. What is turned down is still shown, as text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from oldhand.findings import Accepted, Applicability, Finding, Fix, Rejected, Verdict
from oldhand.review.capabilities import added
from oldhand.review.imports import is_import
from oldhand.review.proposals import scopes_around
from oldhand.review.protections import taken_out
from oldhand.review.verify import everything_found
from oldhand.rules.analysis import Analysis
from oldhand.rules.characters import code_points
from oldhand.secrets import PLACEHOLDER
from oldhand.text.edits import TextEdit, in_order
from oldhand.text.lines import split_lines
from oldhand.text.ranges import TextRange
from oldhand.text.visible import is_invisible

# So many lines are not taken out in passing.
_MOST_GONE = 12
_ELISION = re.compile(r"^\s*(?:#|//|--|/\*|\*)?\s*(?:\.{3}|…)|(?:\.{3}|…)\s*(?:\*/)?\s*$", re.MULTILINE)
_ESCAPE = re.compile(r"\\u\{[0-9A-Fa-f]{1,6}\}")
_WORD = re.compile(r"[^\W\d_]+")


def judged_proposal(finding: Finding, fix: Fix, before: Analysis, after: Analysis) -> Verdict:
    """Judge a model's change by the analyses of the text without and with it.

    What is accepted is a suggestion, never safe: it is inside the function of the finding, changes the lines that were
    quoted, parses, breaks no rule, brings in no character that does not show, and neither gives the code a new
    capability nor takes out a check.
    """
    reason = next(_objections(finding, fix, before, after), "")
    return Rejected(reason) if reason else Accepted(Applicability.SUGGESTED)


def _objections(finding: Finding, fix: Fix, before: Analysis, after: Analysis) -> Iterator[str]:
    yield from _misplaced(finding, fix, before)
    if before.text == after.text:
        yield "The change leaves the text as it is."
    yield from _unfit(fix, before, after.text)
    if len(after.syntax_errors()) > len(before.syntax_errors()):
        yield "The changed code does not parse."
    for harm in taken_out(before, after):
        yield f"The change would also {harm}, so it is shown only as text."
    for one in added(before, after):
        yield f"The change would also {one.does} ({one.what}), so it is shown only as text."
    new = _rules(after) - _rules(before)
    if new:
        yield f"The changed code is reported by {', '.join(sorted(new))}."


def _rules(analysis: Analysis) -> Counter[str]:
    return Counter(found.rule for found in everything_found(analysis))


def _misplaced(finding: Finding, fix: Fix, before: Analysis) -> Iterator[str]:
    """Edits that are not where the finding is."""
    text = before.text
    try:
        edits = in_order(fix.edits)
    except ValueError:
        yield "The change contradicts itself."
        return
    if any(edit.range.end > len(text) for edit in edits) or finding.range.end > len(text):
        yield "The change goes beyond the document."
        return
    quoted = _whole_lines(text, finding.range)
    if not any(edit.range.touches(quoted) for edit in edits):
        yield "The change leaves the code that it is about as it is."
    scopes = [_whole_lines(text, scope) for scope in scopes_around(before, finding.range)]
    allowed = scopes[-1] if scopes else quoted
    for edit in edits:
        if not allowed.covers(edit.range) and not _only_imports(edit, text, before):
            yield "The change goes beyond the function that it is for."


def _only_imports(edit: TextEdit, text: str, before: Analysis) -> bool:
    """Whether the edit adds import statements and takes nothing out."""
    if text[edit.range.start : edit.range.end].strip():
        return False
    lines = [line.strip() for line in split_lines(edit.new_text) if line.strip()]
    # One more in Go's brackets is written without the word.
    go = before.language.id == "go"
    return all(
        is_import(line, before.language) or (go and is_import(f"import {line}", before.language)) for line in lines
    )


def _unfit(fix: Fix, before: Analysis, after: str) -> Iterator[str]:
    """What no change may bring in, wherever it is."""
    old = "".join(before.text[edit.range.start : edit.range.end] for edit in fix.edits)
    new = "".join(edit.new_text for edit in fix.edits)
    forbidden = next(_forbidden(new, before.text), None)
    if forbidden is not None:
        name = code_points.name(forbidden)
        yield f"The change has a character that does not show or looks like another one ({name})."
    if any(_more(pattern, before.text, after) for pattern in (PLACEHOLDER, _ESCAPE)):
        yield "The change has a placeholder where the text has something else."
    if _more(_ELISION, before.text, after):
        yield "The change leaves out code that it does not mean to delete."
    gone = sum(bool(line.strip()) for line in split_lines(old)) - sum(bool(line.strip()) for line in split_lines(new))
    if gone > _MOST_GONE:
        yield f"The change would delete {gone} lines, so it is shown only as text."


def _more(pattern: re.Pattern[str], before: str, after: str) -> bool:
    """Whether something that the pattern finds stands more often in the text after the change."""
    return bool(Counter(pattern.findall(after)) - Counter(pattern.findall(before)))


def _forbidden(new: str, known: str) -> Iterator[str]:
    """Characters of the new text that nobody can see or tell from others, but for what its script needs."""
    for run in code_points.SUSPECT.finditer(new):
        if run["direction"] or not code_points.is_needed(new, run.start(), run.end()) or run[0] == "\ufeff":
            yield run[0][0]
    for character in dict.fromkeys(new):
        if character not in "\t\n\r" and is_invisible(character) and not code_points.SUSPECT.match(character):
            yield character
    for word in _WORD.findall(new):
        if word.isascii() or re.search(rf"(?<![^\W\d_]){re.escape(word)}(?![^\W\d_])", known):
            continue
        alike = [character for character in word if character in code_points.LOOK_ALIKES]
        if alike and all(character.isascii() or character in code_points.LOOK_ALIKES for character in word):
            yield alike[0]


def _whole_lines(text: str, span: TextRange) -> TextRange:
    """The lines that the range is on, with what ends them."""
    start = max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start)) + 1
    ends = [at for at in (text.find("\n", span.end), text.find("\r", span.end)) if at >= 0]
    end = min(ends, default=len(text))
    return TextRange(start, end + 2 if text.startswith("\r\n", end) else min(end + 1, len(text)))
