from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oldhand.syntax.languages import LANGUAGES, by_id
from oldhand.syntax.scopes import Scope, enclosing, outline, scope_path
from oldhand.syntax.tree import SyntaxTree, parse
from texts import edits_of, replaced

SOURCES = {
    "python": (
        """\
@app.get("/é\U0001f600")
@auth
async def read():
    @wraps(f)
    def inner(): pass
    return sorted(rows, key=lambda row: row.id)

class Store:
    limit = 3
    @property
    def size(self): return 1
    class Row:
        def get(self): ...

handler = lambda x: x
if DEBUG:
    def late(): pass
""",
        """\
function read
  function read.inner
class Store
  function Store.size
  class Store.Row
    function Store.Row.get
function late
""",
    ),
    "javascript": (
        """\
export default function () { return 1 }
export const read = async (id) => { const one = () => 1; rows.map(row => { row() }) };
const a = 1, b = function* () { yield 1 };
app.get("/users", auth, async (req, res) => { const table = { all: () => 1 }; });
app.use(function (req, res, next) { next() });
router.route("/a").get((q) => { q(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17) }).put((q) => { q() });
module.exports.find = function findOne() {};
const table = { all: () => 1, one() {}, "two": async function () {} };
class Store extends Base { #rows = () => 1; static size() { return 1 } get first() { return 1 } }
rows.forEach(row => row.save());
""",
        """\
function default
function read
  function read.one
function b
function app.get("/users")
  function app.get("/users").all
function app.use()
function router.route("/a").get()
function put()
function module.exports.find
function all
function one
function two
class Store
  function Store.#rows
  function Store.size
  function Store.first
function rows.forEach()
""",
    ),
    "typescript": (
        """\
@Controller("users")
export class Users<T> extends Base implements X {
  @Get(":id") find(@Param() id: string): T { return this.x as T }
  private load = async (): Promise<void> => { y() };
}
export abstract class Shape { abstract area(): number; name() { return "é\U0001f600" } }
namespace Inner { export function open() {} }
interface Row { id: string; load(): void }
function over(a: string): void;
function over(a: any) {}
""",
        """\
class Users
  function Users.find
  function Users.load
class Shape
  function Shape.name
function open
function over
""",
    ),
    "tsx": (
        "export const Page = ({ id }: Props) => <div onClick={() => { go(id) }}>é</div>;\n",
        "function Page\n",
    ),
    "go": (
        """\
package m
type Store struct { rows []int }
type ( Reader interface { Read() }; Name = string )
func (s *Store) Get() error { find := func() { x() }; go func() {}(); return find() }
func (Store) Put() {}
func (l List[T]) Len() int { return 1 }
func Map[T any](xs []T) {}
var hook = func() {}
""",
        """\
class Store
class Reader
function Store.Get
  function Store.Get.find
function Store.Put
function List.Len
function Map
function hook
""",
    ),
    "java": (
        """\
@Service
class Users {
  Users() {}
  @Transactional public void save(User u) { run(() -> { x(); }); new Task() { public void run() {} }; }
  enum Kind { A { void go() {} }; void stop() {} }
  record Pair(int a) { int sum() { return a; } }
  interface Store { default void open() {} }
  Runnable r = () -> { y(); };
}
""",
        """\
class Users
  function Users.Users
  function Users.save
    function Users.save.run
  class Users.Kind
    function Users.Kind.go
    function Users.Kind.stop
  class Users.Pair
    function Users.Pair.sum
  class Users.Store
    function Users.Store.open
  function Users.r
""",
    ),
}


def tree_of(language: str, text: str) -> SyntaxTree:
    row = by_id(language)
    assert row is not None
    return parse(row, text)


def lines(scopes: tuple[Scope, ...], depth: int = 0) -> Iterator[str]:
    for scope in scopes:
        yield f"{'  ' * depth}{scope.kind.value} {scope.path}\n"
        yield from lines(scope.children, depth + 1)


def flat(scopes: tuple[Scope, ...]) -> Iterator[Scope]:
    for scope in scopes:
        yield scope
        yield from flat(scope.children)


def naive_enclosing(scopes: tuple[Scope, ...], offset: int) -> Scope | None:
    """The oracle: the last scope of the outline that holds the character at the offset."""
    around = [scope for scope in flat(scopes) if scope.range.start <= offset < scope.range.end]
    return around[-1] if around else None


def test_every_language_with_a_grammar_is_here() -> None:
    assert {language.id for language in LANGUAGES if language.grammar} == SOURCES.keys()


