"""Code points that do not show or look like others, and the places where people need them."""

from __future__ import annotations

import re
import unicodedata

# Embeddings, overrides and isolates, and what closes them; isolates are closed by U+2069 alone.
EMBEDDINGS = "\u202a\u202b\u202d\u202e"
ISOLATES = "\u2066\u2067\u2068"
POP_EMBEDDING = "\u202c"
POP_ISOLATE = "\u2069"

SOFT_HYPHEN = "\u00ad"
LINE_SEPARATORS = "\u2028\u2029"

_DIRECTION = EMBEDDINGS + ISOLATES + POP_EMBEDDING + POP_ISOLATE
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028\u2029\u2060-\u2064\u206a-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef"
)
SUSPECT = re.compile(f"(?P<direction>[{_DIRECTION}]+)|[{_UNSEEN}]+")

# Letters that most fonts draw exactly like a Latin one.
LOOK_ALIKES = dict(
    zip(
        "аеорсхуіјѕһԁԛԝӏАВЕКМНОРСТХУІЈЅԌοΑΒΕΖΗΙΚΜΝΟΡΤΥΧօսհոᎪᎠᎬᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃ",
        "aeopcxyijshdqwlABEKMHOPCTXYIJSGoABEZHIKMNOPTYXouhnADEHJKLMPRSTVWZ",
        strict=True,
    )
)
_LIKE = "".join(LOOK_ALIKES)
MIXED = re.compile(f"[A-Za-z][{_LIKE}]|[{_LIKE}][A-Za-z]")

_JOINERS = "\u200b\u200c\u200d\u180e\u17b4\u17b5"
_MARKS = "\u200e\u200f\u061c"
_TEXT_STYLE = "\ufe0e"
_EMOJI_STYLE = "\ufe0f"
_FLAG = re.compile("[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_NEARBY = 200


def is_needed(text: str, start: int, end: int) -> bool:
    """Whether the unseen characters from `start` to `end` do in their surroundings what they are there for."""
    run = text[start:end]
    before, after = text[start - 1 : start], text[end : end + 1]
    if run == "\ufeff":
        return start == 0
    if not before:
        return False
    if run in _MARKS:
        return _RIGHT_TO_LEFT.search(text, max(0, start - _NEARBY), end + _NEARBY) is not None
    if run in _JOINERS and _joins(before):
        return True
    if run in "\u115f\u1160":
        return "\u1100" <= before <= "\u11ff" or "\u1100" <= after <= "\u11ff"
    if run == "\u034f":
        return unicodedata.combining(before) != 0
    return _is_emoji_part(before, run, after) or _is_variant(before, run)


def name(character: str) -> str:
    """A character as `U+202E RIGHT-TO-LEFT OVERRIDE`."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _joins(character: str) -> bool:
    """Whether it is of the scripts from Hebrew to Tibetan and Mongolian, in which joiners and breaks have uses."""
    return "\u0590" <= character <= "\u1cff" or "\ua800" <= character <= "\uabff" or "\ufb1d" <= character <= "\ufefc"


def _is_emoji_part(before: str, run: str, after: str) -> bool:
    if before in "0123456789#*":
        return run == _EMOJI_STYLE and after == "\u20e3"
    if before == "\U0001f3f4" and _FLAG.fullmatch(run):
        return True
    if not _is_pictogram(before):
        return False
    if run in (_EMOJI_STYLE, _TEXT_STYLE):
        return True
    return run in ("\u200d", _EMOJI_STYLE + "\u200d") and after != "" and _is_pictogram(after)


def _is_pictogram(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk", "Sm") or character in "\u203c\u2049\u3030\u303d"


def _is_variant(before: str, run: str) -> bool:
    """Whether one variation selector follows a character that has variants: a symbol, or an ideograph."""
    if len(run) != 1:
        return False
    if "\ufe00" <= run <= "\ufe0f":
        return before > "\u00ff" and not before.isspace()
    return run >= "\U000e0100" and (
        "\u3400" <= before <= "\u9fff" or "\uf900" <= before <= "\ufaff" or before >= "\U00020000"
    )
