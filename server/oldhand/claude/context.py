"""What the code under review refers to: headings of functions and types, in the same file and in the workspace.

Small on purpose: models judge worse with more of it. Names that occur in the reviewed code decide; files are found
through the file's own imports, a few at most, and only their headings are taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from oldhand.claude.cost import estimate_tokens
from oldhand.claude.imports import sources
from oldhand.claude.job import Section
from oldhand.syntax.languages import by_path
from oldhand.syntax.scopes import Scope, ScopeKind, outline
from oldhand.syntax.tree import SyntaxTree, parse
from oldhand.text.lines import LineIndex
from oldhand.text.ranges import TextRange

SAME_FILE, RELATED = 1_500, 1_500
"""Tokens of the lines of the same file, and of the pieces of other files."""

MOST_FILES = 12
"""Files of the workspace that are read for one review."""

MOST_LOOKED_FOR = 400
"""Paths that are looked for: most that an import may mean are not there."""

HEADING, FIELDS = 6, 25
"""Lines of a function's heading, and of a class up to its first method."""

Read = Callable[[str], str | None]
List = Callable[[str], Sequence[str]]

_NAME = re.compile(r"[A-Za-z_]\w{2,}")
_BODY = re.compile(r"[:{]\s*(?:#.*|//.*)?\Z")


@dataclass(frozen=True, slots=True)
class Workspace:
    """How files beside the code are read: by path relative to the root, and the names in a folder."""

    read: Read
    names_in: List


def same_file(tree: SyntaxTree, index: LineIndex, asked: Iterable[TextRange]) -> tuple[set[int], tuple[str, ...]]:
    """The lines, from 0, of headings in the same file that the asked code names, and what there was no room for."""
    places = tuple(asked)
    names = _names(tree.text[place.start : place.end] for place in places)
    lines: set[int] = set()
    left_out: list[str] = []
    room = SAME_FILE
    for scope in _all(outline(tree)):
        if scope.name not in names or any(place.touches(scope.range) for place in places):
            continue
        heading = range(*_heading(tree.text, index, scope))
        cost = sum(estimate_tokens(_line(tree.text, index, line)) for line in heading)
        if cost > room:
            left_out.append(f"{scope.path} in the same file")
            continue
        room -= cost
        lines.update(heading)
    return lines, tuple(left_out)


def related(
    path: str, language: str, text: str, asked: Iterable[TextRange], workspace: Workspace
) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """Headings in other files that the asked code names, by file; and what there was no room for."""
    names = _names(text[place.start : place.end] for place in asked)
    sections: list[Section] = []
    left_out: list[str] = []
    room = RELATED
    read = 0
    for file, here in _candidates(path, language, text, names, workspace):
        found = workspace.read(file)
        if found is None:
            continue
        read += 1
        words = _headings(file, found, here)
        if words and estimate_tokens(words) <= room and read <= MOST_FILES:
            room -= estimate_tokens(words)
            sections.append(Section(file, words))
        elif words:
            left_out.append(file)
        if read >= 2 * MOST_FILES:
            break
    return tuple(sections), tuple(left_out)


def _candidates(
    path: str, language: str, text: str, names: set[str], workspace: Workspace
) -> Iterator[tuple[str, set[str]]]:
    """Paths that may be there, each once, with the names that are asked for and may come from there."""
    seen: set[str] = {path}
    for file, given in sources(path, language, text, names, workspace.names_in):
        here = names & given
        if here and file not in seen and len(seen) < MOST_LOOKED_FOR:
            seen.add(file)
            yield file, here


def _headings(path: str, text: str, names: Iterable[str]) -> str:
    """The headings of what has one of the names in another file."""
    language = by_path(path)
    if language is None or language.grammar is None:
        return ""
    tree = parse(language, text)
    index = LineIndex.of(text)
    wanted = set(names)
    parts = [
        "\n".join(_line(text, index, line) for line in range(*_heading(text, index, scope)))
        for scope in _all(outline(tree))
        if scope.name in wanted
    ]
    return "\n…\n".join(parts)


def _heading(text: str, index: LineIndex, scope: Scope) -> tuple[int, int]:
    """The first line of a scope's heading, and the line behind its last: of a class up to its first method."""
    first = index.line_of(scope.name_range.start if len(scope.name_range) else scope.range.start)
    last = index.line_of(max(scope.range.end - 1, scope.range.start))
    if scope.kind is ScopeKind.CLASS:
        body = min((index.line_of(child.range.start) for child in scope.children), default=last + 1)
        return first, min(max(body, first + 1), first + FIELDS)
    for line in range(first, min(last + 1, first + HEADING)):
        if _BODY.search(_line(text, index, line)):
            return first, line + 1
    return first, min(last + 1, first + HEADING)


def _all(scopes: Sequence[Scope]) -> Iterator[Scope]:
    for scope in scopes:
        yield scope
        yield from _all(scope.children)


def _line(text: str, index: LineIndex, line: int) -> str:
    return text[index.line_start(line) : index.line_end(text, line)]


def _names(parts: Iterable[str]) -> set[str]:
    return {name for part in parts for name in _NAME.findall(part)}
