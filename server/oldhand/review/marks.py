"""Marks: the lines under a source line that say which findings are expected there, read and written."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from oldhand.findings import Accepted, Finding, Severity
from oldhand.text.ranges import TextRange

_SEVERITIES = {severity.label: severity for severity in Severity} | {"info": Severity.INFORMATION}
_LEADERS = ("#", "//", "--")
_MARK = re.compile(
    r"(?P<before>\s*(?:\#|//|--)?\s*)"
    r"(?:(?P<carets>\^+)|\|)"
    r"(?:[ ]?\.\.\+(?P<lines>[0-9]{1,6})(?::(?P<end>[0-9]{1,6}))?)?"
    r"\s+(?P<severity>[a-z]+)\[(?P<rule>[\w./-]+)\]"
    r"(?:\s+\((?P<fix>fix(?:\ safe|\ suggested)?)\))?"
    r"(?P<words>(?:\s.*)?)\Z",
    re.VERBOSE,
)
_ALMOST = re.compile(r"\s*(?:#|//|--)?\s*\^+(?:\s|\.\.|\Z)")


@dataclass(frozen=True, slots=True)
class Mark:
    """An expected finding.

    `line` is the 0-based line, in the text without marks, that it stands under; `start` a 0-based column in
    code points; `length` the number of carets, 0 for an empty range (`|`).
    `lines` counts the further lines of a longer range; such a range ends at column `end` of its last line, or
    where that line's text ends if that is None.
    `fix` is `fix`, `fix safe`, `fix suggested` or empty; `words` must occur in the message in that order.
    `source` is the mark as it was written.
    """

    line: int
    start: int
    length: int
    lines: int
    end: int | None
    severity: Severity
    rule: str
    fix: str
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and the marks that stood in it; `lines` are the text's lines, each ended by `eol`."""

    lines: tuple[str, ...]
    eol: str
    marks: tuple[Mark, ...]

    @property
    def text(self) -> str:
        """The text that is reviewed."""
        return "".join(line + self.eol for line in self.lines)


def read(lines: Sequence[str], eol: str) -> tuple[Marked, tuple[tuple[int, str], ...]]:
    """Take the marks out of a text; with it what is wrong with them, each a 0-based line and a sentence."""
    kept: list[str] = []
    marks: list[Mark] = []
    wrong: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        match = _MARK.match(line)
        if match is None or match["severity"] not in _SEVERITIES:
            if _ALMOST.match(line):
                wrong.append((number, "This is not quite a mark: `^^^ severity[rule] (fix) words`."))
            else:
                kept.append(line)
        elif not kept:
            wrong.append((number, "A mark stands under the line that it marks, and there is none above it."))
        else:
            marks.append(_mark(match, len(kept) - 1))
    return Marked(tuple(kept), eol, tuple(marks)), tuple(wrong)


def _mark(match: re.Match[str], line: int) -> Mark:
    return Mark(
        line=line,
        start=len(match["before"]),
        length=len(match["carets"] or ""),
        lines=int(match["lines"] or 0),
        end=int(match["end"]) if match["end"] else None,
        severity=_SEVERITIES[match["severity"]],
        rule=match["rule"],
        fix=match["fix"] or "",
        words=match["words"].strip(),
        source=match[0],
    )


def offered(finding: Finding) -> bool:
    """Whether the finding's fix has been proved, so that a user can apply it."""
    return isinstance(finding.verdict, Accepted)


