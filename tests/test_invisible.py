"""Invisible, bidirectional and look-alike characters, found with no rules loaded."""

from __future__ import annotations

from casefile import CaseAt, case_files, cases, check, each, problems_of
from oldhand.review import casecheck
from oldhand.review.document import Document
from oldhand.rules.characters import invisible
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings

ENGINE = casecheck.engine(RuleSet(()))


def test_the_case_files_are_well_formed() -> None:
    assert [problem for path in case_files("invisible") for problem in problems_of(path)] == []


@each(cases("invisible"))
def test_invisible(at: CaseAt, update_cases: bool) -> None:
    check(at, ENGINE, update=update_cases)


def test_a_text_full_of_them_has_a_bounded_number_of_findings() -> None:
    text = 'x = "a\u200bb" + "\u202ec" + рау_x + раy\n' * 1000
    review = ENGINE.review(Document.open("file:///case.py", None, "python", text), Settings(), None)
    assert len(review.findings) == 2 * invisible.MAX_FINDINGS
    assert review.findings[0].range.start == text.index("\u200b")
