"""The parts of a text that are reviewed each by itself, and which of them have changed since they were."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from oldhand.rules.analysis import Analysis
from oldhand.syntax.scopes import Scope, ScopeKind, outline
from oldhand.syntax.tree import SyntaxTree
from oldhand.syntax.trivia import comments_and_strings
from oldhand.text.ranges import TextRange

_IMPORTS = frozenset(
    "import_statement import_from_statement future_import_statement import_declaration package_clause"
    " package_declaration comment line_comment block_comment hash_bang_line".split()
)
_TIGHT = re.compile(r"[ \t\f\v]+")
_INDENT = re.compile(r"[ \t\f]*")
_LINE_END = re.compile(r"\r\n|\n|\r")


class UnitKind(Enum):
    """What a unit is. A CLASS is what is left of one without its methods, MODULE a run of top-level statements."""

    FUNCTION = "function"
    METHOD = "method"
    CLASS = "class"
    MODULE = "module"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class Unit:
    """One part.

    `name` is unique in the text and stays while other parts change: `pay`, `Cart.total`, `pay (2)`, `after pay`.
    `digest` is of the text without comments and layout, so that it is equal where only these differ. A unit that does
    not parse is `broken`.
    """

    name: str
    kind: UnitKind
    range: TextRange
    digest: str
    broken: bool = False


def units(analysis: Analysis) -> tuple[Unit, ...]:
    """The units of a text, in its order: functions, methods, classes' other members, other statements but imports."""
    tree = analysis.parsed()
    found = _of_tree(tree) if tree is not None else _of_sql(analysis)
    seen: Counter[str] = Counter()
    unique = []
    for unit in sorted(found, key=lambda unit: (unit.range.start, -unit.range.end)):
        seen[unit.name] += 1
        unique.append(unit if seen[unit.name] == 1 else replace(unit, name=f"{unit.name} ({seen[unit.name]})"))
    return tuple(unique)


def units_at(parts: Iterable[Unit], place: TextRange) -> tuple[Unit, ...]:
    """The units that a range touches; a class only where the range touches none of its methods."""
    touched = [unit for unit in parts if unit.range.touches(place)]
    return tuple(
        unit
        for unit in touched
        if unit.kind is not UnitKind.CLASS
        or not any(other is not unit and unit.range.covers(other.range) for other in touched)
    )


def changed(before: Mapping[str, str], parts: Iterable[Unit]) -> tuple[Unit, ...]:
    """The units whose digest is not the one that stands under their name in `before`."""
    return tuple(unit for unit in parts if before.get(unit.name) != unit.digest)


def _of_sql(analysis: Analysis) -> Iterator[Unit]:
    for statement, start in analysis.sql.cut.statements() if analysis.sql is not None else ():
        subject = next((token.name for token in statement.tokens[statement.body :][:1]), "")
        text = "\n".join(token.key or token.text for token in statement.tokens)
        yield Unit(
            f"{statement.kind or 'statement'} {subject}".strip(),
            UnitKind.STATEMENT,
            TextRange(statement.start, statement.after).moved(start),
            _hash(text),
            not statement.whole,
        )


def _of_tree(tree: SyntaxTree) -> Iterator[Unit]:
    plain = _Plain(tree)
    errors = tree.error_ranges()

    def unit(name: str, kind: UnitKind, place: TextRange, without: Sequence[TextRange] = ()) -> Unit:
        broken = any(place.touches(error) for error in errors)
        return Unit(name, kind, place, plain.digest(place, without), broken)

    scopes = outline(tree)
    for scope in scopes:
        for part, without in _parts(scope):
            method = part is not scope and part.kind is ScopeKind.FUNCTION
            kind = UnitKind.METHOD if method else UnitKind(part.kind.value)
            yield unit(part.path, kind, part.range, without)
    for name, place, imports in _other_statements(tree, scopes):
        yield unit(name, UnitKind.MODULE, place, imports)


