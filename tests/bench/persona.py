"""A review by a persona, against the strict Messages server on this machine: how soon findings are shown, at what cost."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import Any

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

from lsp_client import OLDHAND, Client  # noqa: E402
from messages_server import MessagesServer, Reply  # noqa: E402
from oldhand.claude.client import connect  # noqa: E402
from oldhand.claude.configuration import UserConfiguration  # noqa: E402
from oldhand.claude.events import Text  # noqa: E402
from oldhand.claude.incremental import Items  # noqa: E402
from oldhand.claude.request import Block, Request  # noqa: E402

from tests.bench.row import Row, Times  # noqa: E402

FINDINGS, DELTAS, ROUNDS = 5, 4000, 30
LINES = [f"    value{number} = total{number} / count{number}" for number in range(60)]
SOURCE = "def report(**given):\n" + "\n".join(LINES) + "\n    return given\n"


def run() -> list[Row]:
    return [*_first_finding(), *_to_the_screen(), *_each_delta(), *_while_loading()]


def _while_loading() -> list[Row]:
    """Hovers one after another from the first request for a review until the first finding: the SDK is loaded in it."""
    taken: list[float] = []
    replies = [Reply(_answer(1)), Reply('{"verdicts": []}')]
    with MessagesServer(replies) as messages, _editor(messages.url) as (client, uri):
        at = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 5}}
        client.call("textDocument/hover", at)
        asked = client.request("workspace/executeCommand", {"command": "oldhand.review", "arguments": [{"uri": uri}]})
        while not messages.requests:
            began = perf_counter()
            client.call("textDocument/hover", at)
            taken.append(perf_counter() - began)
        client.result(asked)
    times = Times.of(taken)
    return [
        Row(
            "hover while the SDK is loaded for the first review, p50 / p99 / max",
            times.shown(0.5, 0.99),
            goal="max ≤ 100 ms",
            met=times.times[-1] <= 100,
            note=f"{len(taken):,} hovers",
        )
    ]


def _finding(number: int) -> dict[str, Any]:
    return {
        "line": number + 2,
        "quote": LINES[number],
        "category": "logic",
        "consequence": "crash-on-ordinary-input",
        "message": f"`count{number}` may be 0, and then the whole report fails.",
        "trigger": "A period without any entry, as at the start of a month.",
        "outcome": "The division raises, and the caller gets an error in place of its report.",
        "remedy": "Leave out what has no entries.",
        "fix": {"original": "", "replacement": "", "imports": []},
    }


def _answer(count: int) -> str:
    units = [{"name": "report", "summary": "It divides by counts that may be 0."}]
    return json.dumps({"findings": [_finding(n) for n in range(count)], "units": units, "known": [], "verdicts": []})


@contextmanager
def _editor(url: str) -> Iterator[tuple[Client, str]]:
    """The server as it ships, with one document open, for a user with a key."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "ANTHROPIC_API_KEY": "for-tests",
            "ANTHROPIC_BASE_URL": url,
            "OLDHAND_TRUSTED_FOLDERS": folder,
            "NO_PROXY": "127.0.0.1",
            **{f"OLDHAND_{name}_DIR": str(Path(folder, name.lower())) for name in ("CONFIG", "STATE", "CACHE")},
        }
        (Path(folder) / "report.py").write_text(SOURCE, encoding="utf-8")
        uri = (Path(folder) / "report.py").as_uri()
        with Client(OLDHAND, environment) as client:
            client.initialize(workspaceFolders=[{"uri": Path(folder).as_uri(), "name": "bench"}])
            client.open(uri, SOURCE)
            yield client, uri


