"""Half-typed statements: a change after which the statement around it does not parse by itself.

Most keystrokes leave such a text. Parsing all of it would cost much, and tear apart what stands below; parsing the
statement alone tells that it is not whole yet, and where.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from oldhand.syntax.tree import SyntaxTree, class_at, parse_ranges
from oldhand.text.edits import TextEdit, apply, changed_span
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

    def __lt__(self, other: HalfTyped) -> bool:
        return self.removed < other.removed

    @property
    def growth(self) -> int:
        """By how much this text is longer there."""
        return len(self.added) - len(self.removed)

    def moved(self, earlier: int, now: int) -> HalfTyped:
        """The same change that far further on in the earlier text, and in this one."""
        return HalfTyped(
            self.removed.moved(earlier),
            self.added.moved(now),
            self.region.moved(now),
            tuple(error.moved(now) for error in self.errors),
            tuple(comment.moved(now) for comment in self.comments),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """All that is half typed in a text, in its order: changes that have no statement in common."""

    items: tuple[HalfTyped, ...]

    def forward(self, place: TextRange) -> TextRange | None:
        """Where a range of the earlier text is in this one; None where it touches a change."""
        by = 0
        for change in self.items:
            if place.end < change.removed.start:
                break
            if place.start <= change.removed.end:
                return None
            by += change.growth
        return place.moved(by)

    def back(self, place: TextRange) -> TextRange | None:
        """Where a range of this text was in the earlier one; None where it touches a change."""
        by = 0
        for change in self.items:
            if place.end < change.added.start:
                break
            if place.start <= change.added.end:
                return None
            by -= change.growth
        return place.moved(by)

    def around(self, place: TextRange) -> TextRange | None:
        """Like `forward`, but a range that a change is inside of grows with it."""
        start, end = place.start, place.end
        for change in self.items:
            if place.end < change.removed.start:
                break
            if place.start > change.removed.end:
                start += change.growth
            elif not (place.start < change.removed.start and change.removed.end < place.end):
                return None
            end += change.growth
        return TextRange(start, end)

    def undone(self, earlier: str, text: str) -> str:
        """This text with all of the changes taken back."""
        edits = (TextEdit(one.added, earlier[one.removed.start : one.removed.end]) for one in self.items)
        return apply(text, tuple(edits))


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
    # Where a class ends with its last member, nothing closes it.
    closing = [piece.moved(growth) for piece in span.closing if len(piece)]
    pieces = [*span.opening, region, *closing]
    tree = parse_ranges(before.language, text, pieces)
    errors = _within(tree.error_ranges(), pieces)
    if not errors:
        return None
    line_end = text.find("\n", added.end)
    if span.below and added.end <= line_end < region.end:
        # An open bracket at the end of a statement is no fault of the one below, unless it is whole without that.
        narrow = TextRange(region.start, line_end)
        pieces = [*span.opening, narrow, *closing]
        alone = parse_ranges(before.language, text, pieces)
        if found := _within(alone.error_ranges(), pieces):
            tree, region, errors = alone, narrow, found
    return HalfTyped(removed, added, region, tuple(errors), tuple(_comments(tree, region)))


@dataclass(frozen=True, slots=True)
class _Statements:
    """Statements that follow each other, and the classes around them: their headers, and what closes them.

    `below` says that the last of them stands below the range, whole.
    """

    region: TextRange
    opening: tuple[TextRange, ...]
    closing: tuple[TextRange, ...]
    below: bool = False


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
    below = high < len(children) and end <= children[high].start_byte
    return _Statements(region, tuple(opening), tuple(closing), below)


def _within(errors: list[TextRange], pieces: list[TextRange]) -> list[TextRange]:
    """What of the errors is in the pieces: one that goes from piece to piece says nothing of what stands between."""
    return [
        TextRange(max(error.start, piece.start), min(error.end, piece.end))
        for error in errors
        for piece in pieces
        if error.touches(piece)
    ]


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
