"""A function's parameters, from the grammars' many forms to one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """One name that a function's caller gives a value.

    `annotation` and `default` are None where the source has none; `key` is the field for a destructured parameter.
    `decorators` are the texts of TypeScript's parameter decorators. `position` is -1 for a keyword-only one.
    """

    name: str
    node: Node
    position: int
    annotation: Node | None = None
    default: Node | None = None
    decorators: tuple[str, ...] = ()
    key: str = ""


def parameters(function: Node, language: Language) -> tuple[Parameter, ...]:
    """The parameters of a function node, in order."""
    holder = function.child("parameters") or function.child("parameter")
    if holder is None:
        return ()
    if holder.kind == "identifier":
        return (Parameter(holder.text, holder, 0),)
    reader = _python if language.id == "python" else _javascript
    return tuple(reader(holder))


def _python(holder: Node) -> Iterator[Parameter]:
    position = 0
    keyword_only = False
    name: Node | None
    for child in holder.named_children:
        kind = child.kind
        if kind in {"keyword_separator", "list_splat_pattern"}:
            keyword_only = True
        if kind == "identifier":
            yield Parameter(child.text, child, -1 if keyword_only else position)
        elif kind in {"default_parameter", "typed_default_parameter", "typed_parameter"}:
            name = child.child("name") or next(iter(child.named_children), None)
            if name is None:
                continue
            if name.kind in {"list_splat_pattern", "dictionary_splat_pattern"}:
                keyword_only = keyword_only or name.kind == "list_splat_pattern"
                inner = next(iter(name.named_children), name)
                yield Parameter(inner.text, child, -1, child.child("type"))
                continue
            place = -1 if keyword_only else position
            yield Parameter(name.text, child, place, child.child("type"), child.child("value"))
        elif kind in {"list_splat_pattern", "dictionary_splat_pattern"}:
            for bound in child.named_children[:1]:
                yield Parameter(bound.text, child, -1)
            continue
        else:
            continue
        position += 1


def _javascript(holder: Node) -> Iterator[Parameter]:
    position = 0
    for child in holder.named_children:
        if child.kind == "comment":
            continue
        pattern: Node = child
        annotation: Node | None = None
        default: Node | None = None
        decorators: tuple[str, ...] = ()
        if child.kind in {"required_parameter", "optional_parameter"}:
            annotation, default = child.child("type"), child.child("value")
            decorators = tuple(part.text for part in child.children_in("decorator"))
            inner = child.child("pattern")
            if inner is None:
                continue
            pattern = inner
        if pattern.kind == "assignment_pattern":
            default = pattern.child("right")
            pattern = pattern.child("left") or pattern
        for name, key in _bound(pattern):
            yield Parameter(name, child, position, annotation, default, decorators, key)
        position += 1


def _bound(pattern: Node) -> Iterator[tuple[str, str]]:
    """The names a parameter pattern binds, each with the outermost field it comes from."""
    if pattern.kind == "identifier":
        yield pattern.text, ""
    elif pattern.kind == "shorthand_property_identifier_pattern":
        yield pattern.text, pattern.text
    elif pattern.kind == "pair_pattern":
        key, value = pattern.child("key"), pattern.child("value")
        for name, _ in _bound(value) if value is not None else ():
            yield name, key.text if key is not None else ""
    elif pattern.kind in {"assignment_pattern", "object_assignment_pattern"}:
        left = pattern.child("left")
        if left is not None:
            yield from _bound(left)
    else:
        for child in pattern.named_children:
            yield from _bound(child)
