"""A strict and bounded reading of YAML: no aliases, no deep nesting, no guessed types.

Works on the parser's events, so that nothing is ever built that a hostile text could blow up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

MAX_DEPTH = 12
"""Levels of lists and mappings inside one another; `hooks`, the deepest field there is, takes seven."""

Value = str | None | list["Value"] | dict[str, "Value"]
"""A scalar is the text as written, whatever YAML would make of it; an empty or null one is None."""

# The parser's commonest complaints, by how they begin, in words for someone who did not mean to write YAML.
_IN_PLAIN_WORDS = {
    "mapping values are not allowed": "unquoted text holds a colon and a space",
    "could not find expected ':'": "a line is neither indented nor a field",
    "expected alphabetic or numeric character": "an unquoted value begins with `*` or `&`",
}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class NotYaml(Exception):
    """The text cannot be read strictly; `index` is the offset of the first trouble in it."""

    def __init__(self, reason: str, index: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.index = index


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of the outermost mapping, in the order of the text; a key may come twice.

    `raw` is the value as written, `start` the offset of the key.
    `comment` says that the value is a plain scalar and a comment follows on its last line.
    """

    key: str
    value: Value
    raw: str
    start: int
    comment: bool = False


def entries(text: str) -> tuple[Entry, ...]:
    """The entries of the mapping that `text` is; an empty text has none.

    Raises NotYaml for everything else.
    """
    try:
        return tuple(_entries(text))
    except yaml.YAMLError as error:
        raise NotYaml(_reason(error), _index(error)) from error
    except (ValueError, OverflowError) as error:  # an escape or a version number out of range
        raise NotYaml("a number in it is out of range", 0) from error


def _entries(text: str) -> Iterator[Entry]:
    events = iter(yaml.parse(text, Loader=yaml.SafeLoader))
    next(events)  # the stream's start
    if isinstance(next(events), yaml.StreamEndEvent):
        return
    root = next(events)
    if isinstance(root, yaml.ScalarEvent) and _scalar(root) is None:
        return
    if not isinstance(root, yaml.MappingStartEvent):
        raise NotYaml("it holds no fields", _start(root))
    key = next(events)
    while not isinstance(key, yaml.MappingEndEvent):
        if not isinstance(key, yaml.ScalarEvent):
            raise NotYaml("a field's name must be plain text", _start(key))
        first = next(events)
        value = _value(first, events, depth=1)
        following = next(events)
        raw = text[_start(first) : _start(following)].strip()
        yield Entry(key.value, value, raw, _start(key), _has_comment(text, first))
        key = following
    next(events)  # the document's end
    if not isinstance(extra := next(events), yaml.StreamEndEvent):
        raise NotYaml("a second document follows", _start(extra))


def _value(event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Value:
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event)
    if isinstance(event, yaml.AliasEvent):
        raise NotYaml("aliases (`*name`) are not read", _start(event))
    if depth > MAX_DEPTH:
        raise NotYaml(f"it is nested more than {MAX_DEPTH} levels deep", _start(event))
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Value] = []
        while not isinstance(item := next(events), yaml.SequenceEndEvent):
            items.append(_value(item, events, depth + 1))
        return items
    mapping: dict[str, Value] = {}
    while not isinstance(key := next(events), yaml.MappingEndEvent):
        if not isinstance(key, yaml.ScalarEvent):
            raise NotYaml("a key must be plain text", _start(key))
        mapping[key.value] = _value(next(events), events, depth + 1)
    return mapping


def _scalar(event: yaml.ScalarEvent) -> str | None:
    plain = event.style is None
    return None if plain and event.value in _NULLS else event.value


def _has_comment(text: str, event: yaml.Event) -> bool:
    if not isinstance(event, yaml.ScalarEvent) or event.style is not None:
        return False
    rest = text[_end(event) :].split("\n", 1)[0]
    return rest.lstrip().startswith("#")


def _start(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark else 0


def _reason(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        reason = error.problem or error.context or "it cannot be parsed"
        return next((words for start, words in _IN_PLAIN_WORDS.items() if reason.startswith(start)), reason)
    return "a character in it is not allowed"


def _index(error: yaml.YAMLError) -> int:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return mark.index if mark else 0
    position = getattr(error, "position", 0)
    return position if isinstance(position, int) else 0
