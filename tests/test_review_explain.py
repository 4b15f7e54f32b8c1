"""A finding in words, and its change as a diff that costs no more than the lines near it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.findings import (
    Accepted,
    Applicability,
    Confidence,
    Finding,
    Fix,
    Rejected,
    Severity,
    Verdict,
)
from oldhand.review.explain import explain, plain, proposed_diff
from oldhand.text.edits import TextEdit, apply
from oldhand.text.ranges import TextRange

KEY = "ghp_0123456789abcdefghijABCDEFGHIJ012345"


def edit(start: int, end: int, text: str) -> TextEdit:
    return TextEdit(TextRange(start, end), text)


def fix(*edits: TextEdit) -> Fix:
    return Fix("Mend it", edits, Applicability.SAFE)


def finding(verdict: Verdict | None = None, proposal: Fix | None = None) -> Finding:
    return Finding(
        rule="demo/rule",
        range=TextRange(0, 1),
        severity=Severity.WARNING,
        message="It is wrong.",
        why="It matters.",
        remedy="Mend it.",
        category="demo",
        confidence=Confidence.HIGH,
        fingerprint="0" * 16,
        cwe=("CWE-89",),
        url="https://example.org",
        fix=proposal,
        verdict=verdict,
    )


def numbered(count: int) -> str:
    return "".join(f"line {n}\n" for n in range(1, count + 1))


def test_diff_shows_the_lines_around_a_change() -> None:
    text = numbered(9)
    start = text.index("line 5")
    assert proposed_diff(text, fix(edit(start, start + 6, "LINE 5")), 2) == (
        "@@ -3,5 +3,5 @@\n line 3\n line 4\n-line 5\n+LINE 5\n line 6\n line 7"
    )


def test_changes_far_apart_are_shown_apart_with_the_right_numbers() -> None:
    text = numbered(30)
    far = text.index("line 20")
    assert proposed_diff(text, fix(edit(0, 0, "import os\n"), edit(far, far + 7, "LINE 20")), 1) == (
        "@@ -1,2 +1,3 @@\n+import os\n line 1\n line 2\n@@ -19,3 +20,3 @@\n line 19\n-line 20\n+LINE 20\n line 21"
    )


def test_changes_near_each_other_share_a_hunk() -> None:
    text = numbered(9)
    first, second = text.index("line 3"), text.index("line 6")
    diff = proposed_diff(text, fix(edit(second, second + 4, "LINE"), edit(first, first + 4, "LINE")), 1)
    assert diff.count("@@ -") == 1
    assert "-line 3\n+LINE 3\n line 4\n line 5\n-line 6\n+LINE 6" in diff


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_not_shown(end: str) -> None:
    text = end.join(["a", "b", "c"])
    place = text.index("b")
    assert proposed_diff(text, fix(edit(place, place + 1, "B")), 1) == "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c"


def test_change_of_an_empty_text_is_shown() -> None:
    assert proposed_diff("", fix(edit(0, 0, "x = 1\n")), 3).splitlines()[1:] == ["+x = 1"]


@pytest.mark.parametrize("edits", [(edit(0, 2, "x"), edit(1, 3, "y")), (edit(5, 9, ""),)])
def test_change_that_can_not_be_made_is_not_shown(edits: tuple[TextEdit, ...]) -> None:
    assert proposed_diff("abc", fix(*edits), 3) == ""


def test_secrets_are_masked_in_the_diff_and_in_words() -> None:
    text = f'token = "{KEY}"\ncall(x)\n'
    place = text.index("call")
    told = plain(explain(finding(proposal=fix(edit(place, place + 4, f'send("{KEY}", '))), text))
    assert KEY not in told
    assert "ghp_****" in told


def test_change_inside_of_a_secret_says_so() -> None:
    text = f'token = "{KEY}"\n'
    end = text.index(KEY) + len(KEY)
    diff = proposed_diff(text, fix(edit(end - 1, end, "6")), 3)
    assert KEY[:20] not in diff
    assert "masked" in diff


@given(st.text(st.sampled_from("ab\n"), max_size=60), st.data())
def test_diff_with_enough_context_holds_both_texts(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    change = edit(start, end, data.draw(st.text(st.sampled_from("ab\n"), max_size=5)))
    after = apply(text, [change])
    _, *lines = proposed_diff(text, fix(change), 100).split("\n")
    if text.splitlines() == after.splitlines():
        assert lines == ["~only line ends change"]
    else:
        assert text.splitlines() == [line[1:] for line in lines if line[0] in " -"]
        assert after.splitlines() == [line[1:] for line in lines if line[0] in " +"]


@given(st.text(st.sampled_from("ab\n\r\f\u2028"), max_size=40), st.data())
def test_diff_of_any_change_with_any_line_ends_is_made(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert proposed_diff(text, fix(edit(start, end, data.draw(st.text(max_size=5)))), 1).startswith("@@ -")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Accepted(Applicability.SAFE), "safe to apply"),
        (Accepted(Applicability.SUGGESTED), "look at it first"),
        (Rejected("it does not parse."), "can not be applied: it does not parse."),
        (None, "not been checked"),
    ],
)
def test_verdict_is_said_in_words(verdict: Verdict | None, words: str) -> None:
    assert words in explain(finding(verdict, fix(edit(0, 1, "b"))), "a").proof


def test_finding_without_a_fix_has_neither_change_nor_proof() -> None:
    told = explain(finding(), "a")
    assert (told.change, told.proof) == ("", "")
    assert plain(told) == "It is wrong.\nIt matters.\nMend it.\n\ndemo/rule · CWE-89 · warning, high confidence"