def _parts(scope: Scope) -> Iterator[tuple[Scope, list[TextRange]]]:
    """A scope and, of a class, those inside it; each with the ranges that are not its own."""
    if scope.kind is ScopeKind.FUNCTION:
        yield scope, []
        return
    yield scope, [child.range for child in scope.children]
    for child in scope.children:
        yield from _parts(child)


def _other_statements(tree: SyntaxTree, scopes: Sequence[Scope]) -> Iterator[tuple[str, TextRange, list[TextRange]]]:
    """Runs of top-level statements outside of scopes, each named after the scope before it, with the imports in it."""
    starts = [scope.range.start for scope in scopes]
    ends = [scope.range.end for scope in scopes]
    runs: dict[int, list[TextRange]] = {}
    imports: dict[int, list[TextRange]] = {}
    for node in tree.tree.root_node.children:
        place = tree.range_of(node)
        before = bisect_left(starts, place.end)
        if before > 0 and place.start < ends[before - 1]:
            continue
        if node.type in _IMPORTS:
            imports.setdefault(before, []).append(place)
        elif node.type != "expression_statement" or node.children[0].type != "string":  # a docstring
            runs.setdefault(before, []).append(place)
    for number, places in runs.items():
        whole = TextRange(places[0].start, places[-1].end)
        yield _after(scopes, number), whole, [place for place in imports.get(number, ()) if whole.covers(place)]


def _after(scopes: Sequence[Scope], number: int) -> str:
    return f"after {scopes[number - 1].path}" if number else "module"


class _Plain:
    """A text without comments and layout."""

    def __init__(self, tree: SyntaxTree) -> None:
        self._text = tree.text
        self._indented = tree.language.id == "python"
        comments, strings = comments_and_strings(tree)
        self._special = sorted([*((place, False) for place in comments), *((place, True) for place in strings)])
        self._starts = [place.start for place, _ in self._special]

    def digest(self, place: TextRange, without: Sequence[TextRange]) -> str:
        """Of what stands in a range, less what stands in some ranges inside it."""
        code: list[str] = []
        strings: list[str] = []
        done = place.start
        for hole in without:
            self._read(TextRange(done, max(hole.start, done)), code, strings)
            done = max(hole.end, done)
        self._read(TextRange(done, max(place.end, done)), code, strings)
        line = max(self._text.rfind("\n", 0, place.start), self._text.rfind("\r", 0, place.start)) + 1
        lead = self._text[line : place.start]
        indent = lead if not lead.strip() else ""
        lines = [self._line(one, len(indent.expandtabs())) for one in _LINE_END.split(indent + "".join(code))]
        quoted = [_LINE_END.sub("\n", one).replace("\n" + indent, "\n") for one in strings]
        return _hash("\n".join([*filter(None, lines), "", *quoted]))

    def _read(self, place: TextRange, code: list[str], strings: list[str]) -> None:
        done = place.start
        at = bisect_left(self._starts, place.start)
        while at < len(self._special) and self._special[at][0].end <= place.end:
            special, is_string = self._special[at]
            code.append(self._text[done : special.start])
            if is_string:
                code.append("\0")
                strings.append(self._text[special.start : special.end])
            done = special.end
            at += 1
        code.append(self._text[done : place.end])

    def _line(self, line: str, margin: int) -> str:
        """The line without layout; "" for a blank one. In Python its depth is no layout."""
        body = line.strip()
        if not body:
            return ""
        tight = _TIGHT.sub(_one_blank, body)
        if not self._indented:
            return tight
        lead = _INDENT.match(line)
        return f"{(len(lead[0].expandtabs()) if lead else 0) - margin} {tight}"


def _one_blank(blanks: re.Match[str]) -> str:
    """One blank between two words, nothing elsewhere."""
    text = blanks.string
    between = (text[blanks.start() - 1] + text[blanks.end()]).replace("_", "a")
    return " " if between.isalnum() else ""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
