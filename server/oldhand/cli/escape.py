"""Reviewed text made fit for terminals and CI logs: nothing in it can move the cursor, hide, or command a runner."""

from __future__ import annotations

import re

from oldhand.text.visible import is_invisible, visible

# Azure Pipelines and TeamCity obey `##vso[`, `##[` and `##teamcity[` anywhere in a line (GitHub's old runners, too);
# GitHub obeys `::name` where only white space stands before it.
_ANYWHERE = re.compile(r"#(?=#[a-zA-Z-]*\[)")
_AT_START = re.compile(r"^(\s*):(?=:)", re.MULTILINE)
_JSON_UNSAFE = re.compile(r"[^\t\n -~]")


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


def _json_escape(character: str) -> str:
    if not is_invisible(character):
        return character
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
