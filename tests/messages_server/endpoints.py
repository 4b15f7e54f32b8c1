"""What each path answers: errors for requests that are not right, else the next reply, well or as its fault wants it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Collection, Iterator
from typing import Any

from .connection import Connection, Request
from .events import NO_FAULT, Answer, Event, Signal, error_body, stream, whole_message
from .models import MODELS, describe, find_model
from .prefix_cache import PrefixCache
from .replies import STREAM_ONLY, Fault, Reply
from .request_checks import check_body, check_headers, parse_body
from .seen import Seen
from .tokens import count_tokens
from .violations import Violation

_JSON = "application/json"
_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>\n"
)
_MESSAGES = {
    400: "Your request was not valid",
    401: "invalid x-api-key",
    402: "Your credit balance is too low to access the Messages API.",
    403: "Your API key does not have permission to use the specified resource.",
    404: "Not found",
    408: "Request timeout",
    413: "Request exceeds the maximum size",
    422: "Unprocessable request",
    429: "This request would exceed your organization's rate limit of 50 requests per minute.",
    499: "Client closed the request",
    500: "Internal server error",
    503: "Service unavailable",
    504: "The request timed out",
    529: "Overloaded",
}
_WHOLE_BODIES = {
    "html": ("text/html; charset=utf-8", _PAGE),
    "empty": (_JSON, ""),
    "empty_object": (_JSON, "{}"),
    "not_json": (_JSON, "upstream connect error or disconnect"),
}


class Endpoints:
    """The service behind the connections; used on the server's loop alone."""

    def __init__(
        self,
        next_reply: Callable[[Seen], Reply | None],
        strict: bool,
        keys: Collection[str] | None,
        missing: Collection[str],
        seed: int,
        clock: Callable[[], float],
    ) -> None:
        self._next_reply = next_reply
        self._strict = strict
        self._keys = keys
        self._missing = tuple(missing)
        self._rng = random.Random(seed)
        self._clock = clock
        self._cache = PrefixCache()
        self._count = 0

    def check(self, request: Request) -> Seen:
        """The request with all that is wrong with it, or else with its reply."""
        body, broken = parse_body(request.raw) if request.method == "POST" and not request.too_large else ({}, "")
        seen = Seen(request.method, request.path, request.headers, body, request.raw, ())
        if self._strict and not self._is_missing(seen):
            seen.violations = tuple(self._violations(seen, broken, too_large=request.too_large))
        if not seen.violations and (seen.method, seen.endpoint) == ("POST", "/v1/messages"):
            seen.replied = self._next_reply(seen)
        return seen

    async def answer(self, seen: Seen, connection: Connection) -> bool:
        """Answers on this connection; whether it can go on."""
        self._count += 1
        request_id = f"req_{self._count:024d}"
        if self._is_missing(seen):
            return await self._error(connection, request_id, Violation("Not Found", 404))
        if seen.violations:
            return await self._error(connection, request_id, seen.violations[0])
        match seen.method, seen.endpoint.strip("/").split("/"):
            case "POST", ["v1", "messages"]:
                return await self._messages(seen, connection, request_id)
            case "POST", ["v1", "messages", "count_tokens"]:
                return await self._json(connection, request_id, {"input_tokens": count_tokens(seen.body)})
            case "GET", ["v1", "models"]:
                return await self._json(connection, request_id, _list_models())
            case "GET", ["v1", "models", name] if model := find_model(name):
                return await self._json(connection, request_id, describe(model))
            case "GET", ["v1", "models", name]:
                return await self._error(connection, request_id, Violation(f"model: {name}", 404))
        return await self._error(connection, request_id, Violation("Not Found", 404))

    def _is_missing(self, seen: Seen) -> bool:
        return any(seen.endpoint == path or seen.endpoint.startswith(f"{path}/") for path in self._missing)

    def _violations(self, seen: Seen, broken: str, *, too_large: bool) -> Iterator[Violation]:
        allowed = {"/v1/messages": "POST", "/v1/messages/count_tokens": "POST", "/v1/models": "GET"}
        method = allowed.get(seen.endpoint, "GET" if seen.endpoint.startswith("/v1/models/") else "")
        if not method:
            yield Violation(f"{seen.endpoint}: there is no such path", 404)
            return
        if seen.method != method:
            yield Violation(f"{seen.method} {seen.endpoint}: Method Not Allowed", 405)
            return
        if too_large:
            yield Violation("Request exceeds the maximum size", 413)
            return
        yield from check_headers(seen.headers, has_body=method == "POST")
        if self._keys is not None and _key(seen) not in self._keys:
            yield Violation("invalid x-api-key", 401)
        if broken:
            yield Violation(broken)
        elif method == "POST":
            yield from check_body(seen.body, seen.headers, counting=seen.endpoint.endswith("count_tokens"))

    async def _messages(self, seen: Seen, connection: Connection, request_id: str) -> bool:
        reply = seen.replied
        if reply is None:
            return await self._error(connection, request_id, Violation("the test gave no reply for this request", 500))
        fault = reply.fault or NO_FAULT
        match fault.kind:
            case "status":
                return await self._fault_status(connection, request_id, reply, fault)
            case "rejects" if _has(seen.body, fault.field):
                return await self._fault_status(connection, request_id, reply, fault)
            case "html" | "empty" | "empty_object" | "not_json":
                kind, text = _WHOLE_BODIES[fault.kind]
                await connection.respond(200, {"content-type": kind}, text.encode())
                return True
            case "stall_headers":
                await reply.gone_on()
            case "close_headers":
                return False
            case "reset_headers":
                connection.reset()
                return False
        return await self._reply(seen, reply, connection, request_id)

    async def _reply(self, seen: Seen, reply: Reply, connection: Connection, request_id: str) -> bool:
        started = self._clock()
        model = find_model(seen.body.get("model")) or MODELS["claude-sonnet-5-5"]
        plan = self._cache.plan(seen.body, model, _key(seen), started)
        answer = Answer(reply, seen.body, f"msg_{self._count:024d}", request_id, plan)
        seen.usage = answer.usage(answer.output_tokens(0))
        if seen.body.get("stream") and answer.fault.kind != "whole_message":
            headers = self._headers(request_id, "text/event-stream; charset=utf-8", reply)
            head = connection.head(200, {**headers, "cache-control": "no-cache", "transfer-encoding": "chunked"})
            await _send_head(connection, head, reply)
            self._cache.store(plan, started)
            return await self._stream(seen, answer, connection)
        message = whole_message(answer)
        seen.usage = message.get("usage", seen.usage)
        self._cache.store(plan, started)
        body = json.dumps(message).encode()
        headers = self._headers(request_id, _JSON, reply) | {"content-length": str(len(body))}
        for _ in reply.pause_at:
            await reply.gone_on()
        await _send_head(connection, connection.head(200, headers), reply)
        return await _send_whole(connection, body, reply)

    async def _stream(self, seen: Seen, answer: Answer, connection: Connection) -> bool:
        reply, named = answer.reply, answer.fault.kind != "data_only"
        for item in stream(answer, self._rng):
            match item:
                case Event():
                    if item.name == "message_delta":
                        seen.usage = json.loads(item.data).get("usage", seen.usage)
                    await connection.send_chunk(item.encode(named=named))
                case Signal.PAUSE:
                    await reply.gone_on()
                case Signal.STALL:
                    await _stall(connection, reply, answer.fault)
                case Signal.PACE:
                    # Also without a pace others get their turn, as an endless answer needs.
                    await asyncio.sleep(reply.pace)
                case Signal.CLOSE:
                    await connection.send_half_chunk(Event("ping", '{"type": "ping"}').encode())
                    return False
                case Signal.RESET:
                    connection.reset()
                    return False
                case Signal.END:
                    break
        await connection.end_chunks()
        return True

    def _headers(self, request_id: str, content_type: str, reply: Reply) -> dict[str, str]:
        limits = {
            "requests": (50, 49),
            "tokens": (60_000, 54_000),
            "input-tokens": (50_000, 46_000),
            "output-tokens": (10_000, 8_000),
        }
        headers = {"content-type": content_type, "request-id": request_id}
        for name, (limit, remaining) in limits.items():
            headers[f"anthropic-ratelimit-{name}-limit"] = str(limit)
            headers[f"anthropic-ratelimit-{name}-remaining"] = str(remaining)
            headers[f"anthropic-ratelimit-{name}-reset"] = "2026-12-01T00:00:00Z"
        return headers | {name.lower(): value for name, value in reply.headers.items()}

    async def _json(self, connection: Connection, request_id: str, value: Any) -> bool:
        await connection.respond(200, {"content-type": _JSON, "request-id": request_id}, json.dumps(value).encode())
        return True

    async def _error(self, connection: Connection, request_id: str, violation: Violation) -> bool:
        body = error_body(violation.status, violation.message, request_id)
        headers = {"content-type": _JSON, "request-id": request_id}
        await connection.respond(violation.status, headers, json.dumps(body).encode())
        return True

    async def _fault_status(self, connection: Connection, request_id: str, reply: Reply, fault: Fault) -> bool:
        message = fault.message or _MESSAGES.get(fault.status, "Error")
        if fault.field and not fault.message:
            message = f"{fault.field}: Extra inputs are not permitted"
        headers = {"content-type": _JSON, "request-id": request_id, **reply.headers}
        if fault.retry_after is not None:
            headers["retry-after"] = str(fault.retry_after)
        if fault.retry_after_ms is not None:
            headers["retry-after-ms"] = str(fault.retry_after_ms)
        if fault.should_retry is not None:
            headers["x-should-retry"] = str(fault.should_retry).lower()
        body = error_body(fault.status, message, request_id, fault.error_type, fault.error_code)
        await connection.respond(fault.status, headers, json.dumps(body).encode())
        return True


