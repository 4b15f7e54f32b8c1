"""Half-typed statements: a change after which the statement around it does not parse by itself.

Most keystrokes leave such a text. Parsing all of it would cost much, and tear apart what stands below; parsing the
statement alone tells that it is not whole yet, and where.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from oldhand.syntax.tree import SyntaxTree, class_at, parse_ranges
from oldhand.text.edits import changed_span
from oldhand.text.ranges import TextRange

# In code points: what is larger is not worth parsing twice.
_LARGEST = 30_000


@dataclass(frozen=True, slots=True, eq=False)
class HalfTyped:
    """How a text differs from one that was parsed whole, and what of it does not parse.

    `removed` is the one span that differs in the earlier text, `added` the one in this text; `region` is what was
    parsed: the statements around it. `errors` are what does not parse, `comments` the comments in the region, both in
    text order and in this text.
    """

    removed: TextRange
    added: TextRange
    region: TextRange
    errors: tuple[TextRange, ...]
    comments: tuple[TextRange, ...]

    def forward(self, place: TextRange) -> TextRange | None:
        """Where a range of the earlier text is in this one; None where it touches the change."""
        if place.end < self.removed.start:
            return place
        return place.moved(self._growth) if place.start > self.removed.end else None

    def back(self, place: TextRange) -> TextRange | None:
        """Where a range of this text was in the earlier one; None where it touches the change."""
        if place.end < self.added.start:
            return place
        return place.moved(-self._growth) if place.start > self.added.end else None

    def around(self, place: TextRange) -> TextRange | None:
        """Like `forward`, but a range that the change is inside of grows with it."""
        if place.start < self.removed.start and self.removed.end < place.end:
            return TextRange(place.start, place.end + self._growth)
        return self.forward(place)

    @property
    def _growth(self) -> int:
        return len(self.added) - len(self.removed)


def half_typed(before: SyntaxTree, text: str) -> HalfTyped | None:
    """How `text`, a changed state of a parsed text, is broken at the change; None where only a whole parse can tell.

    That is where the statements around the change parse, where they did not parse before, and where a comment is
    opened that may end anywhere. Of members of a class only those around the change are parsed.
    """
    removed, added = changed_span(before.text, text)
    span = _statements(before, removed)
    if span is None:
        return None
    growth = len(added) - len(removed)
    region = TextRange(span.region.start, span.region.end + growth)
    if len(region) > _LARGEST or _opens_comment(text, region):
        return None
    pieces = [*span.opening, region, *(piece.moved(growth) for piece in span.closing)]
    tree = parse_ranges(before.language, text, pieces)
    errors = tuple(tree.error_ranges())
    return HalfTyped(removed, added, region, errors, tuple(_comments(tree, region))) if errors else None


@dataclass(frozen=True, slots=True)
class _Statements:
    """Statements that follow each other, and the classes around them: their headers, and what closes them."""

    region: TextRange
    opening: tuple[TextRange, ...]
    closing: tuple[TextRange, ...]


def _statements(tree: SyntaxTree, place: TextRange) -> _Statements | None:
    """The statement that a range is inside of, or those around it; None where one of them does not parse.

    At a statement's edge its neighbour counts too, for what is typed there may belong to either.
    """
    start, end = tree.to_byte(place.start), tree.to_byte(place.end)
    parent = tree.tree.root_node
    whole = TextRange(0, len(tree.text))
    opening: list[TextRange] = []
    closing: list[TextRange] = []
    while True:
        children = parent.named_children
        low, high = (bisect_right(children, byte, key=lambda child: child.end_byte) for byte in (start, end))
        first = children[low] if low < len(children) else None
        if low != high or first is None or start <= first.start_byte:
            break
        found = class_at(first, tree.language)
        body = found[1] if found is not None else first
        if found is None or not (body.start_byte < start and end < body.end_byte):
            return None if first.has_error else _Statements(tree.range_of(first), tuple(opening), tuple(closing))
        outer, inner = tree.range_of(first), tree.range_of(body)
        if tree.text[inner.start] == "{":
            inner = TextRange(inner.start + 1, inner.end - 1)
        opening.append(TextRange(outer.start, inner.start))
        closing.insert(0, TextRange(inner.end, outer.end))
        parent, whole = body, inner
    if first is None or start <= first.start_byte:
        low -= 1
    while low >= 0 and "comment" in children[low].type:
        low -= 1
    if any(child.has_error for child in children[max(low, 0) : high + 1]):
        return None
    region = TextRange(
        tree.range_of(children[low]).start if low >= 0 else whole.start,
        tree.range_of(children[high]).end if high < len(children) else whole.end,
    )
    return _Statements(region, tuple(opening), tuple(closing))


def _opens_comment(text: str, region: TextRange) -> bool:
    """Whether a block comment is left open in the region that something below would close."""
    opened = text.count("/*", region.start, region.end)
    return opened > text.count("*/", region.start, region.end) and text.find("*/", region.end) >= 0


def _comments(tree: SyntaxTree, region: TextRange) -> Iterator[TextRange]:
    stack = [tree.tree.root_node]
    while stack:
        node = stack.pop()
        if node.child_count:
            stack.extend(reversed(node.children))
        elif "comment" in node.type:
            place = tree.range_of(node)
            if region.covers(place):
                yield place
