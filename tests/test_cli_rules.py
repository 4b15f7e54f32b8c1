"""What `oldhand rules explain` shows is true."""

from __future__ import annotations

from oldhand.cli.explanation import Examples, examples
from oldhand.resources import bundled_agents
from oldhand.review import run
from oldhand.review.document import Document
from oldhand.rules.load import load
from oldhand.rules.rule import Rule, RuleSet
from oldhand.settings import Settings

RULES = load(sorted(bundled_agents().glob("*/rules")))[0]


def reported(rule: Rule, code: str) -> bool:
    """Whether the rule finds something in the code, in one of its languages."""
    own = RuleSet(RULES.named(rule.id), RULES.catalog)
    reviews = (run.review(Document.open("example", None, name, code), own, Settings()) for name in rule.languages)
    return any(finding.rule == rule.id for review in reviews for finding in review.findings)


def test_examples_of_the_bundled_rules_are_examples():
    wrong = []
    for rule in RULES.rules:
        given = examples(rule)
        if given.bad and not reported(rule, given.bad):
            wrong.append(f"{rule.id} says nothing about its bad example")
        if given.good and reported(rule, given.good):
            wrong.append(f"{rule.id} reports its good example")
        if bool(given.bad) != bool(given.good):
            wrong.append(f"{rule.id} has one example without the other")
    assert wrong == []


def test_rule_whose_file_is_gone_has_no_examples(tmp_path):
    path = tmp_path / "rule.yaml"
    path.write_text(
        "id: a/b\nlanguage: [python]\nmessage: x\nrule: {pattern: f($X)}\nmetadata: {examples: {bad: f(1)}}\n"
    )
    (rule,) = load([path])[0].rules
    assert examples(rule) == Examples("f(1)", "")
    path.unlink()
    assert examples(rule) == Examples()
