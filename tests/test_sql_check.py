"""The `sql:` key: how it is read, what it asks, and what a match carries. The rules themselves have case files."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.resources import bundled_agents
from oldhand.rules.load import load
from oldhand.rules.rule import Rule
from oldhand.rules.sql.check import SqlMatch, check_sql
from oldhand.rules.sql.dialect import Dialect
from oldhand.rules.sql.embedded import embedded_sql
from oldhand.rules.sql.located import SqlText
from oldhand.rules.sql.purpose import PURPOSES, marks_of, purpose_of
from oldhand.rules.sql.spec import SqlRule, compile_sql, parse_sql_spec
from oldhand.rules.sql.subjects import SUBJECTS
from oldhand.rules.sql.units import cut
from oldhand.syntax.languages import by_id
from oldhand.syntax.tree import parse
from oldhand.text.edits import apply
from oldhand.text.ranges import TextRange

BUNDLED = [rule for rule in load(sorted(bundled_agents().glob("*/rules")))[0].rules if rule.sql is not None]


def matches(text: str, sql: dict[str, object], *, fix: object = None, path: str = "a.sql") -> list[SqlMatch]:
    return list(check_sql(SqlText.of_file(text), [compile_sql("a/b", sql, fix)], path))


def quoted(text: str, sql: dict[str, object], path: str = "a.sql") -> list[str]:
    return [text[found.range.start : found.range.end] for found in matches(text, sql, path=path)]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (None, "`sql` must be a mapping"),
        ({"find": "colum"}, "`sql.find` must be one of change, column, expression"),
        ({}, "`sql.find` must be one of"),
        ({"find": "column", "typ": "int"}, "the unknown key `typ`"),
        ({"find": "column", "has": "not nul"}, "`sql.has` does not know `not nul`"),
        ({"find": "column", "lacks": [3]}, "`sql.lacks` must be a text or a list of texts"),
        ({"find": "change", "kind": "drop colum"}, "`sql.kind` does not know `drop colum`"),
        ({"find": "table", "dialect": "pg"}, "`sql.dialect` does not know `pg`"),
        ({"find": "table", "for": "prod"}, "`sql.for` does not know `prod`"),
        ({"find": "table", "for": "query", "not-for": "test"}, "exclude each other"),
        ({"find": "table", "report": "TYPE"}, "`sql.report` must be one of AFTER, STATEMENT, TABLE"),
        ({"find": "table", "once": "file"}, "`sql.once` does not know `file`"),
    ],
)
def test_a_wrong_key_is_named(sql: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_sql_spec(sql)


@pytest.mark.parametrize(
    ("fix", "message"),
    [
        ({}, "`fix.edits` must be a list of edits"),
        ("DROP", "`fix` must be a mapping"),
        ({"edits": [{"replace": "TYPE"}]}, "`fix.edits.text` must be a text"),
        ({"edits": [{"replace": "TYP", "text": "x"}]}, "`fix.edits.replace` must be one of AFTER"),
        ({"edits": [{"text": "x"}]}, "exactly one of replace, before and after"),
        ({"edits": [{"replace": "TYPE", "text": "x"}], "when": ["fresh"]}, "`fix.when` does not know `fresh`"),
        ({"edits": [{"replace": "TYPE", "text": "x"}], "safty": "safe"}, "the unknown key `safty`"),
    ],
)
def test_a_wrong_fix_is_named(fix: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        compile_sql("a/b", {"find": "column"}, fix)


@pytest.mark.parametrize("rule", BUNDLED, ids=lambda rule: f"{rule.id}:{rule.line}")
def test_bundled_rules_use_values_and_places_that_there_are(rule: Rule) -> None:
    compiled = compile_sql(rule.id, rule.sql, rule.fix)
    values = SUBJECTS[compiled.spec.find].values
    edits = compiled.fix.edits if compiled.fix is not None else ()
    texts = [rule.message, rule.why, rule.remedy, *(text for edit in edits for text in edit.texts.values())]
    assert {name for text in texts for name in re.findall(r"\$([A-Z]+)", text)} <= values


SCRIPT = """
BEGIN;
CREATE TABLE a (id INT PRIMARY KEY, b_id INT REFERENCES b (id), c FLOAT);
CREATE INDEX i ON d (e);
ALTER TABLE d ADD f INT, DROP g;
SELECT * FROM d WHERE date(h) = $1 ORDER BY random() LIMIT 1 OFFSET $2;
DELETE FROM d;
COMMIT;
"""


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_yields_only_what_it_declares(subject: str) -> None:
    found = matches(SCRIPT, {"find": subject, "for": sorted(PURPOSES)})
    assert found != []
    for match in found:
        assert set(match.values) <= SUBJECTS[subject].values


def test_the_place_to_report_can_be_chosen() -> None:
    sql = {"find": "column", "type": "float"}
    assert quoted(SCRIPT, sql) == ["FLOAT"]
    assert quoted(SCRIPT, {**sql, "report": "COLUMN"}) == ["c"]
    assert quoted(SCRIPT, {**sql, "report": "DEFINITION"}) == ["c FLOAT"]


def test_kinds_clauses_and_functions_are_alternatives() -> None:
    assert quoted(SCRIPT, {"find": "change", "kind": ["drop column", "rename column"]}) == ["DROP g"]
    assert quoted(SCRIPT, {"find": "expression", "clause": ["offset", "limit"]}) == ["$2"]
    assert quoted(SCRIPT, {"find": "expression", "function": ["date", "random"]}) == ["date(h)", "random()"]


def test_traits_have_to_be_there_or_not() -> None:
    assert quoted(SCRIPT, {"find": "statement", "kind": "delete", "has": ["transaction"], "lacks": "where"}) != []
    assert quoted(SCRIPT, {"find": "statement", "kind": "delete", "lacks": ["transaction", "where"]}) == []
    assert quoted(SCRIPT, {"find": "foreign key", "has": ["new table"], "lacks": ["indexed"]}) == ["b_id"]


def test_words_of_names_are_asked_for_in_any_spelling() -> None:
    text = "CREATE TABLE t (unitPrices INT, unit_price_rate INT, PRICE INT, priceless INT)"
    assert quoted(text, {"find": "column", "named": "price", "not-named": "rate", "report": "COLUMN"}) == [
        "unitPrices",
        "PRICE",
    ]


def test_once_a_table_is_enough() -> None:
    text = "ALTER TABLE a DROP b, DROP c; ALTER TABLE d DROP e; ALTER TABLE a DROP f"
    assert quoted(text, {"find": "change", "kind": "drop column", "once": "table"}) == ["DROP b", "DROP e"]


def test_dialects_are_asked_for_or_shut_out() -> None:
    text = "SELECT a::int FROM b"
    rule = compile_sql("a/b", {"find": "statement", "dialect": "postgres"})
    other = compile_sql("a/c", {"find": "statement", "not-dialect": ["postgres", "unknown"]})
    assert [match.rule for match in check_sql(SqlText.of_file(text), [rule, other], "a.sql")] == ["a/b"]
    assert [match.rule for match in check_sql(SqlText.of_file(text), [rule, other], "a.sql", Dialect.MYSQL)] == ["a/c"]


def test_a_half_typed_text_lacks_nothing() -> None:
    sql = {"find": "table", "lacks": "primary key"}
    assert quoted("CREATE TABLE a (b INT);", sql) == ["a"]
    assert quoted("CREATE TABLE a (b INT", sql) == []


@pytest.mark.parametrize(
    ("path", "purpose"),
    [
        ("migrations/0001_users.sql", "migration"), ("db/migrate/tenants/1.sql", "migration"),
        ("V2__users.sql", "migration"),
        ("20240101120000_users.sql", "migration"), ("db/0036_users.sql", "migration"),
        ("sql/updates/2024-01-05-users.sql", "migration"),
        ("tests/samples/shop/migrations/1.sql", "migration"), ("migrations/1_users.down.sql", "down"),
        ("migrations/1_users/down.sql", "down"), ("revert/users.sql", "down"), ("U2__users.sql", "down"),
        ("db/schema.sql", "schema"), ("admin/create_tables.sql", "schema"), ("db/seeds/users.sql", "seed"),
        ("tests/data/pg/users.sql", "test"), ("src/users.sql", "query"), ("scripts/fix.sql", "script"),
        ("tests/samples/shop/users.sql", "query"),
    ],
)  # fmt: skip
def test_a_path_says_what_a_file_is_for(path: str, purpose: str) -> None:
    source = SqlText.of_file("SELECT 1")
    assert purpose_of(source, path, marks_of(source), {"select"}) == purpose


@pytest.mark.parametrize(
    ("text", "purpose"),
    [
        ("CREATE TABLE a (b INT);", "schema"),
        ("ALTER TABLE a ADD b INT;", "migration"),
        ("-- +goose Up\nCREATE TABLE a (b INT);", "migration"),
        ("UPDATE a SET b = 1;", "query"),
        ("--\n-- PostgreSQL database dump\n--\nALTER TABLE a ADD PRIMARY KEY (b);", "schema"),
    ],
)
def test_the_text_says_it_where_the_path_does_not(text: str, purpose: str) -> None:
    assert quoted(text, {"find": "statement", "for": purpose}) == quoted(text, {"find": "statement"})
    assert quoted(text, {"find": "change", "for": purpose}) == quoted(text, {"find": "change"})
    assert quoted(text, {"find": "table", "for": sorted(PURPOSES - {purpose})}) == []


@pytest.mark.parametrize(
    "mark",
    [
        "-- +goose Down",
        "-- +migrate Down",
        "-- migrate:down",
        "--//@UNDO",
        "-- Down Migration",
        "-- DOWN",
        "-- rollback",
    ],
)
def test_what_undoes_a_migration_is_not_looked_at(mark: str) -> None:
    text = f"ALTER TABLE a DROP b;\n{mark}\nALTER TABLE a DROP c;\n-- +goose Up\nALTER TABLE a DROP d;"
    assert quoted(text, {"find": "change"}) == ["DROP b", "DROP d"]


def test_a_comment_that_speaks_of_down_is_no_mark() -> None:
    text = "-- Down the road this goes away\nALTER TABLE a DROP b;"
    assert quoted(text, {"find": "change"}) == ["DROP b"]


def test_a_fix_is_made_of_the_values_of_its_match() -> None:
    text = "create table Orders (id serial);"
    fix = {
        "edits": [
            {"replace": "TYPE", "text": {"serial": "BIGSERIAL", "": "BIGINT"}},
            {"after": "AFTER", "text": "\nCREATE INDEX ON $TABLE ($COLUMN);"},
        ]
    }
    (match,) = matches(text, {"find": "column"}, fix=fix)
    assert apply(text, match.edits) == "create table Orders (id bigserial);\ncreate index on Orders (id);"


def test_a_fix_is_left_out_where_one_edit_has_no_place() -> None:
    fix = {"edits": [{"replace": "TYPE", "text": "BIGINT"}, {"after": "AFTER", "text": "\nSELECT 1;"}]}
    (match,) = matches("CREATE TABLE a (b INT)", {"find": "column"}, fix=fix)
    assert match.edits == ()
    (match,) = matches("CREATE TABLE a (b)", {"find": "column"}, fix={"edits": [{"replace": "TYPE", "text": "INT"}]})
    assert match.edits == ()


def test_a_fix_is_made_only_under_its_conditions() -> None:
    edits = {"edits": [{"replace": "TYPE", "text": "BIGINT"}]}
    text = "CREATE TABLE a (b INT, c INT PRIMARY KEY)"
    made = [bool(match.edits) for match in matches(text, {"find": "column"}, fix={**edits, "when": "primary key"})]
    assert made == [False, True]
    made = [bool(match.edits) for match in matches(text, {"find": "column"}, fix={**edits, "unless": "primary key"})]
    assert made == [True, False]


def rules_for(language: str) -> list[SqlRule]:
    return [compile_sql(rule.id, rule.sql, rule.fix) for rule in BUNDLED if language in rule.languages]


def in_python(source: str, sql: dict[str, object], fix: object = None) -> list[SqlMatch]:
    python = by_id("python")
    assert python is not None
    nodes = [node for node in parse(python, source).root().descendants() if node.kind == "string"]
    texts = [text for node in nodes if (text := embedded_sql(node, "python")) is not None]
    return [found for text in texts for found in check_sql(text, [compile_sql("a/b", sql, fix)], "a.py")]


def test_a_match_in_a_string_stands_in_the_document() -> None:
    source = "run('SELECT \\'a\\', * FROM b')"
    (match,) = in_python(source, {"find": "expression", "kind": "star"})
    assert source[match.range.start : match.range.end] == "*"
    assert match.values["TABLE"] == "b"


def test_what_a_program_puts_in_is_shown_as_left_out() -> None:
    (match,) = in_python('run(f"SELECT * FROM shop_{id}")', {"find": "expression", "kind": "star"})
    assert match.values["TABLE"] == "shop_…"


@pytest.mark.parametrize(
    ("text", "made"), [("id", True), ("'id'", False), ('"id"', False), ("a\nb", False), ("{a}", False)]
)
def test_a_fix_in_a_string_writes_nothing_that_would_need_quoting(text: str, made: bool) -> None:
    fix = {"edits": [{"replace": "EXPRESSION", "text": text}]}
    (match,) = in_python("run('SELECT * FROM b')", {"find": "expression", "kind": "star"}, fix)
    assert bool(match.edits) is made


def test_a_fix_in_a_string_replaces_only_what_stands_there_as_it_is() -> None:
    fix = {"edits": [{"replace": "BLOCK", "text": "x"}]}
    (match,) = in_python("run('SELECT a\\nFROM b')", {"find": "statement"}, fix)
    assert match.edits == ()


def test_the_function_around_may_say_that_it_is_meant() -> None:
    sql: dict[str, object] = {"find": "statement", "outside": ["clear", "all"]}
    for name, found in (("clear_cart", 0), ("removeAll", 0), ("allow", 1), ("f", 1)):
        assert len(in_python(f"def {name}():\n    run('DELETE FROM b')", sql)) == found


def test_the_statement_around_a_place_ends_behind_its_terminator() -> None:
    statement_at = cut("-- a\nSELECT 1;\n\nSELECT 2", Dialect.UNKNOWN).statement_at
    assert statement_at(TextRange(12, 13)) == TextRange(5, 14)
    assert statement_at(TextRange(23, 24)) == TextRange(16, 24)
    assert statement_at(TextRange(0, 1)) is None
    assert statement_at(TextRange(15, 15)) is None


@given(st.integers(0, len(SCRIPT)), st.sampled_from(["", "\n", ";", "(", "'", "/*", "$$", "SELECT", ", "]))
def test_every_state_of_a_text_that_is_typed_can_be_checked(cut: int, typed: str) -> None:
    text = SCRIPT[:cut] + typed + SCRIPT[cut:]
    for half in (text, text[: cut + len(typed)]):
        for match in check_sql(SqlText.of_file(half), rules_for("sql"), "migrations/1.sql"):
            assert match.range.end <= len(half)
            apply(half, match.edits)
