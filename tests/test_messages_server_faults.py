"""The strict Messages server: each way to fail, as the SDK and a raw client show it."""

from __future__ import annotations

import asyncio
import http.client
import json
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest
from messages_client import HEADERS, TEXT, events_of, good_body, send, text_of, with_client
from messages_server import FAULTS, REFUSAL_CATEGORIES, Fault, MessagesServer, Reply


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
        asyncio.run(with_client(server.url, listen))
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


def test_a_whole_message_can_be_cut_too() -> None:
    for kind, expected in (
        ("close", http.client.IncompleteRead),
        ("end", http.client.IncompleteRead),
        ("reset", OSError),
    ):
        with MessagesServer([Reply(TEXT, fault=Fault(kind))]) as server:
            with pytest.raises(expected):
                send(server, good_body(stream=None))
            assert server.problems == []


def test_a_fault_of_streams_without_a_stream_is_an_error_of_the_test() -> None:
    with MessagesServer([Reply(TEXT, fault=Fault("data_only"))]) as server:
        with pytest.raises(http.client.IncompleteRead):
            send(server, good_body(stream=None))
        assert "one of streams" in server.problems[0]


def test_headers_of_a_reply_come_with_its_answer_and_with_its_error() -> None:
    limits = {"anthropic-ratelimit-requests-remaining": "0"}
    for fault in (None, Fault("status", status=429)):
        with MessagesServer([Reply(TEXT, fault=fault, headers=limits)]) as server:
            assert send(server, good_body())[1].items() >= limits.items()
