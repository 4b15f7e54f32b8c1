"""A review by a persona from the job to its updates: what is told when, what is asked again, what is remembered."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import persona
import pytest
from oldhand.claude.failures import Failure, Kind, ModelError
from oldhand.claude.ledger import Ledger
from oldhand.claude.reviewer import Second, review
from oldhand.claude.updates import Done, Found, Sent, Withdrawn
from oldhand.findings import Severity, Verification
from oldhand.text.ranges import TextRange
from persona import answer, finding, job, reviewed, verdict

TEXT = """\
class Shop:
    def buy(self, cart, user):
        user.balance -= cart.total
        self.orders.append(cart)

    def refund(self, order):
        order.user.balance += order.total


def report(shop):
    return [order.total for order in shop.orders]
"""
BUY = "        user.balance -= cart.total"
REFUND = "        order.user.balance += order.total"
TWO = answer(
    findings=[
        finding(BUY, "`cart.total` may be more than `user.balance`.", line=3, consequence="wrong-money"),
        finding(REFUND, "`refund` may run twice.", line=7, consequence="race", category="concurrency"),
    ],
    units=[{"name": "Shop.buy", "summary": "Takes money without a check."}, {"name": "nobody", "summary": "?"}],
)
CUT = ModelError(Failure.of(Kind.CUT, "The answer broke off."))


def test_findings_are_told_as_they_come_and_judged_in_the_end(tmp_path: Path) -> None:
    outcome = reviewed(job(TEXT), [TWO, answer(verdicts=[verdict(1), verdict(2, "refuted", "Line 6.")])], tmp_path)
    kinds = [type(update) for update in outcome.updates]
    assert kinds.index(Found) < kinds.index(Done)
    first = next(update.finding for update in outcome.updates if isinstance(update, Found))
    assert (first.severity, first.opinion.verification) == (Severity.INFORMATION, Verification.UNVERIFIED)
    assert outcome.quotes == [BUY.strip()]
    assert outcome.findings[0].severity is Severity.ERROR
    assert outcome.findings[0].opinion.verification is Verification.CONFIRMED
    assert [update.reason for update in outcome.updates if isinstance(update, Withdrawn)] == ["Line 6."]
    assert outcome.summaries == {"Shop.buy": "Takes money without a check."}
    assert (outcome.done.withdrawn, outcome.done.usage.input, outcome.done.stored) == (1, 2000, False)


def test_one_failure_keeps_what_was_told(tmp_path: Path) -> None:
    cut = TWO.index('"line": 7')
    outcome = reviewed(job(TEXT), [(TWO[:cut], CUT)], tmp_path)
    assert outcome.failure.kind is Kind.CUT
    assert outcome.quotes == [BUY.strip()]


def test_a_second_look_that_fails_keeps_findings_unverified(tmp_path: Path) -> None:
    outcome = reviewed(job(TEXT), [TWO, CUT], tmp_path)
    assert outcome.failure.kind is Kind.CUT
    assert [one.opinion.verification for one in outcome.findings] == [Verification.UNVERIFIED] * 2


def test_without_a_second_look_findings_are_marked_so(tmp_path: Path) -> None:
    outcome = reviewed(job(TEXT), [TWO], tmp_path, Second.NONE)
    assert [one.opinion.verification for one in outcome.findings] == [Verification.UNCHECKED] * 2
    assert {one.severity for one in outcome.findings} == {Severity.INFORMATION}


def test_after_a_save_only_what_is_grave_is_looked_at_twice(tmp_path: Path) -> None:
    outcome = reviewed(job(TEXT), [TWO, answer(verdicts=[verdict(1)])], tmp_path, Second.ERRORS)
    assert "refund" not in outcome.requests[1].user[-1].text
    assert [one.severity for one in outcome.findings] == [Severity.ERROR, Severity.INFORMATION]


def test_a_claim_on_which_no_verdict_comes_is_not_confirmed(tmp_path: Path) -> None:
    outcome = reviewed(job(TEXT), [TWO, answer(verdicts=[verdict(1), verdict(9)])], tmp_path)
    assert [one.opinion.verification for one in outcome.findings] == [Verification.CONFIRMED, Verification.UNVERIFIED]


def test_the_second_look_shares_the_prefix_and_names_no_author(tmp_path: Path) -> None:
    outcome = reviewed(job(TEXT), [TWO, answer()], tmp_path)
    first, second = outcome.requests
    assert first.system == second.system
    assert first.user[:-1] == second.user[:-1]
    assert first.schema == second.schema
    assert "senior-backend-engineer" not in second.user[-1].text
    claims = json.loads(second.user[-1].text.rpartition("\n\n")[2])
    assert [one["id"] for one in claims] == ["C1", "C2"]


def test_the_same_text_is_not_sent_twice(tmp_path: Path) -> None:
    answers = [TWO, answer(verdicts=[verdict(1), verdict(2)])]
    first = reviewed(job(TEXT), answers, tmp_path)
    again = reviewed(job(TEXT), [], tmp_path)
    assert again.requests == []
    assert again.findings == first.findings
    assert again.done.stored
    assert again.done.cost == 0
    assert not any(isinstance(update, Sent) for update in again.updates)


@pytest.mark.parametrize("change", ["text", "persona", "model"])
def test_another_text_persona_or_model_is_asked(change: str, tmp_path: Path) -> None:
    answers = [TWO, answer()]
    reviewed(job(TEXT), answers, tmp_path)
    work = job(TEXT.replace("total for", "total  for") if change == "text" else TEXT)
    if change == "persona":
        work = replace(work, persona=replace(work.persona, body="You are somebody else."))
    outcome = reviewed(work, answers, tmp_path, model="opus" if change == "model" else "haiku")
    assert len(outcome.requests) == (2 if change == "model" else len(outcome.requests))
    assert outcome.requests


def test_an_answer_that_broke_off_is_not_remembered(tmp_path: Path) -> None:
    reviewed(job(TEXT), [(TWO[:300], CUT)], tmp_path)
    assert len(reviewed(job(TEXT), [TWO, answer()], tmp_path).requests) == 2


def test_only_what_was_asked_about_is_told(tmp_path: Path) -> None:
    place = TextRange(TEXT.index("    def refund"), TEXT.index("\n\ndef report"))
    outcome = reviewed(job(TEXT, places=[place]), [TWO, answer(), answer(verdicts=[verdict(1)])], tmp_path)
    assert outcome.quotes == [REFUND.strip()]


def test_what_was_dismissed_is_not_raised_again(tmp_path: Path) -> None:
    (first, _) = reviewed(job(TEXT), [TWO], tmp_path / "a", Second.NONE).findings
    work = replace(job(TEXT), dismissed=frozenset({first.fingerprint}))
    assert reviewed(work, [TWO], tmp_path / "b", Second.NONE).quotes == [REFUND.strip()]


def test_the_same_said_twice_is_one_finding(tmp_path: Path) -> None:
    twice = answer(findings=[finding(BUY, "Too much.", line=3), finding(BUY, "Still too much.", line=3)])
    outcome = reviewed(job(TEXT), [twice], tmp_path, Second.NONE)
    assert len(outcome.findings) == 1
    assert outcome.done.dropped == ("it says again what another one says",)


def test_what_rules_found_is_handed_over_and_judged_and_stays(tmp_path: Path) -> None:
    text = "import requests\n\n\ndef rate():\n    return requests.get('https://rates.example')\n"
    said = answer(known=[{"id": "R1", "verdict": "refuted", "note": "A timeout is set elsewhere."}])
    outcome = reviewed(job(text), [said], tmp_path)
    (known,) = json.loads(outcome.requests[0].user[-1].text.partition(">\n")[2].rpartition("\n<")[0])
    assert (known["id"], known["rule"], known["line"]) == ("R1", "resilience/http-no-timeout", 5)
    (opinion,) = outcome.comments.values()
    assert (opinion.verification, opinion.note) == (Verification.DOUBTED, "A timeout is set elsewhere.")


BROKEN = {
    "no JSON at all": "I found nothing wrong with this code.",
    "an object cut off": '{"findings": [{"line": 1',
    "an empty text": "",
}


@pytest.mark.parametrize("said", BROKEN.values(), ids=BROKEN)
def test_an_answer_of_another_form_is_a_failure_that_says_so(said: str, tmp_path: Path) -> None:
    outcome = reviewed(job(TEXT), [said], tmp_path)
    assert outcome.failure.kind is Kind.UNREADABLE
    assert outcome.findings == []


BAD_ITEMS = {
    "no quote": finding("") | {"quote": ""},
    "a quote that is a number": finding(BUY) | {"quote": 7},
    "no message": finding(BUY, ""),
    "an unknown consequence": finding(BUY, consequence="catastrophic"),
    "a list for a message": finding(BUY) | {"message": ["a"]},
    "a quote of 50 kB": finding("x" * 50_000),
}


@pytest.mark.parametrize("bad", BAD_ITEMS.values(), ids=BAD_ITEMS)
def test_a_bad_finding_costs_itself_alone(bad: dict[str, object], tmp_path: Path) -> None:
    said = answer(findings=[bad, finding(REFUND, line=7)])
    outcome = reviewed(job(TEXT), [said, answer(), answer()][:2], tmp_path, Second.NONE)
    assert outcome.failure is None
    assert outcome.quotes == [REFUND.strip()]
    assert outcome.done.dropped


ODD_ITEMS = {
    "a line below zero": finding(BUY) | {"line": -1},
    "a line of words": finding(BUY) | {"line": "three"},
    "an unknown category": finding(BUY, category="vibes"),
    "another case of the consequence": finding(BUY, consequence="Wrong_Money"),
    "no fix": {key: value for key, value in finding(BUY).items() if key != "fix"},
    "a fix that is a text": finding(BUY) | {"fix": "do it"},
    "a very long message": finding(BUY, "word " * 10_000),
}


@pytest.mark.parametrize("odd", ODD_ITEMS.values(), ids=ODD_ITEMS)
def test_what_is_odd_and_can_be_understood_is_taken(odd: dict[str, object], tmp_path: Path) -> None:
    outcome = reviewed(job(TEXT), [answer(findings=[odd])], tmp_path, Second.NONE)
    assert outcome.quotes == [BUY.strip()]
    assert len(outcome.findings[0].message) <= 600


def test_a_fenced_answer_and_a_bare_list_are_understood(tmp_path: Path) -> None:
    fenced = f"Here it is:\n```json\n{TWO}\n```\n"
    assert len(reviewed(job(TEXT), [fenced], tmp_path / "a", Second.NONE).findings) == 2
    bare = json.dumps(json.loads(TWO)["findings"])
    assert len(reviewed(job(TEXT), [bare], tmp_path / "b", Second.NONE).findings) == 2


def test_a_budget_that_is_used_up_sends_nothing(tmp_path: Path) -> None:
    outcome = reviewed(job(TEXT), [TWO], tmp_path, budget_day=Decimal("0.0001"))
    assert outcome.failure.kind is Kind.BUDGET
    assert outcome.requests == []


def test_every_call_is_in_the_ledger_whatever_came_of_it(tmp_path: Path) -> None:
    reviewed(job(TEXT), [TWO, CUT], tmp_path)
    totals = Ledger(tmp_path / "state.db", lambda: persona.NOW).totals(persona.NOW.date())
    assert sorted((one.kind, one.calls) for one in totals) == [("find", 1), ("verify", 1)]
    assert sum(one.cost for one in totals) > 0


def test_the_model_is_the_personas_only_where_the_user_allows_it(tmp_path: Path) -> None:
    work = replace(job(TEXT), persona=replace(persona.persona(), model="opus"))
    free = reviewed(work, [answer()], tmp_path / "a")
    bound = reviewed(work, [answer()], tmp_path / "b", allowed_models=("claude-haiku-5-5",), model="haiku")
    assert (free.requests[0].model, bound.requests[0].model) == ("claude-opus-5-5", "claude-haiku-5-5")


def test_another_model_may_have_the_second_look(tmp_path: Path) -> None:
    outcome = reviewed(job(TEXT), [TWO, answer()], tmp_path, verify_model="haiku")
    assert [one.model for one in outcome.requests] == ["claude-sonnet-5-5", "claude-haiku-5-5"]


def test_a_model_that_nobody_knows_is_as_its_server_describes_it(tmp_path: Path) -> None:
    (request,) = reviewed(job(TEXT), [answer()], tmp_path / "a", model="house-model-7").requests
    assert (request.model, request.max_tokens, request.schema is None) == ("house-model-7", 2_000, False)
    (request,) = reviewed(job(TEXT), [answer()], tmp_path / "b", model="opus").requests
    assert request.max_tokens > 2_000


def test_a_review_that_is_broken_off_is_paid_for(tmp_path: Path) -> None:
    async def go() -> None:
        connection = persona.Scripted([TWO])
        async with aclosing(review(job(TEXT), persona.services(tmp_path, connection), Second.ALL)) as updates:
            async for update in updates:
                if isinstance(update, Found):
                    return

    asyncio.run(go())
    (total,) = Ledger(tmp_path / "state.db", lambda: persona.NOW).totals(persona.NOW.date())
    assert (total.calls, total.usage.input) == (1, 900)
