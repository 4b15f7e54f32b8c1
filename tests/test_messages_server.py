"""The strict Messages server: what it streams, what its simulated cache serves, and its use by hand."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import anthropic
import pytest
from messages_client import HEADERS, TEXT, events_of, good_body, send, text_of, user, with_client
from messages_server import Fault, MessagesServer, Reply, Seen


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
        asyncio.run(with_client(server.url, ask))
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
