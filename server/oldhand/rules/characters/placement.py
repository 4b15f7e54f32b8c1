"""What stands around a place in a text: code, a comment or a string, and how that string writes an escape."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import tree_sitter

from oldhand.rules.analysis import Analysis
from oldhand.rules.sql.dialect import Dialect
from oldhand.rules.sql.tokens import TokenKind, tokenize
from oldhand.text.ranges import TextRange


class Around(Enum):
    """What a character belongs to."""

    CODE = "code"
    COMMENT = "comment"
    STRING = "string"


@dataclass(frozen=True, slots=True)
class Placement:
    """`range` is that of the comment or string, for code that of the whole text.

    `escape` writes a character as an escape of that string; None where it can not be done.
    """

    around: Around
    range: TextRange
    escape: Callable[[str], str] | None = None


class Placements:
    """The placements in one analysed text."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._tree = analysis.parsed()

    def of(self, place: TextRange) -> Placement:
        """What stands around the place."""
        tree = self._tree
        if tree is None:
            return self._in_sql(place)
        node = tree.smallest_at(place)
        while node is not None and node.type not in _CODE:
            if node.type in _COMMENTS:
                return Placement(Around.COMMENT, tree.range_of(node))
            if node.type in _STRINGS:
                return Placement(Around.STRING, tree.range_of(node), _escape(node, self._analysis.language.id))
            node = node.parent
        return Placement(Around.CODE, TextRange(0, len(self._analysis.text)))

    def _in_sql(self, place: TextRange) -> Placement:
        number = bisect_right(self._sql, place.start, key=lambda placement: placement.range.start) - 1
        if number >= 0 and self._sql[number].range.covers(place):
            return self._sql[number]
        return Placement(Around.CODE, TextRange(0, len(self._analysis.text)))

    @cached_property
    def _sql(self) -> list[Placement]:
        """The comments and strings of a text of SQL."""
        kinds = {TokenKind.COMMENT: Around.COMMENT, TokenKind.STRING: Around.STRING}
        return [
            Placement(kinds[token.kind], TextRange(token.start, token.end))
            for token in tokenize(self._analysis.text, Dialect.UNKNOWN)
            if token.kind in kinds
        ]


# Node kinds of all grammars: what a string is written in, and what stands between it and code that it holds.
_COMMENTS = frozenset({"comment", "line_comment", "block_comment", "html_comment"})
_STRINGS = frozenset({
    "string", "template_string", "jsx_text", "regex", "interpreted_string_literal", "raw_string_literal",
    "rune_literal", "string_literal", "character_literal",
})  # fmt: skip
_CODE = frozenset({"interpolation", "template_substitution", "jsx_expression", "string_interpolation"})


def _escape(string: tree_sitter.Node, language: str) -> Callable[[str], str] | None:
    """The way to write a character as an escape in that string."""
    if string.type in ("jsx_text", "regex", "raw_string_literal") or _parent(string) == "jsx_attribute":
        return None
    if language == "python":
        start = string.children[0].text or b""
        # A raw string has no escapes, and before Python 3.12 neither had a string inside the braces of another.
        return None if b"r" in start.lower() or _parent(string) in _CODE else _long
    if language in ("javascript", "typescript", "tsx"):
        # What a tag makes of a template's source is its own business.
        return None if string.type == "template_string" and _parent(string) == "call_expression" else _braced
    return {"go": _long, "java": _utf16}.get(language)


def _parent(node: tree_sitter.Node) -> str:
    return node.parent.type if node.parent is not None else ""


def _long(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _braced(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\u{{{code:x}}}"


def _utf16(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[n : n + 4]}" for n in range(0, len(units), 4))
