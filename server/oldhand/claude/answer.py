"""What a server sends as its answer, made into events of ours; knows JSON, and nothing of the SDK's classes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from oldhand.claude.cost import Usage
from oldhand.claude.events import Began, Ended, Event, Text
from oldhand.claude.failures import Failure, Kind, ModelError

_STOPPED = {
    "max_tokens": (Kind.MAX_TOKENS, "The answer was too long and was cut; whole findings are kept."),
    "model_context_window_exceeded": (Kind.CONTEXT, "The model's window is full; whole findings are kept."),
}


class Answer:
    """One answer on its way; `usage` is what it has used so far."""

    def __init__(self) -> None:
        self.usage = Usage()
        self.request_id = ""
        self._begun = False
        self._whole = False
        self._reason = ""
        self._category: object = None

    def event(self, received: Any) -> Iterator[Event]:
        """What an event of the stream says; its `type` alone decides, since unknown ones come in a wrong class."""
        match getattr(received, "type", None):
            case "message_start":
                message = getattr(received, "message", None)
                self._begun = True
                self._use(getattr(message, "usage", None))
                yield Began(str(getattr(message, "model", "") or ""), self.request_id)
            case "content_block_delta":
                delta = getattr(received, "delta", None)
                text = getattr(delta, "text", None) if getattr(delta, "type", None) == "text_delta" else None
                if isinstance(text, str) and text:
                    index = getattr(received, "index", 0)
                    yield Text(index if isinstance(index, int) else 0, text)
            case "message_delta":
                self._use(getattr(received, "usage", None))
                delta = getattr(received, "delta", None)
                self._reason = str(getattr(delta, "stop_reason", None) or self._reason)
                details = getattr(delta, "stop_details", None)
                self._category = getattr(details, "category", None)
            case "message_stop":
                self._whole = True
            case _:
                pass

    def whole(self, body: bytes) -> Iterator[Event]:
        """The events of an answer that came as one JSON body, as some servers send it though asked to stream."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ModelError(_unreadable("is no JSON")) from error
        content = message.get("content") if isinstance(message, dict) else None
        if not isinstance(content, list):
            raise ModelError(_unreadable("is no message"))
        self._begun = self._whole = True
        self._use(message.get("usage"))
        self._reason = str(message.get("stop_reason") or "")
        details = message.get("stop_details")
        self._category = details.get("category") if isinstance(details, dict) else None
        yield Began(str(message.get("model") or ""), self.request_id)
        for number, block in enumerate(content):
            if isinstance(block, dict) and block.get("type") == "text" and isinstance(block.get("text"), str):
                yield Text(number, block["text"])
        yield self.end()

    def end(self) -> Ended:
        """The answer's end. Raises ModelError where it has none, or the model stopped before it was done."""
        if not self._begun:
            raise ModelError(_unreadable("held no events"))
        if not self._whole and not self._reason:
            message = "The answer broke off. What had come is kept; try again for the rest."
            raise ModelError(Failure.of(Kind.CUT, message), self.usage)
        if self._reason == "refusal":
            about = f" ({self._category})" if str(self._category).isidentifier() and self._category else ""
            message = f"The model declined to review this{about}. Review a smaller part, or choose another model."
            raise ModelError(Failure.of(Kind.REFUSED, message), self.usage)
        if self._reason in _STOPPED:
            kind, message = _STOPPED[self._reason]
            raise ModelError(Failure.of(kind, f"{message} Review a smaller part."), self.usage)
        return Ended(self._reason, self.usage)

    def _use(self, usage: Any) -> None:
        """Take what is said of tokens: each number is the sum so far, and what is not said stays."""
        if usage is None:
            return

        def number(name: str, before: int) -> int:
            value = usage.get(name) if isinstance(usage, dict) else getattr(usage, name, None)
            return value if isinstance(value, int) and value >= 0 else before

        self.usage = Usage(
            number("input_tokens", self.usage.input),
            number("output_tokens", self.usage.output),
            number("cache_read_input_tokens", self.usage.cache_read),
            number("cache_creation_input_tokens", self.usage.cache_write),
        )


def _unreadable(what: str) -> Failure:
    return Failure.of(Kind.UNREADABLE, f"The server's answer {what}. Check the base URL: is it a Messages server?")
