"""SQL inside strings of Python and JavaScript: what is SQL, what its text is, and where each character stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.rules.sql.embedded import embedded_sql
from oldhand.rules.sql.literals import STRINGS
from oldhand.rules.sql.located import Piece, SqlText
from oldhand.rules.sql.recognition import is_sql
from oldhand.rules.sql.tokens import INTERPOLATED
from oldhand.syntax.languages import by_id
from oldhand.syntax.tree import parse


def embedded(source: str, language: str = "python") -> list[SqlText]:
    found = by_id(language)
    assert found is not None
    nodes = parse(found, source).root().descendants()
    texts = [embedded_sql(node, language) for node in nodes if node.kind in STRINGS]
    return [text for text in texts if text is not None]


def one(source: str, language: str = "python") -> SqlText:
    (text,) = embedded(source, language)
    return text


def shown(text: SqlText) -> str:
    """The SQL with one `~` for each character of a value that is put in."""
    return text.text.replace(INTERPOLATED, "~")


def place(source: str, text: SqlText, part: str) -> str:
    """What stands in the document where `part` stands in the SQL."""
    start = text.text.index(part)
    found = text.range_of(start, start + len(part))
    return source[found.start : found.end]


@pytest.mark.parametrize(
    ("source", "sql"),
    [
        ('x = "SELECT a FROM b"', "SELECT a FROM b"),
        ("x = r'SELECT a FROM b WHERE c ~ \"\\d\"'", 'SELECT a FROM b WHERE c ~ "\\d"'),
        ('x = """\n  select a\n  from b\n"""', "\n  select a\n  from b\n"),
        (r'x = "SELECT \"a\"\tFROM \u0062 -- \x41\101\n"', 'SELECT "a"\tFROM b -- AA\n'),
        (r'x = "SELECT a FROM \N{LATIN SMALL LETTER B}"', "SELECT a FROM b"),
        ('x = "SELECT a \\\nFROM b"', "SELECT a FROM b"),
        ('x = "SELECT \\d FROM b"', "SELECT \\d FROM b"),
        ('x = f"SELECT {a} FROM b WHERE c = {{1}} AND d = {d!r:>{w}}"', "SELECT ~~~ FROM b WHERE c = {1} AND d = ~~~~~~~~~~"),
        ("x = ('SELECT a '\n     f'FROM {b} '  # why\n     r'WHERE c')", "SELECT a FROM ~~~ WHERE c"),
        ('x = "SELECT a FROM b" + where + " LIMIT 1"', "SELECT a FROM b~~~~~ LIMIT 1"),
        ('x = ("SELECT a" + (" FROM b" + c)) + d', "SELECT a FROM b~~"),
        ('x = b"SELECT a FROM b"', "SELECT a FROM b"),
        ('x = "SELECT é, \U0001f600 FROM b"', "SELECT é, \U0001f600 FROM b"),
        ('x = "-- all\\nSELECT a FROM b"', "-- all\nSELECT a FROM b"),
    ],
)  # fmt: skip
def test_python_strings_hold_sql(source: str, sql: str) -> None:
    assert shown(one(source)) == sql


@pytest.mark.parametrize(
    ("source", "sql"),
    [
        ("x = 'SELECT a FROM b';", "SELECT a FROM b"),
        ("x = `\n  select a from ${b} where c = ${f(`x`)}`;", "\n  select a from ~~~~ where c = ~~~~~~~~~"),
        ("x = sql`delete from a where b = ${c}`;", "delete from a where b = ~~~~"),
        (r"x = 'SELECT \'a\'\u{62}\u0063\x64\n\q FROM b';", "SELECT 'a'bcd\nq FROM b"),
        ("x = 'SELECT a \\\n FROM b';", "SELECT a  FROM b"),
        ("x = 'SELECT a' + ' FROM ' + b + '';", "SELECT a FROM ~"),
        ("x = `SELECT \\`a\\` FROM b \\${c}`;", "SELECT `a` FROM b ${c}"),
    ],
)
def test_javascript_strings_hold_sql(source: str, sql: str) -> None:
    assert shown(one(source, "javascript")) == sql
    assert shown(one(source, "typescript")) == sql


@pytest.mark.parametrize(
    "source",
    [
        'x = "Select an item from the list"',
        'x = "Update the settings"',
        'x = "Delete from cart"',
        '"""SELECT a FROM b"""',
        'def f():\n    """Select what comes from b = 1."""',
        'x = "With a (new) name as given (see below)"',
        'x = "select"',
        'x = "insert"',
        'x = a + "SELECT b FROM c"',
        "x = 'SELECT 1'",
    ],
)
def test_other_strings_hold_none(source: str) -> None:
    assert embedded(source) == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a FROM b", "select * from b", "Select * From b Where c = 1",
        "SELECT count(*)\nFROM (SELECT 1 FROM a) b",
        "INSERT INTO a (b) VALUES (1)", "insert into a select b from c", "INSERT OR IGNORE INTO a VALUES (1)",
        "UPDATE a SET b = 1", "update only a as x set (b, c) = (1, 2)", "UPDATE `a` SET `b` = ?",
        "UPDATE {t} SET {x} = %s",
        "DELETE FROM a", "delete from a where b", "DELETE FROM \"a\" USING b", "WITH a AS (SELECT 1) SELECT b FROM a",
        "with recursive a(b) as (select 1)", "CREATE TABLE a (b INT)", "CREATE TABLE IF NOT EXISTS a AS SELECT 1",
        "CREATE UNIQUE INDEX a ON b (c)", "ALTER TABLE a ADD COLUMN b INT", "DROP TABLE IF EXISTS a CASCADE",
        "TRUNCATE a, b", "MERGE INTO a USING b", "REPLACE INTO a VALUES (1)", "EXPLAIN ANALYZE SELECT a FROM b",
        "/* a */ -- b\n ( SELECT a FROM b)", "SELECT the FROM a", "SELECT a.the FROM a",
    ],
)  # fmt: skip
def test_sql_is_sql(text: str) -> None:
    assert is_sql(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "SELECT", "Select an item from the list", "select one of these from the menu", "Select a file from disk",
        "select the best option from any", "Update the settings", "Update your profile, set a name and save it",
        "update a set of rules", "Delete from cart", "Delete from the cart", "Insert into the slot",
        "Create table of contents",
        "Drop table here, please", "With love as always", "Alter table manners add up", "Truncated text",
        "Selection from a",
        "Insert coin into slot (left)", "CREATE A NEW TABLE", "Replace into words",
    ],
)  # fmt: skip
def test_sentences_are_not(text: str) -> None:
    assert not is_sql(text)


def test_every_part_of_the_sql_has_its_place() -> None:
    source = "x = ('SELECT \\'a\\',\\u0062 '\n     f'FROM {table} '\n     'WHERE c = 1')"
    text = one(source)
    assert place(source, text, "SELECT") == "SELECT"
    assert place(source, text, "'a'") == "\\'a\\'"
    assert place(source, text, "b") == "\\u0062"
    assert place(source, text, INTERPOLATED * 7) == "{table}"
    assert place(source, text, "b FROM") == "\\u0062 '\n     f'FROM"
    assert place(source, text, "WHERE c") == "WHERE c"
    assert text.is_verbatim(0, 6)
    assert not text.is_verbatim(0, 9)


def test_an_empty_range_stands_before_its_character() -> None:
    text = one("x = 'SELECT a ' 'FROM b'")
    assert (text.range_of(9, 9).start, text.range_of(len(text.text), len(text.text)).start) == (17, 23)


def test_a_file_is_its_own_place() -> None:
    text = SqlText.of_file("SELECT 1;\r\n")
    assert (text.range_of(7, 8).start, text.range_of(7, 8).end, text.range_of(11, 11).end) == (7, 8, 11)


@given(st.lists(st.one_of(st.text(max_size=5), st.sampled_from(["'", '"', "\\", "\n", "\r", "\U0001f600", "{", "}"]))))
def test_offsets_map_back_to_what_was_written(parts: list[str]) -> None:
    text = "".join(parts).encode("utf-8", "replace").decode()
    source = f"x = {f'SELECT {text} FROM b'!r}"
    found = one(source)
    for offset, character in enumerate(found.text):
        where = found.range_of(offset, offset + 1)
        written = source[where.start : where.end]
        assert written == character or eval(f'"{written}"' if written != '\\"' else "'\\\"'") == character
    assert found.text == f"SELECT {text} FROM b"


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "f", "r", "F"]), st.sampled_from(["a ", "{b}", "{{", "c = 1 "])), min_size=1
    )
)
def test_pieces_lie_in_order_and_add_up(parts: list[tuple[str, str]]) -> None:
    source = "x = ('SELECT a FROM b '" + "".join(f" {prefix}'{body}'" for prefix, body in parts) + ")"
    text = one(source)
    assert "".join(piece.text for piece in text.pieces) == text.text
    ends = 0
    for piece, start in zip(text.pieces, text.starts, strict=True):
        assert ends <= piece.start < piece.end
        assert text.range_of(start, start + len(piece.text)).start == piece.start
        assert text.range_of(start, start + len(piece.text)).end == piece.end
        ends = piece.end


def test_a_cut_string_is_read_to_its_end() -> None:
    for source in ("x = 'SELECT a FROM b", 'x = f"""SELECT a FROM {b', 'x = ("SELECT a FROM b" "WHERE'):
        for language in ("python", "javascript"):
            for text in embedded(source, language):
                assert text.range_of(0, len(text.text)).end <= len(source)


@pytest.mark.parametrize(
    ("source", "continues"),
    [
        ('q = "DELETE FROM a"\nrun(q)', False),
        ('run("DELETE FROM a")', False),
        ('q = "DELETE FROM a"\nq += " WHERE b"', True),
        ('q = "DELETE FROM a"\nq = q + " WHERE b"', True),
        ('q = "DELETE FROM a"\nrun(f"{q} WHERE b")', True),
        ('q = ["DELETE FROM a", "WHERE b"]', True),
        ('q.append("DELETE FROM a")', True),
        ('" ".join(("DELETE FROM a", b))', True),
        ('" ".join(("DELETE FROM {}".format(a), b))', True),
        ('run("DELETE FROM {}".format(a))', False),
    ],
)
def test_it_is_seen_whether_a_program_adds_to_the_text(source: str, continues: bool) -> None:
    text = one("def f(a, b, q):\n    " + source.replace("\n", "\n    "))
    assert text.continues is continues


@pytest.mark.parametrize(
    ("source", "scope"),
    [
        ("def clear(db):\n    db.run('DELETE FROM a')", "clear"),
        ("def clear(db):\n    db.run(lambda: 'DELETE FROM a')", "clear"),
        ("run('DELETE FROM a')", ""),
    ],
)
def test_the_function_around_is_known(source: str, scope: str) -> None:
    assert one(source).scope == scope


@pytest.mark.parametrize(
    "source",
    [
        "const clear = async () => run('DELETE FROM a');",
        "class A { clear() { run('DELETE FROM a'); } }",
        "function clear() { return rows.map((row) => run('DELETE FROM a')); }",
        "module.exports.clear = function () { run('DELETE FROM a'); };",
        "const a = { clear: () => run('DELETE FROM a') };",
    ],
)
def test_the_function_around_is_known_in_javascript(source: str) -> None:
    assert one(source, "javascript").scope == "clear"


def test_pieces_without_text_are_left_out() -> None:
    text = SqlText.of_pieces([Piece("", 0, 2), Piece("a", 2, 3)], "python")
    assert text.pieces == (Piece("a", 2, 3),)
