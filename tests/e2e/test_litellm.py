"""LiteLLM's proxy in front of the strict server, and alone: what a Messages server that is not ours makes of our requests.

Seen with 1.106: on `/v1/messages` it passes the body on as it is (cache_control, thinking, effort, format and metadata too),
the version and beta headers as well, and adds the beta structured-outputs-2025-11-13 where there is a format.
Its own key goes upstream as x-api-key, in place of the client's Bearer token; SDK and trace headers stay behind.
Streams come through byte for byte, request-id too; limits and other headers get the prefix llm_provider-.
An error keeps its type, inside a longer message; retry-after is lost, 529 becomes 500 api_error.
HTML with status 200 is passed on as text/event-stream; a cut stream may become a 500, the events before it lost.
A model is described without its capabilities, tokens are counted by the server behind it.
With `mock_response` it answers a streaming request with one JSON message.
"""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anthropic
import pytest
from e2e.litellm_proxy import KEY, MODEL, UPSTREAM_KEY, mocking, passing_on
from messages_client import HEADERS, TEXT, good_body, with_client
from messages_server import Fault, MessagesServer, Reply

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mocking(tmp_path_factory.mktemp("mock"), TEXT) as url:
        yield url


class Behind:
    """A proxy and the strict server behind it, which answers with the reply that is set."""

    def __init__(self) -> None:
        self.reply = Reply(TEXT)
        self.upstream = MessagesServer(lambda seen: self.reply, keys=(UPSTREAM_KEY,))
        self.url = ""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    behind = Behind()
    with behind.upstream, passing_on(tmp_path_factory.mktemp("passing"), behind.upstream.url) as behind.url:
        yield behind


def ask(url: str, use: Callable[[anthropic.AsyncAnthropic], Awaitable[Any]]) -> Any:
    return asyncio.run(with_client(url, use, key=KEY))


async def listen(client: anthropic.AsyncAnthropic) -> list[Any]:
    return [event async for event in await client.messages.create(**good_body())]


def text_of(events: list[Any]) -> str:
    deltas = [event.delta for event in events if event.type == "content_block_delta"]
    return "".join(delta.text for delta in deltas if delta.type == "text_delta")


def test_a_mocked_stream_is_one_json_message_in_which_the_sdk_sees_no_event(mock: str) -> None:
    connection = http.client.HTTPConnection(mock.removeprefix("http://"), timeout=30)
    headers = HEADERS | {"authorization": f"Bearer {KEY}"}
    connection.request("POST", "/v1/messages", json.dumps(good_body()), headers)
    response = connection.getresponse()
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    message = json.loads(response.read())
    connection.close()
    assert (message["type"], message["stop_reason"]) == ("message", "end_turn")
    assert message["content"] == [{"type": "text", "text": TEXT}]
    assert ask(mock, listen) == []


def test_a_stream_is_passed_through_and_the_request_arrives_whole(proxy: Behind) -> None:
    proxy.reply = Reply(TEXT, chunk=10)
    events = ask(proxy.url, listen)
    assert (text_of(events), events[-1].type) == (TEXT, "message_stop")
    seen = proxy.upstream.messages[-1]
    assert seen.problems == ()
    assert seen.body == good_body()
    assert (seen.headers["x-api-key"], seen.headers.get("authorization")) == (UPSTREAM_KEY, None)
    assert seen.headers["anthropic-version"] == "2026-10-21"
    assert seen.headers["anthropic-beta"] == "structured-outputs-2025-11-13"
    assert not [name for name in seen.headers if name.startswith("x-stainless-")]


def test_events_arrive_while_the_answer_is_still_being_made_and_leaving_ends_it(proxy: Behind) -> None:
    proxy.reply = Reply(TEXT, pause_at=(48,))

    async def listen_and_leave(client: anthropic.AsyncAnthropic) -> str:
        text = ""
        async with await client.messages.create(**good_body()) as stream:
            async for event in stream:
                if event.type == "content_block_delta" and event.delta.type == "text_delta":
                    text += event.delta.text
                if len(text) == 48:
                    return text
        return text

    assert ask(proxy.url, listen_and_leave) == TEXT[:48]
    assert proxy.upstream.messages[-1].disconnected.wait(10)


@pytest.mark.parametrize(
    ("fault", "status", "error_type", "part"),
    [
        (Fault("status", status=429, retry_after=7), 429, "rate_limit_error", "rate limit of 50 requests"),
        (Fault("status", status=529), 500, "api_error", "overloaded_error"),
        (Fault("rejects", field="thinking"), 400, "invalid_request_error", "thinking: Extra inputs"),
        (Fault("error_event", at=48), 200, "overloaded_error", "Overloaded"),
    ],
)
def test_errors_keep_what_they_say_and_lose_when_to_come_back(
    proxy: Behind, fault: Fault, status: int, error_type: str, part: str
) -> None:
    proxy.reply = Reply(TEXT, fault=fault)
    with pytest.raises(anthropic.APIStatusError, match=part) as caught:
        ask(proxy.url, listen)
    assert (caught.value.status_code, caught.value.type) == (status, error_type)
    assert "retry-after" not in caught.value.response.headers


def test_a_refusal_is_passed_through(proxy: Behind) -> None:
    proxy.reply = Reply(TEXT, fault=Fault("refusal", category="cyber"))
    [stopped] = [event for event in ask(proxy.url, listen) if event.type == "message_delta"]
    assert (stopped.delta.stop_reason, stopped.delta.stop_details.category) == ("refusal", "cyber")


def test_a_model_has_no_capabilities_there_but_tokens_are_counted(proxy: Behind) -> None:
    async def look(client: anthropic.AsyncAnthropic) -> None:
        assert (await client.models.retrieve(MODEL)).capabilities is None
        counted = await client.messages.count_tokens(model=MODEL, messages=good_body()["messages"])
        assert counted.input_tokens > 0

    ask(proxy.url, look)
    assert proxy.upstream.problems == []
