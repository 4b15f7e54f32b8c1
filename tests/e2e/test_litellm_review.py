"""Reviews by the persona through a Messages server that is not ours: alone, and in front of the strict one."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from e2e.litellm_proxy import KEY, UPSTREAM_KEY, mocking, passing_on
from messages_server import Fault, MessagesServer, Reply
from oldhand.claude.client import connect
from oldhand.claude.configuration import UserConfiguration
from oldhand.claude.failures import Kind, ModelError
from oldhand.claude.reviewer import Second, review
from oldhand.claude.updates import Found
from oldhand.findings import Verification
from persona import Outcome, Scripted, answer, finding, job, services, verdict

pytestmark = pytest.mark.e2e

TEXT = "def pay(user, amount):\n    user.balance -= amount\n    return user\n"
QUOTE = "    user.balance -= amount"
ANSWER = answer(
    findings=[finding(QUOTE, "`user` may be poor.", line=2, consequence="wrong-money")], verdicts=[verdict(1)]
)
"""As a find and as a verdict: each takes the list that it has asked for."""


def reviewed_at(url: str, folder: Path) -> Outcome:
    """What comes of a review by the real client at that address."""
    outcome = Outcome(job(TEXT), [])

    async def go() -> None:
        client = connect(UserConfiguration(base_url=url))

        async def connection() -> object:
            return client

        user = replace(services(folder, Scripted([])), connect=connection)
        try:
            async with aclosing(review(outcome.job, user, Second.ALL)) as updates:
                async for update in updates:
                    outcome.updates.append(update)
        except ModelError as error:
            outcome.failure = error.failure
        finally:
            await client.close()

    asyncio.run(go())
    return outcome


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_an_answer_that_comes_whole_though_a_stream_was_asked_for_is_a_review(tmp_path: Path) -> None:
    with mocking(tmp_path, ANSWER) as url:
        outcome = reviewed_at(url, tmp_path)
    assert outcome.failure is None
    assert outcome.quotes == [QUOTE.strip()]
    assert outcome.findings[0].opinion.verification is Verification.CONFIRMED


def test_a_stream_that_is_passed_through_is_a_review(tmp_path: Path) -> None:
    with (
        MessagesServer([Reply(ANSWER, chunk=10)] * 2, keys=(UPSTREAM_KEY,)) as upstream,
        passing_on(tmp_path, upstream.url) as url,
    ):
        outcome = reviewed_at(url, tmp_path)
        assert upstream.problems == []
    assert outcome.failure is None
    assert isinstance(next(one for one in outcome.updates if isinstance(one, Found)), Found)
    assert outcome.findings[0].opinion.verification is Verification.CONFIRMED


def test_a_failure_behind_the_proxy_is_told_and_keeps_what_came(tmp_path: Path) -> None:
    overloaded = Fault("error_event", at=len(ANSWER) - 20, error_type="overloaded_error")
    with (
        MessagesServer([Reply(ANSWER, chunk=10, fault=overloaded)], keys=(UPSTREAM_KEY,)) as upstream,
        passing_on(tmp_path, upstream.url) as url,
    ):
        outcome = reviewed_at(url, tmp_path)
    assert outcome.failure.kind is Kind.OVERLOADED
    assert outcome.quotes == [QUOTE.strip()]
