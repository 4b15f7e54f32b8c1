"""Rule files: what loads, what is told and where, shadowing, and files made to hurt."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from oldhand.findings import Confidence, Severity
from oldhand.rules import load
from oldhand.rules.rule import Rule, RuleSet


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), "utf-8")
    return path


def one(text: str) -> Rule:
    (rule,), problems = load.parse("rules/a.yaml", dedent(text))
    assert problems == ()
    return rule


def told(text: str) -> list[str]:
    """The problems of a text, each with its line, and `!` where they cost the rule."""
    _, problems = load.parse("rules/a.yaml", dedent(text))
    return [f"{problem.line}{'!' if problem.fatal else ''} {problem.message}" for problem in problems]


def test_plain_ast_grep_rule_has_defaults() -> None:
    rule = one("id: no-eval\nlanguage: Python\nrule:\n  pattern: eval($X)\n")
    assert (rule.id, rule.category, rule.languages, rule.severity) == ("no-eval", "custom", ("python",), Severity.HINT)
    assert (rule.confidence, rule.cwe, rule.also) == (Confidence.MEDIUM, (), ())
    assert rule.spec == {"pattern": "eval($X)"}
    assert rule.message == "This is what the rule no-eval looks for."
    assert (rule.path, rule.line) == ("rules/a.yaml", 1)


def test_rule_with_everything() -> None:
    rule = one(
        """
        # Notes about the file.
        ---
        id: resilience/http-no-timeout
        language: [py, ts]
        severity: warning
        message: "`$F` has no timeout."
        note: |
          A slow peer pins this worker.
        url: https://example.org/timeouts
        files: ["src/**/*.py", {glob: "lib/**", caseInsensitive: true}]
        ignores: tests/**
        rule: {pattern: "$F($$$)", matches: get}
        utils: {get: {regex: "get"}}
        constraints: {F: {regex: "^requests"}}
        fix: {add-arg: "timeout=10", safety: suggested}
        taint: {sinks: [x]}
        metadata: {confidence: high, cwe: [CWE-400], why: It hangs., remedy: Set one., also: [S113, B113], area: net}
        """
    )
    assert (rule.category, rule.languages) == ("resilience", ("python", "typescript", "tsx"))
    assert (rule.severity, rule.confidence) == (Severity.WARNING, Confidence.HIGH)
    assert (rule.note, rule.url) == ("A slow peer pins this worker.", "https://example.org/timeouts")
    assert (rule.why, rule.remedy) == ("It hangs.", "Set one.")
    assert (rule.cwe, rule.also) == (("CWE-400",), ("S113", "B113"))
    assert (rule.files, rule.ignores) == (("src/**/*.py", "lib/**"), ("tests/**",))
    assert rule.constraints == {"F": {"regex": "^requests"}}
    assert rule.utils == {"get": {"regex": "get"}}
    assert rule.fix == {"add-arg": "timeout=10", "safety": "suggested"}
    assert rule.taint == {"sinks": ["x"]}
    assert rule.line == 4


def test_several_rules_in_a_file_stand_for_themselves() -> None:
    rules, problems = load.parse(
        "a.yaml",
        "id: a/one\nlanguage: go\nrule: {kind: x}\n---\nid: 7\n---\nid: a/two\nlanguage: java\nrule: {kind: y}\n",
    )
    assert [rule.id for rule in rules] == ["a/one", "a/two"]
    assert {5} == {problem.line for problem in problems}


def test_yaml_is_read_as_ast_grep_reads_it() -> None:
    rule = one("id: a\nlanguage: python\nrule: {regex: yes}\nmetadata: {why: 2020-01-01, remedy: on}\n")
    assert (rule.spec, rule.why, rule.remedy) == ({"regex": "yes"}, "2020-01-01", "on")


def test_switched_off_rule_is_left_out_without_a_word() -> None:
    assert load.parse("a.yaml", "id: a\nlanguage: python\nseverity: off\nrule: {kind: call}\n") == ((), ())


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("- a\n", ["1! A rule is a mapping of keys to values."]),
        ("just text\n", ["1! A rule is a mapping of keys to values."]),
        (
            "id: a\nlanguage: python\n",
            ["1! The rule says nothing to look for: it has no rule, taint, loop, sequence or sql."],
        ),
        ("language: python\nrule: {kind: x}\n", ["1! The rule has no id."]),
        (
            "id: a b\nlanguage: python\nrule: {kind: x}\n",
            ["1! The rule has an id with other characters than letters, digits and . _ / -."],
        ),
        (
            "id: a\nlanguage: [python, ruby]\nrule: {kind: x}\n",
            ["2 The language ruby is not one that is reviewed."],
        ),
        (
            "id: a\nlanguage: ruby\nrule: {kind: x}\n",
            [
                "2 The language ruby is not one that is reviewed.",
                "2! The rule is left out: it is for no language that is reviewed.",
            ],
        ),
        ("id: a\nrule: {kind: x}\n", ["1! The rule is left out: it is for no language that is reviewed."]),
        (
            "id: a\nlanguage: python\nrule: {kind: x}\nseverty: error\n",
            ["4 The key severty is not known and is passed over."],
        ),
        (
            "id: a\nlanguage: python\nrule: {kind: x}\ntransform: {}\n",
            ["4! The key transform is not supported; the rule is left out."],
        ),
        (
            "id: a\nlanguage: python\nseverity: fatal\nrule: {kind: x}\n",
            ["3! The value of severity is not one of error, warning, info, hint, off."],
        ),
        ("id: a\nlanguage: python\nrule: kind\n", ["3! The value of rule is not a mapping."]),
        ("id: a\nlanguage: python\nrule:\n", ["3! The value of rule is not a mapping."]),
        ("id: a\nlanguage: python\nrule: {kind: x}\nmessage: [a]\n", ["4! The value of message is not a string."]),
        (
            "id: a\nlanguage: python\nrule: {kind: x}\nfix: [a]\n",
            ["4! The value of fix is not a template or a mapping."],
        ),
        ("id: a\nlanguage: python\nrule: {kind: x}\nfiles: [1]\n", ["4! The value of files is not a list of globs."]),
        (
            "id: a\nlanguage: python\nrule: {kind: x}\nmetadata:\n  cwe: 7\n  confidence: sure\n",
            [
                "6 The value of metadata.confidence is not one of low, medium, high.",
                "5 The value of metadata.cwe is not a list of strings.",
            ],
        ),
        (
            "id: a\nlanguage: python\nrule: {kind: x}\nfix: [{template: a, title: b}, {template: c, title: d}]\n",
            ["4 Of several fixes only the first is offered."],
        ),
        ("id: a\nid: b\n", ["2! The key id is there twice."]),
        (
            "id: a\n  language: python\n",
            ["2! This is not valid YAML: mapping values are not allowed in this context."],
        ),
        ("id: !!python/name:os.system a\n", ["1! The tag tag:yaml.org,2002:python/name:os.system is not supported."]),
        ("id: *a\n", ["1! The alias *a has no anchor above it."]),
        ("id: &a [*a]\n", ["1! An alias contains itself, or aliases nest too deep."]),
        ("{[a]: b}\n", ["1! A key is not a string."]),
        ("id: a\x07\n", ["1! A character is not allowed in YAML: control characters are not allowed."]),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, problems: list[str]) -> None:
    assert problems == told(text)


def test_rules_before_a_syntax_error_run() -> None:
    rules, problems = load.parse("a.yaml", "id: a\nlanguage: python\nrule: {kind: x}\n---\nid: [\n")
    assert [rule.id for rule in rules] == ["a"]
    assert [problem.fatal for problem in problems] == [True]


def test_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert told("\n".join(lines)) == ["1! The document has more than 100000 values."]


@pytest.mark.parametrize("text", ["[" * 100, "{a: " * 100, "- " * 50_000])
def test_deep_nesting_is_refused(text: str) -> None:
    assert told(text) == ["1! The values are nested more than 64 deep."]


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000])
def test_absurd_nesting_is_refused_by_whoever_sees_it_first(text: str) -> None:
    (problem,) = told(text)
    assert "nest" in problem


def test_long_file_is_refused() -> None:
    assert told("#" * 1_048_577) == ["1! The file is longer than 1048576 characters."]


def test_folder_is_walked_and_its_catalog_read(tmp_path: Path) -> None:
    write(tmp_path, "catalog.yaml", 'calls: [a.b]\nbroken: ["@none"]\n')
    write(tmp_path, "query/one.yaml", 'id: query/one\nlanguage: python\nrule: {callee: "@calls"}\n')
    write(tmp_path, "auth/deep/two.yml", "id: auth/two\nlanguage: go\nrule: {kind: x}\n")
    write(tmp_path, "auth/notes.md", "id: no\n")
    write(tmp_path, "auth/broken.yaml", "id: [\n")
    rules, problems = load.load([tmp_path])
    assert [rule.id for rule in rules.rules] == ["auth/two", "query/one"]
    assert rules.catalog == {"calls": ("a.b",)}
    assert [(Path(each.path).name, each.line) for each in problems] == [("broken.yaml", 2), ("catalog.yaml", 2)]
    assert [rule.id for rule in rules.for_language("python")] == ["query/one"]
    assert rules.for_language("java") == ()
    assert [rule.id for rule in rules.named("auth/two")] == ["auth/two"]


def test_single_file_and_lists_of_another_path(tmp_path: Path) -> None:
    write(tmp_path, "bundled/catalog.yaml", "calls: [a.b]\n")
    own = write(tmp_path, "own.yaml", 'id: mine\nlanguage: python\nrule: {callee: ["@calls"]}\n')
    rules, problems = load.load([tmp_path / "bundled", own])
    assert problems == ()
    assert [rule.spec for rule in rules.rules] == [{"callee": ["a.b"]}]


def test_file_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"id: a\nmessage: caf\xe9\n")
    rules, problems = load.load([tmp_path, tmp_path / "missing.yaml"])
    assert rules.rules == ()
    assert [
        (str(tmp_path / "latin.yaml"), 2, "The file is not UTF-8."),
        (str(tmp_path / "missing.yaml"), 0, "It can not be read: No such file or directory."),
    ] == [(problem.path, problem.line, problem.message) for problem in problems]


def test_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfid: a\r\nlanguage: python\r\nrule: {kind: x}\r\n")
    rules, problems = load.load([tmp_path])
    assert ([rule.id for rule in rules.rules], problems) == (["a"], ())


def test_second_rule_of_an_id_is_left_out_for_the_languages_they_share(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "id: x\nlanguage: [python, go]\nrule: {kind: one}\n")
    write(tmp_path, "b.yaml", "id: x\nlanguage: [go, java]\nrule: {kind: two}\n")
    rules, (problem,) = load.load([tmp_path])
    assert [rule.languages for rule in rules.named("x")] == [("python", "go"), ("java",)]
    place = tmp_path / "a.yaml"
    assert f"The rule x was read before, from {place}:1, for go; the earlier one is used." == problem.message
    assert (str(tmp_path / "b.yaml"), True) == (problem.path, problem.fatal)


def test_same_id_for_other_languages_is_no_clash(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "id: x\nlanguage: py\nrule: {kind: a}\n---\nid: x\nlanguage: go\nrule: {kind: b}\n")
    rules, problems = load.load([tmp_path])
    assert (len(rules.named("x")), problems) == (2, ())


def test_later_path_shadows_an_earlier_one_and_says_so(tmp_path: Path) -> None:
    write(tmp_path, "bundled/x.yaml", "id: x\nlanguage: [python, go]\nrule: {kind: theirs}\n")
    write(tmp_path, "bundled/catalog.yaml", "calls: [a]\nothers: [b]\n")
    write(tmp_path, "own/x.yaml", "id: x\nlanguage: python\nrule: {kind: ours}\n")
    write(tmp_path, "own/catalog.yaml", "calls: [c]\n")
    rules, problems = load.load([tmp_path / "bundled", tmp_path / "own"])
    assert [rule.spec for rule in rules.for_language("python")] == [{"kind": "ours"}]
    assert [rule.spec for rule in rules.for_language("go")] == [{"kind": "theirs"}]
    assert rules.catalog == {"calls": ("c",), "others": ("b",)}
    assert [
        "The list calls takes the place of one that was read before.",
        f"The rule x takes the place of the one in {tmp_path / 'bundled/x.yaml'}:1 for python.",
    ] == [problem.message for problem in problems]
    assert not any(problem.fatal for problem in problems)


def test_a_set_is_made_of_rules_in_their_order() -> None:
    first, second = one("id: a\nlanguage: go\nrule: {kind: x}\n"), one("id: b\nlanguage: go\nrule: {kind: x}\n")
    rules = RuleSet((first, second))
    assert (first, second) == rules.for_language("go")
    assert {first, second} == set(rules.rules)
