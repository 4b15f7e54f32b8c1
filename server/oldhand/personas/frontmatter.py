"""The frontmatter of an agent file: its fields as values, its body, and what is wrong with it.

Strict YAML first; where that fails, field by field, since most generated files are not YAML.
What a field means is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from oldhand.personas.yaml_values import Entry, NotYaml, Value, entries
from oldhand.problems import Problem

MAX_YAML = 1 << 16
"""Code points of frontmatter that are given to the YAML parser, which takes half a second for as many."""

_OPENING = re.compile(r"(?P<before>(?:[^\S\n]*\n)*)---[ \t]*(?:\n|$)")
_CLOSING = re.compile(r"^---[ \t]*$", re.MULTILINE)
_LOOSE_CLOSING = re.compile(r"^(?:-{4,})?[ \t]*$", re.MULTILINE)
_BLANK = re.compile(r"\s*")
_QUOTED = re.compile(r"""  "(?:[^"\\]|\\.)*"  |  '[^']*'  """, re.DOTALL | re.VERBOSE)
_BLOCK_INDICATOR = re.compile(r"[|>][-+0-9]{0,2}[ \t]*(?:\n|$)")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its value, the value as written, and the 1-based line of the file that its key stands on."""

    key: str
    value: Value
    raw: str
    line: int


@dataclass(frozen=True, slots=True)
class Frontmatter:
    """What stands between the fences, by key, and the text after them."""

    fields: dict[str, Field]
    body: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Parts:
    header: str
    line: int  # of the header's first character
    body: str
    problems: tuple[Problem, ...]


def parse(text: str, path: str, keys: Collection[str]) -> Frontmatter | None:
    """The frontmatter of a text whose lines end in `\\n`, or None where there is none.

    `keys` are the documented fields: where the header is not YAML, a field starts at the beginning of a line
    with one of them and a colon, and runs to the next one.
    """
    parts = _split(text, path)
    if parts is None:
        return None
    problems = list(parts.problems)
    try:
        found = _strictly(parts.header)
    except NotYaml as error:
        found, as_written = _by_field(parts.header, keys)
        message = f"The frontmatter is not valid YAML: {error.reason}."
        problems.append(Problem(path, _line(parts, error.index), message, _remedy(as_written)))
    last = {entry.key: entry for entry in found}
    fields = {entry.key: _field(entry, parts) for entry in last.values()}
    problems += _duplicates((entry for entry in found if entry.key in keys), parts, path)
    problems += _cut_short(last.get("description"), parts, path)
    return Frontmatter(fields, parts.body, tuple(problems))


def _field(entry: Entry, parts: _Parts) -> Field:
    return Field(entry.key, entry.value, entry.raw, _line(parts, entry.start))


def _remedy(as_written: Sequence[str]) -> str:
    if not as_written:
        return "It was read field by field."
    names = ", ".join(f"`{key}`" for key in dict.fromkeys(as_written))
    return f"Taken as written: {names}. Claude Code may drop such a file: use quotes, or indent below `|`."


def _split(text: str, path: str) -> _Parts | None:
    opening = _OPENING.match(text)
    if opening is None:
        return None
    problems = []
    if opening["before"]:
        message = "The frontmatter must begin on the first line."
        problems.append(Problem(path, 1, message, "Claude Code does not see it here."))
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        message = "The frontmatter is not closed."
        hint = "It was read up to the first empty line; close it with a line of three hyphens."
        problems.append(Problem(path, 1 + opening["before"].count("\n"), message, hint))
        written = _BLANK.match(text, opening.end())
        closing = _LOOSE_CLOSING.search(text, written.end() if written else opening.end())
    end, body = (closing.start(), closing.end()) if closing else (len(text), len(text))
    line = 1 + text.count("\n", 0, opening.end())
    return _Parts(text[opening.end() : end], line, text[body:], tuple(problems))


def _strictly(text: str) -> tuple[Entry, ...]:
    if len(text) > MAX_YAML:
        raise NotYaml(f"it is longer than {MAX_YAML} characters", 0)
    return entries(text)


def _by_field(header: str, keys: Collection[str]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The fields of a header that is not YAML, and the keys of those whose value is the text as it stands.

    A field that is YAML by itself keeps its structure.
    """
    names = "|".join(sorted(map(re.escape, keys)))
    starts = [match.start() for match in re.finditer(rf"^(?:{names})[ \t]*:", header, re.MULTILINE)]
    found: list[Entry] = []
    as_written: list[str] = []
    for start, end in pairwise([*starts, len(header)]):
        chunk = header[start:end]
        try:
            # A header that is too long as a whole is too long in pieces, too.
            part = entries(chunk) if len(header) <= MAX_YAML else None
        except NotYaml:
            part = None
        if part is None:
            key, _, value = chunk.partition(":")
            part = (Entry(key.strip(), _raw(value), value.strip(), 0),)
            as_written.append(part[0].key)
        found += (replace(entry, start=start + entry.start) for entry in part)
    return tuple(found), tuple(as_written)


def _raw(text: str) -> str | None:
    """What YAML does not read, as it stands but for a block's indicator or quotes around all of it."""
    text = text.strip()
    if indicator := _BLOCK_INDICATOR.match(text):
        text = text[indicator.end() :].strip()
    if _QUOTED.fullmatch(text):
        text = text[1:-1]
    return text or None


def _duplicates(found: Iterable[Entry], parts: _Parts, path: str) -> Iterable[Problem]:
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for entry in found:
        (last if entry.key in first else first)[entry.key] = entry.start
    for key, start in last.items():
        message = f"`{shown(key)}` is given again, after line {_line(parts, first[key])}."
        yield Problem(path, _line(parts, start), message, "The last one counts.")


def _cut_short(description: Entry | None, parts: _Parts, path: str) -> Iterable[Problem]:
    if description is not None and description.comment:
        message = "The description ends before ` #`, where a comment begins in YAML."
        yield Problem(path, _line(parts, description.start), message, "Put the description in quotes.")


def _line(parts: _Parts, index: int) -> int:
    return parts.line + parts.header.count("\n", 0, index)


def shown(text: str, limit: int = 40) -> str:
    """`text` as a message may hold it: one line, printable, at most `limit` characters."""
    line = "".join(c if c.isprintable() else " " for c in text).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"
