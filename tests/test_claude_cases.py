"""Every case of a persona's review: what a model answers and what must come of it; the cases are in cases/claude."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import persona
import pytest
import yaml
from casefile import CASES, CaseAt, case_files, cases, check, each, problems_of
from oldhand.claude.reviewer import Second
from oldhand.review import casecheck, run
from oldhand.review.casecheck import Engine
from oldhand.review.casefile import Block
from oldhand.review.document import Document
from oldhand.review.merge import merged
from oldhand.review.run import Review
from oldhand.settings import Settings
from oldhand.text.ranges import TextRange

ALL = cases("claude")


@pytest.mark.parametrize("path", case_files("claude"), ids=lambda path: str(path.relative_to(CASES)))
def test_case_file_is_well_formed(path: Path) -> None:
    assert [str(problem) for problem in problems_of(path)] == []


@each(ALL)
def test_case(at: CaseAt, update_cases: bool, tmp_path: Path) -> None:
    assert at.case.claude is not None, "the case has no answer of a model"
    check(at, engine(at.case.claude, tmp_path), update=update_cases)


def engine(said: Block, folder: Path) -> Engine:
    """The rules, with a persona beside them whose model answers so to the first text, and nothing to later ones."""
    rules = casecheck.engine(persona.RULES)
    asked: list[Document] = []

    def review(document: Document, settings: Settings, previous: Review | None) -> Review:
        basis = rules.review(document, settings, previous)
        if basis.analysis is None or (asked and asked[0].text != document.text):
            return basis
        asked.append(document)
        places = [TextRange(0, len(document.text))]
        job = replace(persona.job(document.text, document.language or "", places), basis=basis, settings=settings)
        outcome = persona.reviewed(job, answers(said), folder, Second.ALL)
        assert outcome.failure is None
        placed = [(finding, finding.range) for finding in basis.findings]
        return replace(basis, findings=tuple(one for one, _ in merged(placed, outcome.findings, outcome.comments)))

    def verify(reviewed: Review, finding: Any, settings: Settings) -> Any:
        return run.verify(reviewed, finding, persona.RULES, settings)

    return Engine(review, verify, rules.fix_all)


def answers(said: Block) -> list[str]:
    """The answers to the first question, to that for lost quotes if there is one, and to the second look."""
    value: dict[str, Any] = yaml.safe_load(said.text) or {}
    findings = value.get("findings", [])
    verdicts = [one.pop("verdict", "confirmed") for one in [*findings, *value.get("repaired", [])]]
    first = persona.answer(
        findings=[persona.finding(**one) for one in findings],
        units=value.get("units", []),
        known=[{"note": "So it is.", **one} for one in value.get("known", [])],
    )
    repaired = persona.answer(findings=[persona.finding(**one) for one in value.get("repaired", [])])
    judged = persona.answer(verdicts=[persona.verdict(number, one) for number, one in enumerate(verdicts, 1)])
    return [first, repaired, judged] if "repaired" in value else [first, judged]
