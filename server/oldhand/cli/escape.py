"""Reviewed text made fit for terminals and CI logs: nothing in it can move the cursor, hide, or command a runner."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Azure Pipelines and TeamCity obey `##vso[`, `##[` and `##teamcity[` anywhere in a line (GitHub's old runners, too);
# GitHub obeys `::name` where only white space stands before it.
_ANYWHERE = re.compile(r"#(?=#[a-zA-Z-]*\[)")
_AT_START = re.compile(r"^(\s*):(?=:)", re.MULTILINE)
_PLAIN = re.compile(r"[\t\n -~]*")
_JSON_UNSAFE = re.compile(r"[^\t\n -~]")


def visible(text: str) -> str:
    """`text` with control, bidirectional and other invisible characters as escapes such as `\\x1b` and `\\u202e`.

    Tabs and line feeds stay; so do letters and signs of every script.
    """
    if _PLAIN.fullmatch(text) is None:
        text = "".join(map(_shown, text))
    return text


def harmless(text: str) -> str:
    """`visible` text in which no CI system finds a command, at the cost of a `#` or `:` written as an escape."""
    return _AT_START.sub(r"\1\\x3a", command_free(visible(text)))


def command_free(text: str) -> str:
    """A text within whose lines no CI system finds a command; at their start GitHub still might."""
    return _ANYWHERE.sub(r"\\x23", text)


def harmless_json(document: str) -> str:
    """The same JSON value, with what `harmless` escapes written as JSON escapes; other scripts stay readable."""
    document = _JSON_UNSAFE.sub(lambda match: _json_escape(match[0]), document)
    return _ANYWHERE.sub(r"\\u0023", document)


def command_offsets(line: str) -> frozenset[int]:
    """Where in a line a `#` has to be escaped, so that no CI system finds a command in it."""
    return frozenset(match.start() for match in _ANYWHERE.finditer(line))


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


def _json_escape(character: str) -> str:
    if not is_invisible(character):
        return character
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
