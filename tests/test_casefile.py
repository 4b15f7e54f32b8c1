"""The harness itself: what case files may say, and that it fails when it should."""

from __future__ import annotations

import textwrap

import fakes
import pytest
from oldhand.review import casecheck
from oldhand.review.casefile import parse, rewritten
from oldhand.rules.rule import RuleSet

ENGINE = fakes.engine(fakes.bad_words)


def case(body: str) -> str:
    return "# Demo\n\n## A case\n\n" + textwrap.dedent(body).lstrip("\n")


def failures(text: str, only: str | None = None) -> list[str]:
    cases, problems = parse(text, "demo.md")
    assert problems == ()
    return [failure for one in cases for failure in casecheck.check(one, ENGINE, only).failures]


def updated(text: str) -> str:
    cases, problems = parse(text, "demo.md")
    assert problems == ()
    return rewritten(text, [update for one in cases for update in casecheck.check(one, ENGINE).updates])


PASSING = {
    "nothing is marked and nothing is found": """
        ```python
        good = 1
        ```
        """,
    "a mark with its leader": """
        ```python
        x = bad
        #   ^^^ warning[demo/bad] (fix)
        ```
        """,
    "a mark without a leader, in the first column": """
        ```python
        bad = 1
        ^^^ warning[demo/bad] (fix) word is bad
        ```
        """,
    "an indented mark, a fix with its kind, words in order with others between": """
        ```typescript
        if (x) {
          return bad;
          //     ^^^ warning[demo/bad] (fix safe) Word bad GOOD
        }
        ```
        """,
    "two marks under one line, in any order": """
        ```sql
        SELECT bad, bad();
        --          ^^^^^ warning[demo/bad]
        --     ^^^ warning[demo/bad] (fix)
        ```
        """,
    "a fix that is not offered is none": """
        ```python
        x = badly
        #   ^^^^^ warning[demo/bad]
        ```
        """,
    "a range over several lines ends with the text of its last": """
        ```python
        x = bad(
        #   ^^^^..+2 warning[demo/bad]
            1,
        )
        ```
        """,
    "a range over several lines ends at a column": """
        ```python
        x = bad(
        #   ^^^^..+1:3 warning[demo/bad]
          ), 2
        ```
        """,
    "carets count code points, and tabs are one": """
        ```go
        \tx := "é👩‍🔬" + bad
        \t//            ^^^ warning[demo/bad] (fix)
        ```
        """,
    "what comes of all fixes": """
        ```python
        x = bad + bad
        #   ^^^ warning[demo/bad] (fix)
        #         ^^^ warning[demo/bad] (fix)
        ```

        ```fixed
        x = good + good
        ```
        """,
    "where the findings are after an edit": """
        ```python
        x = bad
        #   ^^^ warning[demo/bad] (fix)
        ```

        ```edited
        # a line above
        yy = bad
        #    ^^^ warning[demo/bad] (fix)
        ```
        """,
    "settings of the case": """
        ```settings
        rules:
          demo/*: error
        ```

        ```python
        x = bad
        #   ^^^ error[demo/bad] (fix)
        ```
        """,
    "line ends of the block": """
        ```python eol=crlf
        y = 1
        x = bad(
        #   ^^^^..+1 warning[demo/bad]
        )
        ```
        """,
    "a fence in a source, by a longer one": """
        ````python
        x = bad
        #   ^^^ warning[demo/bad] (fix)
        ```
        ````
        """,
    "characters written as escapes": """
        ```python escapes
        x = "\\u{202E}" + bad
        #         ^^^ warning[demo/bad] (fix)
        ```
        """,
    "several sources, each with its own": """
        ```python
        bad
        ^^^ warning[demo/bad] (fix)
        ```

        ```fixed
        good
        ```

        ```ts path=worker/x.ts
        bad
        ^^^ warning[demo/bad] (fix)
        ```

        ```fixed
        good
        ```
        """,
}

