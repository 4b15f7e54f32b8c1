"""Characters that make a text read differently from what it says: invisible, bidirectional, look-alikes.

What people need is left alone: emoji sequences, joiners in the scripts that join, the direction marks of a line that
is written from right to left, a byte order mark at the start.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from oldhand.findings import Applicability, Confidence, Finding, Fix, Severity, fingerprint
from oldhand.rules.analysis import Analysis
from oldhand.rules.characters import code_points
from oldhand.rules.characters.code_points import LOOK_ALIKES, MIXED, SUSPECT
from oldhand.rules.characters.placement import Around, Placement, Placements
from oldhand.rules.rule import Rule
from oldhand.syntax.languages import LANGUAGES
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange

MAX_FINDINGS = 100
MAX_LOOKED_AT = 2_000

_ALL = tuple(language.id for language in LANGUAGES)

BIDIRECTIONAL = Rule(
    id="injection/bidirectional-text",
    category="injection",
    languages=_ALL,
    severity=Severity.ERROR,
    message="A control character for the direction of text makes this code read differently from what it does.",
    why="What a reviewer sees is not what is compiled: a comment can look like code, and code like a comment.",
    remedy="Take it out, or write it as an escape if the text needs it.",
    note="A warning where every direction that is opened is closed in the same string or comment.",
    confidence=Confidence.HIGH,
    cwe=("CWE-1007",),
    also=("PLE2502", "B613", "G116"),
)
INVISIBLE = Rule(
    id="injection/invisible-character",
    category="injection",
    languages=_ALL,
    severity=Severity.WARNING,
    message="An invisible character stands here.",
    why="It makes two names or values that look the same differ, and can carry text that nobody sees.",
    remedy="Take it out, or write it as an escape if the value needs it.",
    confidence=Confidence.HIGH,
    cwe=("CWE-1007",),
    also=("PLE2515",),
)
MIXED_SCRIPT = Rule(
    id="injection/mixed-script-identifier",
    category="injection",
    languages=_ALL,
    severity=Severity.WARNING,
    message="A name is written with letters of another script that look like Latin ones.",
    why="It is another name than the one it looks like, which only the compiler sees.",
    remedy="Write it in one script.",
    confidence=Confidence.HIGH,
    cwe=("CWE-1007",),
    also=("PLC2401",),
)
RULES = {rule.id: rule for rule in (BIDIRECTIONAL, INVISIBLE, MIXED_SCRIPT)}


_Found = tuple[TextRange, Rule, Severity, str, Fix | None]


def find(text: str, analysis: Analysis) -> tuple[Finding, ...]:
    """Such characters in the analysed text, in its order; of each kind no more than the first hundred.

    A text in ASCII costs nothing, and of any other only the lines that are not in ASCII are searched.
    """
    if text.isascii():
        return ()
    lines = _lines_beyond_ascii(text)
    placements = Placements(analysis)
    found = [
        *islice(_characters(text, lines, placements), MAX_FINDINGS),
        *islice(_names(text, lines, placements), MAX_FINDINGS),
    ]
    seen: Counter[str] = Counter()
    findings: list[Finding] = []
    for place, rule, severity, message, fix in sorted(found, key=lambda one: one[0]):
        quote = " ".join(f"{ord(character):04X}" for character in text[place.start : place.end])
        findings.append(
            Finding(
                rule=rule.id,
                range=place,
                severity=severity,
                message=message,
                why=rule.why,
                remedy=rule.remedy,
                category=rule.category,
                confidence=rule.confidence,
                fingerprint=fingerprint(rule.id, "", quote, seen[quote]),
                cwe=rule.cwe,
                fix=fix,
            )
        )
        seen[quote] += 1
    return tuple(findings)


def _lines_beyond_ascii(text: str) -> list[tuple[int, int]]:
    """Where those lines begin and end."""
    lines: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if not line.isascii():
            lines.append((start, end))
        start = end + 1
    return lines


def _matches(pattern: re.Pattern[str], text: str, lines: Iterable[tuple[int, int]]) -> Iterator[re.Match[str]]:
    for start, end in lines:
        yield from pattern.finditer(text, start, end)


def _characters(text: str, lines: Iterable[tuple[int, int]], placements: Placements) -> Iterator[_Found]:
    """Runs of controls of direction, and of other characters that do not show."""
    found = _matches(SUSPECT, text, lines)
    runs = (run for run in found if not code_points.is_needed(text, run.start(), run.end()))
    closed: dict[TextRange, bool] = {}
    for run in islice(runs, MAX_LOOKED_AT):
        place = TextRange(run.start(), run.end())
        placement = placements.of(place)
        if run["direction"]:
            line = _line(text, place, placement)
            if line not in closed:
                closed[line] = placement.around is not Around.CODE and _is_closed(text, line)
            severity = Severity.WARNING if closed[line] else BIDIRECTIONAL.severity
            what = "a control character for the direction of text" if len(run[0]) == 1 else "control characters"
            message = f"Here is {what}, {_names_of(run[0])}: the code may read differently from what it does."
            yield place, BIDIRECTIONAL, severity, message, _fix(run[0], place, placement)
        elif not _is_usual(run[0], placement):
            what = "is an invisible character" if len(run[0]) == 1 else f"are {len(run[0])} invisible characters"
            message = f"Here {what}: {_names_of(run[0])}."
            yield place, INVISIBLE, INVISIBLE.severity, message, _fix(run[0], place, placement)


def _names(text: str, lines: Iterable[tuple[int, int]], placements: Placements) -> Iterator[_Found]:
    """Names that are all Latin letters but for some of another script that look like them."""
    done = 0
    for hit in islice(_matches(MIXED, text, lines), MAX_LOOKED_AT):
        if hit.start() < done:
            continue
        place = _word(text, hit.start())
        done = place.end
        name = text[place.start : place.end]
        strange = [character for character in name if not character.isascii()]
        if all(character in LOOK_ALIKES for character in strange) and _is_code(placements.of(place)):
            plain = "".join(LOOK_ALIKES.get(character, character) for character in name)
            message = f"This name only looks like `{plain}`: it has {_names_of(strange)} in it."
            yield place, MIXED_SCRIPT, MIXED_SCRIPT.severity, message, None


def _word(text: str, offset: int) -> TextRange:
    """The word at the offset; of a very long one the part nearby."""
    start = offset
    while start > max(0, offset - _NEARBY) and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    end = offset
    while end < min(len(text), offset + _NEARBY) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return TextRange(start, end)


_NEARBY = 200


def _is_code(placement: Placement) -> bool:
    return placement.around is Around.CODE


def _is_usual(run: str, placement: Placement) -> bool:
    """Whether text for people has such characters: hyphens where a word may break, and separators of lines."""
    if placement.around is Around.CODE:
        return False
    return run == code_points.SOFT_HYPHEN or (placement.around is Around.STRING and run in code_points.LINE_SEPARATORS)


def _line(text: str, place: TextRange, placement: Placement) -> TextRange:
    """The part of the comment or string, or of the code, that is on the line of the place."""
    start = text.rfind("\n", placement.range.start, place.start) + 1
    end = text.find("\n", place.end, placement.range.end)
    return TextRange(max(start, placement.range.start), end if end >= 0 else placement.range.end)


def _is_closed(text: str, line: TextRange) -> bool:
    """Whether every direction that is opened on the line is closed there."""
    closers: list[str] = []
    for run in SUSPECT.finditer(text, line.start, line.end):
        for character in run["direction"] or "":
            if character in code_points.EMBEDDINGS:
                closers.append(code_points.POP_EMBEDDING)
            elif character in code_points.ISOLATES:
                closers.append(code_points.POP_ISOLATE)
            elif closers and character == closers[-1]:
                closers.pop()
    return not closers


def _fix(run: str, place: TextRange, placement: Placement) -> Fix | None:
    """Write them as escapes where that keeps the value; else take them out, which is safe in comments alone."""
    if placement.around is Around.STRING:
        if placement.escape is None:
            return None
        escaped = "".join(map(placement.escape, run))
        return Fix(f"Write {escaped} instead", (TextEdit(place, escaped),), Applicability.SAFE)
    safe = placement.around is Around.COMMENT
    title = "Take it out" if len(run) == 1 else "Take them out"
    return Fix(title, (TextEdit(place, ""),), Applicability.SAFE if safe else Applicability.SUGGESTED)


def _names_of(characters: Sequence[str]) -> str:
    """The characters' names, the first few of them."""
    names = list(dict.fromkeys(map(code_points.name, characters)))
    more = f" and {len(names) - _NAMED} others" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


_NAMED = 3
