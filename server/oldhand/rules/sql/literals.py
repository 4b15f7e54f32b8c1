"""String literals of Python, JavaScript and TypeScript as the text they stand for, each character with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from oldhand.rules.sql.located import Piece
from oldhand.rules.sql.tokens import INTERPOLATED
from oldhand.syntax.node import Node

STRINGS = frozenset({"string", "concatenated_string", "template_string"})


def literal_pieces(node: Node) -> Iterator[Piece]:
    """What a string node holds, in pieces.

    Escape sequences are decoded; what is put in at run time becomes as many `INTERPOLATED` as it has characters.
    """
    if node.kind == "concatenated_string":
        for child in node.children:
            if child.kind == "string":
                yield from literal_pieces(child)
        return
    if _is_python(node):
        yield from _python(node)
    else:
        yield from _javascript(node)


def interpolated(start: int, end: int) -> Piece:
    """The piece for a value that the program computes at `start..end`."""
    return Piece(INTERPOLATED * (end - start), start, end)


def _is_python(node: Node) -> bool:
    return bool(node.children) and node.children[0].kind == "string_start"


_PYTHON_ESCAPE = re.compile(
    r"\\(?:\r\n|[\n\r'\"\\abfnrtv]|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^{}]*\})"
)
_JS_ESCAPE = re.compile(r"\\(?:\r\n|u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.DOTALL)
_BRACES = re.compile(r"\{\{|\}\}")
_NAMED = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\n": "", "\r": "", "\r\n": "", "\u2028": "", "\u2029": "",
}  # fmt: skip


def _python(node: Node) -> Iterator[Piece]:
    prefix = node.children[0].text.rstrip("'\"").lower()
    escape = None if "r" in prefix else _PYTHON_ESCAPE
    place = node.children[0].end
    end = node.children[-1].start if node.children[-1].kind == "string_end" else node.end
    for child in node.children:
        if child.kind != "interpolation":
            continue
        yield from _decoded(node.source, place, child.start, escape, braces=True)
        yield interpolated(child.start, child.end)
        place = child.end
    yield from _decoded(node.source, place, end, escape, braces="f" in prefix)


def _javascript(node: Node) -> Iterator[Piece]:
    place = node.start + 1
    closed = len(node.children) > 1 and node.children[-1].text == node.source[node.start]
    end = node.end - 1 if closed else node.end
    for child in node.children:
        if child.kind != "template_substitution":
            continue
        yield from _decoded(node.source, place, child.start, _JS_ESCAPE, braces=False)
        yield interpolated(child.start, child.end)
        place = child.end
    yield from _decoded(node.source, place, end, _JS_ESCAPE, braces=False)


def _decoded(source: str, start: int, end: int, escape: re.Pattern[str] | None, *, braces: bool) -> Iterator[Piece]:
    """The pieces of `source[start:end]`, none of which is put in at run time."""
    place = start
    for found in _special(source, start, end, escape, braces=braces):
        if place < found.start():
            yield Piece(source[place : found.start()], place, found.start())
        sequence = found.group()
        yield Piece(_meaning(sequence), found.start(), found.end())
        place = found.end()
    if place < end:
        yield Piece(source[place:end], place, end)


def _special(
    source: str, start: int, end: int, escape: re.Pattern[str] | None, *, braces: bool
) -> Iterator[re.Match[str]]:
    patterns = [pattern for pattern in (escape, _BRACES if braces else None) if pattern is not None]
    if len(patterns) == 1:
        yield from patterns[0].finditer(source, start, end)
    elif patterns:
        yield from re.compile(f"{patterns[0].pattern}|{patterns[1].pattern}").finditer(source, start, end)


def _meaning(sequence: str) -> str:
    if sequence in ("{{", "}}"):
        return sequence[0]
    body = sequence[1:]
    if body in _NAMED:
        return _NAMED[body]
    digits = body[1:].strip("{}")
    match body[0]:
        case "x" | "u" | "U" if digits and all(digit in "0123456789abcdefABCDEF" for digit in digits):
            value = int(digits, 16)
            return chr(value) if value <= 0x10FFFF else "\ufffd"
        case "N" if len(body) > 1:
            return _named_character(digits)
        case digit if digit in "01234567":
            return chr(int(body, 8))
        case _:
            return body


def _named_character(name: str) -> str:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return "\ufffd"
