"""Screening: which texts are not worth a reviewer's time, and why, in one sentence that is the same for all of them."""

from __future__ import annotations

import codecs
import re

# As git does it: a NUL character among the first 8,000 makes a file binary.
_START = 8_000
# People's code has 25 to 45 characters a line. Ten times that over a whole file was written by a tool, while one long
# literal in a file of ordinary size stays below; a single short statement on one line is no evidence.
_LONGEST_MEAN_LINE = 300
_LEAST_MINIFIED = 5_000

# Comments, a leading string as Python's modules have it, and blank lines, at the start of a text.
_HEADER = re.compile(
    r"""\ufeff? (?: \s+ | (?: \# | // | -- ) [^\r\n]* | /\* .*? (?: \*/ | \Z ) | "{3} .*? (?: "{3} | \Z ) )*+""",
    re.DOTALL | re.VERBOSE,
)
# What generators agree on: "Code generated … DO NOT EDIT" and its kin within three lines, or the tag of its own. Not
# "generated" alone: migrations are generated to be edited.
_GENERATED = re.compile(
    r"""(?<!\w)@generated\b
    | \bgenerated\b (?: [^\r\n]* (?:\r\n?|\n) ){0,3}? [^\r\n]*? \bdo\ not\ (?:edit|modify|change)\b
    | \bdo\ not\ (?:edit|modify|change)\b (?: [^\r\n]* (?:\r\n?|\n) ){0,3}? [^\r\n]*? \bgenerated\b""",
    re.IGNORECASE | re.VERBOSE,
)


def unreadable(text: str, max_bytes: int) -> str:
    """Why a text is not reviewed, or "": too large in UTF-8, binary, generated or minified."""
    if max_bytes < len(text) or (max_bytes < 4 * len(text) and max_bytes < _size(text)):
        return _too_large(max_bytes)
    if "\0" in text[:_START]:
        return "It is binary: there is a NUL character near its start."
    header = _HEADER.match(text, 0, _START)
    if header and _GENERATED.search(header[0]):
        return "It is generated: its first lines say so, and ask not to edit it."
    lines = max(text.count("\n"), text.count("\r")) + 1
    if len(text) > _LEAST_MINIFIED and len(text) / lines > _LONGEST_MEAN_LINE:
        return f"It is minified or data: its lines have more than {_LONGEST_MEAN_LINE} characters on average."
    return ""


def unreadable_bytes(raw: bytes, max_bytes: int) -> str:
    """Why a file's bytes can not be read as text, or "": too large, UTF-16 or UTF-32, binary.

    What else makes bytes no UTF-8 is for the decoder to say, and for `unreadable` what the text is like.
    """
    if max_bytes < len(raw):
        return _too_large(max_bytes)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        return "It is not UTF-8: it begins with the mark of UTF-16 or UTF-32."
    if b"\0" in raw[:_START]:
        return "It is binary: there is a NUL character near its start."
    return ""


def _too_large(max_bytes: int) -> str:
    return f"It is larger than {max_bytes:,} bytes, the limit in the settings."


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
