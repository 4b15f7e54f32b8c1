"""What calls do to databases: the patterns of the catalog, statements of SQL, and `sequence` mappings that are wrong."""

from __future__ import annotations

import pytest
from oldhand.resources import bundled_agents
from oldhand.rules.context import Context
from oldhand.rules.database.operations import operations
from oldhand.rules.database.patterns import Kind, OperationPatterns
from oldhand.rules.database.sql_text import SqlOperation, read_sql
from oldhand.rules.facts.index import index_unit
from oldhand.rules.facts.module import File, Module, UnitFacts
from oldhand.rules.facts.shapes import shapes_of
from oldhand.rules.flow.policy import Policy
from oldhand.rules.load import load
from oldhand.rules.name_sets import NameSet
from oldhand.rules.sequence import compile_sequence
from oldhand.syntax.languages import by_id
from oldhand.syntax.tree import parse

CATALOG = load(sorted(bundled_agents().glob("*/rules")))[0].catalog
PATTERNS = OperationPatterns({kind: CATALOG[f"db-{kind.value}"] for kind in (Kind.BUILD, *Kind)})


def found(language_id: str, code: str) -> list[tuple[str, str]]:
    """Kind and model of each operation in the code."""
    language = by_id(language_id)
    assert language is not None
    shapes = shapes_of(language)
    assert shapes is not None
    facts = UnitFacts(index_unit(parse(language, code).root(), language, shapes, ""))
    nothing = NameSet([])
    context = Context(facts, Module(File("", [facts])), Policy(nothing, nothing, nothing))
    return [(operation.kind.value, operation.model) for operation in operations(context, PATTERNS)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("User.objects.filter(name=n).exclude(id=i).exists()", [("exists", "User")]),
        ("models.User.objects.get(id=i)", [("read", "User")]),
        ("query = User.objects.filter(a=1)\nquery.exists()", [("read", "User"), ("exists", "User")]),
        ("User.objects.get_or_create(name=n)", [("upsert", "User")]),
        ("session.query(models.User).filter_by(a=1).one_or_none()", [("read", "User")]),
        ("session.query(func.count(User.id)).scalar()", [("read", "User")]),
        ("session.scalar(select(User.id).where(User.a == 1))", [("read", "User")]),
        ("session.execute(insert(User).values(a=1))", [("create", "User")]),
        ("session.get(User, key)", [("read", "User")]),
        ("session.get(url)", []),
        ("user = User(a=1)\nsession.add(user)", [("create", "User")]),
        ("session.add_all([User(a=1), Team(b=2)])", [("create", "User"), ("create", "Team")]),
        ("user = User.query.get(1)\nuser.save()", [("read", "User"), ("save", "")]),
        ("db['users'].find_one({})", [("read", "users")]),
        ("cursor.execute(f'SELECT a FROM {table} WHERE b = %s', (b,))", [("read", "{}")]),
        ("cursor.execute('BEGIN')", []),
        ("connection.commit()", [("commit", "connection")]),
    ],
)
def test_operations_in_python(code: str, expected: list[tuple[str, str]]) -> None:
    assert expected == found("python", code)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("await prisma.user.findUnique({ where: { id } })", [("read", "user")]),
        ("await this.prisma.user.create({ data: { id } })", [("create", "user")]),
        ("await tx.user.update({ where: { id }, data })", [("update", "user")]),
        ("const user = new User({ a }); await user.save()", [("create", "User")]),
        ("await User.findOne({ a })", [("read", "User")]),
        ("await this.userRepository.findOneBy({ a })", [("read", "user")]),
        ("await manager.findOne(User, { where: { a } })", [("read", "User")]),
        ("const r = source.getRepository(User); await r.save(r.create({ a }))", [("create", "User")]),
        ("await knex('users').where({ a }).first()", [("read", "users")]),
        ("await trx('users').insert({ a })", [("create", "users")]),
        ("await db.select().from(users).where(eq(users.a, a))", [("read", "users")]),
        ("await db.insert(users).values({ a })", [("create", "users")]),
        ("await db.collection('users').findOne({ a })", [("read", "users")]),
        ("await pool.query('DELETE FROM users WHERE a = $1', [a])", [("delete", "users")]),
        ("await sql`INSERT INTO users (a) VALUES (${a})`", [("create", "users")]),
        ("items.find((item) => item.a === a)", []),
        ("bus.execute(SetFlag.create({ a }))", []),
        ("await axios.create({ a })", []),
    ],
)
def test_operations_in_typescript(code: str, expected: list[tuple[str, str]]) -> None:
    assert expected == found("typescript", code)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a FROM shop.users WHERE b = 1 FOR UPDATE", SqlOperation(Kind.READ, "users", locks=True)),
        ("WITH x AS (SELECT 1 FROM y) INSERT INTO users SELECT * FROM x", SqlOperation(Kind.CREATE, "users")),
        ("INSERT INTO users (a) VALUES ($1) ON CONFLICT DO NOTHING", SqlOperation(Kind.UPSERT, "users")),
        ("UPDATE users SET a = $1, b = b + 1", SqlOperation(Kind.UPDATE, "users", bound=("a",))),
        ("UPDATE users SET a = ? WHERE id = ? AND a = ?", SqlOperation(Kind.UPDATE, "users")),
        ("DELETE FROM users", SqlOperation(Kind.DELETE, "users")),
        ("COMMIT", SqlOperation(Kind.COMMIT, "")),
        ("BEGIN", None),
        ("", None),
        ("Select one of these", SqlOperation(Kind.READ, "")),
    ],
)
def test_a_statement_says_what_it_does_to_which_table(sql: str, expected: SqlOperation | None) -> None:
    assert expected == read_sql(sql)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{modell}.get", "`{modell}` is not one of"),
        ("*.get({row})", "`row` is not one of"),
        ("{model}.*", "has to end in the name"),
    ],
)
def test_a_wrong_pattern_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OperationPatterns({Kind.READ: [pattern]})


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"pattern": "nothing"}, "`pattern` of a sequence is one of check-then-act"),
        ({"patern": "check-then-act"}, "no key `patern`"),
        ({"pattern": "check-then-act", "operations": []}, "maps kinds of operation"),
        ({"pattern": "check-then-act", "operations": {"reed": []}}, "no kind `reed`"),
        ({"pattern": "check-then-act", "unless": "("}, "`unless` has no regular expression"),
        ({"pattern": "check-then-act", "outside": 1}, "`outside` takes a string or a list"),
    ],
)
def test_a_wrong_sequence_is_refused(spec: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compile_sequence(spec)
