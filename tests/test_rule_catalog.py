"""Catalogs of shared lists: where their names are replaced, and what is told of them."""

from __future__ import annotations

from textwrap import dedent

import pytest
from oldhand.rules import load
from oldhand.rules.catalog import Catalog
from oldhand.rules.rule import Rule


def one(text: str, lists: Catalog) -> Rule:
    (rule,), problems = load.parse("rules/a.yaml", dedent(text), lists)
    assert problems == ()
    return rule


def told(text: str, lists: Catalog) -> list[str]:
    """The problems of a text, each with its line, and `!` where they cost the rule."""
    _, problems = load.parse("rules/a.yaml", dedent(text), lists)
    return [f"{problem.line}{'!' if problem.fatal else ''} {problem.message}" for problem in problems]


CATALOG = """
http-calls: [requests.get, "@more"]
more: [httpx.get, requests.get]
round: ["@about"]
about: ["@round"]
hole: ["@nothing"]
"""


def catalog() -> Catalog:
    lists = Catalog()
    assert lists.read("catalog.yaml", CATALOG) == []
    return lists


def test_names_of_lists_are_replaced_in_our_keys_and_nowhere_else() -> None:
    rule = one(
        """
        id: a
        language: python
        rule:
          pattern: "@more"
          callee: [open, "@http-calls"]
          not: {has: {callee: "@more", regex: "@more"}}
          any: [{callee: "@more"}, {kind: call}]
        utils: {u: {callee: "@more"}}
        taint: {sources: ["@more", x], sinks: [{callee: "@more", arg: 0}]}
        """,
        catalog(),
    )
    more = ["httpx.get", "requests.get"]
    assert {
        "pattern": "@more",
        "callee": ["open", "requests.get", "httpx.get"],
        "not": {"has": {"callee": more, "regex": "@more"}},
        "any": [{"callee": more}, {"kind": "call"}],
    } == rule.spec
    assert {"u": {"callee": more}} == rule.utils
    assert {"sources": [*more, "x"], "sinks": [{"callee": more, "arg": 0}]} == rule.taint


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nowhere", "3! The catalog has no list @nowhere."),
        ("hole", "3! The catalog has no list @nothing (in @hole)."),
        ("round", "3! The list @round includes itself: round > about > round."),
    ],
)
def test_lists_that_can_not_be_had_cost_the_rule(name: str, problem: str) -> None:
    assert [problem] == told(f'id: a\nlanguage: python\nrule: {{callee: ["@{name}"]}}\n', catalog())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a\n", "1! A catalog maps names to lists."),
        ("a: [x]\nb: [1]\n", "2! The catalog's b is not a list of strings."),
        ("a b: [x]\n", '1 The list "a b" can not be named: a name has letters, digits and . _ / - only.'),
        ("a: [\n", "2! This is not valid YAML: while parsing a flow node did not find expected node content."),
    ],
)
def test_what_is_wrong_in_a_catalog_is_told(text: str, problem: str) -> None:
    (found,) = Catalog().read("catalog.yaml", text)
    assert problem == f"{found.line}{'!' if found.fatal else ''} {found.message}"
