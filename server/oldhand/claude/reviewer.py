"""A review by a persona: find, place, ask again for what was misquoted, judge in a second look; told as it happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace
from enum import Enum

from oldhand.claude import cache
from oldhand.claude.events import Text, Waiting
from oldhand.claude.failures import Failure, Kind, ModelError
from oldhand.claude.incremental import Item, Items
from oldhand.claude.job import Job
from oldhand.claude.models import Model, from_info, is_known, known, priced, resolve
from oldhand.claude.placing import Placing, is_grave, judged
from oldhand.claude.prompt import Prompt, prompt
from oldhand.claude.request import Request
from oldhand.claude.schema import Claim, Judgement, Verdict, claim, judgement, summary
from oldhand.claude.spending import Services, Spending
from oldhand.claude.updates import Commented, Delayed, Done, Found, Sent, Summed, Update, Withdrawn
from oldhand.findings import Finding, Opinion, Severity, Verification
from oldhand.review.locate import Lost

MAX_ANSWER = 1 << 20
"""Characters of an answer; the longest that was asked for is a tenth of it."""

MOST = 50
"""Findings of one answer that are told; ten are asked for."""

FORMAT = "1"
"""Of stored answers; another one makes all of them unknown."""


class Second(Enum):
    """Which findings get a second look."""

    NONE = "none"
    ERRORS = "errors"
    ALL = "all"


async def review(
    job: Job, services: Services, second: Second, spending: Spending | None = None
) -> AsyncGenerator[Update, None]:
    """Review what the job asks about; everything that comes of it, in the coordinates of the job's document.

    `spending` is that of a larger review which this one is part of. Raises ModelError; what was told before that holds.
    Cancelling the task closes the connection.
    """
    started = services.seconds()
    asked = await asyncio.to_thread(prompt, job, services.fences)
    model = await _described(model_for(job, services), services)
    one = _Review(job, asked, services, model, spending or Spending(services, job.persona.name))
    for step in (one.find(), one.repair(), one.judge(second)):
        async with aclosing(step) as updates:
            async for update in updates:
                yield update
    yield one.done(services.seconds() - started)


def model_for(job: Job, services: Services) -> Model:
    """The model that reviews: the user's, else what the persona suggests, if the user allows that."""
    configuration = services.configuration
    allowed = [resolve(name, "") for name in configuration.allowed_models]
    wanted = resolve(configuration.model or job.persona.model, "")
    if not configuration.model and allowed and wanted not in allowed:
        wanted = allowed[0]
    return priced(known(wanted), configuration.prices)


async def _described(model: Model, services: Services) -> Model:
    """The model as its server describes it, where our own table does not know it."""
    if is_known(model.id):
        return model
    info = await (await services.connect()).model_info(model.id)
    return from_info(model, info) if info is not None else model


