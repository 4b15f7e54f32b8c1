"""A working hour of saves, simulated: how much of what is sent a prefix cache would serve, beside sending whole files."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

import persona  # noqa: E402
from messages_server import MessagesServer, Reply, Seen  # noqa: E402
from oldhand.claude.client import connect  # noqa: E402
from oldhand.claude.configuration import UserConfiguration  # noqa: E402
from oldhand.claude.cost import estimate_tokens  # noqa: E402
from oldhand.claude.reviewer import Second, review  # noqa: E402

from tests.bench.row import Row  # noqa: E402
from tests.bench.sources import source  # noqa: E402

FILES, SAVES, PAUSE = 4, 40, 90.0
"""Files of 300 lines that are worked on, saves in the hour, and seconds between two of them."""


def run() -> list[Row]:
    return asyncio.run(_hour())


async def _hour() -> list[Row]:
    """Each save changes one function; it is reviewed, and what was found gets its second look."""
    os.environ.setdefault("ANTHROPIC_API_KEY", "for-tests")
    clock = [0.0]
    texts = [source("python", 300) for _ in range(FILES)]
    naive = 0
    with (
        MessagesServer(_reply, clock=lambda: clock[0]) as messages,
        tempfile.TemporaryDirectory() as folder,
    ):
        client = connect(UserConfiguration(base_url=messages.url))

        async def connection() -> object:
            return client

        user = replace(persona.services(Path(folder), persona.Scripted([])), connect=connection)
        for number in range(SAVES):
            clock[0] += PAUSE
            at = number // 10 % FILES
            texts[at], changed = _edited(texts[at], number)
            naive += estimate_tokens(texts[at])
            job = persona.job(texts[at], "python", [changed], persona.NO_RULES, f"app/module{at}.py")
            async with aclosing(review(job, user, Second.ALL)) as updates:
                async for _ in updates:
                    pass
        await client.close()
        usages = [seen.usage for seen in messages.messages]
        assert messages.problems == [], messages.problems
    read = sum(usage["cache_read_input_tokens"] for usage in usages)
    sent = read + sum(usage["input_tokens"] + usage["cache_creation_input_tokens"] for usage in usages)
    share = read / sent
    fresh = sent - read
    return [
        Row(
            "share of the input that a prefix cache would serve (simulated)",
            f"{share:.0%}",
            goal="≥ 86 %",
            met=share >= 0.86,
            note=f"{len(usages)} calls for {SAVES} saves of {FILES} files in an hour, {sent:,} tokens",
        ),
        Row(
            "input tokens at full price for the hour (simulated)",
            f"{fresh:,}",
            yardstick=f"{naive + SAVES * 5_000:,} (whole file and persona on each save)",
            ratio=(naive + SAVES * 5_000) / fresh,
        ),
    ]


def _edited(text: str, number: int) -> tuple[str, persona.TextRange]:
    """The text with a line more in one of its functions, and that function."""
    lines = text.split("\n")
    starts = [place for place, line in enumerate(lines) if line.startswith(("def ", "async def "))]
    first = starts[number * 7 % len(starts)]
    body = next(place for place in range(first, len(lines)) if lines[place].rstrip().endswith(":")) + 1
    indent = lines[body][: len(lines[body]) - len(lines[body].lstrip())] or "    "
    lines.insert(body, f"{indent}step_{number} = {number}")
    changed = "\n".join(lines)
    start = len("\n".join(lines[:first])) + (1 if first else 0)
    return changed, persona.TextRange(start, start + len("\n".join(lines[first : body + 1])))


def _reply(seen: Seen) -> Reply:
    """One finding on the first line that was asked about, and a verdict on it."""
    task = seen.body["messages"][0]["content"][-1]["text"]
    if task.startswith("Judge"):
        return Reply(persona.answer(verdicts=[persona.verdict(1)]))
    code = seen.body["messages"][0]["content"][-2]["text"]
    line = next(line for line in code.splitlines() if "step_" in line)
    number, _, quote = line.partition("| ")
    return Reply(json.dumps(json.loads(persona.answer(findings=[persona.finding(quote, line=int(number))]))))