FAILING = {
    "a mark too many": (
        """
        ```python
        x = good
        #   ^^^^ warning[demo/bad]
        y = bad
        #   ^^^ warning[demo/bad] (fix)
        ```
        """,
        """
        ```python
        x = good
        y = bad
        #   ^^^ warning[demo/bad] (fix)
        ```
        """,
    ),
    "a mark too few": (
        """
        ```python
        x = bad + bad
        #   ^^^ warning[demo/bad] (fix)
        ```
        """,
        """
        ```python
        x = bad + bad
        #   ^^^ warning[demo/bad] (fix)
        #         ^^^ warning[demo/bad] (fix)
        ```
        """,
    ),
    "another range, whose words stay": (
        """
        ```python
        x = bad
        # ^ warning[demo/bad] (fix safe) word
        ```
        """,
        """
        ```python
        x = bad
        #   ^^^ warning[demo/bad] (fix safe) word
        ```
        """,
    ),
    "another line": (
        """
        ```python
        y = 1
        #   ^^^ warning[demo/bad] (fix)
        x = bad
        ```
        """,
        """
        ```python
        y = 1
        x = bad
        #   ^^^ warning[demo/bad] (fix)
        ```
        """,
    ),
    "another severity": (
        """
        ```python
        x = bad
        #   ^^^ error[demo/bad] (fix)
        ```
        """,
        """
        ```python
        x = bad
        #   ^^^ warning[demo/bad] (fix)
        ```
        """,
    ),
    "words that are not in the message": (
        """
        ```python
        x = bad
        #   ^^^ warning[demo/bad] (fix) horrible
        ```
        """,
        """
        ```python
        x = bad
        #   ^^^ warning[demo/bad] (fix)
        ```
        """,
    ),
    "a fix that is claimed and not offered": (
        """
        ```python
        x = badly
        #   ^^^^^ warning[demo/bad] (fix)
        ```
        """,
        """
        ```python
        x = badly
        #   ^^^^^ warning[demo/bad]
        ```
        """,
    ),
    "a fix that is offered and not claimed": (
        """
        ```python
        x = bad
        #   ^^^ warning[demo/bad] is not good
        ```
        """,
        """
        ```python
        x = bad
        #   ^^^ warning[demo/bad] (fix) is not good
        ```
        """,
    ),
    "another fixed text": (
        """
        ```python
        x = bad
        #   ^^^ warning[demo/bad] (fix)
        ```

        ```fixed
        x = better
        ```
        """,
        """
        ```python
        x = bad
        #   ^^^ warning[demo/bad] (fix)
        ```

        ```fixed
        x = good
        ```
        """,
    ),
    "another place after the edit": (
        """
        ```go
        \tx := bad(1)
        \t//   ^^^^^^ warning[demo/bad]
        ```

        ```edited
        \tx := y + bad(
        \t1)
        ^^ warning[demo/bad]
        ```
        """,
        """
        ```go
        \tx := bad(1)
        \t//   ^^^^^^ warning[demo/bad]
        ```

        ```edited
        \tx := y + bad(
        \t//       ^^^^..+1 warning[demo/bad]
        \t1)
        ```
        """,
    ),
    "the first finding of a case that had none": (
        """
        ```python
        x = bad
        ```
        """,
        None,
    ),
    "the last mark of a case": (
        """
        ```python
        x = good
        #   ^^^^ warning[demo/bad]
        ```
        """,
        None,
    ),
}


@pytest.mark.parametrize("body", PASSING.values(), ids=PASSING)
def test_case_passes_and_is_left_as_it_is(body: str) -> None:
    assert failures(case(body)) == []
    assert updated(case(body)) == case(body)


@pytest.mark.parametrize(("body", "expected"), FAILING.values(), ids=FAILING)
def test_case_fails_and_is_rewritten_unless_that_turns_it_round(body: str, expected: str | None) -> None:
    assert failures(case(body)) != []
    assert updated(case(body)) == case(expected or body)


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("```cobol\nx\n```\n", 5, "cobol"),
        ("```\nx\n```\n", 5, "not known"),
        ("```hover\nx\n```\n", 5, "hover"),
        ("```python\nx\n", 5, "never closed"),
        ("```fixed\nx\n```\n", 5, "no source above"),
        ("```python\nx\n```\n```fixed\n```\n```fixed\n```\n", 10, "already"),
        ("```python\n# ^ warning[a/b]\nx\n```\n", 6, "none above"),
        ("```python\nx\n^ warnin[a/b]\n```\n", 7, "not quite a mark"),
        ("```python\nx\n^ warning a/b\n```\n", 7, "not quite a mark"),
        ("```python\nx\n^^^\n```\n", 7, "not quite a mark"),
        ("```python eol=mac\nx\n```\n", 5, "mac"),
        ("```python colour=red\nx\n```\n", 5, "colour"),
        ("```settings\n```\n", 3, "no source"),
        ("```python\nx\n```\n## A case\n```python\nx\n```\n", 8, "another case"),
    ],
)
def test_what_is_not_understood_is_told_with_its_line(body: str, line: int, message: str) -> None:
    problems = parse(case("") + body, "demo.md")[1]
    assert [(problem.line, message in problem.message) for problem in problems] == [(line, True)]


