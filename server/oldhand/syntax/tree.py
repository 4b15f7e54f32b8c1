"""Parsing: a text and its language become a tree; the tree of a changed text is made from its predecessor."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

import tree_sitter

from oldhand.syntax.languages import Language, grammar
from oldhand.syntax.node import Node, build
from oldhand.text.edits import changed_span
from oldhand.text.ranges import TextRange

# How many characters may change between a state without errors and one that is parsed from it.
_NEAR = 20_000
_MOST_ERRORS = 1_000
# A long text is read in pieces: while one is parsed no other thread runs, and an editor would wait for all of it.
# In bytes, and even, since a piece must not end within a unit of UTF-16.
_LONG = 1 << 17
_PIECE = 1 << 14
_ENCODINGS: dict[int, Literal["utf8", "utf16le"]] = {1: "utf8", 2: "utf16le"}
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, eq=False)
class SyntaxTree:
    """A parsed text.

    ASCII is parsed as UTF-8, where a byte is a code point; all else as UTF-16, where only characters beyond the
    Basic Multilingual Plane need counting. `unit` is 1 or 2 bytes accordingly.
    `whole` is the last earlier state that had no errors, where this one has some.
    """

    language: Language
    text: str
    tree: tree_sitter.Tree
    unit: int
    astral: tuple[int, ...]
    whole: SyntaxTree | None = None

    @property
    def has_error(self) -> bool:
        """Whether some part of the text does not parse."""
        return self.tree.root_node.has_error

    def root(self) -> Node:
        """The whole tree as nodes."""
        return self.nodes(self.tree.root_node)

    def nodes(self, root: tree_sitter.Node) -> Node:
        """The subtree at one of tree-sitter's nodes."""
        return build(root, self.text, self.to_offset())

    def to_offset(self) -> Callable[[int], int] | None:
        """The function from byte offsets to code points; None where they are the same."""
        if self.unit == 1:
            return None
        astral = self.astral
        if not astral:
            return lambda byte: byte >> 1
        return lambda byte: (byte >> 1) - bisect_left(astral, byte >> 1)

    def to_byte(self, offset: int) -> int:
        """tree-sitter's byte offset of a code point."""
        return _byte(offset, self.unit, self.astral)

    def range_of(self, node: tree_sitter.Node) -> TextRange:
        """Where one of tree-sitter's nodes stands, in code points."""
        to_offset = self.to_offset()
        if to_offset is None:
            return TextRange(node.start_byte, node.end_byte)
        return TextRange(to_offset(node.start_byte), to_offset(node.end_byte))

    def text_of(self, node: tree_sitter.Node) -> str:
        """The source text of one of tree-sitter's nodes."""
        found = self.range_of(node)
        return self.text[found.start : found.end]

    def error_ranges(self) -> list[TextRange]:
        """What does not parse, in text order: the outermost error nodes, and the places of tokens that are missing.

        Of very many errors only the first 1,000, as there are in files that are no source text.
        """
        found: list[TextRange] = []
        stack = [self.tree.root_node] if self.has_error else []
        while stack and len(found) < _MOST_ERRORS:
            node = stack.pop()
            if node.is_error or node.is_missing:
                found.append(self.range_of(node))
            elif node.has_error:
                stack.extend(reversed(node.children))
        return found

    def smallest_at(self, place: TextRange) -> tree_sitter.Node | None:
        """tree-sitter's smallest named node around a range."""
        start, end = self.to_byte(place.start), self.to_byte(place.end)
        return self.tree.root_node.named_descendant_for_byte_range(start, end)


def class_at(node: tree_sitter.Node, language: Language) -> tuple[tree_sitter.Node, tree_sitter.Node] | None:
    """The class below the wrappers at `node`, and its body; None where there is no class."""
    while node.type in language.wrappers:
        inner = node.child_by_field_name("definition") or node.child_by_field_name("declaration")
        if inner is None:
            return None
        node = inner
    if node.type not in language.classes:
        return None
    body = node.child_by_field_name("body")
    return (node, body) if body is not None and body.type in language.bodies else None


