"""JSON-RPC messages: what a body says, as one of four kinds; knows nothing of methods."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
CANCELLED = -32800
CONTENT_MODIFIED = -32801

Id = int | str | float


@dataclass(frozen=True, slots=True)
class Request:
    """A call that must be answered under its id."""

    id: Id
    method: str
    params: Any


@dataclass(frozen=True, slots=True)
class Notification:
    """A call that is never answered."""

    method: str
    params: Any


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a request of ours: a result, or an error as the client wrote it."""

    id: Id
    result: Any
    error: Any


@dataclass(frozen=True, slots=True)
class Malformed:
    """Not a message; to be answered with an error, under its id where it has a usable one."""

    id: Id | None
    code: int
    reason: str


Message = Request | Notification | Response | Malformed


def read(body: bytes) -> Message:
    """The message that a body holds; never fails."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return Malformed(None, PARSE_ERROR, "the body is not JSON")
    if not isinstance(data, dict):
        return Malformed(None, INVALID_REQUEST, "a message is one JSON object")
    ident = data.get("id")
    if "id" in data and not _is_id(ident):
        return Malformed(None, INVALID_REQUEST, "an id is a string or a number")
    if data.get("jsonrpc") != "2.0":
        return Malformed(ident, INVALID_REQUEST, 'a message has "jsonrpc": "2.0"')
    if "method" in data:
        method, params = data["method"], data.get("params")
        if not isinstance(method, str):
            return Malformed(ident, INVALID_REQUEST, "a method is a string")
        return Request(ident, method, params) if ident is not None else Notification(method, params)
    if ident is None:
        return Malformed(None, INVALID_REQUEST, "a message has a method or an id")
    return Response(ident, data.get("result"), data.get("error"))


def result(ident: Id, value: Any) -> dict[str, Any]:
    """A response that carries a result."""
    return {"jsonrpc": "2.0", "id": ident, "result": value}


def error(ident: Id | None, code: int, message: str, data: Any = None) -> dict[str, Any]:
    """A response that carries an error."""
    content: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        content["data"] = data
    return {"jsonrpc": "2.0", "id": ident, "error": content}


def write(message: dict[str, Any]) -> bytes:
    """The body for a message.

    ASCII alone, so that lone surrogates pass too. Raises TypeError or ValueError for what JSON does not have.
    """
    return json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")


def _is_id(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int | str) and not isinstance(value, bool)
