"""Requests to a Messages server as tests send them: by raw HTTP, and by the SDK without retries or proxies."""

from __future__ import annotations

import copy
import http.client
import json
from collections.abc import Awaitable, Callable
from typing import Any

import anthropic
import httpx2
from messages_server import MessagesServer

TEXT = (
    '{"findings": [{"line": 3, "severity": "error", "message": "The connection is never closed, whatever happens."}]}'
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "line": {"type": "integer"},
                    "severity": {"type": "string", "enum": ["error", "warning"]},
                    "message": {"type": "string"},
                },
                "required": ["line", "severity", "message"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["findings"],
    "additionalProperties": False,
}
HEADERS = {"content-type": "application/json", "anthropic-version": "2026-10-21", "authorization": "Bearer for-tests"}


def good_body(**changes: Any) -> dict[str, Any]:
    """A request as a reviewer sends it; a change to None takes a field out."""
    body: dict[str, Any] = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 8000,
        "stream": True,
        "system": [{"type": "text", "text": "You review code.", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "def f(): ..."}],
        "thinking": {"type": "adaptive", "display": "omitted"},
        "output_config": {"effort": "medium", "format": {"type": "json_schema", "schema": copy.deepcopy(SCHEMA)}},
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def send(
    server: MessagesServer, body: object, headers: dict[str, str] | None = None, path: str = "/v1/messages"
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case and the whole body, by a client that knows nothing of Anthropic."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", path, raw, HEADERS if headers is None else headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, content


def events_of(content: bytes) -> list[tuple[str, dict[str, Any]]]:
    """Names and data of a stream's events."""
    events = []
    for block in content.decode().strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        events.append((lines.get("event", ""), json.loads(lines["data"])))
    return events


def text_of(events: list[tuple[str, dict[str, Any]]]) -> str:
    return "".join(data["delta"].get("text", "") for _, data in events if data["type"] == "content_block_delta")


async def with_client(
    url: str, use: Callable[[anthropic.AsyncAnthropic], Awaitable[Any]], key: str = "for-tests"
) -> Any:
    """What a function makes of a client of the server at this URL."""
    async with (
        httpx2.AsyncClient(trust_env=False) as connections,
        anthropic.AsyncAnthropic(
            api_key=key, base_url=url, max_retries=0, http_client=connections, open_telemetry=False
        ) as client,
    ):
        return await use(client)


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}
