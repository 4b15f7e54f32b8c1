"""Invisible, bidirectional and look-alike characters, found with no rules loaded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from casefile import CaseAt, case_files, cases, check, each, problems_of
from oldhand.findings import Accepted, Applicability, Fix, Rejected
from oldhand.review import casecheck, run
from oldhand.review.document import Document
from oldhand.rules.characters import invisible
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange

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


@pytest.mark.parametrize(
    ("edit", "verdict"),
    [
        (TextEdit(TextRange(1, 2), ""), Accepted),
        # It changes something right there, and the character stays.
        (TextEdit(TextRange(0, 1), "b"), Rejected),
        # It takes one away and brings one of another kind.
        (TextEdit(TextRange(1, 2), "\u202e"), Rejected),
    ],
)
def test_a_fix_is_judged_by_the_characters_that_it_leaves(edit: TextEdit, verdict: type) -> None:
    document = Document.open("file:///w/a.py", 0, "python", "a\u200b = 1\n")
    review = run.review(document, RuleSet(()), Settings())
    (finding,) = review.findings
    fix = Fix("Change it", (edit,), Applicability.SUGGESTED)
    proved = run.verify(review, replace(finding, fix=fix, offers=fix.applicability), RuleSet(()), Settings())
    assert isinstance(proved.verdict, verdict)
