"""Taking out the findings that a comment suppresses, and telling of comments that suppress nothing.

Which rules of ours another tool's code stands for is said by the rules.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from oldhand.findings import Applicability, Confidence, Finding, Fix, Severity, fingerprint
from oldhand.suppressions.comments import FIRST_LINES, Suppression, find, may_suppress
from oldhand.text.edits import TextEdit
from oldhand.text.lines import LineIndex
from oldhand.text.ranges import TextRange

UNUSED = "oldhand/unused-ignore"

Codes = Mapping[str, Sequence[str]]

_OPENING = re.compile(r"\s*(?:#+|//+|--+|/\*+)?\s*")
_CLOSING = re.compile(r"\s*(?:\*+/)?\s*")
_LEADER = re.compile(r"[ \t]*(?:#+|//+|--+)?[ \t]*")
_TRAILER = re.compile(r"[ \t]*(?:#+|//+|--+)?[ \t]*\Z")


def apply(
    text: str,
    index: LineIndex,
    findings: Sequence[Finding],
    comments: Callable[[], Sequence[TextRange]],
    codes: Codes,
    statement_at: Callable[[TextRange], TextRange | None] = lambda _: None,
) -> tuple[Finding, ...]:
    """The findings that no comment takes out, and one for each comment of ours that takes out nothing.

    They are in the order of the text, and so must be the ranges of its comments, which `comments` is asked for if there
    may be a suppression at all.
    `codes` maps each rule that ran on the text to the codes by which other tools report the same defect.
    A comment counts on the first and last line of a finding, and of the statement that `statement_at` says is
    around it.
    """
    suppressions = find(text, index, comments()) if may_suppress(text) else ()
    if not suppressions:
        return tuple(findings)
    kept: list[Finding] = []
    used: set[tuple[Suppression, str]] = set()
    for finding in findings:
        lines = _ends(finding.range, index)
        if statement := statement_at(finding.range):
            lines |= _ends(statement, index)
        reasons = set(_reasons(finding.rule, lines, suppressions, codes))
        used |= reasons
        if not reasons:
            kept.append(finding)
    idle = _idle(text, index, suppressions, used, codes)
    return tuple(sorted([*kept, *idle], key=lambda finding: finding.order))


def _reasons(
    rule: str, lines: Collection[int], suppressions: Sequence[Suppression], codes: Codes
) -> Iterator[tuple[Suppression, str]]:
    """What takes a finding of the rule out: suppressions, each with the name that does it if it has names."""
    for suppression in suppressions:
        if suppression.lines is not None and suppression.lines.isdisjoint(lines):
            continue
        if not suppression.own and not suppression.names:
            yield suppression, ""
        for name in suppression.names:
            if suppression.own:
                if _means(name, rule):
                    yield suppression, name
            elif any(_same(name, code) for code in codes.get(rule, ())):
                yield suppression, name


def _means(name: str, rule: str) -> bool:
    return name in (rule, rule.partition("/")[0] + "/*")


def _same(name: str, code: str) -> bool:
    """Whether a name that was written means the code.

    Semgrep's ids are long paths of which rules know the end; golangci-lint names the linter and not its code.
    """
    if name.casefold() == code.casefold() or name.endswith(f".{code}"):
        return True
    return name == "gosec" and re.fullmatch(r"G[0-9]{3}", code) is not None


def _ends(range_: TextRange, index: LineIndex) -> set[int]:
    """The lines of the first and the last character."""
    return {index.line_of(range_.start), index.line_of(max(range_.start, range_.end - 1))}


def _idle(
    text: str,
    index: LineIndex,
    suppressions: Sequence[Suppression],
    used: Collection[tuple[Suppression, str]],
    ran: Collection[str],
) -> Iterator[Finding]:
    """A finding for each comment of ours that names no rule, or rules that ran and found nothing there."""
    seen: Counter[str] = Counter()
    for suppression in suppressions:
        names = [
            name
            for name in suppression.names
            if (suppression, name) not in used and any(_means(name, rule) for rule in ran)
        ]
        if not suppression.own or (suppression.names and not names):
            continue
        quote = text[suppression.range.start : suppression.range.end]
        yield Finding(
            rule=UNUSED,
            range=suppression.range,
            severity=Severity.INFORMATION,
            message=_complaint(suppression, names),
            why="It would hide what comes up here later.",
            remedy="Take it out, or name the rule that is meant.",
            category="oldhand",
            confidence=Confidence.HIGH,
            fingerprint=fingerprint(UNUSED, "", quote, seen[quote]),
            fix=_removal(text, index, suppression, names) if names else None,
        )
        seen[quote] += 1


def _complaint(suppression: Suppression, names: Sequence[str]) -> str:
    if not suppression.names:
        return "This comment names no rule and ignores nothing: `oldhand: ignore[rule] reason`."
    if suppression.file and suppression.lines is not None:
        return f"A comment for the whole file counts in its first {FIRST_LINES} lines or before all code."
    return f"Nothing that {' or '.join(names)} looks for is found here, so there is nothing to ignore."


def _removal(text: str, index: LineIndex, suppression: Suppression, names: Sequence[str]) -> Fix:
    """Take the names out, and with the last of them all that stands for nothing without it."""
    kept = [name for name in suppression.names if name not in names]
    where = suppression.range
    if kept:
        start = text.index("[", where.start) + 1
        edit = TextEdit(TextRange(start, text.index("]", start)), ", ".join(kept))
        return Fix(f"Ignore {' and '.join(kept)} only", (edit,), Applicability.SAFE)
    comment = suppression.comment
    before, after = text[comment.start : where.start], text[where.end : comment.end]
    if _OPENING.fullmatch(before) and _CLOSING.fullmatch(after):
        edit = _without(text, index, comment, alone=suppression.alone)
    elif _OPENING.fullmatch(before):
        edit = TextEdit(TextRange(where.start, where.end + _length(_LEADER.match(after))), "")
    else:
        edit = TextEdit(TextRange(where.start - _length(_TRAILER.search(before)), where.end), "")
    return Fix("Remove the comment that ignores nothing", (edit,), Applicability.SAFE)


def _without(text: str, index: LineIndex, comment: TextRange, *, alone: bool) -> TextEdit:
    """Take a comment out: with its lines where they hold nothing else, else with the blanks beside it."""
    first, last = index.line_of(comment.start), index.line_of(comment.end - 1)
    if alone and last + 1 < index.line_count:
        return TextEdit(TextRange(index.line_start(first), index.line_start(last + 1)), "")
    if alone:
        start = index.line_end(text, first - 1) if first else 0
        return TextEdit(TextRange(start, len(text)), "")
    left = text[index.line_start(first) : comment.start]
    right = text[comment.end : index.line_end(text, last)]
    if not right.strip():
        return TextEdit(TextRange(comment.start - len(left) + len(left.rstrip()), comment.end), "")
    if not left or left[-1].isspace():
        return TextEdit(TextRange(comment.start, comment.end + len(right) - len(right.lstrip())), "")
    return TextEdit(comment, "" if right[0].isspace() else " ")


def _length(match: re.Match[str] | None) -> int:
    return len(match[0]) if match else 0
