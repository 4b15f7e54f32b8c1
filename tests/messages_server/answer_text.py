"""The deltas of an answer's text, with what its fault makes of the text itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from .replies import Fault, Reply
from .schema_checks import nodes
from .tokens import BYTES_PER_TOKEN

PROSE = "I looked at the code and found nothing that I would call a defect."


def text_pieces(reply: Reply, body: dict[str, Any]) -> list[str]:
    """The text in deltas; a text that its fault has changed is cut anew."""
    pieces = reply.pieces()
    text = "".join(pieces)
    changed = _changed(text, reply.fault, body)
    room = body.get("max_tokens", 0) * BYTES_PER_TOKEN
    if changed == text and len(text) <= room:
        return pieces
    return Reply(changed[:room], chunk=reply.chunk).pieces()


def is_cut(reply: Reply, body: dict[str, Any]) -> bool:
    """Whether the request's `max_tokens` leaves no room for the whole text."""
    whole = _changed("".join(reply.pieces()), reply.fault, body)
    return len(whole) > body.get("max_tokens", 0) * BYTES_PER_TOKEN or body.get("max_tokens") == 0


def split_at(pieces: list[str], places: tuple[int, ...]) -> Iterator[tuple[int, str]]:
    """The deltas with where they start, cut also at these places."""
    start = 0
    for piece in pieces:
        end = start + len(piece)
        cuts = sorted({start, end, *(place for place in places if start < place < end)})
        for left, right in pairwise(cuts):
            yield left, piece[left - start : right - start]
        start = end


def _changed(text: str, fault: Fault | None, body: dict[str, Any]) -> str:
    match fault.kind if fault else "":
        case "enum_case":
            return _upper_enums(text, body)
        case "fenced":
            return f"```json\n{text}\n```"
        case "prose":
            return fault.message if fault and fault.message else PROSE
        case "ignores_output_config":
            return f"Here is my review.\n\n```json\n{text}\n```\n\nTell me if you want to know more."
        case _:
            return text


def _upper_enums(text: str, body: dict[str, Any]) -> str:
    schema = ((body.get("output_config") or {}).get("format") or {}).get("schema")
    values = {value for node in nodes(schema) for value in node.get("enum", ()) if isinstance(value, str)}
    if not values:
        return text
    quoted = "|".join(re.escape(json.dumps(value)) for value in sorted(values, key=len, reverse=True))
    return re.sub(rf"({quoted})(?!\s*:)", lambda match: match[0].upper(), text)
