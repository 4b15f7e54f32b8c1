"""The SQL tokenizer: any text, exact places, one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.rules.sql import tokens
from oldhand.rules.sql.dialect import Dialect, guess_dialect
from oldhand.rules.sql.tokens import _MYSQL, _STANDARD, TokenKind, tokenize

PIECES = (
    "SELECT", "from", "E'a\\'b'", "'it''s'", "'", '"', "`", "[", "]", "[Order Details]", "--", "-- x\n", "/*",
    "*/", "#",
    "#{x}", "#tmp", "$", "$$", "$q$", "$1", ":x", "::", "%s", "%(a)s", "?", "?|", "@x", "@@", "{x}", "{{ y }}",
    "{%", "%}",
    "\\", "\n\\.\n", "\nDELIMITER $$\n", "DELIMITER ;", "COPY t FROM stdin;", ";", "(", ")", "0x1F", "1e5", "1..2",
    ".5",
    " ", "\n", "\r\n", "\u2028", "\U0001f600", "é", "\x1a\x1a", "\x00", "ARRAY[a]", "N'x'", "U&\"x\"", "->>", "GO",
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
DIALECTS = st.sampled_from(Dialect)


def shown(text: str, dialect: Dialect = Dialect.UNKNOWN) -> list[tuple[str, str]]:
    return [(token.kind.value, token.text) for token in tokenize(text, dialect)]


@given(TEXTS, DIALECTS)
def test_tokens_cover_the_text_but_for_white_space(text: str, dialect: Dialect) -> None:
    place = 0
    for token in tokenize(text, dialect):
        assert not text[place : token.start].strip()
        assert token.text == text[token.start : token.end] != ""
        place = token.end
    assert not text[place:].strip()


def test_words_compare_in_upper_case_and_quoted_names_never() -> None:
    found = list(tokenize('select "select" `from`', Dialect.UNKNOWN))
    assert [token.key for token in found] == ["SELECT", "", ""]
    assert [token.name for token in found] == ["select", "select", "from"]


@pytest.mark.parametrize(
    ("text", "name"),
    [('"Or""der"', 'or"der'), ("`a``b`", "a`b"), ("[Order Details]", "order details"), ('"open', "open"), ("X", "x")],
)
def test_names_lose_their_quotes(text: str, name: str) -> None:
    (token,) = tokenize(text, Dialect.UNKNOWN)
    assert token.name == name


@pytest.mark.parametrize(
    "text",
    [
        "$body$ a; 'b' $$ $body$", "$$ it's $$", "E'a\\'b'", "'it''s'", "N'x'", "X'1F'", "U&'d!0061'",
        "'open ; --", "$$ open",
    ],
)  # fmt: skip
def test_a_string_is_one_token(text: str) -> None:
    assert shown(text, Dialect.POSTGRES) == [("string", text)]


@pytest.mark.parametrize("text", ["-- a 'b'", "/* a /* b */ c */", "/* open ; 'x'", "# a"])
def test_a_comment_is_one_token(text: str) -> None:
    assert shown(text) == [("comment", text)]


def test_a_nested_comment_that_stays_open_costs_no_more_than_itself() -> None:
    assert shown("/* a /* b */ SELECT") == [("comment", "/* a /* b */"), ("word", "SELECT")]


@pytest.mark.parametrize(
    "text",
    [
        "%s", "%(name)s", "$1", ":name", "?", "?1", "@x", "{x}", "{}", "{0.a}", "#{x}", "${x.y}", "{{ x }}",
        "{% if x %}",
        ":'psql'", "\x1a\x1a\x1a",
    ],
)  # fmt: skip
def test_a_placeholder_is_one_token(text: str) -> None:
    assert shown(text) == [("placeholder", text)]


def test_a_cast_is_no_placeholder() -> None:
    assert shown("a::int") == [("word", "a"), ("operator", "::"), ("word", "int")]


def test_json_operators_are_operators() -> None:
    assert [text for kind, text in shown("a ?| b #>> c ->> d @> e", Dialect.POSTGRES) if kind == "operator"] == [
        "?|", "#>>", "->>", "@>",
    ]  # fmt: skip


def test_brackets_are_names_or_arrays() -> None:
    assert ("quoted", "[Order Details]") in shown("SELECT a FROM dbo.[Order Details]")
    assert ("quoted", "[x]") not in shown("SELECT ARRAY[x], ARRAY [x], a[x], '{}'[x], ARRAY[[x], [y]]")


def test_backslashes_escape_in_mysql_and_nowhere_else() -> None:
    assert shown(r"'it\'s'", Dialect.MYSQL) == [("string", r"'it\'s'")]
    assert shown(r"'\' x", Dialect.POSTGRES) == [("string", r"'\'"), ("word", "x")]
    assert shown(r'"a\"b"', Dialect.MYSQL) == [("string", r'"a\"b"')]
    assert shown('"a"', Dialect.POSTGRES) == [("quoted", '"a"')]


def test_a_hash_is_a_comment_or_a_temporary_table() -> None:
    assert shown("a # b", Dialect.MYSQL)[1] == ("comment", "# b")
    assert shown("INTO #tmp", Dialect.MSSQL)[1] == ("word", "#tmp")


def test_psql_commands_and_copied_rows_are_apart() -> None:
    text = "\\connect shop\nCOPY t (a) FROM stdin;\n1\t'x\n2\t;\n\\.\nSELECT 1;"
    kinds = [kind for kind, _ in shown(text, Dialect.POSTGRES)]
    assert kinds[0] == "meta"
    assert kinds.count("data") == 1
    assert kinds[-3:] == ["word", "number", "operator"]


def test_a_delimiter_of_mysql_ends_statements_in_place_of_the_semicolon() -> None:
    found = list(tokenize("DELIMITER $$\nSELECT 1; SELECT 2$$\nDELIMITER ;\nSELECT 3;", Dialect.MYSQL))
    assert [token.text for token in found if token.key == ";"] == ["$$", ";"]


def test_no_repetition_can_step_back() -> None:
    for pattern in (_STANDARD.pattern, _MYSQL.pattern):
        bare = re.sub(r"\\.|\[[^\]]*\]", "c", pattern)
        assert set(re.findall(r"[*+]+", bare)) == {"*+", "++"}


class Counted:
    """A pattern that counts the characters it was asked to look through."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.seen = 0

    def finditer(self, text: str, place: int) -> Iterator[re.Match[str]]:
        for found in self.pattern.finditer(text, place):
            self.seen += found.end() - place
            place = found.end()
            yield found
        self.seen += len(text) - place

    def search(self, text: str, place: int) -> re.Match[str] | None:
        found = self.pattern.search(text, place)
        self.seen += (found.end() if found is not None else len(text)) - place
        return found


