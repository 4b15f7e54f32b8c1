"""Names that continue a series, as migrations and decision records have them: the next number, or the time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

_LONGEST_SLUG = 50
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NUMBERED = re.compile(r"((?:[vV]|(?:adr|ADR)[-_]?)?)([0-9]{1,20})(__|[-_.]|\Z)", re.ASCII)


def slug(name: str, separator: str) -> str:
    """The name's words in lower-case ASCII letters and digits; empty where it has none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words: list[str] = []
    for word in _WORD.findall(plain):
        if sum(map(len, words)) + len(words) + len(word) > _LONGEST_SLUG:
            break
        words.append(word.lower())
    return separator.join(words)


def next_name(siblings: Sequence[str], about: str, suffix: str, now: datetime, *, separator: str) -> str:
    """The name that comes after the siblings, made as the last of them is: `0005_about.sql`, `V5__about.sql`.

    Where siblings have no numbers the new one has none either; where there are no siblings, it is the first.
    """
    numbered = [match for sibling in siblings if (match := _NUMBERED.match(sibling))]
    if siblings and not numbered:
        return about + suffix
    if not numbered:
        return f"0001{separator}{about}{suffix}"
    last = max(numbered, key=lambda match: int(match[2]))
    return f"{last[1]}{_next_number(last[2], now)}{last[3] or separator}{about}{suffix}"


def _next_number(last: str, now: datetime) -> str:
    """After a number the next; after a time the present one, in the same form and never before the last."""
    following = str(int(last) + 1).zfill(len(last))
    utc = now.astimezone(UTC)
    if len(last) == 14 and last.startswith(("19", "20")):
        return max(utc.strftime("%Y%m%d%H%M%S"), following)
    if len(last) == 13 and last.startswith("1"):
        return max(str(int(utc.timestamp() * 1000)), following)
    if len(last) == 10 and last.startswith("1"):
        return max(str(int(utc.timestamp())), following)
    if len(last) == 8 and last.startswith(("19", "20")):
        return max(utc.strftime("%Y%m%d"), last)
    return following