async def _send_head(connection: Connection, head: bytes, reply: Reply) -> None:
    if reply.fault is None or reply.fault.kind != "slow_headers":
        await connection.send(head)
        return
    await connection.send(head[: len(head) // 2])
    await reply.gone_on()
    await connection.send(head[len(head) // 2 :])


async def _send_whole(connection: Connection, body: bytes, reply: Reply) -> bool:
    """The body of an answer that is no stream; whether the connection stays open."""
    kind = reply.fault.kind if reply.fault else ""
    if kind in STREAM_ONLY:
        raise ValueError(f"the fault {kind} is one of streams, and this request asked for none")
    if kind not in ("end", "close", "reset", "stall"):
        await connection.send(body)
        return True
    await connection.send(body[: len(body) // 2])
    if kind == "stall":
        await reply.gone_on()
        await connection.send(body[len(body) // 2 :])
        return True
    if kind == "reset":
        connection.reset()
    return False


async def _stall(connection: Connection, reply: Reply, fault: Fault) -> None:
    ping = Event("ping", '{"type": "ping"}').encode()
    if fault.ping_every is None:
        # Half a line, so that the client waits inside an event.
        await connection.send_chunk(ping[:9])
        await reply.gone_on()
        await connection.send_chunk(ping[9:])
        return
    going = asyncio.ensure_future(reply.gone_on())
    try:
        while not going.done():
            await connection.send_chunk(ping)
            await asyncio.wait({going}, timeout=fault.ping_every)
    finally:
        going.cancel()


def _key(seen: Seen) -> str:
    return seen.headers.get("x-api-key") or seen.headers.get("authorization", "").removeprefix("Bearer ")


def _has(body: dict[str, Any], field: str) -> bool:
    value: Any = body
    for name in field.split("."):
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True


def _list_models() -> dict[str, Any]:
    data = [describe(model) for model in MODELS.values()]
    return {"data": data, "has_more": False, "first_id": data[0]["id"], "last_id": data[-1]["id"]}
