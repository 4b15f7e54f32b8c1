"""Cutting a tree into units: the top-level statements of a file and the members of its classes, small ones together.

A unit's nodes hold offsets from the unit's own start, so that what was found in it stays true where text before it
changes; a change inside one unit leaves all others as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter

from oldhand.syntax.node import Node, build, stub
from oldhand.syntax.tree import SyntaxTree, class_at

# In bytes: statements up to the first are put together, up to the second. A unit costs about as much to look after as
# ten lines cost to look at, and a change in one statement has the whole unit looked at.
_SMALL = 300
_GROUP = 1_500


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One top-level statement or class member of a text, or several small ones, comments before them included.

    `key` (the enclosing classes' headers and where the unit does not parse, its own text) is equal for units that have
    the same nodes.
    `owner` is the name of the enclosing class or "".
    """

    key: tuple[str, str]
    owner: str
    start: int
    end: int
    sources: tuple[tree_sitter.Node, ...]
    frame: tuple[tree_sitter.Node, ...]

    @property
    def text(self) -> str:
        """The unit's source."""
        return self.key[1]


def cut(tree: SyntaxTree) -> list[Unit]:
    """The units of the tree, in text order."""
    return list(_units(tree, tree.tree.root_node, (), "", ""))


def _units(
    tree: SyntaxTree, parent: tree_sitter.Node, frame: tuple[tree_sitter.Node, ...], header: str, owner: str
) -> Iterator[Unit]:
    """The units below a node: each large statement by itself, small ones that follow each other together."""
    language = tree.language
    group: list[tree_sitter.Node] = []
    # Decorators and comments belong to what follows them.
    lead: list[tree_sitter.Node] = []

    def flushed() -> Iterator[Unit]:
        if group:
            yield _unit(tree, tuple(group), frame, header, owner)
            group.clear()

    for child in parent.named_children:
        if child.type in {"decorator", "comment"}:
            lead.append(child)
            continue
        body = class_at(child, language)
        large = child.is_error or body is not None or child.end_byte - child.start_byte > _SMALL
        if large or (group and child.end_byte - group[0].start_byte > _GROUP):
            yield from flushed()
        if body is not None or child.is_error:
            # Nothing is reported from what does not parse, but comments count.
            group.extend(lead)
            yield from flushed()
        if body is not None:
            found, inner = body
            name = found.child_by_field_name("name")
            name_text = tree.text_of(name) if name is not None else ""
            class_header = header + "\n" + tree.text[tree.range_of(child).start : tree.range_of(inner).start]
            yield from _units(tree, inner, (*frame, child), class_header, name_text)
        elif not child.is_error:
            group.extend((*lead, child))
            if large:
                yield from flushed()
        lead.clear()
    group.extend(lead)
    yield from flushed()


def _unit(
    tree: SyntaxTree,
    sources: tuple[tree_sitter.Node, ...],
    frame: tuple[tree_sitter.Node, ...],
    header: str,
    owner: str,
) -> Unit:
    start, end = tree.range_of(sources[0]).start, tree.range_of(sources[-1]).end
    return Unit((header + _flaws(tree, sources, start), tree.text[start:end]), owner, start, end, sources, frame)


def _flaws(tree: SyntaxTree, sources: tuple[tree_sitter.Node, ...], start: int) -> str:
    """Where a unit does not parse, "" where it does: that depends on what stands before it as well as on its text."""
    found: list[str] = []
    nodes = [source for source in sources if source.has_error]
    while nodes:
        node = nodes.pop()
        if node.is_error or node.is_missing:
            place = tree.range_of(node)
            found.append(f"\n{place.start - start} {place.end - start}")
        elif node.has_error:
            nodes.extend(node.children)
    return "".join(found)


def nodes(unit: Unit, tree: SyntaxTree) -> Node:
    """The unit's nodes below a stub of the file, with stubs of the enclosing classes between.

    Offsets count from the unit's start; the result is the node whose children are the unit's statements.
    """
    top: Node = stub("module" if tree.language.id == "python" else "program", None)
    for wrapper in unit.frame:
        top = _frame(wrapper, tree, top)
    to_offset = tree.to_offset()
    for source in unit.sources:
        build(source, unit.text, to_offset, top, unit.start)
    return top


def _frame(source: tree_sitter.Node, tree: SyntaxTree, parent: Node) -> Node:
    """Stubs for a class and its wrappers, with everything but the members of the body; returns the body."""
    language = tree.language
    while True:
        node = stub(source.type, parent, None if parent.kind == tree.tree.root_node.type else "definition")
        base = tree.range_of(source).start
        text = tree.text[base : tree.range_of(source).end]
        inner: tree_sitter.Node | None = None
        for position, child in enumerate(source.children):
            field = source.field_name_for_child(position)
            if child.type in language.wrappers or child.type in language.classes:
                inner = child
            elif child.type in language.bodies and field == "body":
                return stub(child.type, node, "body")
            else:
                build(child, text, tree.to_offset(), node, base).field = field
        if inner is None:
            return stub("block", node, "body")
        source, parent = inner, node