def remarked(marked: Marked, findings: Sequence[Finding], leader: str) -> tuple[str, ...]:
    """The lines of the text with marks for exactly these findings.

    A mark that holds stays as it is written, so a text whose marks all hold comes back unchanged. One whose
    finding is elsewhere or differs is written anew and keeps the words that still hold; the rest goes.
    `leader` is the language's comment leader.
    """
    places = _Places(marked)
    left = list(findings)
    written: list[tuple[int, str]] = []
    unsure: list[Mark] = []
    for mark in marked.marks:
        found = next((finding for finding in left if places.holds(mark, finding)), None)
        if found is None:
            unsure.append(mark)
            continue
        left.remove(found)
        written.append((mark.line, mark.source))
    for mark in unsure:
        found = min(
            (finding for finding in left if finding.rule == mark.rule),
            key=lambda finding: abs(places.line_of(finding.range.start) - mark.line),
            default=None,
        )
        if found is not None:
            left.remove(found)
            written.append(places.written(found, leader, mark))
    written += [places.written(finding, leader, None) for finding in left]
    return tuple(_interleaved(marked.lines, written))


def _interleaved(lines: Sequence[str], written: Sequence[tuple[int, str]]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line
        yield from (text for where, text in written if where == number)


class _Places:
    """Where the lines of a marked text begin and end, in code points."""

    def __init__(self, marked: Marked) -> None:
        self.lines = marked.lines or ("",)
        self.starts = [0, *accumulate(len(line) + len(marked.eol) for line in self.lines)][:-1]

    def line_of(self, offset: int) -> int:
        return bisect_right(self.starts, offset) - 1

    def range_of(self, mark: Mark) -> TextRange | None:
        """The range that the mark means; None where the text has no such range."""
        start = self.starts[mark.line] + mark.start
        if not mark.lines:
            return TextRange(start, start + mark.length)
        last = mark.line + mark.lines
        if last >= len(self.lines):
            return None
        column = len(self.lines[last].rstrip()) if mark.end is None else mark.end
        end = self.starts[last] + column
        return TextRange(start, end) if start <= end else None

    def holds(self, mark: Mark, finding: Finding) -> bool:
        return (
            mark.rule == finding.rule
            and mark.severity == finding.severity
            and self.range_of(mark) == finding.range
            and mark.fix in _fixes(finding)
            and _occur(mark.words, finding.message)
        )

    def written(self, finding: Finding, leader: str, model: Mark | None) -> tuple[int, str]:
        """The finding as a line number and a mark in the manner of `model`."""
        line = self.line_of(finding.range.start)
        column = finding.range.start - self.starts[line]
        parts = [f"{self._extent(finding.range, line, column)} {finding.severity.label}[{finding.rule}]"]
        if offered(finding):
            parts.append(f"({_fixes(finding)[1 if model is not None and ' ' in model.fix else 0]})")
        if model is not None and model.words and _occur(model.words, finding.message):
            parts.append(model.words)
        return line, _before(self.lines[line], column, leader) + " ".join(parts)

    def _extent(self, where: TextRange, line: int, column: int) -> str:
        last = self.line_of(where.end)
        if last == line:
            return "^" * len(where) or "|"
        end = where.end - self.starts[last]
        place = "" if end == len(self.lines[last].rstrip()) else f":{end}"
        return "^" * max(1, len(self.lines[line].rstrip()) - column) + f"..+{last - line}{place}"


def _fixes(finding: Finding) -> tuple[str, ...]:
    """What a mark may say about the finding's fix."""
    if not isinstance(finding.verdict, Accepted):
        return ("",)
    return ("fix", f"fix {finding.verdict.applicability.value}")


def _occur(words: str, message: str) -> bool:
    """Whether the words are in the message in their order, whatever stands between; case does not count."""
    at = 0
    message = message.casefold()
    for word in words.casefold().split():
        at = message.find(word, at)
        if at < 0:
            return False
        at += len(word)
    return True


def _before(line: str, column: int, leader: str) -> str:
    """What stands before the carets: as wide as the line is up to there, with its tabs, and the leader."""
    blank = "".join("\t" if character == "\t" else " " for character in line[:column].ljust(column))
    tabs = len(blank) - len(blank.lstrip("\t"))
    if leader not in _LEADERS or "\t" in blank[tabs : tabs + len(leader)] or len(blank) < tabs + len(leader):
        return blank
    return blank[:tabs] + leader + blank[tabs + len(leader) :]
