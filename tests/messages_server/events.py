"""An answer as the events of a stream, in the order and with the names that the Messages API has."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from .answer_text import is_cut, split_at, text_pieces
from .models import find_model
from .prefix_cache import Plan
from .replies import Fault, Reply
from .tokens import BYTES_PER_TOKEN
from .violations import ERROR_TYPES


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event; `data` is JSON, except where a fault wants otherwise."""

    name: str
    data: str

    def encode(self, *, named: bool = True) -> bytes:
        return f"{f'event: {self.name}' + chr(10) if named else ''}data: {self.data}\n\n".encode()


class Signal(Enum):
    """What the stream does between two events."""

    PAUSE = auto()
    STALL = auto()
    PACE = auto()
    END = auto()
    CLOSE = auto()
    RESET = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply to one request, and what it costs."""

    reply: Reply
    body: dict[str, Any]
    id: str
    request_id: str
    plan: Plan

    @property
    def fault(self) -> Fault:
        return self.reply.fault or NO_FAULT

    @property
    def shows_thinking(self) -> bool:
        model = find_model(self.body.get("model"))
        kind = (self.body.get("thinking") or {}).get(
            "type", "adaptive" if model is None or model.adaptive else "disabled"
        )
        return self.reply.thinking and kind != "disabled" and self.body.get("max_tokens") != 0

    def usage(self, output_tokens: int) -> dict[str, Any]:
        """Usage so far; counts of input do not change while the answer grows."""
        return {
            "input_tokens": self.plan.uncached,
            "cache_creation_input_tokens": self.plan.written,
            "cache_read_input_tokens": self.plan.read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.plan.written_5m,
                "ephemeral_1h_input_tokens": self.plan.written_1h,
            },
            "output_tokens": output_tokens,
            "service_tier": "standard",
        }

    def output_tokens(self, characters: int) -> int:
        if self.reply.output_tokens is not None:
            return self.reply.output_tokens
        return 1 + characters // BYTES_PER_TOKEN

    def message(self, content: list[dict[str, Any]], stop: Mapping[str, Any], usage: dict[str, Any]) -> dict[str, Any]:
        """A message object: whole, or as `message_start` has it."""
        message = {
            "model": self.body.get("model"),
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "content": content,
            **stop,
            "usage": usage,
        }
        if self.fault.kind == "no_usage":
            del message["usage"]
        return message


NO_FAULT = Fault("")
UNFINISHED: Mapping[str, Any] = {"stop_reason": None, "stop_sequence": None, "stop_details": None}
_STOPS = {"max_tokens": "max_tokens", "context_window": "model_context_window_exceeded", "refusal": "refusal"}
_TAKES_A_PLACE = {
    *("end", "close", "reset", "stall", "error_event", "bad_json", "refusal", "max_tokens", "context_window"),
    *("two_blocks", "endless", "giant"),
}


def stream(answer: Answer, rng: random.Random) -> Iterator[Event | Signal]:
    """All events of the answer, and what happens between them."""
    yield _event("message_start", rng, message=answer.message([], UNFINISHED, answer.usage(1)))
    index = 0
    if answer.shows_thinking:
        yield from _thinking(answer, rng)
        index = 1
    if answer.fault.kind == "unknown_events":
        yield _event("server_mood", rng, mood="cheerful")
        yield _event("content_block_start", rng, index=index, content_block={"type": "sketch", "strokes": []})
        yield _event("content_block_delta", rng, index=index, delta={"type": "sketch_delta", "stroke": [1, 2]})
        yield _event("content_block_stop", rng, index=index)
        index += 1
    sent = 0
    for item in _text(answer, index, rng):
        if isinstance(item, int):
            sent = item
        else:
            yield item
            if item in (Signal.END, Signal.CLOSE, Signal.RESET):
                return
    usage = {} if answer.fault.kind == "no_usage" else {"usage": answer.usage(answer.output_tokens(sent))}
    yield _event("message_delta", rng, delta=dict(stop_of(answer)), **usage)
    if answer.fault.kind == "end_before_stop":
        yield Signal.END
        return
    yield _event("message_stop", rng)


def whole_message(answer: Answer) -> dict[str, Any]:
    """The answer as one JSON object."""
    content: list[dict[str, Any]] = []
    if answer.shows_thinking:
        content.append({"type": "thinking", "thinking": "", "signature": _SIGNATURE})
    text = "".join(text_pieces(answer.reply, answer.body))
    if answer.fault.kind in _STOPS:
        text = text[: answer.fault.at or 0]
    if text:
        content.append({"type": "text", "text": text})
    return answer.message(content, stop_of(answer), answer.usage(answer.output_tokens(len(text))))


def stop_of(answer: Answer) -> Mapping[str, Any]:
    """Why the answer stopped."""
    fault = answer.fault
    details = {"type": "refusal", "category": fault.category, "explanation": fault.explanation}
    reason = _STOPS.get(fault.kind, answer.reply.stop_reason)
    if fault.kind not in _STOPS and is_cut(answer.reply, answer.body):
        reason = "max_tokens"
    return {"stop_reason": reason, "stop_sequence": None, "stop_details": details if reason == "refusal" else None}


def error_body(
    status: int, message: str, request_id: str, error_type: str = "", error_code: str = ""
) -> dict[str, Any]:
    """The body of an error, in a response as in a stream."""
    error: dict[str, Any] = {"type": error_type or ERROR_TYPES.get(status, "api_error"), "message": message}
    if error_code:
        error["details"] = {"error_code": error_code}
    return {"type": "error", "error": error, "request_id": request_id}


_SIGNATURE = "c2lnbmVkIGJ5IGEgc2VydmVyIG9mIHRlc3Rz"


def _event(kind: str, rng: random.Random, **values: Any) -> Event:
    # The real stream is padded with spaces inside the JSON, a random number of them.
    data = json.dumps({"type": kind, **values}, ensure_ascii=False, separators=(",", ":"))
    return Event(kind, f"{data[:-1]}{' ' * rng.randrange(16)}}}")


def _ping() -> Event:
    return Event("ping", '{"type": "ping"}')


def _thinking(answer: Answer, rng: random.Random) -> Iterator[Event]:
    yield _event(
        "content_block_start", rng, index=0, content_block={"type": "thinking", "thinking": "", "signature": ""}
    )
    yield _ping()
    if (answer.body.get("thinking") or {}).get("display") == "summarized":
        delta = {"type": "thinking_delta", "thinking": "Reading the code line by line."}
        yield _event("content_block_delta", rng, index=0, delta=delta)
    yield _event("content_block_delta", rng, index=0, delta={"type": "signature_delta", "signature": _SIGNATURE})
    yield _event("content_block_stop", rng, index=0)


def _text(answer: Answer, index: int, rng: random.Random) -> Iterator[Event | Signal | int]:
    """The text block or blocks; a number says how many characters have been sent."""
    fault, pieces = answer.fault, text_pieces(answer.reply, answer.body)
    length = sum(map(len, pieces))
    place = min(fault.at or 0, length) if fault.kind in _TAKES_A_PLACE else -1
    without_content = fault.kind == "refusal" and fault.at is None
    if (not length and place < 0) or without_content:
        return
    pauses = sorted(answer.reply.pause_at)
    yield _event("content_block_start", rng, index=index, content_block={"type": "text", "text": ""})
    if index == 0:
        yield _ping()
    start = 0
    for start, piece in split_at(pieces, (place,)):
        if start == place:
            yield from _misbehave(answer, index, rng)
            if fault.kind in _STOPS:
                break
            index += fault.kind == "two_blocks"
        while pauses and start + len(piece) > pauses[0]:
            pauses.pop(0)
            yield Signal.PAUSE
        if rng.random() < 0.05:
            yield _ping()
        if fault.kind == "unknown_events":
            yield _event("content_block_delta", rng, index=index, delta={"type": "tone_delta", "tone": "dry"})
        yield _text_delta(piece, index, rng)
        yield start + len(piece)
        yield Signal.PACE
    else:
        if place == length:
            yield from _misbehave(answer, index, rng)
            index += fault.kind == "two_blocks"
    yield _event("content_block_stop", rng, index=index)


def _misbehave(answer: Answer, index: int, rng: random.Random) -> Iterator[Event | Signal]:
    fault = answer.fault
    match fault.kind:
        case "end":
            yield Signal.END
        case "close":
            yield Signal.CLOSE
        case "reset":
            yield Signal.RESET
        case "stall":
            yield Signal.STALL
        case "error_event":
            kind = fault.error_type or "overloaded_error"
            body = error_body(200, fault.message or "Overloaded", answer.request_id, kind, fault.error_code)
            yield Event("error", json.dumps(body))
            yield Signal.END
        case "bad_json":
            yield Event("content_block_delta", '{"type":"content_block_delta","index":')
        case "two_blocks":
            yield _event("content_block_stop", rng, index=index)
            yield _event("content_block_start", rng, index=index + 1, content_block={"type": "text", "text": ""})
        case "endless":
            while True:
                yield _text_delta(fault.filler * answer.reply.chunk, index, rng)
                yield Signal.PACE
        case "giant":
            yield _text_delta(fault.filler * fault.size, index, rng)


def _text_delta(text: str, index: int, rng: random.Random) -> Event:
    return _event("content_block_delta", rng, index=index, delta={"type": "text_delta", "text": text})
