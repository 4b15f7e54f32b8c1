"""YAML read into plain values with the line of every one, bounded in size, depth and alias expansion.

Plain scalars follow the YAML 1.2 core schema, as in ast-grep's own reader: `yes`, `no` and dates are strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

MAX_CHARACTERS = 1 << 20
MAX_DEPTH = 64
MAX_VALUES = 100_000

Path = tuple[str | int, ...]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = re.compile(r"(?:null|Null|NULL|~|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"(?:[-+]?[0-9]{1,300}|0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300})\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")


class YamlError(ValueError):
    """The text is not YAML that is read here; `line` is 1-based, the message one sentence."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its value, the line it begins on, and the line of each value by its path of keys."""

    value: object
    line: int
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, *path: str | int) -> int:
        """The 1-based line of the value at that path, or of the nearest enclosing one that has a line."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, self.line)


def documents(text: str) -> Iterator[Document]:
    """The documents of a YAML stream, one after the other.

    Raises YamlError where the text stops being YAML, a key is repeated or no string, a tag is used, or where
    the text, its depth or the number of its values (aliases expanded) passes a limit.
    """
    if len(text) > MAX_CHARACTERS:
        raise YamlError(f"The file is longer than {MAX_CHARACTERS} characters.", 1)
    events = _events(text)
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            yield _document(events)


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(f"A character is not allowed in YAML: {error.reason}.", line) from None
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise YamlError("A character is not allowed in YAML: half of a surrogate pair.", line) from None
    except yaml.MarkedYAMLError as error:
        what = " ".join(part for part in (error.context, error.problem) if part)
        line = _line(error.problem_mark or error.context_mark)
        raise YamlError(f"This is not valid YAML: {what}.", line) from None


def _line(mark: object) -> int:
    """The 1-based line of a mark; PyYAML has two classes of them, and sometimes none."""
    line = getattr(mark, "line", 0)
    return line + 1 if isinstance(line, int) else 1


@dataclass(slots=True)
class _Node:
    """A value on its way: the `items` of a list or of a mapping (keys and values in turn), or a scalar."""

    kind: type
    line: int
    value: object = None
    items: list[_Node] = field(default_factory=list)


def _document(events: Iterator[yaml.Event]) -> Document:
    """The document whose start has just been read, up to its end."""
    anchors: dict[str, _Node] = {}
    top = _Node(list, 1)
    open_nodes = [top]
    for event in events:
        if isinstance(event, yaml.DocumentEndEvent):
            break
        if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            open_nodes.pop()
            continue
        line = _line(event.start_mark)
        node = _node(event, line, anchors)
        open_nodes[-1].items.append(node)
        if isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            open_nodes.append(node)
            if len(open_nodes) > MAX_DEPTH:
                raise YamlError(f"The values are nested more than {MAX_DEPTH} deep.", line)
    root = top.items[0]
    lines: dict[Path, int] = {}
    return Document(_value(root, (), lines, [0]), root.line, lines)


def _node(event: yaml.Event, line: int, anchors: dict[str, _Node]) -> _Node:
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in anchors:
            raise YamlError(f"The alias *{event.anchor} has no anchor above it.", line)
        return anchors[event.anchor]
    if isinstance(event, yaml.ScalarEvent):
        node = _Node(str, line, _scalar(event, line))
    else:
        node = _Node(dict if isinstance(event, yaml.MappingStartEvent) else list, line)
    if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
        anchors[event.anchor] = node
    return node


def _scalar(event: yaml.ScalarEvent, line: int) -> object:
    if event.tag is not None and event.tag not in ("!", "tag:yaml.org,2002:str"):
        raise YamlError(f"The tag {event.tag} is not supported.", line)
    text: str = event.value
    if event.tag is not None or not event.implicit[0]:
        return text
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text[0] in "tT"
    if _INT.match(text):
        return int(text, 8 if text[:2] == "0o" else 16 if text[:2] == "0x" else 10)
    if _FLOAT.match(text):
        return float(text)
    return text


def _value(node: _Node, path: Path, lines: dict[Path, int], count: list[int]) -> object:
    """The node as a plain value; the depth is bounded, so recursion is."""
    count[0] += 1
    if count[0] > MAX_VALUES:
        raise YamlError(f"The document has more than {MAX_VALUES} values.", node.line)
    if len(path) > MAX_DEPTH:
        raise YamlError("An alias contains itself, or aliases nest too deep.", node.line)
    lines[path] = node.line
    if node.kind is str:
        return node.value
    if node.kind is list:
        return [_value(item, (*path, n), lines, count) for n, item in enumerate(node.items)]
    mapping: dict[str, object] = {}
    for key, item in zip(node.items[::2], node.items[1::2], strict=True):
        if not isinstance(key.value, str):
            raise YamlError("A key is not a string.", key.line)
        if key.value in mapping:
            raise YamlError(f"The key {key.value} is there twice.", key.line)
        mapping[key.value] = _value(item, (*path, key.value), lines, count)
        # The key's line: a mapping or list that is a value begins on a later one.
        lines[(*path, key.value)] = key.line
    return mapping