@pytest.mark.parametrize("language", SOURCES)
def test_the_outline_has_functions_and_classes_by_name(language: str) -> None:
    source, expected = SOURCES[language]
    tree = tree_of(language, source)
    assert not tree.has_error
    assert expected == "".join(lines(outline(tree)))


@pytest.mark.parametrize("language", SOURCES)
def test_a_name_stands_in_its_scope(language: str) -> None:
    source, _ = SOURCES[language]
    for scope in flat(outline(tree_of(language, source))):
        shown = source[scope.name_range.start : scope.name_range.end].strip('"')
        assert shown == (scope.name if len(scope.name_range) else "")
        assert scope.range.covers(scope.name_range)
        assert scope.path.endswith(scope.name)


@pytest.mark.parametrize("language", SOURCES)
def test_the_enclosing_scope_is_the_innermost_of_the_outline(language: str) -> None:
    source, _ = SOURCES[language]
    tree = tree_of(language, source)
    scopes = outline(tree)
    for offset, character in enumerate(source):
        if character.isspace():
            continue
        expected = naive_enclosing(scopes, offset)
        found = enclosing(tree, offset)
        assert (expected and expected.path) == (found and found.path), source[offset:]
        assert (expected and expected.range) == (found and found.range)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_broken_text_has_scopes_that_lie_in_each_other(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(sorted(SOURCES)))
    text = SOURCES[language][0]
    for _ in range(3):
        text = replaced(text, data.draw(edits_of(text)))
    tree = tree_of(language, text)
    scopes = outline(tree)
    for scope in flat(scopes):
        ends = [scope.range.start, *(end for child in scope.children for end in (child.range.start, child.range.end))]
        assert [*ends, scope.range.end] == sorted([*ends, scope.range.end])
    offset = data.draw(st.integers(0, len(text)))
    if text[offset : offset + 1].strip():
        expected = naive_enclosing(scopes, offset)
        assert scope_path(tree, offset) == (expected.path if expected else "")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("python", "def f():\n    pass‸\n", "f"),  # a cursor behind the last character is still inside,
        ("python", "def f(): pass‸", "f"),
        ("python", "def f():\n    pass\n‸\n", ""),  # on the next line it is not,
        ("javascript", "function f() {}‸g()", ""),  # nor on what follows at once
        ("javascript", "function f() {‸}", "f"),
        ("python", "@a‸pp\ndef f(): pass", "f"),  # decorators, export and the name belong to it
        ("javascript", "exp‸ort const f = () => 1", "f"),
        ("javascript", "const f‸n = () => 1", "fn"),
        ("python", "class A:\n    def m(self):\n        return sorted(x, key=lambda y: ‸y)", "A.m"),
        ("javascript", "function f() { xs.map(x => { ‸y }) }", "f"),
        ("javascript", "xs.map(x => { ‸y })", "xs.map()"),
        ("python", "‸", ""),
    ],
)
def test_the_scope_at_a_cursor(language: str, text: str, expected: str) -> None:
    cursor = text.index("‸")
    assert expected == scope_path(tree_of(language, text.replace("‸", "")), cursor)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("python", "@a\n@b\ndef f():\n  pass\n", "@a\n@b\ndef f():\n  pass"),
        ("javascript", "x;\nexport const f = () => 1;\n", "export const f = () => 1;"),
        ("javascript", "const f = () => 1, g = 2", "f = () => 1"),
        ("javascript", 'app.get("/", () => { x() })', "() => { x() }"),
        ("go", "package m\ntype A struct {}\n", "type A struct {}"),
        ("java", "class A { @X void f() {} }", "class A { @X void f() {} }"),
    ],
)
def test_a_scope_takes_in_what_is_there_for_it(language: str, text: str, expected: str) -> None:
    scope = outline(tree_of(language, text))[0]
    assert expected == text[scope.range.start : scope.range.end]


@pytest.mark.parametrize(
    ("language", "opening", "closing"),
    [
        ("javascript", "function f() {", "}"),
        ("javascript", "a(function () {", "})"),
        ("javascript", "x => ", "1"),
        ("javascript", "f.g(() => {}).", "h()"),
        ("python", "(", ""),
        ("java", "class A {", "}"),
    ],
)
def test_depth_costs_neither_the_stack_nor_the_square(language: str, opening: str, closing: str) -> None:
    text = opening * 4000 + closing * (4000 if closing == "}" or closing == "})" else 1)
    tree = tree_of(language, text)
    depth, scopes = 0, outline(tree)
    while scopes:
        depth, scopes = depth + 1, scopes[0].children
    assert depth <= 32
    found = enclosing(tree, len(opening) * 3999)
    assert found is None or len(found.path) < 32 * 80
