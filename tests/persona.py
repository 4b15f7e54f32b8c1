"""A persona whose model says what a test has it say, without a server: the whole pipeline, from the job to findings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oldhand.claude.cache import Cache
from oldhand.claude.call import Policy
from oldhand.claude.configuration import UserConfiguration
from oldhand.claude.cost import Usage
from oldhand.claude.events import Began, Ended, Event, Text
from oldhand.claude.failures import ModelError
from oldhand.claude.gather import job_for
from oldhand.claude.job import Job
from oldhand.claude.ledger import Ledger
from oldhand.claude.request import Request
from oldhand.claude.reviewer import Second, review
from oldhand.claude.spending import Services
from oldhand.claude.updates import Commented, Done, Found, Summed, Update, Withdrawn
from oldhand.findings import Finding, Opinion
from oldhand.personas.load import load as load_persona
from oldhand.personas.persona import Persona, Source
from oldhand.resources import bundled_agents
from oldhand.review import run
from oldhand.review.document import Document
from oldhand.rules.load import load
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.syntax.languages import by_id
from oldhand.text.ranges import TextRange

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RULES = load(sorted(bundled_agents().glob("*/rules")))[0]
NO_RULES = RuleSet(())

Answer = str | Exception


def persona() -> Persona:
    """The bundled one."""
    path = bundled_agents() / "senior-backend-engineer.md"
    found, _ = load_persona(path.read_bytes(), str(path), Source.BUNDLED)
    assert found is not None
    return found


def answer(**lists: Any) -> str:
    """What a model answers, with the lists that are not given empty."""
    return json.dumps({"findings": [], "units": [], "known": [], "verdicts": [], **lists})


def finding(quote: str, message: str = "This is wrong.", **values: Any) -> dict[str, Any]:
    """A finding as a model writes it, with defaults for what a test does not care about."""
    fix = {"original": "", "replacement": "", "imports": [], **values.pop("fix", {})}
    usual = {
        "line": 1,
        "category": "logic",
        "consequence": "wrong-result",
        "trigger": "A trigger",
        "outcome": "It fails",
    }
    return {**usual, "quote": quote, "message": message, "remedy": "Mend it.", "fix": fix, **values}


def verdict(number: int, conclusion: str = "confirmed", proof: str = "The line shows it.") -> dict[str, Any]:
    return {"id": f"C{number}", "conclusion": conclusion, "line": 1, "proof": proof}


class Scripted:
    """A connection that answers what it is told to, in pieces; an exception is raised where it stands."""

    def __init__(self, answers: Iterable[Answer | Sequence[Answer]], piece: int = 7) -> None:
        self.without: set[str] = set()
        self.requests: list[Request] = []
        self.described: list[str] = []
        self._answers = iter(answers)
        self._piece = piece

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.requests.append(request)
        said = next(self._answers)
        yield Began(request.model, "req_test", Usage(900))
        for part in [said] if isinstance(said, str | Exception) else said:
            if isinstance(part, Exception):
                raise part
            for start in range(0, len(part), self._piece):
                yield Text(0, part[start : start + self._piece])
        yield Ended("end_turn", Usage(1000, 100))

    async def model_info(self, model: str) -> Mapping[str, object] | None:
        self.described.append(model)
        return {"max_tokens": 2_000, "capabilities": {"structured_outputs": {"supported": True}}}


@dataclass
class Outcome:
    """Everything that came of a review."""

    job: Job
    requests: list[Request]
    updates: list[Update] = field(default_factory=list)
    failure: Any = None

    @property
    def findings(self) -> list[Finding]:
        """What is told in the end, in text order."""
        told: dict[str, Finding] = {}
        for update in self.updates:
            if isinstance(update, Found):
                told[update.finding.fingerprint] = update.finding
            elif isinstance(update, Withdrawn):
                told.pop(update.fingerprint, None)
        return sorted(told.values(), key=lambda one: one.order)

    @property
    def quotes(self) -> list[str]:
        """The text that each finding stands on."""
        return [self.job.basis.document.text[one.range.start : one.range.end] for one in self.findings]

    @property
    def comments(self) -> dict[str, Opinion]:
        return {one.fingerprint: one.opinion for one in self.updates if isinstance(one, Commented)}

    @property
    def summaries(self) -> dict[str, str]:
        return {one.unit: one.words for one in self.updates if isinstance(one, Summed)}

    @property
    def done(self) -> Done:
        return next(one for one in self.updates if isinstance(one, Done))


def services(folder: Path, connection: Scripted, **configured: Any) -> Services:
    """Services of a user whose files are in that folder."""

    async def connect() -> Scripted:
        return connection

    return Services(
        connect=connect,
        configuration=replace(UserConfiguration(), **configured),
        ledger=Ledger(folder / "state.db", lambda: NOW),
        cache=Cache(folder / "answers.db", lambda: NOW),
        policy=Policy(tries=1),
        now=lambda: NOW,
        seconds=lambda: 0.0,
    )


def job(
    text: str, language: str = "python", places: Sequence[TextRange] = (), rules: RuleSet = RULES, path: str = ""
) -> Job:
    """The job to review a text, or places in it."""
    known = by_id(language)
    assert known is not None
    path = path or f"case{known.suffixes[0]}"
    basis = run.review(Document.open(path, None, language, text), rules, Settings())
    return job_for(basis, rules, Settings(), persona(), path, places or [TextRange(0, len(text))])


def reviewed(
    job: Job, answers: Sequence[Answer | Sequence[Answer]], folder: Path, second: Second = Second.ALL, **configured: Any
) -> Outcome:
    """What comes of the job when the model gives these answers, one a request."""
    connection = Scripted(answers)
    outcome = Outcome(job, connection.requests)

    async def go() -> None:
        async with aclosing(review(job, services(folder, connection, **configured), second)) as updates:
            async for update in updates:
                outcome.updates.append(update)

    try:
        asyncio.run(go())
    except ModelError as error:
        outcome.failure = error.failure
    return outcome
