"""Templates of fixes: text with `$A` and `$$$ARGS`, filled from captures and indented for its place.

A capture over several lines keeps its shape: its lines are moved from the indentation where it stood to that of the
template's line. Lines that begin inside a string are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from oldhand.rules.dialect.match import Env
from oldhand.syntax.node import Node

_HOLE = re.compile(r"\$+([A-Z][A-Z0-9_]*)")
_TITLE = 100
_TAB = " " * 4
_LINE_SPACES = re.compile(r"(?<=\n) +")
_FIRST_INDENT = re.compile(r"^[ \t]+(?=\S)", re.MULTILINE)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_BLANKS = re.compile(r"[ \t]*")


@dataclass(frozen=True, slots=True)
class Source:
    """The document that a fix is for; `offset` is where the text that its nodes know begins in it."""

    text: str
    offset: int = 0

    def start(self, node: Node) -> int:
        """Where the node begins in the document."""
        return node.start + self.offset

    def end(self, node: Node) -> int:
        """Where the node ends in the document; a comment of which the grammar has it end in `\\r` ends before it."""
        end = node.end + self.offset
        return end - 1 if self.text[end - 1 : end + 1] == "\r\n" and node.end > node.start else end

    def between(self, start: int, end: int) -> str:
        """The document's text there."""
        return self.text[start:end]

    def line_start(self, offset: int) -> int:
        """Where the line begins that the offset is on."""
        return max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1

    def indent(self, offset: int) -> str:
        """The blanks that the line begins with that the offset is on."""
        return _leading_blanks(self.text, self.line_start(offset), offset)

    @property
    def tabs(self) -> bool:
        """Whether the document indents with tabs, as far as its first indented line says."""
        found = _FIRST_INDENT.search(self.text)
        return found is not None and "\t" in found[0]

    @property
    def newline(self) -> str:
        """The line end that the document uses."""
        return "\r\n" if "\r\n" in self.text else "\n"


@dataclass(frozen=True, slots=True)
class _Hole:
    """A metavariable in a template; `indent` is what its line in the template begins with."""

    name: str
    indent: str


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template."""

    parts: tuple[str | _Hole, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names in the template."""
        return frozenset(part.name for part in self.parts if isinstance(part, _Hole))

    def fill(self, source: Source, captured: Mapping[str, Sequence[Node]], indent: str) -> str:
        """The text, whose lines after the first begin with `indent`; what was not captured is empty."""
        last = len(self.parts) - 1
        parts = tuple(self._with_tabs()) if source.tabs else self.parts
        return "".join(
            _literal(part, indent, source.newline, final=number == last)
            if isinstance(part, str)
            else _moved(source, captured.get(part.name, ()), indent + part.indent)
            for number, part in enumerate(parts)
        )

    def _with_tabs(self) -> Iterator[str | _Hole]:
        """The parts with a tab for each four spaces that a line begins with."""
        for part in self.parts:
            if isinstance(part, str):
                yield _LINE_SPACES.sub(lambda found: found[0].replace(_TAB, "\t"), part)
            else:
                yield replace(part, indent=part.indent.replace(_TAB, "\t"))


def captured(node: Node, env: Env) -> dict[str, Sequence[Node]]:
    """What the names in a template stand for: the captures, and SELF for the node itself."""
    return {"SELF": [node], **{name: [single] for name, single in env.single.items()}, **env.multi}


def shown(text: str) -> str:
    """A text as a title: in one line, and no longer than a title is read."""
    line = " ".join(text.split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1] + "…"


def compile_template(text: str, names: frozenset[str] | None) -> Template:
    """The template of a text.

    Raises ValueError for a name that is not one of `names`, where these are given.
    """
    parts: list[str | _Hole] = []
    end = 0
    for found in _HOLE.finditer(text):
        if names is not None and found[1] not in names:
            raise ValueError(f"The fix uses ${found[1]}, which the rule does not capture.")
        line = text.rfind("\n", 0, found.start()) + 1
        parts.append(text[end : found.start()])
        parts.append(_Hole(found[1], _leading_blanks(text, line, found.start())))
        end = found.end()
    return Template((*parts, text[end:]))


def _leading_blanks(text: str, start: int, end: int) -> str:
    found = _BLANKS.match(text, start, end)
    return found[0] if found else ""


def _literal(text: str, indent: str, newline: str, final: bool) -> str:
    """A piece of the template itself; a blank line gets no indentation, nor does what would follow the template."""
    first, *rest = text.split("\n")
    ends = len(rest) - 1
    lines = [line if not line and (final or number < ends) else indent + line for number, line in enumerate(rest)]
    return newline.join((first, *lines))


def _moved(source: Source, nodes: Sequence[Node], indent: str) -> str:
    """The text from the first node to the last, its lines moved as the first one's line moves to `indent`."""
    if not nodes:
        return ""
    start = source.start(nodes[0])
    # In Go a statement's node may have the end of its line in it.
    text = source.between(start, source.end(nodes[-1])).rstrip()
    if "\n" not in text:
        return text
    old = source.indent(start)
    strings = [(source.start(node), source.end(node)) for node in _strings(nodes)]
    lines: list[str] = []
    at = start
    for line in _LINE.findall(text):
        stays = at == start or not line.strip() or any(begin < at < finish for begin, finish in strings)
        lines.append(line if stays else _shifted(line, old, indent))
        at += len(line)
    return "".join(lines)


def _shifted(line: str, old: str, new: str) -> str:
    """The line with as much indentation more or less as `new` is longer or shorter than `old`."""
    if new.startswith(old):
        return new[len(old) :] + line
    if old.startswith(new):
        blanks = _leading_blanks(line, 0, len(old) - len(new))
        return line[len(blanks) :]
    # Tabs here and spaces there: only what the two lines share can be exchanged.
    return new + line[len(_leading_blanks(line, 0, len(old))) :]


def _strings(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        for below in node.descendants():
            if "string" in below.kind and below.kind != "concatenated_string":
                yield below
