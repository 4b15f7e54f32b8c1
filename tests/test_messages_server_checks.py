"""The strict Messages server: every request that it refuses, and those at the edge that it takes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from messages_client import HEADERS, TEXT, good_body, send, user
from messages_server import MessagesServer, Reply
from messages_server.request_checks import check_body


def with_schema(schema: dict[str, Any]) -> dict[str, Any]:
    return good_body(output_config={"format": {"type": "json_schema", "schema": schema}})


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def breakpoints(*ttls: str) -> list[dict[str, Any]]:
    return [
        {"type": "text", "text": f"part {number}", "cache_control": {"type": "ephemeral", "ttl": ttl}}
        for number, ttl in enumerate(ttls)
    ]


def tool(**changes: Any) -> dict[str, Any]:
    return {"name": "look", "input_schema": {"type": "object", "properties": {}}} | changes


def strict(schema: dict[str, Any], number: int = 1) -> dict[str, Any]:
    return good_body(tools=[tool(name=f"look{index}", input_schema=schema, strict=True) for index in range(number)])


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


ODD: list[Any] = [None, 0, 1.5, True, "x", [], {}, [1], ["a"], [[]], [None], {"a": 1}]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield (*path, key)
        yield from places(entry, (*path, key))


def test_no_value_of_another_type_breaks_a_check() -> None:
    whole = good_body(tools=[tool(strict=True)], tool_choice={"type": "auto"}, stop_sequences=["END"], metadata={})
    found = 0
    for place in places(whole):
        for odd in ODD:
            body = copy.deepcopy(whole)
            holder: Any = body
            for key in place[:-1]:
                holder = holder[key]
            holder[place[-1]] = odd
            found += len(list(check_body(body, {})))
    assert found > 1000
