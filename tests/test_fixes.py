"""Fixes of rules: templates, verbs and imports, applied to a source."""

from __future__ import annotations

from pathlib import Path

import pytest
from fences import Section, sections
from oldhand.findings import Applicability, Fix
from oldhand.rules import load
from oldhand.rules.dialect.match import Env, Run
from oldhand.rules.dialect.matchers import compile_rule
from oldhand.rules.fixes.fix import PendingFix, compile_fix, pending_fix
from oldhand.rules.rule import Rule
from oldhand.syntax.languages import Language, by_id
from oldhand.syntax.tree import parse
from oldhand.text.edits import TextEdit, apply
from oldhand.text.ranges import TextRange

CASES = Path(__file__).parent / "cases" / "fixes"
LANGUAGES = ("python", "javascript", "typescript", "tsx", "go", "java")


def language_of(name: str) -> Language:
    language = by_id(name)
    assert language is not None
    return language


def rule_of(text: str, language: str) -> Rule:
    (rule,), problems = load.parse("rule.yaml", f"id: a/rule\nlanguage: {language}\n{text}")
    assert problems == ()
    return rule


def fixes(rule: Rule, language: Language, source: str) -> list[Fix | None]:
    """The fix of each match in text order, None for a match that has none."""
    assert rule.spec is not None
    matcher = compile_rule(rule.spec, language, rule.utils, rule.constraints)
    compile_fix(rule, language, matcher.captures)
    tree = parse(language, source)
    found: list[Fix | None] = []
    for node in tree.root().descendants():
        env = Env()
        if matcher.match(node, env, Run()):
            pending = pending_fix(rule, node, env)
            assert pending is not None
            found.append(pending.at(0, source, tree))
    return found


def fixed(rule: Rule, language: Language, source: str) -> tuple[str, str]:
    """The source with the first match fixed, and the fix's title; the source as it is where there is no fix."""
    fix = next(iter(fixes(rule, language, source)))
    return (apply(source, fix.edits), fix.title) if fix is not None else (source, "")


@pytest.mark.parametrize("section", sections(CASES), ids=str)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_fix(section: Section, newline: str) -> None:
    name, source = section.first(LANGUAGES)
    language = language_of(name)
    text, title = fixed(rule_of(section["yaml"], name), language, source.replace("\n", newline))
    assert section.blocks.get("fixed", source) == text.replace(newline, "\n")
    assert section.blocks.get("title", title).strip() == title
    assert text.count("\n") == text.count(newline), "the lines end as the document's do"
    assert not parse(language, text).has_error


@pytest.mark.parametrize(
    ("fix", "message"),
    [
        ("f($B)", "The fix uses $B, which the rule does not capture."),
        ("{template: f(), safety: certain}", "The safety of a fix is safe or suggested, not certain."),
        ("{template: [a]}", "The value of template is a text."),
        ("{tempalte: a}", "The key tempalte is not known in a fix."),
        ("{template: a, wrap: b}", "A fix has one of template, wrap, add-arg, remove-arg, replace-arg, replace-callee"),
        ("{title: nothing}", "A fix has one of template, wrap, add-arg, remove-arg, replace-arg, replace-callee"),
        (
            "{expandEnd: {regex: x}}",
            "A fix has no expandEnd without template.",
        ),
        ("{template: a, expandEnd: x}", "The value of expandStart and expandEnd is a rule."),
        ("{template: a, expandEnd: {kind: nothing}}", "python has no node of the kind nothing."),
        ("{wrap: g()}", "The template of wrap has $SELF where the code itself goes."),
        ("{add-arg: [x, y]}", "The value of add-arg is a text, or an argument's place, from 0, and a text."),
        ("{replace-arg: x}", "The value of replace-arg is an argument's place or name, and a text."),
        ("{remove-arg: [1]}", "An argument is named by its place, from 0, or by its name."),
        ("{ensure-import: [a]}", "The value of ensure-import is a statement."),
        ("{ensure-import: import a; import b}", "ensure-import takes one import of one thing"),
        ("{ensure-import: 'import { a } from \"b\"'}", "ensure-import takes one import of one thing"),
    ],
)
def test_fix_that_can_not_be_read_is_refused(fix: str, message: str) -> None:
    rule = rule_of(f"rule: {{pattern: f($A)}}\nfix: {fix}", "python")
    with pytest.raises(ValueError, match=r"\w") as refused:
        compile_fix(rule, language_of("python"), frozenset({"A"}))
    assert str(refused.value).startswith(message)


def test_import_is_for_languages_where_it_is_known() -> None:
    rule = rule_of("rule: {kind: call_expression}\nfix: {ensure-import: 'import \"a\"'}", "go")
    with pytest.raises(ValueError, match="ensure-import is not for go"):
        compile_fix(rule, language_of("go"))


def test_safety_is_suggested_unless_the_rule_says_safe() -> None:
    python = language_of("python")
    for keys, applicability in (("{template: g()}", "suggested"), ("{template: g(), safety: safe}", "safe")):
        (fix,) = fixes(rule_of(f"rule: {{pattern: f()}}\nfix: {keys}", "python"), python, "f()\n")
        assert fix is not None
        assert fix.applicability is Applicability(applicability)


def test_rule_without_fix_has_none() -> None:
    python = language_of("python")
    rule = rule_of("rule: {pattern: f()}", "python")
    assert compile_fix(rule, python) is None
    assert pending_fix(rule, parse(python, "f()").root(), Env()) is None


def test_fix_of_a_part_of_a_document_is_in_the_document() -> None:
    python = language_of("python")
    rule = rule_of('rule: {pattern: f($A)}\nfix: {wrap: "g(\\n    $SELF,\\n)", ensure-import: import g}', "python")
    part = "f(1)"
    document = f"if x:\n    {part}\n"
    node = parse(python, part).root().children[0].children[0]
    pending = pending_fix(rule, node, Env())
    assert pending is not None
    fix = pending.at(document.index(part), document, parse(python, document))
    assert fix is not None
    assert apply(document, fix.edits) == "import g\n\nif x:\n    g(\n        f(1),\n    )\n"


def test_known_edits_are_moved_to_their_place() -> None:
    rule = rule_of("sql: {statement: select}\nfix: {edits: [], title: Do it, safety: safe}", "sql")
    fix = PendingFix.of_edits(rule, [TextEdit(TextRange(1, 2), "x")]).at(10, "", None)
    assert fix == Fix("Do it", (TextEdit(TextRange(11, 12), "x"),), Applicability.SAFE)
    assert compile_fix(rule, language_of("sql")) is None
