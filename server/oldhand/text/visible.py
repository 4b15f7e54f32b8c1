"""Characters that do not show, or that a terminal or an editor would obey, written as escapes."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_PLAIN = re.compile(r"[\t\n -~]*")


def visible(text: str) -> str:
    """`text` with control, bidirectional and other invisible characters as escapes such as `\\x1b` and `\\u202e`.

    Tabs and line feeds stay; so do letters and signs of every script.
    """
    if _PLAIN.fullmatch(text) is None:
        text = "".join(map(_shown, text))
    return text


@cache
def is_invisible(character: str) -> bool:
    """Whether a terminal would obey the character or show nothing for it: controls, formats, surrogates, unassigned.

    Variation selectors count, but for the two that choose between text and emoji.
    """
    code = ord(character)
    if 0xFE00 <= code <= 0xFE0D or 0xE0100 <= code <= 0xE01EF:
        return True
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@cache
def escaped(character: str) -> str:
    """The escape that stands for one character, as Python writes it."""
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _shown(character: str) -> str:
    return escaped(character) if character not in "\t\n" and is_invisible(character) else character
