"""The connection to a Messages server: what is sent, every way to fail as one line, tries, deadlines, cancelling."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from messages_server import Fault, MessagesServer, Reply
from oldhand.claude.call import Policy, answer
from oldhand.claude.client import connect
from oldhand.claude.configuration import UserConfiguration
from oldhand.claude.events import Began, Ended, Event, Text, Waiting
from oldhand.claude.failures import Kind, ModelError
from oldhand.claude.request import Block, Request
from oldhand.claude.schema import SCHEMA

ANSWER = json.dumps({"findings": [], "units": [], "known": [], "verdicts": []})
REQUEST = Request(
    model="claude-sonnet-5-5",
    max_tokens=8000,
    system=(Block("You review code.", cached=True),),
    user=(Block("1| def f(): ...", cached=True), Block("Review line 1.")),
    schema=SCHEMA,
    effort="medium",
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ANTHROPIC_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "for-tests")


@dataclass
class Told:
    """What came of a call: its text, its failure, and how long it would have waited."""

    text: str = ""
    failure: Any = None
    usage: Any = None
    waits: list[float] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def ask(server: MessagesServer, request: Request = REQUEST, policy: Policy | None = None, times: int = 1) -> Told:
    """Send the request as it is sent in earnest, but for waiting."""
    return asyncio.run(_ask(server.url, request, policy or Policy(), times))


async def _ask(url: str, request: Request, policy: Policy, times: int) -> Told:
    told = Told()

    async def sleep(seconds: float) -> None:
        told.waits.append(seconds)

    client = connect(UserConfiguration(base_url=url))
    try:
        for _ in range(times):
            async with aclosing(answer(client, request, replace(policy, sleep=sleep, jitter=lambda: 1.0))) as events:
                async for event in events:
                    told.events.append(event)
                    if isinstance(event, Text):
                        told.text += event.text
                    if isinstance(event, Ended):
                        told.usage = event.usage
    except ModelError as error:
        told.failure, told.usage = error.failure, error.usage
    finally:
        await client.close()
    return told


def test_a_request_is_one_that_the_api_takes_and_its_answer_comes_in_pieces() -> None:
    with MessagesServer([Reply(ANSWER, chunk=10)]) as server:
        told = ask(server)
        assert server.problems == []
        assert told.text == ANSWER
        assert isinstance(told.events[0], Began)
        assert told.events[0].request_id.startswith("req_")
        assert told.usage.output == server.requests[0].usage["output_tokens"]
        seen = server.requests[0]
        assert seen.headers["authorization"] == "Bearer for-tests"
        assert "x-api-key" not in seen.headers
        assert seen.headers["x-stainless-retry-count"] == "0"
        assert "traceparent" not in seen.headers


S = Fault
FAILS = {
    "a bad key": (S("status", status=401, error_type="authentication_error"), Kind.BAD_KEY, "ANTHROPIC_API_KEY"),
    "no credit": (S("status", status=402, error_type="billing_error"), Kind.NO_CREDIT, "credit"),
    "not allowed": (S("status", status=403, error_type="permission_error"), Kind.FORBIDDEN, "access"),
    "an unknown model": (S("status", status=404, error_type="not_found_error"), Kind.NO_MODEL, "model"),
    "a bad field": (
        S("status", status=400, message="messages.0.content: too many blocks"),
        Kind.BAD_REQUEST,
        "messages.0.content",
    ),
    "too large": (S("status", status=413, error_type="request_too_large"), Kind.TOO_LARGE, "smaller"),
    "a spent limit": (
        S("status", status=429, error_type="rate_limit_error", error_code="enforced_spend_limit_reached"),
        Kind.NO_CREDIT,
        "credit",
    ),
    "a very long wait": (
        S("status", status=429, error_type="rate_limit_error", retry_after=3600),
        Kind.RATE_LIMIT,
        "60 minutes",
    ),
    "not to be tried again": (
        S("status", status=529, error_type="overloaded_error", should_retry=False),
        Kind.OVERLOADED,
        "overloaded",
    ),
    "not implemented": (S("status", status=501, error_type="api_error"), Kind.SERVER, "server"),
    "a web page": (S("html"), Kind.UNREADABLE, "base URL"),
    "nothing": (S("empty"), Kind.UNREADABLE, "base URL"),
    "an empty object": (S("empty_object"), Kind.UNREADABLE, "base URL"),
    "no JSON": (S("not_json"), Kind.UNREADABLE, "base URL"),
    "an event that is no JSON": (S("bad_json", at=20), Kind.UNREADABLE, "base URL"),
    "a clean end in the middle": (S("end", at=20), Kind.CUT, "broke off"),
    "a closed connection": (S("close", at=20), Kind.CUT, "broke off"),
    "a reset connection": (S("reset", at=20), Kind.CUT, "broke off"),
    "an error in the stream": (S("error_event", at=20, error_type="overloaded_error"), Kind.OVERLOADED, "overloaded"),
    "a refusal at once": (S("refusal", category="cyber"), Kind.REFUSED, "cyber"),
    "a refusal in the middle": (S("refusal", at=20, category=None), Kind.REFUSED, "declined"),
    "too long": (S("max_tokens", at=20), Kind.MAX_TOKENS, "smaller"),
    "a full window": (S("context_window", at=20), Kind.CONTEXT, "smaller"),
}


@pytest.mark.parametrize("name", FAILS)
def test_each_way_to_fail_is_one_line_that_says_what_to_do(name: str) -> None:
    fault, kind, words = FAILS[name]
    with MessagesServer([Reply(ANSWER, chunk=10, fault=fault)]) as server:
        told = ask(server)
        assert told.failure is not None
        assert told.failure.kind is kind
        assert words in told.failure.message
        assert "\n" not in told.failure.message
        assert len(server.requests) == 1
        if fault.at:
            assert told.text == ANSWER[: len(told.text)]
            assert told.text


@pytest.mark.parametrize("category", ["cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms", None])
def test_every_refusal_is_told_as_one(category: str | None) -> None:
    with MessagesServer([Reply(ANSWER, fault=Fault("refusal", category=category))]) as server:
        assert ask(server).failure.kind is Kind.REFUSED


@pytest.mark.parametrize(
    "kind", ["whole_message", "end_before_stop", "unknown_events", "no_usage", "two_blocks", "data_only"]
)
def test_what_is_odd_and_still_an_answer_is_taken(kind: str) -> None:
    with MessagesServer([Reply(ANSWER, chunk=10, fault=Fault(kind, at=20))]) as server:
        told = ask(server)
        assert told.failure is None
        assert told.text == ANSWER


PASSING = {
    "rate limit": (Fault("status", status=429, error_type="rate_limit_error", retry_after=7), [7.0]),
    "rate limit in milliseconds": (
        Fault("status", status=429, error_type="rate_limit_error", retry_after_ms=1500),
        [1.5],
    ),
    "overloaded": (Fault("status", status=529, error_type="overloaded_error"), [0.5]),
    "server error": (Fault("status", status=500, error_type="api_error"), [0.5]),
    "unavailable": (Fault("status", status=503, error_type="api_error"), [0.5]),
    "gateway": (Fault("status", status=504, error_type="timeout_error"), [0.5]),
    "conflict": (Fault("status", status=409, error_type="conflict_error"), [0.5]),
    "closed": (Fault("close_headers"), [0.5]),
    "reset": (Fault("reset_headers"), [0.5]),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_may_pass_is_tried_again_and_told(name: str) -> None:
    fault, waits = PASSING[name]
    with MessagesServer([Reply(fault=fault), Reply(ANSWER)]) as server:
        told = ask(server)
        assert told.failure is None
        assert told.text == ANSWER
        assert told.waits == waits
        assert [event.seconds for event in told.events if isinstance(event, Waiting)] == waits


def test_tries_and_waiting_have_an_end() -> None:
    with MessagesServer([Reply(fault=Fault("status", status=529, error_type="overloaded_error"))] * 9) as server:
        told = ask(server)
        assert told.failure.kind is Kind.OVERLOADED
        assert told.waits == [0.5, 1.0, 2.0]
        assert len(server.requests) == 4
    with MessagesServer([Reply(fault=Fault("status", status=529, error_type="overloaded_error"))] * 9) as server:
        assert ask(server, policy=Policy(deadline=1.0, first_wait=2.0)).waits == []


def test_nothing_is_tried_again_once_the_answer_has_begun() -> None:
    with MessagesServer([Reply(ANSWER, chunk=10, fault=Fault("close", at=20)), Reply(ANSWER)]) as server:
        assert ask(server).failure.kind is Kind.CUT
        assert len(server.requests) == 1


FIELDS = {
    "output_config": Fault("rejects", field="output_config"),
    "output_config.effort": Fault("rejects", field="output_config.effort"),
    "output_config.format": Fault("rejects", field="output_config.format", status=422),
    "cache_control": Fault("status", status=400, message="system.0.cache_control: Extra inputs are not permitted"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_a_server_does_not_know_is_left_out_from_then_on(name: str) -> None:
    with MessagesServer([Reply(ANSWER, fault=FIELDS[name]), Reply(ANSWER), Reply(ANSWER)]) as server:
        told = ask(server, times=2)
        assert told.failure is None
        assert told.text == ANSWER * 2
        assert told.waits == []
        assert len(server.requests) == 3
        last = name.rpartition(".")[2]
        assert last in json.dumps(server.requests[0].body)
        assert f'"{last}"' not in json.dumps(server.requests[2].body)


def test_the_deadline_is_for_everything_together() -> None:
    with MessagesServer([Reply(ANSWER, chunk=10, pause_at=(20,))]) as server:
        told = ask(server, policy=Policy(deadline=0.3))
        assert told.failure.kind is Kind.TIMEOUT
        assert told.text
        assert server.requests[0].disconnected.wait(10)


@pytest.mark.parametrize("reply", [Reply(ANSWER, chunk=10, pause_at=(20,)), Reply(fault=Fault("stall_headers"))])
def test_cancelling_closes_the_connection_whatever_it_waits_for(reply: Reply) -> None:
    async def run(url: str) -> None:
        client = connect(UserConfiguration(base_url=url))
        task = asyncio.get_running_loop().create_task(_drain(answer(client, REQUEST, Policy())))
        await asyncio.to_thread(server.wait_for_request, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.close()

    with MessagesServer([reply]) as server:
        asyncio.run(run(server.url))
        assert server.requests[0].disconnected.wait(10)


def test_cancelling_while_waiting_to_try_again_ends_at_once() -> None:
    async def run(url: str) -> None:
        waiting = asyncio.Event()

        async def sleep(seconds: float) -> None:
            waiting.set()
            await asyncio.Event().wait()

        client = connect(UserConfiguration(base_url=url))
        task = asyncio.get_running_loop().create_task(_drain(answer(client, REQUEST, Policy(sleep=sleep))))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.close()

    with MessagesServer([Reply(fault=Fault("status", status=529, error_type="overloaded_error"))]) as server:
        asyncio.run(run(server.url))


async def _drain(events: AsyncIterator[Event]) -> None:
    async for _ in events:
        pass


def failing(configuration: UserConfiguration) -> Any:
    async def run() -> Any:
        try:
            client = connect(configuration)
        except ModelError as error:
            return error.failure
        try:
            await _drain(client.stream(REQUEST))
        except ModelError as error:
            return error.failure
        finally:
            await client.close()

    return asyncio.run(run())


def test_a_name_that_does_not_exist_is_told_as_such() -> None:
    failure = failing(UserConfiguration(base_url="https://no-such-host.invalid"))
    assert failure.kind is Kind.NAME


def test_a_port_where_nobody_listens_is_told_as_such() -> None:
    assert failing(UserConfiguration(base_url="http://127.0.0.1:9")).kind is Kind.NETWORK


def test_a_proxy_that_refuses_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    with MessagesServer([]) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        failure = failing(UserConfiguration(base_url="https://api.example.com"))
    assert failure.kind is Kind.PROXY


def test_a_server_without_a_certificate_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    with MessagesServer([]) as server:
        failure = failing(UserConfiguration(base_url=server.url.replace("http://", "https://")))
    assert failure.kind is Kind.TLS


def test_no_key_is_told_as_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", str(tmp_path))
    with MessagesServer([Reply(ANSWER)]) as server:
        failure = failing(UserConfiguration(base_url=server.url))
        assert failure.kind is Kind.NO_KEY
        assert server.requests == []


def test_half_a_character_is_told_as_such() -> None:
    with MessagesServer([Reply(ANSWER)]) as server:
        told = ask(server, replace(REQUEST, user=(Block("x = '\ud800'"),)))
        assert told.failure.kind is Kind.BAD_REQUEST


def test_an_empty_address_is_the_usual_one_and_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "")
    client = connect(UserConfiguration())
    assert str(client.api.base_url).rstrip("/") == "https://api.anthropic.com"
    asyncio.run(client.close())
    monkeypatch.setenv("CLOUD_ML_REGION", "global")
    monkeypatch.setenv("ANTHROPIC_VERTEX_PROJECT_ID", "p")
    failure = failing(UserConfiguration(provider="vertex"))
    assert "anthropic[vertex]" in failure.message


def test_a_server_that_wants_the_key_in_a_header_of_its_own_gets_it_there() -> None:
    async def run(url: str) -> None:
        client = connect(UserConfiguration(base_url=url, api_key_header=True))
        await _drain(client.stream(REQUEST))
        await client.close()

    with MessagesServer([Reply(ANSWER)]) as server:
        asyncio.run(run(server.url))
        assert server.requests[0].headers["x-api-key"] == "for-tests"
        assert server.problems == []


def test_one_connection_serves_many_requests() -> None:
    with MessagesServer([Reply(ANSWER)] * 3) as server:
        ask(server, times=3)
        assert len({seen.headers.get("user-agent") for seen in server.requests}) == 1
        assert len(server.requests) == 3


def test_no_log_can_hold_what_is_sent() -> None:
    """In a process of its own, with everything on that could log a prompt."""
    with MessagesServer([Reply(ANSWER)]) as server:
        program = (
            "import asyncio, logging\n"
            "logging.basicConfig(level=logging.DEBUG)\n"
            "from oldhand.claude.client import connect\n"
            "from oldhand.claude.configuration import UserConfiguration\n"
            "from oldhand.claude.request import Block, Request\n"
            "async def run():\n"
            f"    client = connect(UserConfiguration(base_url={server.url!r}))\n"
            "    request = Request('claude-sonnet-5-5', 100, (Block('a system prompt'),), (Block('TOP-SECRET-SOURCE'),))\n"
            "    async for _ in client.stream(request): pass\n"
            "asyncio.run(run())\n"
        )
        environment = {**os.environ, "ANTHROPIC_LOG": "debug"}
        command = [sys.executable, "-c", program]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert run.returncode == 0, run.stderr
        assert "TOP-SECRET-SOURCE" not in run.stderr + run.stdout
        assert "for-tests" not in run.stderr + run.stdout
        assert server.requests[0].body["messages"][0]["content"][0]["text"] == "TOP-SECRET-SOURCE"


def test_importing_what_starts_a_server_does_not_import_the_sdk() -> None:
    program = "import sys, oldhand.lsp.server, oldhand.lsp.consulting\nprint('anthropic' in sys.modules, 'httpx2' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.split() == ["False", "False"]
