"""Case files under pytest: the files of a folder, a test for each case, and rewriting them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from oldhand.problems import Problem
from oldhand.review import casecheck
from oldhand.review.casecheck import Engine
from oldhand.review.casefile import Case, parse, rewritten

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class CaseAt:
    """A case and the file that it stands in."""

    path: Path
    case: Case

    @property
    def rule(self) -> str:
        """The rule that a file below `rules/` is about: `category/name`."""
        return f"{self.path.parent.name}/{self.path.stem}"


def case_files(folder: str) -> list[Path]:
    return sorted((CASES / folder).rglob("*.md"))


def problems_of(path: Path) -> tuple[Problem, ...]:
    return parse(path.read_text(encoding="utf-8"), str(path))[1]


def cases(folder: str) -> list[CaseAt]:
    return [
        CaseAt(path, case)
        for path in case_files(folder)
        for case in parse(path.read_text(encoding="utf-8"), str(path))[0]
    ]


def each(cases: list[CaseAt]) -> pytest.MarkDecorator:
    """Run a test once for each case, under the name of its file and its heading."""
    names = [f"{at.path.relative_to(CASES).with_suffix('')}: {at.case.name}" for at in cases]
    return pytest.mark.parametrize("at", cases, ids=names)


def check(at: CaseAt, engine: Engine, *, only: str | None = None, update: bool) -> None:
    """Fail with what is not as the case says; with `update`, write it into the file first."""
    outcome = casecheck.check(at.case, engine, only)
    if update and outcome.updates:
        _write(at, engine, only)
    if outcome.failures:
        place = f"{at.path.relative_to(CASES.parent.parent)}:{at.case.line}"
        pytest.fail("\n".join([f"{place}: {at.case.name}", *outcome.failures]), pytrace=False)


def _write(at: CaseAt, engine: Engine, only: str | None) -> None:
    """Read the file again, since a case above this one may have changed its lines."""
    text = at.path.read_text(encoding="utf-8")
    case = next(case for case in parse(text, "")[0] if case.name == at.case.name)
    at.path.write_text(rewritten(text, casecheck.check(case, engine, only).updates), encoding="utf-8")