class _Review:
    """One review on its way."""

    def __init__(self, job: Job, asked: Prompt, services: Services, model: Model, spending: Spending) -> None:
        self._job = job
        self._prompt = asked
        self._services = services
        self._model = model
        self._when = services.now().isoformat(timespec="seconds")
        opinion = Opinion(job.persona.name, self._model.id, self._when, Verification.UNVERIFIED, Severity.INFORMATION)
        self._placing = Placing(job, asked, opinion)
        self._opinion = opinion
        self._spending = spending
        self._claims: dict[str, tuple[Claim, Finding]] = {}
        self._lost: list[Claim] = []
        self._dropped: list[str] = []
        self._withdrawn = 0
        self._stored = True

    async def find(self) -> AsyncGenerator[Update, None]:
        """The first question, and its answer as it comes."""
        request = self._prompt.find(self._model, self._job.persona.effort or "")
        async with aclosing(self._items("find", self._model, request)) as items:
            async for item in items:
                if not isinstance(item, Item):
                    yield item
                    continue
                for update in self._take(item):
                    yield update

    async def repair(self) -> AsyncGenerator[Update, None]:
        """The question for the quotes that were not found, asked once."""
        lost, self._lost = self._lost, []
        if not lost:
            return
        request = self._prompt.repair(self._model, lost)
        async with aclosing(self._items("repair", self._model, request)) as items:
            async for item in items:
                if not isinstance(item, Item):
                    yield item
                elif item.key in {"findings", ""}:
                    for update in self._take(item):
                        yield update
        self._dropped += ["its quote does not stand in the code"] * len(lost)

    async def judge(self, second: Second) -> AsyncGenerator[Update, None]:
        """The second look, at everything together, by whoever the user wants for it."""
        grave = {name: pair for name, pair in self._claims.items() if is_grave(pair[0].consequence)}
        chosen = {Second.NONE: {}, Second.ERRORS: grave, Second.ALL: self._claims}[second]
        if second is Second.NONE:
            for _, finding in self._claims.values():
                yield Found(judged(finding, Verification.UNCHECKED, ""))
        if not chosen:
            return
        names = {f"C{number}": fingerprint for number, fingerprint in enumerate(chosen, 1)}
        configuration = self._services.configuration
        model = priced(known(resolve(configuration.verify_model, self._model.id)), configuration.prices)
        request = self._prompt.verify(model, {name: chosen[one][0] for name, one in names.items()})
        async with aclosing(self._items("verify", model, request)) as items:
            async for item in items:
                if not isinstance(item, Item):
                    yield item
                    continue
                found = judgement(item.value) if item.key in {"verdicts", ""} else None
                fingerprint = names.pop(found.id, None) if found is not None else None
                if found is not None and fingerprint is not None:
                    yield self._verdict(*chosen[fingerprint], found)

    def done(self, seconds: float) -> Done:
        """The end, with what the review came to."""
        spending = self._spending
        return Done(
            persona=self._job.persona.name,
            model=self._model.id,
            when=self._when,
            usage=spending.usage,
            cost=spending.cost,
            seconds=seconds,
            stored=self._stored,
            dropped=tuple(self._dropped),
            withdrawn=self._withdrawn,
        )

    def _take(self, item: Item) -> Iterator[Update]:
        """What one object of the answer says."""
        match item.key:
            case "findings" | "":
                said = claim(item.value) if len(self._claims) < MOST else None
                if said is None:
                    self._dropped.append("it is one too many, or has no quote, no message or no consequence")
                    return
                placed = self._placing.place(said)
                if isinstance(placed, Finding):
                    self._claims[placed.fingerprint] = (said, placed)
                    yield Found(placed)
                elif isinstance(placed, Lost):
                    self._lost.append(said)
                else:
                    self._dropped.append(placed)
            case "units":
                words = summary(item.value)
                if words is not None and any(unit.name == words.name for unit in self._job.units):
                    yield Summed(words.name, words.words)
            case "known":
                said_of = judgement(item.value)
                finding = self._prompt.known.get(said_of.id) if said_of is not None else None
                if said_of is not None and finding is not None:
                    yield Commented(finding.fingerprint, self._comment(said_of, finding))
            case _:
                pass

    def _comment(self, said: Judgement, finding: Finding) -> Opinion:
        verification = {
            Verdict.CONFIRMED: Verification.CONFIRMED,
            Verdict.REFUTED: Verification.DOUBTED,
            Verdict.UNCERTAIN: Verification.UNCERTAIN,
        }[said.verdict]
        return replace(self._opinion, verification=verification, severity=finding.severity, note=said.proof)

    def _verdict(self, said: Claim, finding: Finding, found: Judgement) -> Update:
        """A confirmed finding gets its severity; a doubtful one stays as a question where the harm would be grave."""
        if found.verdict is Verdict.CONFIRMED:
            return Found(judged(finding, Verification.CONFIRMED, found.proof))
        if found.verdict is Verdict.UNCERTAIN and is_grave(said.consequence):
            return Found(judged(finding, Verification.UNCERTAIN, found.proof))
        self._withdrawn += 1
        return Withdrawn(finding.fingerprint, found.proof)

    async def _items(self, kind: str, model: Model, request: Request) -> AsyncGenerator[Item | Sent | Delayed, None]:
        """The objects of an answer, from the server or, where the very same was asked before, from memory."""
        key = cache.key(FORMAT, kind, request.written().replace(self._prompt.word, ""))
        kept = _read(self._services.cache.get(key))
        if kept is not None:
            for item in kept:
                yield item
            return
        self._stored = False
        yield Sent(model.id)
        blocks: dict[int, Items] = {}
        told: list[Item] = []
        size = 0
        async with aclosing(self._spending.call(kind, model, request)) as events:
            async for event in events:
                match event:
                    case Text(block, text):
                        size += len(text)
                        if size > MAX_ANSWER:
                            raise ModelError(Failure.of(Kind.UNREADABLE, _ENDLESS, again=False))
                        for item in blocks.setdefault(block, Items()).feed(text):
                            told.append(item)
                            yield item
                    case Waiting(seconds, reason):
                        yield Delayed(seconds, reason)
                    case _:
                        pass
        self._dropped += ["it is not in the form that was asked for"] * sum(one.broken for one in blocks.values())
        if not any(one.finished for one in blocks.values()):
            message = "The model's answer is not in the form that was asked for. Try again, or choose another model."
            raise ModelError(Failure.of(Kind.UNREADABLE, message, again=True))
        self._services.cache.put(key, json.dumps([[one.key, one.value] for one in told]))


_ENDLESS = "The server's answer has no end, and was stopped; what had come is kept. Check the base URL."


def _read(stored: str | None) -> list[Item] | None:
    """The objects of a stored answer; None where there is none that can be read."""
    try:
        pairs = json.loads(stored) if stored is not None else None
        return [Item(str(key), dict(value)) for key, value in pairs] if isinstance(pairs, list) else None
    except (TypeError, ValueError):
        return None
