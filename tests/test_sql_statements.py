"""Statements, clauses and definitions: shallow, but right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.rules.sql.changes import changes, create_index
from oldhand.rules.sql.clauses import Block, query_blocks
from oldhand.rules.sql.dialect import Dialect
from oldhand.rules.sql.expressions import expressions
from oldhand.rules.sql.known import Offer
from oldhand.rules.sql.names import read_name, words_of
from oldhand.rules.sql.statements import Statement, split_statements
from oldhand.rules.sql.tables import CreateTable, create_table
from oldhand.rules.sql.tokens import tokenize


def statements(text: str, dialect: Dialect = Dialect.UNKNOWN) -> list[Statement]:
    return list(split_statements(text, tokenize(text, dialect)))


def one(text: str) -> Statement:
    (statement,) = statements(text)
    return statement


def table(text: str) -> CreateTable:
    found = create_table(one(text))
    assert found is not None
    return found


def blocks(text: str) -> tuple[Block, ...]:
    return query_blocks(one(text))


def content(block: Block, name: str) -> str:
    clause = block.clause(name)
    return "" if clause is None else " ".join(token.text for token in block.content(clause))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("SELECT 1; select 2", ["select", "select"]),
        ("", []),
        (";;-- nothing\n;", []),
        ("CREATE TABLE a (x INT); INSERT INTO a VALUES (';')", ["create table", "insert"]),
        ("WITH a AS (SELECT 1), b AS (DELETE FROM t RETURNING 1) UPDATE t SET x = 1", ["update"]),
        ("(SELECT 1) UNION (SELECT 2)", ["select"]),
        ("CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ BEGIN; RETURN 1; END; $$ LANGUAGE plpgsql; SELECT 1;",
         ["create function", "select"]),
        ("CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM c; SELECT CASE WHEN 1 THEN 2 END; END; DROP TABLE b",
         ["create trigger", "drop table"]),
        ("CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; LOOP SELECT 2; END LOOP; END; SELECT 3",
         ["create procedure", "select"]),
        ("BEGIN; ALTER TABLE a ADD b INT; COMMIT;", ["begin", "alter table", "commit"]),
        ("START TRANSACTION; TRUNCATE TABLE a", ["begin", "truncate"]),
        ("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b)", ["create index"]),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", ["create view"]),
        ("IF NOT EXISTS (SELECT 1)\nBEGIN\nCREATE TABLE a (x INT)\nEND\nGO\nSELECT 1\nGO\n",
         ["if", "begin", "create table", "select"]),
        ("CREATE DEFINER=`root`@`%` TRIGGER t BEFORE INSERT ON a BEGIN SET x = 1; END", ["create trigger"]),
        ("RENAME TABLE a TO b", ["rename table"]),
        ("EXPLAIN SELECT 1", ["explain"]),
        ("begin dbms_output.put_line('x'); end;\n/\nSELECT 1", ["begin", "end", "select"]),
    ],
)  # fmt: skip
def test_a_text_is_split_into_statements_of_a_kind(text: str, kinds: list[str]) -> None:
    assert [statement.kind for statement in statements(text)] == kinds


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("CREATE TABLE a (x INT)\nCREATE TABLE b (x INT);", 2),
        ("ALTER TABLE a ADD b INT\nALTER TABLE c ADD d INT;", 2),
        ("CREATE TABLE a (x INT,\n;\nDROP TABLE b;", 2),
        ("CREATE TABLE a (x INT\n;\n  still;", 1),
        ("ALTER TABLE a\nDROP COLUMN b,\nDROP INDEX c,\nALTER COLUMN d SET NOT NULL", 1),
        ("CREATE RULE r AS ON INSERT TO a DO INSTEAD\nINSERT INTO b VALUES (1)", 1),
        ("WITH a AS (SELECT 1)\nDELETE FROM b", 1),
        ("INSERT INTO a\nSELECT 1\nON CONFLICT DO NOTHING", 1),
        ("GRANT SELECT,\nINSERT ON a TO b", 1),
    ],
)
def test_a_missing_end_costs_one_statement(text: str, count: int) -> None:
    assert len(statements(text)) == count


def test_a_statement_knows_its_place_and_its_end() -> None:
    first, second = statements("-- c\nSELECT 1 ; SELECT (2")
    assert (first.start, first.end, first.after, first.terminated, first.whole) == (5, 13, 15, True, True)
    assert (second.start, second.end, second.after, second.terminated, second.whole) == (16, 25, 25, False, False)


PARTS = (
    "SELECT", "FROM", "WHERE", "a", "b", "*", "(", ")", ",", ";", "CREATE TABLE", "ALTER TABLE", "ADD COLUMN",
    "UPDATE",
    "SET", "=", "1", "'x'", "DROP", "COLUMN", "INDEX", "ON", "WITH", "AS", "INSERT INTO", "VALUES", "PRIMARY KEY",
    "NOT",
    "NULL", "REFERENCES", "DEFAULT", "TYPE", "RENAME", "TO", "LIMIT", "OFFSET", "ORDER BY", "random()", "LIKE '%x'",
    "BETWEEN", "AND", "OR", "::", "int", "{x}", ".", "JOIN", "CONSTRAINT", "FOREIGN KEY", "CHANGE", "MODIFY",
    "UNIQUE",
    "BEGIN", "END", "CASE", "\n", "[", "]", "[a]", "ONLY", "EXISTS", "RETURNING", "PARTITION OF", "LIKE", "GO",
    "CAST(",
    "DELETE", "USING", "KEY", "SELECT *", "TOP", "CREATE UNIQUE INDEX", "TRUNCATE", "FUNCTION",
)  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=30).map(" ".join))
def test_no_order_of_words_fails(text: str) -> None:
    for statement in statements(text):
        create_table(statement)
        create_index(statement)
        for change in changes(statement):
            assert statement.start <= change.start <= change.end <= statement.end
        for block in query_blocks(statement):
            assert block.start < block.end <= len(statement.tokens)
            for clause in block.clauses:
                assert block.start <= clause.keyword <= clause.start <= clause.end <= block.end
            for found in expressions(block):
                assert found.start < found.end <= block.end


def test_deep_nesting_is_no_matter() -> None:
    depth = 3000
    for opening in ("(", "(SELECT ", "(SELECT 1 FROM ", "(a = 1 AND "):
        statement = one("SELECT 1 FROM t WHERE " + opening * depth + "x" + ")" * depth)
        assert len(query_blocks(statement)) < 100
        assert sum(len(list(expressions(block))) for block in query_blocks(statement)) == 0


def test_a_select_has_its_clauses() -> None:
    (block,) = blocks(
        "SELECT DISTINCT a, max(b) FROM t AS x LEFT JOIN s.u y ON y.i = x.i, LATERAL f(x.i) z WHERE a > 1 AND EXTRACT"
        "(year FROM c) = 2 GROUP BY a HAVING max(b) > 1 ORDER BY max(b) DESC LIMIT 5 OFFSET $1 FOR UPDATE OF x"
    )
    assert content(block, "select") == "DISTINCT a , max ( b )"
    assert content(block, "where") == "a > 1 AND EXTRACT ( year FROM c ) = 2"
    assert content(block, "group by") == "a"
    assert content(block, "having") == "max ( b ) > 1"
    assert content(block, "order by") == "max ( b ) DESC"
    assert content(block, "limit") == "5"
    assert content(block, "offset") == "$1"
    assert content(block, "for") == "UPDATE OF x"
    assert [(use.name.text if use.name else None, use.alias, use.calls) for use in block.tables] == [
        ("t", "x", False),
        ("s.u", "y", False),
        ("f", "z", True),
    ]


def test_blocks_know_what_they_are_for() -> None:
    found = blocks(
        "WITH a AS (SELECT 1), b (x) AS MATERIALIZED (SELECT 2 UNION ALL SELECT 3)"
        " SELECT (SELECT 4) FROM (SELECT 5) d WHERE EXISTS (SELECT 6) AND x IN (SELECT 7) UNION SELECT 8"
    )
    assert [block.role for block in found] == [
        "cte", "cte", "cte", "statement", "subquery", "derived", "exists", "subquery", "statement",
    ]  # fmt: skip
    assert found[0].ctes == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "verbs"),
    [
        ("INSERT INTO a (b) SELECT c FROM d", ["insert", "select"]),
        ("INSERT INTO a VALUES (1) ON CONFLICT (b) DO UPDATE SET c = 1", ["insert"]),
        ("INSERT INTO a VALUES (1) ON DUPLICATE KEY UPDATE c = 1", ["insert"]),
        ("SELECT a FROM b FOR UPDATE", ["select"]),
        (
            "MERGE INTO a USING b ON x WHEN MATCHED THEN UPDATE SET c = 1 WHEN NOT MATCHED THEN INSERT (d) VALUES (1)",
            [],
        ),
        ("CREATE TABLE a (b INT REFERENCES c ON DELETE CASCADE ON UPDATE CASCADE)", []),
        ("CREATE TABLE a AS SELECT b FROM c", ["select"]),
        ("GRANT UPDATE ON a TO b", []),
    ],
)
def test_verbs_are_those_of_queries_alone(text: str, verbs: list[str]) -> None:
    assert [block.verb for block in blocks(text)] == verbs


def test_columns_may_be_called_like_clauses() -> None:
    (block,) = blocks("SELECT offset, a AS limit, t.limit FROM t WHERE offset = 1 AND t.order > offset ORDER BY limit")
    assert [clause.name for clause in block.clauses] == ["select", "from", "where", "order by"]


def test_is_distinct_from_is_no_clause() -> None:
    (block,) = blocks("SELECT a FROM t WHERE b IS NOT DISTINCT FROM c")
    assert content(block, "where") == "b IS NOT DISTINCT FROM c"


def test_columns_have_types_and_constraints() -> None:
    found = table(
        'CREATE TEMP TABLE IF NOT EXISTS s."T" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,'
        " price double precision NOT NULL DEFAULT 1.5 CHECK (a > 0), at timestamp(3) without time zone DEFAULT now(),"
        " tags text[] NULL, n int unsigned AUTO_INCREMENT, u VARCHAR(20) CHARACTER SET utf8 UNIQUE,"
        " key text, owner_id uuid REFERENCES s.users (id) ON DELETE SET NULL ON UPDATE SET DEFAULT, untyped)"
    )
    assert found.name.parts == ("s", "t")
    assert found.traits == {"temporary", "if not exists"}
    assert [(column.name.text, column.type.name if column.type else "") for column in found.columns] == [
        ("id", "bigint"), ("price", "double precision"), ("at", "timestamp without time zone"), ("tags", "text[]"),
        ("n", "int unsigned"), ("u", "varchar"), ("key", "text"), ("owner_id", "uuid"), ("untyped", ""),
    ]  # fmt: skip
    assert [sorted(column.constraints) for column in found.columns] == [
        ["generated", "identity", "primary key"], ["check", "default", "not null"], ["default"], ["null"],
        ["auto increment"], ["unique"], [], ["references"], [],
    ]  # fmt: skip
    assert [column.default for column in found.columns[:3]] == ["", "1.5", "now ( )"]
    assert found.columns[2].type is not None
    assert found.columns[2].type.arguments == ("3",)
    assert found.columns[7].reference is not None
    assert (found.columns[7].reference.table.text, found.columns[7].reference.columns) == ("s.users", ("id",))


def test_constraints_of_a_table_are_no_columns() -> None:
    found = table(
        "CREATE TABLE `t` (`a` int, `b` int, PRIMARY KEY (`a`, `b`), KEY `i` (`b`), UNIQUE KEY `u` (`a`(10)),"
        " CONSTRAINT `f` FOREIGN KEY (`B`) REFERENCES `o` (`id`) ON DELETE CASCADE NOT VALID, CHECK (a > 0),"
        " INDEX USING BTREE (lower(a)), EXCLUDE USING gist (a WITH =))"
    )
    assert [column.name.last for column in found.columns] == ["a", "b"]
    assert [(item.kind, item.columns) for item in found.constraints] == [
        ("primary key", ("a", "b")), ("index", ("b",)), ("unique", ("a",)), ("foreign key", ("b",)),
        ("check", ("a",)),
        ("index", ("",)), ("exclude", ("a",)),
    ]  # fmt: skip
    assert (found.constraints[3].written, found.constraints[3].validated) == (("`B`",), False)


@pytest.mark.parametrize(
    ("text", "traits"),
    [
        ("CREATE TABLE a PARTITION OF b FOR VALUES IN (1)", {"partition"}),
        ("CREATE TABLE a (b INT) PARTITION BY RANGE (b)", {"partitioned"}),
        ("CREATE TABLE a (LIKE b)", {"like"}),
        ("CREATE TABLE a LIKE b", {"like"}),
        ("CREATE TABLE a AS SELECT 1", {"as"}),
        ("CREATE TABLE a (b INT) INHERITS (c)", {"inherits"}),
        ("CREATE VIRTUAL TABLE a USING fts5(b)", {"virtual"}),
        ("CREATE UNLOGGED TABLE a (b INT)", set()),
    ],
)
def test_tables_have_traits(text: str, traits: set[str]) -> None:
    assert table(text).traits == traits


@pytest.mark.parametrize(
    ("action", "kinds"),
    [
        ("ADD COLUMN a INT NOT NULL, ADD b TEXT", ["add column", "add column"]),
        ("ADD (a INT, b INT)", ["add column", "add column"]),
        ("ADD a INT, b INT", ["add column", "add column"]),
        ("ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b", ["add foreign key"]),
        ("ADD PRIMARY KEY (a), ADD UNIQUE (b), ADD INDEX i (c)", ["add primary key", "add unique", "add index"]),
        ("ADD CONSTRAINT c CHECK (a > 0) NOT VALID", ["add check"]),
        ("DROP COLUMN IF EXISTS a, DROP b, DROP CONSTRAINT c", ["drop column", "drop column", "drop constraint"]),
        ("DROP INDEX i, DROP PARTITION p", ["drop index", "other"]),
        ("ALTER COLUMN a TYPE INT USING a::int", ["alter column type"]),
        ("ALTER a SET DATA TYPE INT", ["alter column type"]),
        ("ALTER COLUMN a INT NOT NULL", ["alter column type"]),
        ("ALTER COLUMN a SET NOT NULL, ALTER b DROP NOT NULL", ["set not null", "drop not null"]),
        ("ALTER COLUMN a SET DEFAULT 1, ALTER a DROP DEFAULT", ["set default", "drop default"]),
        ("ALTER COLUMN a SET STATISTICS 5", ["alter column"]),
        ("MODIFY a INT", ["modify column"]),
        ("CHANGE a b INT, CHANGE COLUMN c c BIGINT", ["rename column", "modify column"]),
        ("RENAME COLUMN a TO b", ["rename column"]),
        ("RENAME a TO b", ["rename column"]),
        ("RENAME TO b", ["rename table"]),
        ("RENAME CONSTRAINT a TO b", ["rename constraint"]),
        ("VALIDATE CONSTRAINT a", ["validate constraint"]),
        ("OWNER TO b", ["other"]),
        ("ENABLE ROW LEVEL SECURITY", ["other"]),
    ],
)
def test_alterations_have_a_kind(action: str, kinds: list[str]) -> None:
    found = changes(one(f"ALTER TABLE IF EXISTS ONLY s.t {action};"))
    assert [change.kind for change in found] == kinds
    assert {change.table.text for change in found} == {"s.t"}


def test_drops_and_renames_are_changes_too() -> None:
    text = "DROP TABLE IF EXISTS a, s.b CASCADE; DROP INDEX i; TRUNCATE TABLE ONLY c; RENAME TABLE d TO e, f TO g"
    found = [change for statement in statements(text) for change in changes(statement)]
    assert [(change.kind, change.table.text) for change in found] == [
        ("drop table", "a"), ("drop table", "s.b"), ("drop index", "i"), ("truncate", "c"), ("rename table", "d"),
        ("rename table", "f"),
    ]  # fmt: skip
    assert found[-1].new_name is not None
    assert found[-1].new_name.text == "g"


def test_an_index_has_columns_and_traits() -> None:
    text = 'CREATE UNIQUE INDEX CONCURRENTLY i ON ONLY s.t USING gin (lower(a), "B" DESC) WHERE a > 0'
    found = create_index(one(text))
    assert found is not None
    assert (found.table.text, found.columns) == ("s.t", ("", "b"))
    assert found.traits == {"unique", "concurrently", "only", "partial"}
    unnamed = create_index(one("create index on t (a)"))
    assert unnamed is not None
    assert (unnamed.name, unnamed.table.text, unnamed.keyword.text) == (None, "t", "index")


@pytest.mark.parametrize(
    ("one_name", "other", "same"),
    [("a", '"A"', True), ("public.a", "a", True), ("x.a", "y.a", False), ("x.a", "a", True), ("a", "b", False)],
)
def test_names_are_the_same_whatever_the_schema_where_it_is_not_said(one_name: str, other: str, same: bool) -> None:
    names = [read_name(list(tokenize(text, Dialect.UNKNOWN)), 0)[0] for text in (one_name, other)]
    assert names[0] is not None
    assert names[1] is not None
    assert Offer(("made", names[0].last), names[0].last, names[0].schema).is_of(names[1]) is same


def test_what_a_program_puts_into_a_name_belongs_to_it() -> None:
    name, place = read_name(list(tokenize("tenant_{id}.orders x", Dialect.UNKNOWN)), 0)
    assert name is not None
    assert (name.parts, place) == (("tenant_{id}", "orders"), 4)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unitPrice", ("unit", "price")), ("unit_price", ("unit", "price")), ('"UNIT-PRICE"', ("unit", "price")),
        ("price2", ("price2",)), ("", ()), ("_x__y_", ("x", "y")),
    ],
)  # fmt: skip
def test_names_are_made_of_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("where", "kinds"),
    [
        ("date(a) = 1", ["call on column"]),
        ("1 = date(t.a)", ["call on column"]),
        ("(b > 1 AND (date(a) > 2))", ["call on column"]),
        ("a::date = 1", ["cast on column"]),
        ("CAST(a AS date) = 1", ["cast on column"]),
        ("a + interval '1 day' < now()", ["arithmetic on column"]),
        ("a LIKE '%x'", ["leading wildcard"]),
        ("a LIKE '%' || b", ["leading wildcard"]),
        ("a BETWEEN 1 AND 2 AND date(b) = 3", ["call on column"]),
        ("date(a) = b", []),
        ("date(a) = 1 OR b = 2", []),
        ("NOT date(a) = 1", []),
        ("a = date(1)", []),
        ("a NOT LIKE '%x'", []),
        ("a LIKE 'x%'", []),
        ("a LIKE '%s'", []),
        ("a + b > 1", []),
        ("f(a, b) = 1", []),
        ("a > 1::date", []),
    ],
)
def test_predicates_that_wrap_a_column_are_found(where: str, kinds: list[str]) -> None:
    (block,) = blocks(f"SELECT 1 FROM t WHERE {where}")
    assert [found.kind for found in expressions(block)] == kinds
