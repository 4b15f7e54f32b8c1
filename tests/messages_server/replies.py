"""What the server is to answer, and how it is to fail: plain values that can also come from a JSON file."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

FAULTS = {
    # Instead of the answer.
    "status": "an error: status, message or field, error_type, error_code, retry_after, retry_after_ms, should_retry",
    "rejects": "an error (status 400, or as given), but only if the request has the field, such as thinking or output_config.effort",
    "html": "status 200 and a page of HTML, as from a proxy",
    "whole_message": "status 200 and one JSON message, though a stream was asked for",
    "empty": "status 200 and an empty body",
    "empty_object": "status 200 and {}",
    "not_json": "status 200, said to be JSON, and is not",
    "stall_headers": "nothing is sent until go()",
    "slow_headers": "half of the headers, the rest after go(), then the answer",
    "close_headers": "the connection is closed without an answer",
    "reset_headers": "the connection is reset without an answer",
    # After `at` characters of the text.
    "end": "the body ends well, but in the middle of the message",
    "end_before_stop": "the body ends well after message_delta, without message_stop",
    "close": "the connection is closed in the middle of a chunk",
    "reset": "the connection is reset",
    "stall": "half an event, the rest after go(); ping_every seconds, if given, a ping comes instead of half an event",
    "error_event": "an error event: error_type, message, error_code",
    "bad_json": "an event whose data is not JSON, then the rest",
    "refusal": "stop_reason refusal with a category; without `at` there is no content at all",
    "max_tokens": "stop_reason max_tokens",
    "context_window": "stop_reason model_context_window_exceeded",
    "two_blocks": "the text goes on in a second text block",
    "endless": "deltas of `filler` for ever",
    "giant": "one delta of `size` characters of `filler`, then the rest",
    # The whole answer through.
    "unknown_events": "events, deltas and blocks of types that nobody knows",
    "data_only": "events without their `event:` lines",
    "no_usage": "no usage anywhere",
    "enum_case": "values of the schema's enums in upper case",
    "fenced": "the text in a Markdown fence",
    "prose": "a sentence in place of the text",
    "ignores_output_config": "sentences around the text in a fence, as from a server that does not know structured output",
}
"""Every kind of fault and what it does."""

STREAM_ONLY = {
    *("end_before_stop", "error_event", "bad_json", "two_blocks", "endless", "giant"),
    *("unknown_events", "data_only"),
}
"""Kinds that a request without `stream` cannot show; they are errors of the test there."""

REFUSAL_CATEGORIES = ("cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms", None)


@dataclass(frozen=True, slots=True)
class Fault:
    """A way to fail, of a kind in `FAULTS`; `at` counts characters of the text."""

    kind: str
    at: int | None = None
    status: int = 400
    message: str = ""
    field: str = ""
    error_type: str = ""
    error_code: str = ""
    retry_after: float | str | None = None
    retry_after_ms: int | None = None
    should_retry: bool | None = None
    category: str | None = None
    explanation: str | None = None
    ping_every: float | None = None
    filler: str = " "
    size: int = 1_000_000

    def __post_init__(self) -> None:
        if self.kind and self.kind not in FAULTS:
            raise ValueError(f"no such fault: {self.kind}; there are {', '.join(FAULTS)}")


class _Gate:
    """Lets one waiter of an event loop through for each call of `open`, which may come first and from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened = 0
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def open(self) -> None:
        with self._lock:
            if self._waiters:
                loop, event = self._waiters.pop(0)
                loop.call_soon_threadsafe(event.set)
            else:
                self._opened += 1

    async def passed(self) -> None:
        event = asyncio.Event()
        waiter = (asyncio.get_running_loop(), event)
        with self._lock:
            if self._opened:
                self._opened -= 1
                return
            self._waiters.append(waiter)
        try:
            await event.wait()
        finally:
            with self._lock:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. Its text goes out in deltas of `chunk` characters, or as `chunks` says; `pace` is seconds between them."""

    text: str = ""
    chunk: int = 24
    chunks: tuple[str, ...] | list[str] = ()
    fault: Fault | None = None
    stop_reason: str = "end_turn"
    thinking: bool = True
    pause_at: tuple[int, ...] = ()
    pace: float = 0.0
    output_tokens: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    _gate: _Gate = field(default_factory=_Gate, repr=False, compare=False)

    def go(self) -> None:
        """Ends one pause or stall, now or as soon as it is reached."""
        self._gate.open()

    async def gone_on(self) -> None:
        """Waits for a `go`."""
        await self._gate.passed()

    def pieces(self) -> list[str]:
        """The text as its deltas."""
        if self.chunks:
            return list(self.chunks)
        return [self.text[start : start + self.chunk] for start in range(0, len(self.text), self.chunk)]


def read_reply(value: dict[str, Any]) -> Reply:
    """A reply from its JSON object; raises ValueError for a name that no reply or fault has."""
    known = {entry.name for entry in fields(Reply)} - {"_gate"}
    if unknown := set(value) - known:
        raise ValueError(f"a reply has no {', '.join(sorted(unknown))}")
    fault = value.get("fault")
    if fault and (unknown := set(fault) - {entry.name for entry in fields(Fault)}):
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    values = {**value, "fault": Fault(**fault) if fault else None, "pause_at": tuple(value.get("pause_at", ()))}
    return Reply(**values)
