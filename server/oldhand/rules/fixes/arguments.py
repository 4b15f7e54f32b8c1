"""Edits of a call's arguments, and of the entries of JavaScript's options object: add, remove, replace.

Commas, comments and the layout over several lines are kept right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from oldhand.rules.fixes.templates import Source
from oldhand.syntax.node import Node
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange

_COMMENTS = frozenset({"comment", "line_comment", "block_comment"})
_LISTS = frozenset({"argument_list", "arguments"})
# After one of these no further argument is allowed.
_LAST_ONES = frozenset({"variadic_argument"})
_KEYWORD = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)")
_ENTRIES = re.compile(r"\{\s*(.*?)\s*,?\s*\}\Z", re.DOTALL)
_ENTRY_NAME = re.compile(r"""["']?([A-Za-z_$][\w$]*)["']?\s*(?::|\Z)""")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its place in its list, the whole of it, and its value where it goes by a name."""

    list: Node
    node: Node
    value: Node


def add(call: Node, text: str, source: Source, place: int | None) -> tuple[TextEdit, ...]:
    """Add an argument behind the others; an object literal is merged into a last argument that is one.

    No edits where the call has no argument list or has an argument of that name, nor where the argument would not
    come to stand at `place`, counted from 0.
    """
    target = call.child("arguments")
    if target is None or target.kind not in _LISTS:
        return ()
    items = _items(target)
    entries = _ENTRIES.match(text) if items and items[-1].kind == "object" else None
    name = _KEYWORD.match(text)
    if place is not None and place != len(items) - bool(entries):
        return ()
    if entries:
        target, text = items[-1], entries[1]
        items = _items(target)
        name = _ENTRY_NAME.match(text)
    taken = {_name(item) for item in items}
    if (name and name[1] in taken) or (items and items[-1].kind in _LAST_ONES):
        return ()
    return _appended(target, items, text, source)


def find(call: Node, which: str | int) -> Argument | None:
    """The argument at that place, counted from 0, or of that name; also an entry of a last object literal."""
    holder = call.child("arguments")
    if holder is None or holder.kind not in _LISTS:
        return None
    items = _items(holder)
    if isinstance(which, int):
        return Argument(holder, items[which], items[which]) if 0 <= which < len(items) else None
    if items and items[-1].kind == "object":
        holder, items = items[-1], _items(items[-1])
    for item in items:
        if _name(item) == which:
            return Argument(holder, item, item.child("value") or item)
    return None


def remove(argument: Argument, source: Source) -> tuple[TextEdit, ...]:
    """Take an argument out, with the comma and the comment on its line that are its own."""
    holder, item = argument.list, argument.node
    items = _items(holder)
    place = items.index(item)
    comma = _comma_after(holder, item)
    if place + 1 < len(items) and comma is not None:
        return (_cut(source, source.start(item), _next_thing(holder, comma, source)),)
    if place == 0:
        return (_cut(source, source.start(item), source.end(comma or item)),)
    before = items[place - 1]
    comments = [node for node in holder.children[before.index : item.index] if node.kind in _COMMENTS]
    between = _comma_after(holder, before)
    if not comments or between is None:
        return (_cut(source, source.end(before), source.end(item)),)
    # Comments stand between: they stay, and so does the comma before them where the list had a last one.
    cut = _cut(source, source.end(max(comments[-1], between, key=lambda node: node.end)), source.end(comma or item))
    return (cut,) if comma is not None else (_cut(source, source.start(between), source.end(between)), cut)


def _items(holder: Node) -> list[Node]:
    return [child for child in holder.children if child.named and child.kind not in _COMMENTS]


def _name(item: Node) -> str:
    """The name that an argument or an entry goes by, or ""."""
    if item.kind == "shorthand_property_identifier":
        return item.text
    key = item.child("name") if item.kind == "keyword_argument" else item.child("key")
    return key.text.strip("\"'") if key is not None else ""


def _comma_after(holder: Node, item: Node) -> Node | None:
    for node in holder.children[item.index + 1 :]:
        if node.kind not in _COMMENTS:
            return node if node.kind == "," else None
    return None


def _next_thing(holder: Node, comma: Node, source: Source) -> int:
    """Where what follows a comma begins: not the comments on the comma's own line."""
    for node in holder.children[comma.index + 1 :]:
        if node.kind not in _COMMENTS or _breaks(source, comma, node):
            return source.start(node)
    return source.end(comma)


def _breaks(source: Source, before: Node, after: Node) -> bool:
    """Whether a line ends between the two nodes."""
    return "\n" in source.between(source.end(before), source.start(after))


def _appended(holder: Node, items: Sequence[Node], text: str, source: Source) -> tuple[TextEdit, ...]:
    if not items:
        space = " " if holder.kind == "object" else ""
        opened = source.end(holder.children[0])
        return (_insert(opened, f"{space}{text}{space}"),)
    last = items[-1]
    comma = _comma_after(holder, last)
    first_on_line = not source.between(source.line_start(source.start(last)), source.start(last)).strip()
    if not first_on_line:
        after = source.end(comma or last)
        return (_insert(after, f" {text}," if comma is not None else f", {text}"),)
    line = source.newline + source.indent(source.start(last)) + text
    end = source.end(_last_on_line(holder, comma or last, source))
    if comma is not None:
        return (_insert(end, line + ","),)
    if end == source.end(last):
        return (_insert(end, "," + line),)
    return (_insert(source.end(last), ","), _insert(end, line))


def _last_on_line(holder: Node, node: Node, source: Source) -> Node:
    """The last of the comments that follow the node on its line, or the node."""
    for after in holder.children[node.index + 1 :]:
        if after.kind not in _COMMENTS or _breaks(source, node, after):
            break
        node = after
    return node


def _insert(offset: int, text: str) -> TextEdit:
    return TextEdit(TextRange(offset, offset), text)


def _cut(source: Source, start: int, end: int) -> TextEdit:
    return TextEdit(TextRange(start, end), "")
