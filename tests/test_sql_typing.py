"""SQL that is typed: a state that is checked on from the one before it is as if it were new, and what is half typed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from casefile import cases
from oldhand.resources import bundled_agents
from oldhand.review.marks import read
from oldhand.rules.analysis import Analysis
from oldhand.rules.check import check
from oldhand.rules.load import load
from oldhand.rules.sql import dialect
from oldhand.rules.sql.check import check_sql
from oldhand.rules.sql.dialect import guess_dialect, speaks_alike
from oldhand.rules.sql.located import SqlText
from oldhand.rules.sql.spec import compile_sql
from oldhand.syntax.languages import by_id
from oldhand.text.edits import changed_span

RULES = load(sorted(bundled_agents().glob("*/rules")))[0]
COMPILED = [compile_sql(r.id, r.sql, r.fix) for r in RULES.rules if r.sql is not None and "sql" in r.languages]
SHOP = (Path(__file__).parent / "bench" / "blocks" / "sql.txt").read_text(encoding="utf-8").replace("----\n", "\n")
CASES = [
    (source.path, read(source.block.lines, "\n")[0].text)
    for folder in ("rules", "typing", "fixes", "suppressions")
    for at in cases(folder)
    for source in at.case.sources
    if source.language.id == "sql"
]
TYPED = (
    "'", '"', "`", "/*", "*/", "--", ";", ";\n", "$$", "$a$", "(", ")", "[", "]", "{{", "}}", "{%", "\n", "\nGO\n",
    "\nDELIMITER //\n", "\nDELIMITER ;\n", "BEGIN", "END", "CASE", "COPY t FROM stdin;\n1\n\\.\n", "COPY t FROM stdin;",
    "SELECT", "\nSELECT * FROM a;\n", "\nCREATE TABLE x (id INT);\n", "CREATE INDEX i ON orders (customer_id);",
    "DROP TABLE x;", "DELETE FROM orders;", "ALTER TABLE orders DROP a;", "ALTER TABLE orders ADD b INT NOT NULL;",
    "-- +goose Down\n", "-- +goose Up\n", "\n-- name: x :one\n", "CREATE FUNCTION f() AS $$ BEGIN x; END $$;",
    "TIMESTAMPTZ ", "AUTO_INCREMENT ", "#", "\\", "E'", "\r\n", "/\n", "CREATE\nTABLE", "BEGIN;", "/* /* */",
    "\n/* a\n */ SELECT 1;",
)  # fmt: skip


def checked(path: str, text: str, before: Analysis | None = None) -> Analysis:
    language = by_id("sql")
    assert language is not None
    analysis = check(path, language, text, RULES, before)
    assert analysis.problems == ()
    return analysis


def half_typed(analysis: Analysis) -> bool:
    assert analysis.sql is not None
    return analysis.sql.cut.half_typed


def edited(text: str, choice: random.Random) -> str:
    """The text after something was typed, taken out, replaced, or moved to another place."""
    start = choice.randrange(len(text) + 1)
    match choice.choice(("type", "type", "remove", "replace", "line", "move")):
        case "type":
            return text[:start] + choice.choice(TYPED) + text[start:]
        case "remove":
            return text[:start] + text[start + choice.choice((1, 1, 2, 5, 30, 200)) :]
        case "replace":
            return text[:start] + choice.choice(TYPED) + text[start + choice.choice((1, 3, 10)) :]
        case "line":
            line = text.rfind("\n", 0, start) + 1
            return text[:line] + choice.choice(TYPED) + "\n" + text[line:]
        case _:
            statements = text.split(";")
            statements.insert(choice.randrange(len(statements)), statements.pop(choice.randrange(len(statements))))
            return ";".join(statements)


@pytest.mark.parametrize("seed", range(12))
def test_a_state_that_is_whole_is_as_if_it_were_new(seed: int) -> None:
    choice = random.Random(seed)
    whole = 0
    for _ in range(6):
        picked = choice.choices(CASES, k=choice.randrange(2, 12))
        path = picked[0][0]
        text = "\n".join([*(text for _, text in picked), SHOP if choice.random() < 0.5 else ""])
        if choice.random() < 0.1:
            text = text.replace("\n", "\r\n")
        analysis = checked(path, text)
        for _ in range(20):
            text = edited(text, choice)
            analysis = checked(path, text, analysis)
            if half_typed(analysis):
                continue
            whole += 1
            new = checked(path, text)
            assert analysis.findings == new.findings
            assert [analysis.fix(finding) for finding in analysis.findings] == [new.fix(f) for f in new.findings]
            assert analysis.comments() == new.comments()
            for finding in new.findings:
                assert analysis.statement_at(finding.range) == new.statement_at(finding.range)
            # One text at a time is how SQL in strings is read, and knows nothing of units.
            matches = {(match.rule, match.range) for match in check_sql(SqlText.of_file(text), COMPILED, path)}
            assert {(finding.rule, finding.range) for finding in new.findings} == matches
    assert whole > 30


def test_findings_outside_of_what_is_half_typed_are_those_of_before() -> None:
    choice = random.Random("outside")
    seen = 0
    text = "\n".join(text for _, text in CASES)
    whole = checked("schema.sql", text)
    for _ in range(150):
        state = edited(text, choice)
        analysis = checked("schema.sql", state, whole)
        removed, added = changed_span(text, state)
        if not half_typed(analysis) or len(removed) > 250:
            continue
        assert analysis.sql is not None
        seen += 1
        cut = analysis.sql.cut
        index = next(index for index, unit in enumerate(cut.units) if unit.half_typed)
        start, end = cut.starts[index], cut.starts[index + 1]
        growth = len(added) - len(removed)
        before = [(f.rule, f.range.start) for f in whole.findings if f.range.end <= start]
        below = [(f.rule, f.range.start + growth) for f in whole.findings if f.range.start + growth >= end]
        places = [(f.rule, f.range.start) for f in analysis.findings if f.range.end <= start or f.range.start >= end]
        assert places == before + below
    assert seen > 20


HEAD = "SELECT 1;\n\n"
TAIL = "UPDATE orders SET state = 'closed';\nUPDATE carts SET seen = true;\n"
PATH = "queries/orders.sql"


def typed(*states: str) -> Analysis:
    analysis = checked(PATH, HEAD + TAIL)
    for state in states:
        analysis = checked(PATH, state, analysis)
    return analysis


def places(analysis: Analysis) -> list[str]:
    return [analysis.text[finding.range.start : finding.range.end] for finding in analysis.findings]


@pytest.mark.parametrize(
    "statement", ["SELECT 2;", "SELECT 'a' FROM b;", "DELETE FROM c WHERE d IN (1, 2);", "/* a */"]
)
def test_each_beginning_of_a_statement_leaves_those_below_alone(statement: str) -> None:
    analysis = typed()
    for end in range(1, len(statement) + 1):
        analysis = checked(PATH, HEAD + statement[:end] + "\n" + TAIL, analysis)
        assert places(analysis) == ["UPDATE orders", "UPDATE carts"]
    assert not half_typed(analysis)


def test_a_select_above_another_one_is_told_from_a_change_inside_of_that_one() -> None:
    analysis = checked(PATH, HEAD + "SELECT * FROM a ORDER BY random();\n")
    found = places(analysis)
    assert found != []
    for state in ("SELECT", "SELECT b, c", "SELECT b, c FROM d"):
        analysis = checked(PATH, HEAD + state + "\n" + "SELECT * FROM a ORDER BY random();\n", analysis)
        assert places(analysis) == found


def test_what_is_open_is_taken_for_what_it_is_once_something_else_is_changed() -> None:
    open_select = HEAD + "SELECT a FROM (b\n" + TAIL
    assert half_typed(typed(open_select))
    moved_on = typed(open_select, open_select + "SELECT 3;\n")
    assert not half_typed(moved_on)
    assert moved_on.findings == checked(PATH, moved_on.text).findings


def test_an_open_quote_swallows_nothing_until_it_is_closed() -> None:
    state = HEAD + "SELECT 'a\n" + TAIL
    analysis = typed(state, state + "SELECT 3;\n", state + "SELECT 3;\nDELETE FROM a;\n")
    assert places(analysis) == ["UPDATE orders", "UPDATE carts", "DELETE FROM a"]
    closed = checked(PATH, analysis.text.replace("'a\n", "'a';\n"), analysis)
    assert not half_typed(closed)
    assert closed.findings == checked(PATH, closed.text).findings


def test_an_open_comment_is_one_once_something_below_ends_it() -> None:
    state = HEAD + "/*\n" + TAIL
    assert places(typed(state)) == ["UPDATE orders", "UPDATE carts"]
    assert places(typed(state, state.replace("UPDATE carts", "*/ UPDATE carts"))) == ["UPDATE carts"]


@pytest.mark.parametrize("seed", range(4))
def test_whether_signs_of_a_dialect_came_or_went_is_seen_near_the_change(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialect, "_HEAD", 400)
    choice = random.Random(seed)
    text = SHOP
    alike = 0
    for _ in range(300):
        state = edited(text, choice)
        if speaks_alike(text, state, *changed_span(text, state)):
            alike += 1
            assert guess_dialect(text, "a.sql") is guess_dialect(state, "a.sql")
        text = state if len(state) > 200 else SHOP
    assert alike > 50
