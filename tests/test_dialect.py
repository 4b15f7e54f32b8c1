"""The rule dialect: what patterns, relations and compositions match, capture, refuse, and how they are bounded."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from fences import Section, sections
from hypothesis import given, settings
from hypothesis import strategies as st
from oldhand.rules.dialect.match import Check, Env, Matcher, Run, StepsExceeded
from oldhand.rules.dialect.matchers import compile_rule
from oldhand.rules.dialect.regexes import search, words
from oldhand.syntax.languages import Language, by_id
from oldhand.syntax.node import Node
from oldhand.syntax.tree import parse

CASES = Path(__file__).parent / "cases" / "dialect"
LANGUAGES = ("python", "javascript", "typescript", "tsx", "go", "java")


def language_of(name: str) -> Language:
    language = by_id(name)
    assert language is not None
    return language


def compiled(text: str, language: Language) -> Matcher:
    keys = yaml.safe_load(text)
    return compile_rule(keys["rule"], language, keys.get("utils"), keys.get("constraints"))


def one_line(text: str) -> str:
    return " ".join(text.split())


def shown(node: Node, env: Env) -> str:
    singles = [f"{name}: {one_line(captured.text)}" for name, captured in env.single.items()]
    multis = [f"{name}: {' '.join(one_line(node.text) for node in nodes)}" for name, nodes in env.multi.items()]
    return " | ".join([one_line(node.text), *(f"{part}".rstrip() for part in (*singles, *multis))])


def matches(matcher: Matcher, source: str, language: Language) -> list[str]:
    found: list[str] = []
    run = Run()
    for node in parse(language, source).root().descendants():
        env = Env()
        if matcher.match(node, env, run):
            assert matcher.kinds is None or node.kind in matcher.kinds
            assert all(any(word in node.text for word in words) for words in matcher.words)
            assert {*env.single, *env.multi} <= matcher.captures
            found.append(shown(node, env))
        else:
            assert env.mark() == (0, 0), "what does not match captures nothing"
    return found


@pytest.mark.parametrize("section", [each for each in sections(CASES) if "hits" in each.blocks], ids=str)
def test_rule_matches(section: Section) -> None:
    name, source = section.first(LANGUAGES)
    language = language_of(name)
    assert section["hits"].splitlines() == matches(compiled(section["yaml"], language), source, language)


@pytest.mark.parametrize("section", [each for each in sections(CASES) if "refused" in each.blocks], ids=str)
def test_rule_is_refused(section: Section) -> None:
    with pytest.raises(ValueError, match=r"\w") as refused:
        compiled(section["yaml"], language_of("python"))
    assert section["refused"].strip() == str(refused.value)


def nested(depth: int) -> str:
    return "f(" * depth + ")" * depth + "\n"


@pytest.mark.parametrize(
    "rule",
    [
        "rule: {kind: call, has: {kind: call, has: {pattern: 'g()', stopBy: end}, stopBy: end}}",
        "rule: {kind: call, inside: {kind: call, not: {has: {pattern: 'g()', stopBy: end}}, stopBy: end}}",
        "rule: {kind: call, has: {regex: 'g', stopBy: end}}",
    ],
)
def test_relations_in_relations_stop_at_the_budget(rule: str) -> None:
    python = language_of("python")
    matcher = compiled(rule, python)
    nodes = list(parse(python, nested(400)).root().descendants())
    run = Run(steps=20_000)
    with pytest.raises(StepsExceeded):
        [matcher.match(node, Env(), run) for node in nodes]
    assert run.steps < 0


@pytest.mark.parametrize(
    "rule",
    [
        "rule: {pattern: 'f($A)'}",
        "rule: {pattern: '$A == $A'}",
        "rule: {pattern: 'f($$$)', inside: {kind: module, stopBy: end}, has: {pattern: 'nothing', stopBy: end}}",
    ],
)
def test_deep_trees_are_no_recursion(rule: str) -> None:
    python = language_of("python")
    deep = nested(3_000).strip()
    matcher = compiled(rule, python)
    run = Run(steps=100_000_000)
    for node in list(parse(python, f"{deep} == {deep}\n").root().descendants())[:50]:
        matcher.match(node, Env(), run)


def test_utility_within_itself_stops_in_deep_trees() -> None:
    python = language_of("python")
    matcher = compiled(
        "utils: {deep: {any: [{pattern: 'g()'}, {kind: call, has: {matches: below, stopBy: end}}]},"
        " below: {matches: deep}}\nrule: {matches: deep}",
        python,
    )
    with pytest.raises(StepsExceeded):
        matcher.match(next(iter(parse(python, nested(400)).root().descendants())).children[0].children[0], Env(), Run())


def test_predicates_are_rule_keys() -> None:
    def has_letters(value: object, language: Language) -> Check:
        assert language.id == "python"
        return lambda node, env, run: len(node.text) == value

    told = frozenset({frozenset({"word"})})

    def in_context(value: object, language: Language) -> Matcher:
        return Matcher(lambda node, env, run: run.context == value, frozenset({"identifier"}), told)

    python = language_of("python")
    rule = {"letters": 3, "context": "here", "not": {"letters": 4, "regex": "x"}}
    matcher = compile_rule(rule, python, predicates={"letters": has_letters, "context": in_context})
    assert frozenset({"identifier"}) == matcher.kinds
    assert matcher.words == told
    nodes = list(parse(python, "abc + ab\n").root().descendants())
    assert [node.text for node in nodes if node.kind == "identifier" and matcher.match(node, Env(), Run("here"))] == [
        "abc"
    ]
    assert not any(matcher.match(node, Env(), Run("elsewhere")) for node in nodes)


@pytest.mark.parametrize(
    ("rule", "kinds", "words"),
    [
        ("rule: {pattern: 'requests.get($$$)'}", {"call"}, {"requests", "get"}),
        ("rule: {any: [{pattern: 'a.get()'}, {pattern: 'b.get()'}]}", {"call"}, {"get"}),
        ("rule: {any: [{kind: call}, {regex: x}]}", None, set()),
        ("rule: {all: [{any: [{kind: call}, {kind: string}]}, {any: [{kind: string}]}]}", {"string"}, set()),
        ("rule: {kind: call, not: {pattern: 'f()'}}", {"call"}, set()),
        ("rule: {kind: call, inside: {pattern: 'f($A)', stopBy: end}}", {"call"}, set()),
        ("rule: {kind: call, has: {pattern: 'f_x($A)', stopBy: end}}", {"call"}, {"f_x"}),
        ("rule: {matches: u}\nutils: {u: {pattern: 'x = y'}}", {"assignment"}, set()),
        ("rule: {pattern: {context: 'f(x)', strictness: signature}}", {"call"}, set()),
        ("rule: {pattern: {context: 'f(x)', strictness: template}}", None, set()),
        ("rule: {pattern: '$A'}", None, set()),
        ("rule: {pattern: 'open(f, \"rb\")'}", {"call"}, {"open", "rb"}),
        ("rule: {kind: identifier, regex: '^get_user$'}", {"identifier"}, {"get_user"}),
        ("rule: {kind: attribute, regex: 'os\\.path'}", {"attribute"}, {"os.path"}),
        ("rule: {kind: identifier, regex: '^get.*$'}", {"identifier"}, {"get"}),
        ("rule: {any: [{pattern: 'abc()'}, {regex: '^xyz(1|2)$|uvw?'}]}", None, set()),
        ("rule: {any: [{pattern: 'abc()'}, {regex: '^xyz(1|2)$|uvwx?'}]}", None, {"abc|uvw|xyz"}),
        ("rule: {kind: string, regex: '[abc]{3}|long'}", {"string"}, set()),
        ("rule: {kind: identifier, regex: '(?i)get'}", {"identifier"}, set()),
    ],
)
def test_kinds_and_words_of_a_rule(rule: str, kinds: set[str] | None, words: set[str]) -> None:
    matcher = compiled(rule, language_of("python"))
    found = {"|".join(sorted(alternatives)) for alternatives in matcher.words}
    assert (kinds, words) == (matcher.kinds if matcher.kinds is None else set(matcher.kinds), found)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[0-9_]{1,5}$",
        r"a{2}bcd|efg+h{0,20}ijk",
        r"(^|\.)CERT_NONE$|^['\"](NONE|none)['\"]xyz",
        r"[^]abc]def|[[:digit:]]ghi|\{lmn\}",
        r"one\(two\)?three|f\w+our|five?s",
        r"((a|b)c(d(e)))fgh|ijk[)(|]lmn",
    ],
)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_words_of_an_expression_stand_in_all_that_it_matches(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern.replace("[[:digit:]]", "[0-9]")))
    wanted = words(pattern)
    if search(pattern)(text):
        assert not wanted or any(word in text for word in wanted)