@pytest.mark.parametrize("part", ["/*", "/* /* */ ", "/* */ ", "COPY t FROM stdin;\n", "stdin;\n1\n\\.\n"])
def test_what_is_searched_for_is_searched_for_once(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = [Counted(tokens._COMMENT_EDGE), Counted(tokens._COPY_END)]
    monkeypatch.setattr(tokens, "_COMMENT_EDGE", counted[0])
    monkeypatch.setattr(tokens, "_COPY_END", counted[1])
    text = part * 500
    list(tokenize(text, Dialect.POSTGRES))
    assert sum(pattern.seen for pattern in counted) <= 2 * len(text)


HARD = (
    "'" * 4001, '"' * 4001, "$a" * 2000, "$a$" * 2001, "{" * 4000, "{{a" * 1500, "{%a" * 1500, "%(a" * 1500,
    "#{a" * 1500,
    "[a " * 1500, ":'" * 2000, "1e" * 2000, "(;" * 2000, "\\" * 3000, "#" * 3000, "a." * 2000, "DELIMITER x\n" * 400,
)  # fmt: skip


@pytest.mark.parametrize("text", HARD, ids=lambda text: repr(text[:8]))
def test_hard_texts_are_read_to_their_end(text: str) -> None:
    found = list(tokenize(text, Dialect.UNKNOWN))
    assert found[-1].end == len(text.rstrip())
    assert len(found) <= len(text)


@pytest.mark.parametrize(
    ("text", "path", "dialect"),
    [
        ("SELECT a::int", "", Dialect.POSTGRES),
        ("CREATE TABLE t (id BIGSERIAL PRIMARY KEY)", "", Dialect.POSTGRES),
        ("CREATE TABLE `t` (`id` int AUTO_INCREMENT)", "", Dialect.MYSQL),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)", "", Dialect.SQLITE),
        ("SELECT TOP 1 * FROM [dbo].[t]", "", Dialect.MSSQL),
        ("CREATE TABLE t (a VARCHAR2(3))", "", Dialect.ORACLE),
        ("CREATE TABLE t (a LowCardinality(String)) ENGINE = MergeTree ORDER BY a", "", Dialect.WAREHOUSE),
        ("SELECT 1", "db/sqlite3/schema.sql", Dialect.SQLITE),
        ("SELECT a::int", "migrations/mysql/1.sql", Dialect.MYSQL),
        ("SELECT 1", "migrations/1.cockroach.up.sql", Dialect.COCKROACH),
        ("SELECT 1", "migrations/1.sql", Dialect.UNKNOWN),
    ],
)  # fmt: skip
def test_dialects_are_known_by_the_path_and_by_their_words(text: str, path: str, dialect: Dialect) -> None:
    assert guess_dialect(text, path) is dialect


def test_every_kind_of_token_occurs() -> None:
    text = "\\x\nCOPY \"a\" FROM stdin;\n1\n\\.\n-- c\nSELECT 'a', 1, :x;"
    assert {token.kind for token in tokenize(text, Dialect.POSTGRES)} == set(TokenKind)
