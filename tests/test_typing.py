"""Texts in the middle of typing: which findings stay, and that a state that parses is as if it were new."""

from __future__ import annotations

import random

import pytest
from casefile import CaseAt, case_files, cases, check, each, problems_of
from oldhand.resources import bundled_agents
from oldhand.review import casecheck
from oldhand.rules.carried import Carried
from oldhand.rules.check import check as analysed
from oldhand.rules.load import load
from oldhand.syntax.half_typed import Changes, half_typed
from oldhand.syntax.languages import by_id
from oldhand.syntax.tree import parse
from oldhand.text.ranges import TextRange
from test_syntax_tree import FRAGMENTS, SOURCES, language_of

RULES = load(sorted(bundled_agents().glob("*/rules")))[0]
ENGINE = casecheck.engine(RULES)


def test_the_case_files_are_well_formed() -> None:
    assert [problem for path in case_files("typing") for problem in problems_of(path)] == []


@each(cases("typing"))
def test_typing(at: CaseAt, update_cases: bool) -> None:
    check(at, ENGINE, update=update_cases)


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_half_typed_does_not_parse_as_a_whole_either(name: str) -> None:
    choice = random.Random(name)
    language = language_of(name)
    before = parse(language, SOURCES[name])
    seen = wrong = 0
    for _ in range(400):
        start = choice.randrange(len(before.text) + 1)
        end = min(len(before.text), start + choice.choice((0, 0, 0, 1, 2, 7)))
        typed = "".join(choice.choices(FRAGMENTS, k=choice.randrange(3)))
        text = before.text[:start] + typed + before.text[end:]
        change = half_typed(before, text)
        if change is None:
            continue
        seen += 1
        wrong += not parse(language, text).has_error
        changes = Changes((change,))
        for place in (TextRange(0, 0), TextRange(len(before.text), len(before.text)), change.removed):
            moved = changes.forward(place)
            assert moved is None or (changes.back(moved) == place and len(moved) == len(place))
        assert changes.undone(before.text, text) == before.text
    assert seen > 40
    # Go's grammar takes statements outside of functions, which no compiler does: a file may parse that is broken.
    assert wrong <= (seen / 50 if name == "go" else 0)


def test_only_the_member_of_a_class_around_the_change_is_parsed() -> None:
    source = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"
    python = by_id("python")
    assert python is not None
    change = half_typed(parse(python, source), source.replace("return 1", "return (1"))
    assert change is not None
    assert source[change.region.start : change.region.end].startswith("def f")
    assert "def g" not in source[change.region.start : change.region.end]


def test_statements_that_were_broken_before_have_to_be_parsed_with_all_others() -> None:
    python = by_id("python")
    assert python is not None
    broken = parse(python, "x = (\n\n\ndef f():\n    return 1\n")
    assert broken.has_error
    assert half_typed(broken, broken.text.replace("(", "((")) is None


def test_a_comment_that_something_below_ends_has_to_be_parsed_with_all_others() -> None:
    source = "f();\ng();\n/* x */\nh();\n"
    javascript = by_id("javascript")
    assert javascript is not None
    before = parse(javascript, source)
    assert half_typed(before, source.replace("f();", "/* f();")) is None
    assert half_typed(before, source.replace("f();", "/ f();")) is not None


def test_something_else_is_typed_while_a_statement_is_half_typed() -> None:
    python = by_id("python")
    assert python is not None
    whole = (
        "import requests\n\n\ndef first():\n    return 1\n\n\ndef middle(url):\n    return requests.get(url)\n\n\n"
        "def last(url):\n    return 2\n"
    )
    steps = [
        # Each replaces a text, and says how many findings there are then and how many statements are half typed.
        ("return 1", "return (1", 1, 1),
        ("return 2", "return requests.get(url)", 2, 1),
        ("def last(url):\n", "def last(url):\n    rows =\n", 2, 2),
        ("def middle(url):\n", "def middle(url):\n    requests.get(url)\n", 3, 2),
        ("return (1", "return (1, ", 3, 2),
        ("return (1, ", "return 1", 3, 1),
        ("    rows =\n", "    rows = []\n", 3, 0),
    ]
    text, analysis = whole, analysed("shop.py", python, whole, RULES)
    for old, new, findings, broken in steps:
        text = text.replace(old, new)
        analysis = analysed("shop.py", python, text, RULES, analysis)
        assert {text[one.range.start : one.range.end] for one in analysis.findings} == {"requests.get(url)"}
        assert len(analysis.findings) == findings
        assert len(analysis.changes.items if isinstance(analysis, Carried) else ()) == broken
    assert analysis.findings == analysed("shop.py", python, text, RULES).findings


def test_what_is_half_typed_in_two_places_may_be_whole_together() -> None:
    javascript = by_id("javascript")
    assert javascript is not None
    whole = "f();\n\ng();\n\nh();\n\neval(x);\n\ni();\n\nj();\n\nk();\n"
    opened = whole.replace("f();", "f(() => {")
    closed = opened.replace("k();", "});\nk();")
    analysis = analysed("a.js", javascript, whole, RULES)
    for text in (opened, closed):
        analysis = analysed("a.js", javascript, text, RULES, analysis)
    assert not isinstance(analysis, Carried)
    assert analysis.findings == analysed("a.js", javascript, closed, RULES).findings


def test_a_class_that_is_opened_above_a_half_typed_method_takes_it_in() -> None:
    python = by_id("python")
    assert python is not None
    whole = (
        "import requests\n\n\nclass A:\n    def f(self):\n        return 1\n\n    def g(self, url):\n"
        "        return requests.get(url)\n\n\ndef z(url):\n    return requests.get(url)\n"
    )
    half = whole.replace("return 1", "return (1")
    analysis = analysed("shop.py", python, whole, RULES)
    for text in (half, half.replace("class A:", "class A(:")):
        analysis = analysed("shop.py", python, text, RULES, analysis)
        assert analysis.syntax_errors()
        # The error at the end of one method says nothing of the next.
        assert [text[one.range.start : one.range.end] for one in analysis.findings] == ["requests.get(url)"] * 2
