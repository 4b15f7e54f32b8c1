"""Every case of every rule; the cases themselves are the Markdown files below cases/rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from casefile import CASES, CaseAt, case_files, cases, check, each, problems_of
from oldhand.resources import bundled_agents
from oldhand.review import casecheck
from oldhand.review.casefile import parse
from oldhand.rules.compile import program
from oldhand.rules.load import load
from oldhand.rules.rule import Rule
from oldhand.syntax.languages import LANGUAGES, Language

RULES, PROBLEMS = load(sorted(bundled_agents().glob("*/rules")))
ENGINE = casecheck.engine(RULES)
ALL = cases("rules")


def test_the_bundled_rules_load_without_a_problem() -> None:
    assert [str(problem) for problem in PROBLEMS] == []


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.id)
def test_the_bundled_rules_compile(language: Language) -> None:
    assert [str(problem) for problem in program(RULES, language).failed] == []


@pytest.mark.parametrize("path", case_files("rules"), ids=lambda path: str(path.relative_to(CASES)))
def test_case_file_is_well_formed(path: Path) -> None:
    assert [str(problem) for problem in problems_of(path)] == []


@each(ALL)
def test_case(at: CaseAt, update_cases: bool) -> None:
    assert list(casecheck.unruled(at.case, RULES, at.rule)) == []
    check(at, ENGINE, only=at.rule, update=update_cases)


def test_the_example_in_the_readme_passes() -> None:
    readme = CASES.parent / "README.md"
    example = readme.read_text(encoding="utf-8").split("````markdown\n")[1].split("````\n")[0]
    examples, problems = parse(example, str(readme))
    assert (len(examples), problems) == (2, ())
    for case in examples:
        assert casecheck.check(case, ENGINE, "resilience/http-no-timeout").failures == ()


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: f"{rule.id}-{'-'.join(rule.languages)}")
def test_rule_has_cases_that_it_reports_and_cases_that_it_does_not(rule: Rule) -> None:
    sources = [source for at in ALL if at.rule == rule.id for source in at.case.sources]
    reported = [source.block.marked.marks != () for source in sources if source.language.id in rule.languages]
    assert True in reported, f"no case shows {rule.id} reporting on {' or '.join(rule.languages)}"
    assert False in reported, f"no case shows code on which {rule.id} is rightly silent"
