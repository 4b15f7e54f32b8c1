"""`oldhand review --claude`: the files of a review looked at by a persona too, several at a time, in one list."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from oldhand import secrets
from oldhand.claude.cost import shown
from oldhand.claude.desk import Desk
from oldhand.claude.failures import ModelError
from oldhand.claude.job import Job
from oldhand.claude.limits import allowed
from oldhand.claude.prompt import prompt
from oldhand.claude.reviewer import Second, model_for, review
from oldhand.claude.spending import Spending, estimate
from oldhand.claude.updates import Commented, Done, Found, Update, Withdrawn
from oldhand.cli import persona
from oldhand.cli.console import err, tell
from oldhand.cli.options import Options
from oldhand.cli.persona import NotSent
from oldhand.cli.worker import Outcome, Task
from oldhand.findings import Finding, Opinion
from oldhand.personas.persona import Persona
from oldhand.review import run
from oldhand.review.merge import merged
from oldhand.rules.rule import RuleSet
from oldhand.text.lines import LineIndex
from oldhand.text.ranges import TextRange


class Unwilling(Exception):
    """The review can not be made as it was asked for; one sentence that says what to do."""


@dataclass(slots=True)
class Said:
    """What a persona has said of one file."""

    found: dict[str, Finding] = field(default_factory=dict)
    comments: dict[str, Opinion] = field(default_factory=dict)
    done: Done | None = None

    def take(self, update: Update) -> None:
        """Take in what a review tells."""
        match update:
            case Found(finding):
                self.found[finding.fingerprint] = finding
            case Withdrawn(fingerprint, _):
                self.found.pop(fingerprint, None)
            case Commented(fingerprint, opinion):
                self.comments[fingerprint] = opinion
            case Done():
                self.done = update
            case _:
                pass


def consulted(
    outcomes: Sequence[Outcome], tasks: Sequence[Task], rules: RuleSet, root: Path, asked: Options
) -> list[Outcome]:
    """The outcomes with the persona's findings among them; a file on which it failed says so.

    Raises Unwilling where nothing may be sent. What was found when the user interrupts is kept.
    """
    desk = persona.desk()
    obstacle = desk.obstacle()
    if obstacle is not None:
        raise Unwilling(obstacle.message)
    if not persona.is_trusted(desk, root, said=asked.trust):
        raise Unwilling(f"{root} is not trusted, so nothing is sent; --trust says that it is.")
    try:
        who = persona.speaker(desk, root, asked.persona, trusted=True)
    except NotSent as error:
        raise Unwilling(str(error)) from None
    jobs = _jobs(outcomes, tasks, rules, who, root)
    _agreed(desk, jobs, asked)
    spending = Spending(desk.services, who.name)
    said, failures = asyncio.run(_all(desk, jobs, spending))
    for message, count in failures.items():
        tell(f"{message}" + (f" ({count} files)" if count > 1 else ""), level="error")
    _summary(who.name, said, spending)
    return [_joined(outcome, jobs, said, rules, failed=bool(failures)) for outcome in outcomes]


def _jobs(
    outcomes: Sequence[Outcome], tasks: Sequence[Task], rules: RuleSet, who: Persona, root: Path
) -> dict[str, Job]:
    """The job for each file that was reviewed and may be sent."""
    by_name = {task.target.name: task for task in tasks}
    found: dict[str, Job] = {}
    for outcome in outcomes:
        task = by_name[outcome.target.name]
        if outcome.source is None or outcome.failure or outcome.skipped:
            continue
        text = outcome.text or outcome.source.text
        settings = replace(task.settings, root=outcome.target.within)
        try:
            places = _places(text, task.lines)
            if places == []:
                continue
            found[outcome.target.name] = persona.job(outcome.target.name, text, rules, settings, who, places, root)
        except NotSent as error:
            tell(str(error), level="warning")
    return found


def _places(text: str, lines: Sequence[TextRange] | None) -> list[TextRange] | None:
    """The places of changed lines, which are counted from 0; None where all counts."""
    if lines is None:
        return None
    index = LineIndex.of(text)
    return [
        TextRange(index.line_start(one.start), index.line_end(text, max(one.start, one.end - 1)))
        for one in lines
        if one.start < index.line_count and one.end <= index.line_count
    ]


def _agreed(desk: Desk, jobs: dict[str, Job], asked: Options) -> None:
    """Whether the user wants to pay for it, where it may be more than they want to pay unasked. Raises Unwilling."""
    total = Decimal(0)
    for job in jobs.values():
        model = model_for(job, desk.services)
        total += estimate(prompt(job, desk.services.fences).find(model), model) or Decimal(0)
    if total <= desk.configuration.ask_above or asked.yes:
        return
    words = f"Reviewing {len(jobs)} files may cost {shown(total)}"
    if not err().is_terminal:
        raise Unwilling(f"{words}, more than {shown(desk.configuration.ask_above)}; --yes says that you mean it.")
    if not persona.yes(f"{words}. Go on?"):
        raise Unwilling("Nothing was sent.")


async def _all(desk: Desk, jobs: dict[str, Job], spending: Spending) -> tuple[dict[str, Said], Counter[str]]:
    """What was said of each file, and how often each failure came; what came before an interruption is kept."""
    said = {name: Said() for name in jobs}
    failures: Counter[str] = Counter()
    waiting = list(jobs)
    progress = err().status("") if err().is_terminal else None

    async def work(number: int) -> None:
        client = await desk.connected()
        while waiting and number < allowed(client.limits, desk.configuration.max_concurrency):
            name = waiting.pop(0)
            try:
                async with aclosing(review(jobs[name], desk.services, _second(desk), spending)) as updates:
                    async for update in updates:
                        said[name].take(update)
                        if progress is not None:
                            progress.update(_happening(said, len(waiting)))
            except ModelError as error:
                failures[error.failure.message] += 1
                if not error.failure.again:
                    waiting.clear()

    try:
        if progress is not None:
            progress.start()
        await asyncio.gather(*(work(number) for number in range(desk.configuration.max_concurrency)))
    except ModelError as error:
        failures[error.failure.message] += 1
    except asyncio.CancelledError:
        failures["The review was interrupted; what was found before that is shown."] += 1
    finally:
        if progress is not None:
            progress.stop()
        await desk.close()
    return said, failures


def _second(desk: Desk) -> Second:
    return Second.NONE if desk.configuration.verify == "off" else Second.ALL


def _joined(outcome: Outcome, jobs: dict[str, Job], said: dict[str, Said], rules: RuleSet, *, failed: bool) -> Outcome:
    """The outcome with what was said of its file, fixes proved."""
    job, words = jobs.get(outcome.target.name), said.get(outcome.target.name)
    if job is None or words is None:
        return outcome
    own = [run.verify(job.basis, finding, rules, job.settings) for finding in words.found.values()]
    placed = [(finding, finding.range) for finding in outcome.findings]
    findings = tuple(finding for finding, _ in merged(placed, own, words.comments))
    text = job.basis.document.text
    return replace(
        outcome,
        findings=findings,
        text=text if findings else outcome.text,
        secrets=secrets.find(text) if findings else outcome.secrets,
        fatal=outcome.fatal or (failed and words.done is None),
    )


def _happening(said: dict[str, Said], waiting: int) -> str:
    done = sum(one.done is not None for one in said.values())
    return f"{done} of {len(said)} files reviewed, {sum(len(one.found) for one in said.values())} findings so far"


def _summary(name: str, said: dict[str, Said], spending: Spending) -> None:
    done = [one for one in said.values() if one.done is not None]
    stored = sum(one.done is not None and one.done.stored for one in done)
    findings = sum(len(one.found) for one in said.values())
    tell(f"{name}: {len(done)} files, {findings} findings, {shown(spending.cost)}, {stored} from memory")
