"""Syntax nodes with parents and code-point offsets, built in one walk over a tree-sitter tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import tree_sitter

from oldhand.text.ranges import TextRange


class Node:
    """A node of a syntax tree; never changed once `build` has returned it.

    `start` and `end` are code-point offsets into `source`, the text that the nodes were built for.
    `field` is the grammar's name for the node's place in its parent, or None.
    `children` holds every child, the anonymous ones (operators, brackets, key words) included.
    A plain slotted class: hundreds of thousands are made per second of review.
    """

    __slots__ = ("children", "end", "field", "index", "kind", "missing", "named", "parent", "source", "start")

    kind: str
    named: bool
    missing: bool
    field: str | None
    start: int
    end: int
    index: int
    parent: Node | None
    children: list[Node]
    source: str

    def __repr__(self) -> str:
        return f"<{self.kind} {self.start}..{self.end}>"

    @property
    def text(self) -> str:
        """The node's source text."""
        return self.source[self.start : self.end]

    @property
    def range(self) -> TextRange:
        """The node's place in the text."""
        return TextRange(self.start, self.end)

    @property
    def named_children(self) -> list[Node]:
        """The children that the grammar names, comments included."""
        return [child for child in self.children if child.named]

    def child(self, field: str) -> Node | None:
        """The first child in that field, or None."""
        for child in self.children:
            if child.field == field:
                return child
        return None

    def children_in(self, field: str) -> list[Node]:
        """All children in that field, in order."""
        return [child for child in self.children if child.field == field]

    def ancestors(self) -> Iterator[Node]:
        """The parents, nearest first, up to the root of what was built."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def descendants(self) -> Iterator[Node]:
        """This node and everything below it, in text order, without recursion."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def previous(self) -> Node | None:
        """The sibling before this one."""
        return self.parent.children[self.index - 1] if self.parent is not None and self.index > 0 else None

    def next(self) -> Node | None:
        """The sibling after this one."""
        if self.parent is None or self.index + 1 >= len(self.parent.children):
            return None
        return self.parent.children[self.index + 1]


# All leaves, which most nodes are, share this list; nothing is ever put into it.
_NO_CHILDREN: list[Node] = []


def build(
    root: tree_sitter.Node,
    source: str,
    to_offset: Callable[[int], int] | None,
    parent: Node | None = None,
    base: int = 0,
) -> Node:
    """The tree below `root` as `Node`s, appended to `parent` where there is one.

    `to_offset` turns tree-sitter's byte offsets into offsets in the text of which `source` is the part from `base` on;
    None says that the two are the same.
    """
    cursor = root.walk()
    above = parent
    top: Node | None = None
    # One loop without calls of our own: most of the time of a first review goes by here.
    while True:
        found = cursor.node
        assert found is not None, "a cursor always stands on a node"
        node = Node()
        node.kind = found.type
        node.named = found.is_named
        node.missing = found.is_missing
        node.field = cursor.field_name
        node.source = source
        node.children = _NO_CHILDREN
        if to_offset is None:
            node.start = found.start_byte - base
            node.end = found.end_byte - base
        else:
            node.start = to_offset(found.start_byte) - base
            node.end = to_offset(found.end_byte) - base
        node.parent = above
        if above is None:
            node.index = 0
        else:
            siblings = above.children
            node.index = len(siblings)
            if siblings:
                siblings.append(node)
            else:
                above.children = [node]
        if top is None:
            top = node
        if cursor.goto_first_child():
            above = node
            continue
        if node is top:
            return top
        while not cursor.goto_next_sibling():
            cursor.goto_parent()
            if above is top:
                return top
            assert above is not None, "only the top has no parent"
            above = above.parent


def stub(kind: str, parent: Node | None, field: str | None = None) -> Node:
    """An empty named node: the place of something that was not built, so that what hangs below has ancestors."""
    node = Node()
    node.kind = kind
    node.named = True
    node.missing = False
    node.field = field
    node.start = node.end = 0
    node.source = ""
    node.children = _NO_CHILDREN
    node.parent = parent
    node.index = 0
    if parent is not None:
        node.index = len(parent.children)
        parent.children = [*parent.children, node]
    return node
