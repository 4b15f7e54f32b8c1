"""The strict Messages server itself: what it refuses, what it streams and how it fails, by raw HTTP and by the SDK."""

from __future__ import annotations

import asyncio
import copy
import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest
from messages_server import FAULTS, REFUSAL_CATEGORIES, Fault, MessagesServer, Reply, Seen

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


def with_schema(schema: dict[str, Any]) -> dict[str, Any]:
    return good_body(output_config={"format": {"type": "json_schema", "schema": schema}})


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


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


# What it streams


def test_a_good_request_has_no_problems_and_is_answered_in_the_documented_order() -> None:
    with MessagesServer([Reply(TEXT, chunk=10)]) as server:
        status, headers, content = send(server, good_body())
        assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert headers["request-id"].startswith("req_")
        assert headers["anthropic-ratelimit-requests-remaining"] == "49"
        events = events_of(content)
        names = [name for name, _ in events]
        assert names == [data["type"] for _, data in events]
        without_pings = [name for name in names if name != "ping"]
        thinking = ["content_block_start", "content_block_delta", "content_block_stop"]
        text = ["content_block_start", *["content_block_delta"] * 12, "content_block_stop"]
        assert ["message_start", *thinking, *text, "message_delta", "message_stop"] == without_pings
        assert names[2] == "ping"
        assert [0, 0, 0, *[1] * 14] == [data["index"] for _, data in events if "index" in data]
        assert text_of(events) == TEXT
        assert server.problems == []
        assert server.requests[0].body == good_body()
        assert not server.requests[0].disconnected.is_set()


def test_the_stream_is_padded_inside_its_json_and_the_same_for_the_same_seed() -> None:
    contents = []
    for seed in (1, 1, 2):
        with MessagesServer([Reply(TEXT)], seed=seed) as server:
            contents.append(send(server, good_body())[2])
    assert contents[0] == contents[1] != contents[2]
    assert b" }\n" in contents[0]


def test_usage_grows_and_ends_in_message_delta() -> None:
    with MessagesServer([Reply(TEXT), Reply(TEXT, output_tokens=77)]) as server:
        events = events_of(send(server, good_body())[2])
        assert events[0][1]["message"]["usage"]["output_tokens"] == 1
        assert 1 + len(TEXT) // 4 == events[-2][1]["usage"]["output_tokens"]
        assert events_of(send(server, good_body())[2])[-2][1]["usage"]["output_tokens"] == 77
        assert server.requests[1].usage["output_tokens"] == 77


def test_thinking_is_shown_as_the_request_and_the_reply_want_it() -> None:
    def blocks(reply: Reply, **changes: Any) -> list[str]:
        with MessagesServer([reply]) as server:
            events = events_of(send(server, good_body(**changes))[2])
            assert server.problems == []
            return [data["content_block"]["type"] for name, data in events if name == "content_block_start"]

    assert blocks(Reply(TEXT)) == ["thinking", "text"]
    assert blocks(Reply(TEXT, thinking=False)) == ["text"]
    assert blocks(Reply(TEXT), model="claude-haiku-5-5", thinking={"type": "disabled"}) == ["text"]


def test_without_stream_the_message_comes_whole() -> None:
    with MessagesServer([Reply(TEXT)]) as server:
        _, headers, content = send(server, good_body(stream=None))
        assert headers["content-type"] == "application/json"
        message = json.loads(content)
        assert message["content"][1:] == [{"type": "text", "text": TEXT}]
        assert message["stop_reason"] == "end_turn"


def test_what_max_tokens_leaves_no_room_for_is_cut() -> None:
    with MessagesServer([Reply(TEXT), Reply(TEXT)]) as server:
        events = events_of(send(server, good_body(max_tokens=5))[2])
        assert TEXT[:20] == text_of(events)
        assert events[-2][1]["delta"]["stop_reason"] == "max_tokens"
        # A request for no tokens fills the cache and has no content.
        events = events_of(send(server, good_body(max_tokens=0))[2])
        assert [name for name, _ in events] == ["message_start", "message_delta", "message_stop"]


def test_a_reply_pauses_before_its_delta_until_it_may_go_on() -> None:
    reply = Reply("one two three", chunks=["one ", "two ", "three"], pause_at=(4, 8))
    with MessagesServer([reply]) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        connection.request("POST", "/v1/messages", json.dumps(good_body()), HEADERS)
        response = connection.getresponse()

        def read_to(text: str) -> bytes:
            lines = b""
            while f'"{text}"'.encode() not in lines:
                lines = response.readline()
                assert lines, f"the stream ended before {text!r}"
            return lines

        read_to("one ")
        assert not server.requests[0].disconnected.is_set()
        reply.go()
        read_to("two ")
        reply.go()
        assert b"message_stop" in (read_to("three"), response.read())[1]
        connection.close()