def _first_finding() -> list[Row]:
    """With as much time between two deltas as a model takes for them."""
    replies = [Reply(_answer(FINDINGS), pace=0.01), Reply('{"verdicts": []}')]
    with MessagesServer(replies) as messages, _editor(messages.url) as (client, uri):
        client.call("workspace/executeCommand", {"command": "oldhand.review", "arguments": [{"uri": uri}]})
        messages.wait_for_request(1)
        began = perf_counter()
        _wait_for(client, uri, 1)
        first = perf_counter() - began
        messages.wait_for_request(2)
        whole = perf_counter() - began
    share = first / whole
    return [
        Row(
            f"the first of {FINDINGS} findings is shown, as a share of the stream's length",
            f"{share:.2f}",
            goal="≤ 0.40",
            met=share <= 0.40,
            note=f"{first * 1000:.0f} of {whole * 1000:.0f} ms from the arrival of the request",
        )
    ]


def _to_the_screen() -> list[Row]:
    """From the byte that closes a finding on the wire until the editor has its diagnostic."""
    answer = _answer(ROUNDS)
    closing = [place for place in range(len(answer)) if answer.startswith('}}, {"line"', place)]
    ends = [0, *(place + 2 for place in closing), len(answer)]
    chunks = [answer[start:end] for start, end in pairwise(ends)]
    pauses = tuple(end - 1 for end in ends[1:-1])
    reply = Reply(chunks=chunks, pause_at=pauses)
    taken = []
    with MessagesServer([reply, Reply('{"verdicts": []}')]) as messages, _editor(messages.url) as (client, uri):
        client.call("workspace/executeCommand", {"command": "oldhand.review", "arguments": [{"uri": uri}]})
        messages.wait_for_request(1)
        for number in range(len(pauses)):
            began = perf_counter()
            reply.go()
            _wait_for(client, uri, number + 1)
            taken.append(perf_counter() - began)
        reply.go()
    times = Times.of(taken[1:])
    return [
        Row(
            "from a finding's last byte on the wire to its diagnostic, p50 / p95 / max",
            times.shown(0.5, 0.95),
            goal="p95 ≤ 20 ms",
            met=times.share(0.95) <= 20,
            note=f"{len(times.times)} findings of one answer",
        )
    ]


def _each_delta() -> list[Row]:
    answer = _answer(50)
    size = max(1, len(answer) * 4 // DELTAS)
    replies = [Reply(answer * 4, chunk=size, thinking=False)] * 2
    with MessagesServer(replies, strict=False) as messages:
        seconds, deltas = asyncio.run(_read(messages.url))
    each = seconds / deltas * 1e6
    return [
        Row(
            "CPU for each delta from the socket to the objects, the SDK's included",
            f"{each:.0f} µs",
            goal="≤ 40 µs",
            met=each <= 40,
            note=f"{deltas:,} deltas",
        ),
        _parser(answer, size),
    ]


def _parser(answer: str, size: int) -> Row:
    pieces = [answer[start : start + size] for start in range(0, len(answer), size)]
    rounds = 20
    began = process_time()
    for _ in range(rounds):
        items = Items()
        for piece in pieces:
            for _ in items.feed(piece):
                pass
    each = (process_time() - began) / (rounds * len(pieces)) * 1e6
    return Row("CPU of the incremental parser for each delta", f"{each:.1f} µs", goal="≤ 40 µs", met=each <= 40)


async def _read(url: str) -> tuple[float, int]:
    os.environ.setdefault("ANTHROPIC_API_KEY", "for-tests")
    client = connect(UserConfiguration(base_url=url))
    request = Request("claude-sonnet-5-5", 64_000, (Block("s"),), (Block("u"),))
    deltas = 0
    for _ in range(2):  # the first warms up
        deltas = 0
        items = Items()
        began = thread_time()
        async with aclosing(client.stream(request)) as events:
            async for event in events:
                if isinstance(event, Text):
                    deltas += 1
                    for _item in items.feed(event.text):
                        pass
        seconds = thread_time() - began
    await client.close()
    return seconds, deltas


def _wait_for(client: Client, uri: str, count: int) -> None:
    """Until the editor has that many of the persona's findings."""

    def there(params: Any) -> bool:
        own = [one for one in params["diagnostics"] if str(one.get("code")).startswith("claude/")]
        return params["uri"] == uri and len(own) >= count

    client.next("textDocument/publishDiagnostics", there)
