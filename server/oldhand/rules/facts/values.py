"""What is known of an expression's value: where it comes from, and the constant text in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

_MAX_TEXT = 4_000

# What stands in a value's text for the parts that are not constant.
HOLE = "{}"


class Origin(IntEnum):
    """Who decides the value; ordered by how far it can be trusted.

    CONSTANT: the source text. CONFIGURED: whoever deploys the program (settings, attributes of the class).
    UNKNOWN: whoever calls the function. DERIVED: a function of another file made it of what a request says.
    TAINTED: whoever sends the request.
    """

    CONSTANT = 0
    CONFIGURED = 1
    UNKNOWN = 2
    DERIVED = 3
    TAINTED = 4


@dataclass(frozen=True, slots=True)
class Value:
    """An expression's value, as far as the text tells.

    `text` is its constant text with `HOLE` for the rest, at most some thousand characters; "" where it has none.
    `built` says that constant text and parts that are not constant were put together to one string.
    `lead` is the origin of what it begins with (of a list, its first element), that of the whole where nothing was
    put together.
    `holes` are the origins of the holes in `text`, in order.
    `segment` says that it is one part of a path and cannot hold a slash, `listed` that it is a list of values.
    """

    origin: Origin
    text: str = ""
    built: bool = False
    lead: Origin | None = None
    holes: tuple[Origin, ...] = ()
    segment: bool = False
    listed: bool = False

    @property
    def leading(self) -> Origin:
        """Who decides what the value begins with."""
        return self.origin if self.lead is None else self.lead

    def pieces(self) -> list[tuple[str, Origin, str]]:
        """Every hole with the constant text before and behind it; all of the value's origin where they are not told."""
        texts = self.text.split(HOLE)
        holes = self.holes if len(self.holes) == len(texts) - 1 else (self.origin,) * (len(texts) - 1)
        return [
            (HOLE.join(texts[: number + 1]), origin, HOLE.join(texts[number + 1 :]))
            for number, origin in enumerate(holes)
        ]


CONSTANT = Value(Origin.CONSTANT)
CONFIGURED = Value(Origin.CONFIGURED)
UNKNOWN = Value(Origin.UNKNOWN)
DERIVED = Value(Origin.DERIVED)
TAINTED = Value(Origin.TAINTED)


def joined(parts: Iterable[Value]) -> Value:
    """The string that is made by writing the parts one after another."""
    origin, text, built = Origin.CONSTANT, "", False
    lead: Origin | None = None
    holes: list[Origin] = []
    listed = False
    for part in parts:
        listed = listed or part.listed
        if lead is None and (part.text or part.lead is not None or part.origin is not Origin.CONSTANT):
            lead = part.leading
        origin = max(origin, part.origin)
        built = built or part.built
        if part.text:
            text += part.text
            holes.extend(part.holes)
        elif part.origin is not Origin.CONSTANT:
            text += HOLE
            holes.append(part.origin)
    text = text[:_MAX_TEXT]
    built = built or (origin > Origin.CONSTANT and text.replace(HOLE, "").strip() != "")
    return Value(origin, text, built, lead, tuple(holes), listed=listed)


def either(parts: Iterable[Value]) -> Value:
    """The value that is one of the parts, or holds them: the least trusted decides, the longest text is kept."""
    result: Value | None = None
    for part in parts:
        if result is None:
            result = part
            continue
        longest = part if len(part.text) > len(result.text) else result
        origin, lead = max(result.origin, part.origin), max(result.leading, part.leading)
        listed = result.listed or part.listed
        result = Value(origin, longest.text, result.built or part.built, lead, longest.holes, listed=listed)
    return CONSTANT if result is None else result


def without_text(value: Value) -> Value:
    """The same origin with no text: an element of it, a field of it, something made from it."""
    return Value(value.origin, segment=value.segment)