def test_replies_may_be_made_from_the_request_and_run_out_loudly() -> None:
    def echo(seen: Seen) -> Reply:
        return Reply(seen.body["messages"][0]["content"])

    with MessagesServer(echo) as server:
        assert text_of(events_of(send(server, good_body())[2])) == "def f(): ..."
    with MessagesServer([]) as server:
        status, _, content = send(server, good_body())
        assert (status, b"no reply" in content) == (500, True)
        assert server.problems == ["there was a request more than there are replies"]


def test_models_and_token_counts_are_answered_and_take_no_reply() -> None:
    async def ask(client: anthropic.AsyncAnthropic) -> None:
        model = await client.models.retrieve("claude-sonnet-5-5")
        assert (model.max_tokens, model.max_input_tokens) == (128_000, 1_000_000)
        assert model.capabilities is not None
        assert model.capabilities.thinking.types.between_tools is not None
        assert not model.capabilities.thinking.types.disabled.supported
        assert "claude-haiku-5-5" in [entry.id async for entry in client.models.list()]
        counted = await client.messages.count_tokens(
            model="claude-sonnet-5-5", messages=[{"role": "user", "content": "x" * 400}]
        )
        assert 100 < counted.input_tokens < 120
        with pytest.raises(anthropic.NotFoundError):
            await client.models.retrieve("claude-none")

    with MessagesServer() as server:
        asyncio.run(with_client(server, ask))
        assert len(server.requests) == 4
        assert server.problems == []
        assert server.messages == []


def test_another_vendors_server_has_no_models_and_checks_nothing() -> None:
    with MessagesServer([Reply(TEXT)], strict=False, missing=("/v1/models", "/v1/messages/count_tokens")) as server:
        assert send(server, good_body(), path="/v1/messages/count_tokens")[0] == 404
        assert send(server, {"model": "qwen3", "messages": [], "stream": True, "max_tokens": 9000})[0] == 200
        assert server.problems == []


def test_an_unknown_key_is_refused_where_keys_are_given() -> None:
    with MessagesServer([Reply(TEXT)], keys=("for-tests",)) as server:
        assert send(server, good_body(), HEADERS | {"authorization": "Bearer other"})[0] == 401
        assert send(server, good_body())[0] == 200


def test_a_client_that_leaves_is_noticed_whatever_the_server_waits_for() -> None:
    for reply in (
        Reply(TEXT, pause_at=(10,)),
        Reply(TEXT, fault=Fault("stall_headers")),
        Reply(TEXT, fault=Fault("slow_headers")),
        Reply(TEXT, fault=Fault("stall", at=10)),
        Reply(TEXT, fault=Fault("stall", at=10, ping_every=0.01)),
        Reply(TEXT, fault=Fault("endless")),
    ):
        with MessagesServer([reply]) as server:
            raw = json.dumps(good_body()).encode()
            head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
            host, port = server.url.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port)), timeout=10) as client:
                client.sendall(f"POST /v1/messages HTTP/1.1\r\n{head}content-length: {len(raw)}\r\n\r\n".encode() + raw)
                seen = server.wait_for_request(1)
                assert not seen.disconnected.is_set()
            assert seen.disconnected.wait(10), reply.fault
            assert server.problems == []


# What it refuses


def breakpoints(*ttls: str) -> list[dict[str, Any]]:
    return [
        {"type": "text", "text": f"part {number}", "cache_control": {"type": "ephemeral", "ttl": ttl}}
        for number, ttl in enumerate(ttls)
    ]


def tool(**changes: Any) -> dict[str, Any]:
    return {"name": "look", "input_schema": {"type": "object", "properties": {}}} | changes


def strict(schema: dict[str, Any], number: int = 1) -> dict[str, Any]:
    return good_body(tools=[tool(name=f"look{index}", input_schema=schema, strict=True) for index in range(number)])


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


CALL = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "seen"}
OPUS, HAIKU, OLD = {"model": "claude-opus-5-5"}, {"model": "claude-haiku-5-5"}, {"model": "claude-opus-4-6"}
OLDEST = {"model": "claude-haiku-4-5", "output_config": None}

