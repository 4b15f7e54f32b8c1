"""What a server sends as its answer, as JSON, made into events of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from oldhand.claude import statuses
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

    def event(self, received: Mapping[str, Any]) -> Iterator[Event]:
        """What an event of the stream says. Raises ModelError where it is an error."""
        match received.get("type"):
            case "message_start":
                message = _mapping(received, "message")
                self._begun = True
                self._use(message)
                yield Began(str(message.get("model") or ""), self.request_id, self.usage)
            case "content_block_delta":
                delta = _mapping(received, "delta")
                text, index = delta.get("text"), received.get("index")
                if delta.get("type") == "text_delta" and isinstance(text, str) and text:
                    yield Text(index if isinstance(index, int) else 0, text)
            case "message_delta":
                self._use(received)
                delta = _mapping(received, "delta")
                self._reason = str(delta.get("stop_reason") or self._reason)
                self._category = _mapping(delta, "stop_details").get("category", self._category)
            case "message_stop":
                self._whole = True
            case "error":
                error = _mapping(received, "error")
                code = str(_mapping(error, "details").get("error_code") or "")
                raise ModelError(
                    statuses.failure(200, str(error.get("type")), str(error.get("message") or ""), {}, code), self.usage
                )
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
        self._use(message)
        self._reason = str(message.get("stop_reason") or "")
        self._category = _mapping(message, "stop_details").get("category")
        yield Began(str(message.get("model") or ""), self.request_id, self.usage)
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

    def _use(self, said: Mapping[str, Any]) -> None:
        """Take what is said of tokens: each number is the sum so far, and what is not said stays."""
        usage = _mapping(said, "usage")

        def number(name: str, before: int) -> int:
            value = usage.get(name)
            return value if isinstance(value, int) and value >= 0 else before

        self.usage = Usage(
            number("input_tokens", self.usage.input),
            number("output_tokens", self.usage.output),
            number("cache_read_input_tokens", self.usage.cache_read),
            number("cache_creation_input_tokens", self.usage.cache_write),
        )


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _unreadable(what: str) -> Failure:
    return Failure.of(Kind.UNREADABLE, f"The server's answer {what}. Check the base URL: is it a Messages server?")