def test_a_fence_above_all_headings_is_told() -> None:
    problems = parse("# Title\n\n```python\nx\n```\n", "demo.md")[1]
    assert [problem.line for problem in problems] == [3]


def test_a_failure_shows_the_lines_to_take_out_and_to_put_in_and_what_was_said() -> None:
    body = """
        ```python
        y = 2
        x = badly
        #   ^^^ warning[demo/bad] (fix) horrible
        ```
        """
    (failure,) = failures(case(body))
    assert failure.splitlines() == [
        "The `python` block of line 5 is not what comes out:",
        "    @@ -1,3 +1,3 @@",
        "     y = 2",
        "     x = badly",
        "    -#   ^^^ warning[demo/bad] (fix) horrible",
        "    +#   ^^^^^ warning[demo/bad]",
        "    demo/bad: This word is bad: it is not good.",
        "        its fix is not offered: Adverbs stay.",
    ]


def test_findings_of_other_rules_do_not_count() -> None:
    body = """
        ```python
        x = bad
        ```
        """
    assert failures(case(body), only="demo/other") == []


def test_crlf_reaches_the_reviewer() -> None:
    seen: list[str] = []

    def note(document: fakes.Document) -> tuple[fakes.Finding, ...]:
        seen.append(document.text)
        return ()

    (one,), _ = parse("## Line ends eol=crlf\n\n```python\nx\ny\n```\n", "demo.md")
    casecheck.check(one, fakes.engine(note))
    assert one.name == "Line ends"
    assert seen[0] == "x\r\ny\r\n"


def test_settings_that_are_wrong_fail_the_case() -> None:
    body = "```settings\nrules: 3\n```\n\n```python\nx\n```\n"
    assert failures(case("") + body) == ["settings:1: `rules` is not a mapping of rules to severities."]


def test_a_fix_that_breaks_the_syntax_fails_the_case() -> None:
    def find(document: fakes.Document) -> tuple[fakes.Finding, ...]:
        start = document.text.find("bad")
        if start < 0:
            return ()
        place = fakes.TextRange(start, start + 3)
        fix = fakes.Fix("Break it", (fakes.TextEdit(place, "("),), fakes.Applicability.SUGGESTED)
        return (fakes.finding("demo/bad", start, start + 3, fix=fix),)

    (one,), _ = parse("## A\n\n```python\nx = bad\n#   ^^^ warning[demo/bad] (fix)\n```\n", "demo.md")
    assert casecheck.check(one, fakes.engine(find)).failures == ("The fix “Break it” makes a syntax error.",)


def test_a_fix_that_leaves_its_finding_fails_the_case() -> None:
    def find(document: fakes.Document) -> tuple[fakes.Finding, ...]:
        fix = fakes.Fix("Add x", (fakes.TextEdit(fakes.TextRange(0, 0), "x"),), fakes.Applicability.SUGGESTED)
        return (fakes.finding("demo/bad", 0, 1, fix=fix),) if len(document.text) < 40 else ()

    (one,), _ = parse("## A\n\n```python\ny\n^ warning[demo/bad] (fix)\n```\n", "demo.md")
    assert (
        "After the fix “Add x”, demo/bad finds as much as before." in casecheck.check(one, fakes.engine(find)).failures
    )


def test_a_rule_that_does_not_run_on_the_language_is_told() -> None:
    (one,), _ = parse("## A\n\n```python\ny\n```\n", "demo.md")
    assert list(casecheck.unruled(one, RuleSet(()), "demo/bad")) == [
        "No rule demo/bad runs on python, the source of line 3."
    ]