REFUSED: dict[str, tuple[object, str]] = {
    "no model": (good_body(model=None), "model: Field required"),
    "no max_tokens": (good_body(max_tokens=None), "max_tokens: Field required"),
    "no messages": (good_body(messages=None), "messages: Field required"),
    "messages empty": (good_body(messages=[]), "at least one message"),
    "messages no list": (good_body(messages="hello"), "messages: Input should be a valid list"),
    "max_tokens a string": (good_body(max_tokens="9"), "max_tokens: Input should be a valid integer"),
    "max_tokens below 0": (good_body(max_tokens=-1), "greater than or equal to 0"),
    "max_tokens too large": (good_body(max_tokens=128_001), "128001 > 128000"),
    "an unknown field": (good_body(reasoning=True), "reasoning: Extra inputs are not permitted"),
    "a beta field without its header": (good_body(context_management={}), "context_management: Extra inputs"),
    "temperature": (good_body(temperature=0), "temperature: sampling parameters"),
    "top_p": (good_body(top_p=0.9), "top_p: sampling parameters"),
    "top_k": (good_body(top_k=5), "top_k: sampling parameters"),
    "stream a string": (good_body(stream="yes"), "stream: Input should be a valid boolean"),
    "an unknown role": (good_body(messages=[user("a"), {"role": "tool", "content": "b"}]), 'Unexpected role "tool"'),
    "system where the model has none": (
        good_body(model="claude-sonnet-5", messages=[user("a"), {"role": "system", "content": "b"}]),
        'Unexpected role "system"',
    ),
    "the assistant first": (good_body(messages=[assistant("a"), user("b")]), "first message must use the user role"),
    "prefill": (good_body(messages=[user("a"), assistant('{"findings":')]), "prefill"),
    "an unknown field of a message": (good_body(messages=[user("a") | {"name": "x"}]), "messages.0.name: Extra"),
    "content empty": (good_body(messages=[user([])]), "at least one content block"),
    "content a number": (good_body(messages=[user(3)]), "valid string or list"),
    "text of spaces": (good_body(messages=[user(" \n")]), "non-whitespace"),
    "text empty": (good_body(messages=[user([{"type": "text", "text": ""}])]), "messages.0.content.0.text"),
    "an unknown block": (good_body(messages=[user([{"type": "code", "text": "x"}])]), "block of type 'code'"),
    "an unknown field of a block": (
        good_body(messages=[user([{"type": "text", "text": "x", "id": 1}])]),
        "0.id: Extra",
    ),
    "a document of the assistant": (
        good_body(messages=[user("a"), assistant([{"type": "document", "source": {}}]), user("b")]),
        "block of type 'document' is not allowed in assistant",
    ),
    "citations on the user's text": (
        good_body(messages=[user([{"type": "text", "text": "x", "citations": [{}]}])]),
        "citations are not allowed",
    ),
    "citations and a format": (
        good_body(messages=[user([{"type": "document", "source": {}, "citations": {"enabled": True}}])]),
        "not supported together with citations",
    ),
    "system of another type": (good_body(system=[{"type": "image", "source": {}}]), "block of type 'image'"),
    "a tool use without its result": (good_body(messages=[user("a"), assistant([CALL]), user("b")]), "toolu_1"),
    "a tool result too late": (
        good_body(messages=[user("a"), assistant([CALL]), user([{"type": "text", "text": "x"}, RESULT])]),
        "without `tool_result` blocks immediately after: toolu_1",
    ),
    "a tool result of nothing": (good_body(messages=[user([RESULT])]), "unexpected `tool_use_id`"),
    "a bad id": (
        good_body(messages=[user("a"), assistant([CALL | {"id": "a b"}]), user([RESULT | {"tool_use_id": "a b"}])]),
        "id: String should match",
    ),
    "five breakpoints": (good_body(system=breakpoints(*["5m"] * 5)), "Found 5."),
    "four and an automatic one": (
        good_body(system=breakpoints(*["5m"] * 4), cache_control={"type": "ephemeral"}),
        "Found 5.",
    ),
    "1h after 5m": (good_body(system=breakpoints("5m", "1h")), "must not come after"),
    "a ttl of its own": (good_body(system=breakpoints("2h")), "cache_control.ttl"),
    "another cache type": (good_body(cache_control={"type": "lasting"}), "cache_control.type"),
    "thinking enabled": (
        good_body(thinking={"type": "enabled", "budget_tokens": 2000}),
        '"thinking.type.enabled" is not',
    ),
    "thinking disabled": (good_body(thinking={"type": "disabled"}), '"thinking.type.disabled" is not supported'),
    "thinking disabled on opus": (good_body(**OPUS, thinking={"type": "disabled"}), '"thinking.type.disabled" is not'),
    "thinking between tools on opus": (good_body(**OPUS, thinking={"type": "between_tools"}), "between_tools"),
    "between tools with a field": (
        good_body(thinking={"type": "between_tools", "display": "omitted"}),
        "display: Extra",
    ),
    "between tools at max": (
        good_body(thinking={"type": "between_tools"}, output_config={"effort": "max"}),
        '"max" is not supported with',
    ),
    "disabled at xhigh": (
        good_body(**HAIKU, thinking={"type": "disabled"}, output_config={"effort": "xhigh"}),
        '"xhigh" is not supported with',
    ),
    "a small budget": (good_body(**OLD, thinking={"type": "enabled", "budget_tokens": 1000}), "equal to 1024"),
    "a budget of all tokens": (
        good_body(**OLD, thinking={"type": "enabled", "budget_tokens": 8000}),
        "must be greater",
    ),
    "thinking of an unknown type": (good_body(thinking={"type": "deep"}), "thinking.type: Input should be"),
    "thinking shown otherwise": (good_body(thinking={"type": "adaptive", "display": "all"}), "thinking.display"),
    "an unknown effort": (good_body(output_config={"effort": "minimal"}), "output_config.effort"),
    "effort where there is none": (good_body(**OLDEST | {"output_config": {"effort": "low"}}, thinking=None), "effort"),
    "an unknown field of output_config": (good_body(output_config={"schema": {}}), "output_config.schema: Extra"),
    "a format of another type": (good_body(output_config={"format": {"type": "json"}}), "format.type"),
    "a format without a schema": (
        good_body(output_config={"format": {"type": "json_schema"}}),
        "schema: Field required",
    ),
    "a tool's name": (good_body(tools=[tool(name="look here")]), "tools.0.custom.name"),
    "two tools of one name": (good_body(tools=[tool(), tool()]), "must be unique"),
    "a tool without an object": (good_body(tools=[tool(input_schema={"type": "string"})]), "input_schema.type"),
    "an unknown field of a tool": (good_body(tools=[tool(parameters={})]), "parameters: Extra"),
    "a forced tool": (good_body(tools=[tool()], tool_choice={"type": "any"}), 'tool_choice: type "tool" and "any"'),
    "a tool that is not there": (
        good_body(model="claude-opus-5", tools=[tool()], tool_choice={"type": "tool", "name": "listen"}),
        "'listen' not found",
    ),
    "a forced tool with manual thinking": (
        good_body(
            **OLD, tools=[tool()], tool_choice={"type": "any"}, thinking={"type": "enabled", "budget_tokens": 2000}
        ),
        "Thinking may not be enabled",
    ),
    "a choice without tools": (good_body(tool_choice={"type": "auto"}), "while providing tools"),
    "a stop sequence of spaces": (good_body(stop_sequences=[" "]), "stop_sequences"),
    "stop sequences of numbers": (good_body(stop_sequences=[1]), "stop_sequences"),
    "a user id of another type": (good_body(metadata={"user_id": 7}), "metadata.user_id"),
    "unknown metadata": (good_body(metadata={"team": "x"}), "metadata.team: Extra"),
    "another service tier": (good_body(service_tier="priority"), "service_tier"),
    "another speed": (good_body(speed="slow"), "speed"),
    "fast where there is none": (good_body(speed="fast"), '"fast" is not supported'),
    "another diagnostics": (good_body(diagnostics={"id": "x"}), "diagnostics.id: Extra"),
    "a lone surrogate": (good_body(messages=[user("a \ud83d b")]), "lone surrogate"),
    "no JSON": (b'{"model": ', "not valid JSON"),
    "NaN": (b'{"model": NaN}', "not valid JSON"),
    "a list": (b"[]", "must be a JSON object"),
    "a prompt too long": (good_body(**OLDEST, thinking=None, messages=[user("x" * 900_000)]), "> 200000 maximum"),
    "an object that is open": (with_schema({"type": "object", "properties": {}}), "additionalProperties"),
    "an object that is open, deep inside": (
        with_schema(an_object(a={"type": "array", "items": {"type": "object", "additionalProperties": True}})),
        "properties.a.items: For 'object' type",
    ),
    "minimum": (with_schema(an_object(a={"type": "integer", "minimum": 1})), "'minimum' is not supported"),
    "maxLength": (with_schema(an_object(a={"type": "string", "maxLength": 9})), "'maxLength' is not supported"),
    "maxItems": (with_schema(an_object(a={"type": "array", "items": {"type": "null"}, "maxItems": 5})), "'maxItems'"),
    "minItems 2": (with_schema(an_object(a={"type": "array", "items": {"type": "null"}, "minItems": 2})), "'minItems'"),
    "oneOf": (with_schema(an_object(a={"oneOf": [{"type": "null"}]})), "'oneOf' is not supported"),
    "an unknown format": (with_schema(an_object(a={"type": "string", "format": "path"})), "format 'path'"),
    "a pattern that looks around": (with_schema(an_object(a={"type": "string", "pattern": "(?=a)"})), "pattern"),
    "an enum of lists": (with_schema(an_object(a={"enum": [["x"]]})), "primitive"),
    "no type": (with_schema(an_object(a={})), "must have a type"),
    "an external reference": (with_schema(an_object(a={"$ref": "https://json.example/a"})), "$ref"),
    "allOf with a reference": (
        with_schema(an_object(a={"allOf": [{"$ref": "#/$defs/b"}]}) | {"$defs": {"b": {"type": "null"}}}),
        "allOf with $ref",
    ),
    "recursion": (
        with_schema(an_object(a={"$ref": "#/$defs/b"}) | {"$defs": {"b": an_object(c={"$ref": "#/$defs/b"})}}),
        "recursive",
    ),
    "required and not there": (with_schema(an_object() | {"required": ["a"]}), "'a' is not defined"),
    "25 optional": (
        with_schema(an_object(**{f"a{i}": {"type": "null"} for i in range(25)}) | {"required": []}),
        "too complex",
    ),
    "17 unions": (
        with_schema(an_object(**{f"a{i}": {"type": ["string", "null"]} for i in range(17)})),
        "too complex",
    ),
    "21 strict tools": (strict(an_object(), 21), "too complex"),
    "a strict tool that is open": (strict({"type": "object"}), "tools.0.custom.input_schema: For 'object'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_is_not_right_is_refused_and_noted(name: str) -> None:
    body, part = REFUSED[name]
    with MessagesServer([Reply(TEXT)]) as server:
        status, headers, content = send(server, body)
        answer = json.loads(content)
        assert (status, answer["type"], answer["error"]["type"]) == (400, "error", "invalid_request_error")
        assert headers["request-id"] == answer["request_id"]
        assert any(part in problem for problem in server.problems), server.problems
        assert answer["error"]["message"] == server.requests[0].problems[0]
        assert server.requests[0].replied is None


HEADERS_REFUSED: dict[str, tuple[dict[str, str | None], int, str]] = {
    "no key": ({"authorization": None}, 401, "a Bearer token or x-api-key"),
    "another scheme": ({"authorization": "Basic Zm9v"}, 401, "a Bearer token or x-api-key"),
    "no version": ({"anthropic-version": None}, 400, "header is required"),
    "an unknown version": ({"anthropic-version": "2024-01-01"}, 400, "not a valid version"),
    "no content type": ({"content-type": "text/plain"}, 400, "must be application/json"),
}


@pytest.mark.parametrize("name", HEADERS_REFUSED)
def test_headers_that_are_not_right_are_refused(name: str) -> None:
    changes, expected, part = HEADERS_REFUSED[name]
    headers = {key: value for key, value in (HEADERS | changes).items() if value is not None}
    with MessagesServer([Reply(TEXT)]) as server:
        assert expected == send(server, good_body(), headers)[0]
        assert [part in problem for problem in server.problems] == [True]


def test_other_requests_that_are_not_right() -> None:
    with MessagesServer([Reply(TEXT)], body_limit=1000) as server:
        assert send(server, good_body(messages=[user("x" * 2000)]))[0] == 413
        assert send(server, good_body(model="claude-none", system=None, output_config=None))[0] == 404
        assert send(server, {}, path="/v1/v1/messages")[0] == 404
        assert send(server, {}, path="/v1/models")[0] == 405
        assert len(server.problems) == 4


ACCEPTED: dict[str, dict[str, Any]] = {
    "turns of one role": good_body(messages=[user("a"), user("b"), assistant("c"), assistant("d"), user("e")]),
    "a system message": good_body(**OPUS, messages=[user("a"), {"role": "system", "content": "b"}]),
    "a tool and its result": good_body(messages=[user("a"), assistant([CALL]), user([RESULT])], tools=[tool()]),
    "an hour, then five minutes": good_body(system=breakpoints("1h", "1h", "5m", "5m")),
    "between tools": good_body(thinking={"type": "between_tools"}, output_config={"effort": "high"}),
    "manual thinking": good_body(**OLD, thinking={"type": "enabled", "budget_tokens": 2000}),
    "prefill on an old model": good_body(**OLDEST, thinking=None, messages=[user("a"), assistant("{")]),
    "fast": good_body(**OPUS, speed="fast"),
    "24 optional": with_schema(an_object(**{f"a{i}": {"type": "null"} for i in range(24)}) | {"required": []}),
    "16 unions": with_schema(an_object(**{f"a{i}": {"type": ["string", "null"]} for i in range(16)})),
    "a reference twice": with_schema(
        an_object(a={"$ref": "#/$defs/b"}, b={"$ref": "#/$defs/b"}) | {"$defs": {"b": an_object()}}
    ),
    "a pattern": with_schema(an_object(a={"type": "string", "pattern": "^[a-z]{1,40}$"})),
    "the rest": good_body(
        stop_sequences=["END"], metadata={"user_id": "u1"}, service_tier="auto", inference_geo="us", max_tokens=128_000
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_request_at_the_edge_is_accepted(name: str) -> None:
    with MessagesServer([Reply(TEXT)]) as server:
        assert send(server, ACCEPTED[name])[0] == 200, server.problems


def test_x_api_key_the_old_version_and_beta_fields_are_accepted() -> None:
    headers = {
        "content-type": "application/json; charset=utf-8",
        "anthropic-version": "2023-06-01",
        "x-api-key": "for-tests",
        "anthropic-beta": "context-management-2025-06-27",
    }
    with MessagesServer([Reply(TEXT)]) as server:
        assert send(server, good_body(context_management={"edits": []}), headers, "/v1/messages?beta=true")[0] == 200
        assert server.problems == []


# The simulated cache


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def cached(text: str, ttl: str | None = "5m") -> dict[str, Any]:
    block = {"type": "text", "text": text}
    return block if ttl is None else block | {"cache_control": {"type": "ephemeral", "ttl": ttl}}


def test_the_cache_serves_the_exact_prefix_for_five_minutes() -> None:
    clock = Clock()
    prefix = cached("Checklist. " * 400)

    def read_and_written(server: MessagesServer, **changes: Any) -> tuple[bool, bool]:
        send(server, good_body(system=[prefix]) | changes)
        usage = server.requests[-1].usage
        return usage["cache_read_input_tokens"] > 1000, usage["cache_creation_input_tokens"] > 1000

    with MessagesServer(lambda seen: Reply(TEXT), clock=clock) as server:
        assert read_and_written(server) == (False, True)
        assert read_and_written(server, messages=[user("another question")]) == (True, False)
        assert read_and_written(server, system=[cached("A checklist. " * 400)]) == (False, True)
        assert read_and_written(server, model="claude-opus-5-5") == (False, True)
        assert read_and_written(server, output_config={"effort": "low"}) == (False, True)
        clock.now = 299.0
        assert read_and_written(server) == (True, False)
        clock.now = 299.0 + 300.0
        assert read_and_written(server) == (False, True)
        assert server.problems == []


def test_all_tokens_are_read_written_or_paid_in_full() -> None:
    system = [cached("A" * 4000, "1h"), cached("B" * 4000)]
    with MessagesServer(lambda seen: Reply(TEXT)) as server:
        for _ in range(2):
            send(server, good_body(system=system))
        first, second = (seen.usage for seen in server.requests)
        parts = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        assert sum(first[part] for part in parts) == sum(second[part] for part in parts)
        assert {"ephemeral_1h_input_tokens", "ephemeral_5m_input_tokens"} == set(first["cache_creation"])
        assert all(tokens > 1000 for tokens in first["cache_creation"].values())
        assert first["cache_creation_input_tokens"] == second["cache_read_input_tokens"]
        assert second["cache_creation_input_tokens"] == 0


def test_a_prefix_below_the_models_minimum_is_not_cached() -> None:
    with MessagesServer(lambda seen: Reply(TEXT)) as server:
        for model, thinking in (("claude-sonnet-5-5", None), ("claude-haiku-5-5", None)):
            send(server, good_body(model=model, thinking=thinking, system=[cached("A" * 4000)]))
        assert [seen.usage["cache_creation_input_tokens"] > 0 for seen in server.requests] == [True, False]


def test_an_entry_is_found_at_most_twenty_blocks_back() -> None:
    def ask(server: MessagesServer, blocks: int) -> int:
        text = [cached(f"{number}" * 400, None) for number in range(blocks - 1)]
        send(server, good_body(system=None, messages=[user([*text, cached(f"{blocks - 1}" * 400)])]))
        return int(server.requests[-1].usage["cache_read_input_tokens"])

    with MessagesServer(lambda seen: Reply(TEXT)) as server:
        assert ask(server, 10) == 0
        assert ask(server, 29) > 0
    with MessagesServer(lambda seen: Reply(TEXT)) as server:
        assert ask(server, 10) == 0
        assert ask(server, 30) == 0


# How it fails, as the SDK shows it


async def with_client(server: MessagesServer, use: Callable[[anthropic.AsyncAnthropic], Any]) -> Any:
    async with (
        httpx2.AsyncClient(trust_env=False) as connections,
        anthropic.AsyncAnthropic(
            api_key="for-tests", base_url=server.url, max_retries=0, http_client=connections, open_telemetry=False
        ) as client,
    ):
        return await use(client)


class Heard:
    """What a client got of one answer."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.types: list[str] = []
        self.text = ""
        self.stop: Any = None
        self.usage: list[Any] = []


def hear(fault: Fault, text: str = TEXT, **options: Any) -> Heard:
    """One streamed answer with this fault; read gaps of more than half a second are a timeout."""
    heard = Heard()

    async def listen(client: anthropic.AsyncAnthropic) -> None:
        try:
            stream = await client.messages.create(**good_body(), timeout=0.5 if "stall" in fault.kind else 10)
            async for event in stream:
                heard.types.append(event.type)
                match event.type:
                    case "message_start":
                        heard.usage.append(event.message.usage)
                    case "content_block_delta" if event.delta.type == "text_delta":
                        heard.text += event.delta.text
                    case "message_delta":
                        heard.stop = event.delta
                        heard.usage.append(event.usage)
                if len(heard.text) > 100_000 and fault.kind == "endless":
                    return await stream.close()
        except (anthropic.APIError, httpx2.HTTPError, ValueError) as error:
            heard.error = error

    with MessagesServer([Reply(text, fault=fault, **options)]) as server:
        asyncio.run(with_client(server, listen))
        assert server.problems == []
    return heard


STATUSES = {
    400: anthropic.BadRequestError,
    401: anthropic.AuthenticationError,
    402: anthropic.PaymentRequiredError,
    403: anthropic.PermissionDeniedError,
    404: anthropic.NotFoundError,
    408: anthropic.RequestTimeoutError,
    413: anthropic.ContentTooLargeError,
    422: anthropic.UnprocessableEntityError,
    429: anthropic.RateLimitError,
    499: anthropic.ClientClosedRequestError,
    500: anthropic.InternalServerError,
    503: anthropic.ServiceUnavailableError,
    504: anthropic.GatewayTimeoutError,
    529: anthropic.OverloadedError,
}


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_is_the_error_that_the_sdk_has_for_it(status: int) -> None:
    error = hear(Fault("status", status=status, retry_after=3600, retry_after_ms=3_600_000, should_retry=False)).error
    assert type(error) is STATUSES[status]
    headers = error.response.headers
    assert (
        headers["retry-after"],
        headers["retry-after-ms"],
        headers["x-should-retry"],
    ) == ("3600", "3600000", "false")
    assert error.request_id == headers["request-id"]


def test_a_status_can_name_a_field_and_carry_a_code() -> None:
    error = hear(Fault("status", status=400, field="thinking")).error
    assert "thinking: Extra inputs are not permitted" in str(error)
    error = hear(Fault("status", status=429, error_code="enforced_spend_limit_reached")).error
    assert isinstance(error, anthropic.RateLimitError)
    assert error.error_code == "enforced_spend_limit_reached"


@pytest.mark.parametrize("field", ["output_config", "thinking", "output_config.effort"])
@pytest.mark.parametrize("status", [400, 422])
def test_a_field_can_be_refused_and_is_missed_by_nobody(field: str, status: int) -> None:
    error = hear(Fault("rejects", field=field, status=status)).error
    assert type(error) is STATUSES[status]
    assert f"{field}: Extra inputs" in str(error)
    assert hear(Fault("rejects", field="tools", status=status)).text == TEXT


WHOLE = ["message_start", "message_delta", "message_stop"]
FAILURES: dict[str, tuple[Fault, type[Exception] | None]] = {
    "html": (Fault("html"), None),
    "whole_message": (Fault("whole_message"), None),
    "empty": (Fault("empty"), None),
    "empty_object": (Fault("empty_object"), None),
    "not_json": (Fault("not_json"), None),
    "close_headers": (Fault("close_headers"), anthropic.APIConnectionError),
    "reset_headers": (Fault("reset_headers"), anthropic.APIConnectionError),
    "stall_headers": (Fault("stall_headers"), anthropic.APITimeoutError),
    "data_only": (Fault("data_only"), None),
}


@pytest.mark.parametrize("name", FAILURES)
def test_faults_in_place_of_a_stream_give_no_event(name: str) -> None:
    fault, expected = FAILURES[name]
    heard = hear(fault)
    assert (expected or type(None)) is type(heard.error)
    assert heard.types == []


CUTS: dict[str, tuple[Fault, type[Exception] | None]] = {
    "end": (Fault("end", at=30), None),
    "close": (Fault("close", at=30), httpx2.RemoteProtocolError),
    "reset": (Fault("reset", at=30), httpx2.ReadError),
    "stall": (Fault("stall", at=30), httpx2.ReadTimeout),
    "error_event": (Fault("error_event", at=30), anthropic.APIStatusError),
    "bad_json": (Fault("bad_json", at=30), json.JSONDecodeError),
}


@pytest.mark.parametrize("name", CUTS)
def test_faults_in_the_middle_come_after_exactly_so_many_characters(name: str) -> None:
    fault, expected = CUTS[name]
    heard = hear(fault)
    assert (expected or type(None)) is type(heard.error)
    assert TEXT[:30] == heard.text
    assert "message_delta" not in heard.types


def test_an_error_event_has_status_200_and_the_type_that_was_asked_for() -> None:
    for kind in ("overloaded_error", "api_error"):
        error = hear(Fault("error_event", at=5, error_type=kind, error_code="some_code")).error
        assert isinstance(error, anthropic.APIStatusError)
        assert (200, kind, "some_code") == (error.status_code, error.type, error.error_code)


def test_a_stream_may_end_before_message_stop() -> None:
    heard = hear(Fault("end_before_stop"))
    assert (heard.text, heard.types[-1]) == (TEXT, "message_delta")


@pytest.mark.parametrize("category", REFUSAL_CATEGORIES)
@pytest.mark.parametrize("at", [None, 30])
def test_a_refusal_has_its_category_with_and_without_content(category: str | None, at: int | None) -> None:
    heard = hear(Fault("refusal", category=category, at=at))
    assert ("refusal", category) == (heard.stop.stop_reason, heard.stop.stop_details.category)
    assert TEXT[: at or 0] == heard.text
    assert heard.types[-1] == "message_stop"


def test_an_answer_may_stop_for_want_of_room() -> None:
    for kind, reason in (("max_tokens", "max_tokens"), ("context_window", "model_context_window_exceeded")):
        heard = hear(Fault(kind, at=30))
        assert (reason, TEXT[:30], None) == (heard.stop.stop_reason, heard.text, heard.stop.stop_details)


def test_unknown_types_stand_beside_the_known_ones() -> None:
    heard = hear(Fault("unknown_events"))
    assert heard.text == TEXT
    assert "server_mood" in heard.types


def test_usage_may_be_missing() -> None:
    heard = hear(Fault("no_usage"))
    assert (heard.text, heard.usage) == (TEXT, [None, None])


def test_the_text_may_come_in_two_blocks() -> None:
    heard = hear(Fault("two_blocks", at=30))
    assert (heard.text, heard.types.count("content_block_start")) == (TEXT, 3)


def test_the_text_may_be_another() -> None:
    assert TEXT.replace('"error"', '"ERROR"') == hear(Fault("enum_case")).text
    assert f"```json\n{TEXT}\n```" == hear(Fault("fenced")).text
    assert f"```json\n{TEXT}\n```" in hear(Fault("ignores_output_config")).text
    assert hear(Fault("prose")).text[:8] == "I looked"
    assert TEXT not in hear(Fault("prose")).text


def test_an_answer_may_be_endless_or_giant() -> None:
    heard = hear(Fault("endless"))
    assert len(heard.text) > 100_000
    assert 3_000_000 + len(TEXT) == len(hear(Fault("giant", at=10, size=3_000_000)).text)


def test_slow_headers_come_when_they_may() -> None:
    reply = Reply(TEXT, fault=Fault("slow_headers"))
    with MessagesServer([reply]) as server:
        reply.go()
        assert text_of(events_of(send(server, good_body())[2])) == TEXT


def test_a_stall_may_be_filled_with_pings() -> None:
    reply = Reply(TEXT, fault=Fault("stall", at=10, ping_every=0.01))
    with MessagesServer([reply]) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        connection.request("POST", "/v1/messages", json.dumps(good_body()), HEADERS)
        response = connection.getresponse()
        pings = 0
        while pings < 5:
            pings += response.readline() == b"event: ping\n"
        reply.go()
        assert b"message_stop" in response.read()
        connection.close()


def test_every_kind_of_fault_is_tried_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in FAULTS if f'"{kind}"' not in source] == []
    with pytest.raises(ValueError, match="no such fault"):
        Fault("sulk")


# By hand


@pytest.mark.parametrize("module", ["tests.messages_server", "messages_server"])
def test_by_hand_it_plays_a_script_and_lets_it_go_on_at_a_line(module: str, tmp_path: Path) -> None:
    script, log = tmp_path / "replies.json", tmp_path / "requests.jsonl"
    script.write_text(json.dumps([{"fault": {"kind": "status", "status": 529}}, {"text": TEXT, "pause_at": [30]}]))
    root = Path(__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-m", module, "--script", str(script), "--loop", "--log", str(log)],
        cwd=root if module.startswith("tests.") else root / "tests",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
            connection.request("POST", "/v1/messages", json.dumps(good_body()), HEADERS)
            response = connection.getresponse()
            assert response.status == 529
            response.read()
            for _ in range(2):
                connection.request("POST", "/v1/messages", json.dumps(good_body()), HEADERS)
                response = connection.getresponse()
                process.stdin.write("go\n")
                process.stdin.flush()
                assert text_of(events_of(response.read())) == TEXT
            assert [good_body()] * 3 == [json.loads(line)["body"] for line in log.read_text().splitlines()]
        finally:
            process.terminate()


@pytest.mark.parametrize(
    ("script", "part"),
    [
        ('[{"test": ""}]', "a reply has no test"),
        ('[{"fault": {"kind": "sulk"}}]', "no such fault"),
        ("[", "replies.json"),
    ],
)
def test_a_script_that_is_not_right_says_so(script: str, part: str, tmp_path: Path) -> None:
    path = tmp_path / "replies.json"
    path.write_text(script)
    done = subprocess.run(
        [sys.executable, "-m", "tests.messages_server", "--script", str(path)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, part in done.stderr) == (2, True)