def parse(language: Language, text: str, previous: SyntaxTree | None = None) -> SyntaxTree:
    """The tree of `text`; `previous`, the tree of an earlier state, makes that a matter of the changed part.

    Never fails on any text: what does not parse is in the tree as error nodes.
    A text without errors has the same tree whatever came before it. tree-sitter by itself does not see to that,
    because it takes over what it has parsed next to an error; so while there are errors each state is parsed from
    the last one without, unless that is far away, and then anew when they are gone.
    """
    whole = previous.whole if previous is not None and previous.has_error else previous
    near = whole is not None and (whole is previous or not _far(whole, text))
    tree = _parse(language, text, whole if near else previous)
    return replace(tree, whole=whole) if tree.has_error else tree


def parse_ranges(language: Language, text: str, ranges: Iterable[TextRange]) -> SyntaxTree:
    """The tree of some ranges of `text`, in its order, as if they stood one behind the other."""
    source, unit, astral = _encoded(text)
    included = [
        tree_sitter.Range(
            _point(text, place.start, unit, astral),
            _point(text, place.end, unit, astral),
            _byte(place.start, unit, astral),
            _byte(place.end, unit, astral),
        )
        for place in ranges
    ]
    tree = tree_sitter.Parser(grammar(language), included_ranges=included).parse(source, encoding=_ENCODINGS[unit])
    return SyntaxTree(language, text, tree, unit, astral)


def _encoded(text: str) -> tuple[bytes, int, tuple[int, ...]]:
    """The text as tree-sitter reads it, and a tree's `unit` and `astral`."""
    if text.isascii():
        return text.encode("ascii"), 1, ()
    source = text.encode("utf-16-le", "surrogatepass")
    if 2 * len(text) == len(source):
        return source, 2, ()
    return source, 2, tuple(match.start() + n for n, match in enumerate(_ASTRAL.finditer(text)))


def _parse(language: Language, text: str, base: SyntaxTree | None) -> SyntaxTree:
    source, unit, astral = _encoded(text)
    parser = tree_sitter.Parser(grammar(language))
    encoding = _ENCODINGS[unit]
    read = source if len(source) < _LONG else _in_pieces(source)
    if base is None or base.language is not language or base.unit != unit:
        tree = parser.parse(read, encoding=encoding)
    else:
        tree = parser.parse(read, _edited(base, text, astral), encoding=encoding)
        if base.has_error and not tree.root_node.has_error:
            tree = parser.parse(read, encoding=encoding)
    return SyntaxTree(language, text, tree, unit, astral)


def _in_pieces(source: bytes) -> Callable[[int, object], bytes]:
    """The text as tree-sitter may ask for it: between two pieces other threads get their turn."""
    return lambda byte, _: source[byte : byte + _PIECE]


def _far(tree: SyntaxTree, text: str) -> bool:
    """Whether so much differs that an earlier tree is of no more use than a broken one."""
    removed, added = changed_span(tree.text, text)
    return max(len(removed), len(added)) > _NEAR


def _edited(base: SyntaxTree, text: str, astral: tuple[int, ...]) -> tree_sitter.Tree:
    """The old tree, told which span changed."""
    before, after = changed_span(base.text, text)
    tree = base.tree.copy()
    tree.edit(
        start_byte=_byte(after.start, base.unit, astral),
        old_end_byte=_byte(before.end, base.unit, base.astral),
        new_end_byte=_byte(after.end, base.unit, astral),
        start_point=_point(text, after.start, base.unit, astral),
        old_end_point=_point(base.text, before.end, base.unit, base.astral),
        new_end_point=_point(text, after.end, base.unit, astral),
    )
    return tree


def _byte(offset: int, unit: int, astral: tuple[int, ...]) -> int:
    """The byte offset of a code point; `astral` are the UTF-16 unit offsets of characters that take two units."""
    if unit == 1:
        return offset
    return 2 * (offset + bisect_left(range(len(astral)), offset, key=lambda n: astral[n] - n))


def _point(text: str, offset: int, unit: int, astral: tuple[int, ...]) -> tuple[int, int]:
    """tree-sitter's row and column: rows end at `\n` alone, columns are bytes."""
    line_start = text.rfind("\n", 0, offset) + 1
    column = _byte(offset, unit, astral) - _byte(line_start, unit, astral)
    return text.count("\n", 0, offset), column
