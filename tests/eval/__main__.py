"""`make eval DATA=cases.jsonl OUT=findings.jsonl`: a persona on labelled code, through the whole pipeline.

Asks whatever server the environment names, as reviews do, within the user's budgets. Against a server that is not the
real one it proves the harness and measures nothing about a model.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import persona
from oldhand.claude.cost import shown
from oldhand.claude.desk import Desk
from oldhand.claude.failures import ModelError
from oldhand.claude.reviewer import Second, review
from oldhand.claude.updates import Done, Found, Withdrawn
from oldhand.findings import Finding
from oldhand.review import run
from oldhand.settings import Settings

from tests.eval.score import Case, Score, score

OWN = Path(__file__).with_name("cases.jsonl")


def cases(path: Path) -> Iterator[Case]:
    """The cases in a file of JSON lines: id, language, text or file (relative to it), gold. Raises ValueError."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            text = value.get("text")
            text = (path.parent / value["file"]).read_text(encoding="utf-8") if text is None else text
            gold = tuple((int(one["start_line"]), int(one["end_line"])) for one in value["gold"])
            yield Case(str(value.get("id", number)), value["language"], text, gold)
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise ValueError(f"{path}:{number}: this is no case ({type(error).__name__}: {error})") from error


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.eval", description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=OWN, help="cases as JSON lines; our own by default")
    parser.add_argument("--out", type=Path, help="write the findings here, as JSON lines")
    parser.add_argument("--limit", type=int, default=None, help="so many cases at most")
    parser.add_argument("--concurrency", type=int, default=4)
    asked = parser.parse_args(arguments)
    chosen = list(cases(asked.data))[: asked.limit]
    began = perf_counter()
    total, spent, failures, raw = asyncio.run(_all(chosen, max(1, asked.concurrency)))
    if asked.out is not None:
        asked.out.write_text("".join(json.dumps(one) + "\n" for one in raw), encoding="utf-8")
    for failure in dict.fromkeys(failures):
        print(f"failed: {failure} ({failures.count(failure)} cases)", file=sys.stderr)
    print(report(total, spent, len(chosen) - len(failures), perf_counter() - began))
    return 2 if failures else 0


def report(total: Score, spent: Decimal | None, done: int, seconds: float) -> str:
    """The figures for people."""
    told = total.hits + total.false_alarms
    return "\n".join(
        [
            f"{done} cases, {total.labels} labels, {told} findings in {seconds:.0f} s, {shown(spent)}",
            f"precision {total.precision:.2f}  recall {total.recall:.2f}  F0.5 {total.f_half:.2f}",
            f"on a label's first line {total.exact} of {told}",
            f"changes proposed {total.proposed}, of which apply, parse and hold {total.holding}",
        ]
    )


async def _all(chosen: Sequence[Case], at_once: int) -> tuple[Score, Decimal | None, list[str], list[dict[str, Any]]]:
    desk = Desk.open(os.environ, lambda words: print(words, file=sys.stderr))
    room = asyncio.Semaphore(at_once)
    total, failures, raw = Score(), list[str](), list[dict[str, Any]]()
    spent: Decimal | None = Decimal(0)

    async def one(case: Case) -> None:
        nonlocal total, spent
        async with room:
            try:
                findings, cost = await _reviewed(desk, case)
            except ModelError as error:
                failures.append(error.failure.message)
                return
        total += score(case, findings)
        spent = None if spent is None or cost is None else spent + cost
        raw.extend({"case": case.id, **_plain(finding)} for finding in findings)

    await asyncio.gather(*map(one, chosen))
    await desk.close()
    return total, spent, failures, raw


async def _reviewed(desk: Desk, case: Case) -> tuple[list[Finding], Decimal | None]:
    job = persona.job(case.text, case.language, rules=persona.NO_RULES)
    told: dict[str, Finding] = {}
    cost: Decimal | None = None
    async with aclosing(review(job, desk.services, Second.ALL)) as updates:
        async for update in updates:
            match update:
                case Found(finding):
                    told[finding.fingerprint] = finding
                case Withdrawn(fingerprint, _):
                    told.pop(fingerprint, None)
                case Done():
                    cost = update.cost
    return [run.verify(job.basis, one, persona.NO_RULES, Settings()) for one in told.values()], cost


def _plain(finding: Finding) -> dict[str, Any]:
    value = asdict(finding)
    kept = ("rule", "range", "message", "why", "remedy", "fingerprint")
    return {name: value[name] for name in kept} | {"severity": finding.severity.label}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
