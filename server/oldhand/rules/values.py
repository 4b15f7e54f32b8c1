"""What is known of an expression's value: where it comes from, and the constant text in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

_MAX_TEXT = 4_000

# What stands in a value's text for the parts that are not constant.
HOLE = "{}"


class Origin(IntEnum):
    """Who decides the value; ordered by how far it can be trusted.

    CONSTANT: the source text. CONFIGURED: whoever deploys the program (settings, attributes of the class).
    UNKNOWN: whoever calls the function. TAINTED: whoever sends the request.
    """

    CONSTANT = 0
    CONFIGURED = 1
    UNKNOWN = 2
    TAINTED = 3


@dataclass(frozen=True, slots=True)
class Value:
    """An expression's value, as far as the text tells.

    `text` is its constant text with `HOLE` for the rest, at most some thousand characters; "" where it has none.
    `built` says that constant text and parts that are not constant were put together to one string.
    `lead` is the origin of what it begins with, that of the whole where nothing was put together.
    """

    origin: Origin
    text: str = ""
    built: bool = False
    lead: Origin | None = None

    @property
    def leading(self) -> Origin:
        """Who decides what the value begins with."""
        return self.origin if self.lead is None else self.lead


CONSTANT = Value(Origin.CONSTANT)
CONFIGURED = Value(Origin.CONFIGURED)
UNKNOWN = Value(Origin.UNKNOWN)
TAINTED = Value(Origin.TAINTED)


def joined(parts: Iterable[Value]) -> Value:
    """The string that is made by writing the parts one after another."""
    origin, text, built = Origin.CONSTANT, "", False
    lead: Origin | None = None
    for part in parts:
        if lead is None and (part.text or part.origin is not Origin.CONSTANT):
            lead = part.leading
        origin = max(origin, part.origin)
        built = built or part.built
        text += part.text or ("" if part.origin is Origin.CONSTANT else HOLE)
    text = text[:_MAX_TEXT]
    built = built or (origin > Origin.CONSTANT and text.replace(HOLE, "").strip() != "")
    return Value(origin, text, built, lead)


def either(parts: Iterable[Value]) -> Value:
    """The value that is one of the parts, or holds them: the least trusted decides, the longest text is kept."""
    result: Value | None = None
    for part in parts:
        if result is None:
            result = part
            continue
        text = part.text if len(part.text) > len(result.text) else result.text
        lead = max(result.leading, part.leading)
        result = Value(max(result.origin, part.origin), text, result.built or part.built, lead)
    return CONSTANT if result is None else result


def without_text(value: Value) -> Value:
    """The same origin with no text: an element of it, a field of it, something made from it."""
    return replace(value, text="", built=False, lead=None)
