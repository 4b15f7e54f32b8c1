from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oldhand.syntax.languages import LANGUAGES, Language, by_id
from oldhand.syntax.tree import SyntaxTree, parse
from oldhand.text.ranges import TextRange
from texts import PIECES, edits_of, replaced

SOURCES = {
    "python": """\
@app.get('/x')
async def f(a, *, b=1):
    for é in a:
        yield g(é)  # \U0001f600

class A(B):
    x = [1]
""",
    "javascript": """\
export async function f(a, { b }) {
  const q = `é ${a} \U0001f600`;
  return g(a) ? b : /r/g;
}
class A { m() { return 1 } }
""",
    "typescript": """\
interface I { a: string }
export const f = async <T>(a: T): Promise<T> => {
  return g(a as any); // é \U0001f600
};
""",
    "tsx": """\
export const f = (a: string) => {
  return <div a='é'>{a} \U0001f600</div>;
};
""",
    "go": """\
package m

func (s *S) F(a int) error {
	if err := g(a); err != nil {
		return e("é \U0001f600", err)
	}
	return nil
}
""",
    "java": """\
class A<T> {
  @X int f(String s) throws E {
    for (var x : g(s)) { h("é \U0001f600", y -> y); }
    return 1;
  }
}
""",
}
FRAGMENTS = (
    *PIECES,
    "x",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "f(x)",
    "(y)",
    '"',
    "'",
    "`",
    "//",
    "#",
    "/*",
    "*/",
    "\0",
    ";",
    ":",
    "=",
    ",",
    "\\",
)


def nodes(tree: SyntaxTree) -> list[tuple[str, str | None, int, int, bool]]:
    """All of the tree that anyone can see."""
    return [(node.kind, node.field, node.start, node.end, node.missing) for node in tree.root().descendants()]


def language_of(name: str) -> Language:
    language = by_id(name)
    assert language is not None
    return language


def naive_offset(tree: SyntaxTree, byte: int) -> int:
    """The oracle: the code point that begins at or holds a byte, counted one character at a time."""
    at = 0
    for offset, character in enumerate(tree.text):
        width = tree.unit * (1 + (tree.unit == 2 and ord(character) > 0xFFFF))
        if byte < at + width:
            return offset
        at += width
    return len(tree.text)


@pytest.mark.parametrize("name", SOURCES)
def test_the_sources_parse(name: str) -> None:
    tree = parse(language_of(name), SOURCES[name])
    assert not tree.has_error
    assert tree.error_ranges() == []


@pytest.mark.parametrize("name", SOURCES)
def test_a_changed_text_has_the_tree_of_a_new_one(name: str) -> None:
    choice = random.Random(name)
    language = language_of(name)
    source = SOURCES[name]
    seen = broken = whole = 0
    for _ in range(40):
        text = source.translate({0xE9: "e", 0x1F600: "o"}) if choice.random() < 0.5 else source
        good = [text]
        tree = parse(language, text)
        for _ in range(12):
            start = choice.randrange(len(text) + 1)
            end = min(len(text), start + choice.choice((0, 0, 0, 1, 2, 7)))
            text = text[:start] + "".join(choice.choices(FRAGMENTS, k=choice.randrange(3))) + text[end:]
            if choice.random() < 0.25:
                text = good[-1]  # undone
            tree, fresh = parse(language, text, tree), parse(language, text)
            seen += 1
            assert tree.has_error == fresh.has_error
            if not fresh.has_error:
                assert nodes(fresh) == nodes(tree)
                assert fresh.tree.root_node.end_point == tree.tree.root_node.end_point
                good.append(text)
                whole += 1
            broken += fresh.has_error and nodes(fresh) != nodes(tree)
    assert whole > seen / 5
    assert broken < seen / 20  # tree-sitter recovers from an error in a way that may depend on what was there


def test_a_tree_forgets_what_was_parsed_next_to_an_error() -> None:
    # Left to itself, tree-sitter takes `f(x)` over as the conversion that it was in the broken text.
    start = "package m\ntype S struct { a int }\nfunc (s *S) M("
    end = """s ...int) (int, error) {
	for i, x := range xs { if err := f(x); err != nil { return 0, fmt.Errorf("%w", err) } }
	go func() { ch <- `raw
 string` }()
	return 1, nil
}
"""
    go = language_of("go")
    broken = parse(go, f"{start}ct`{end}")
    text = f"{start}x{end}"
    assert broken.has_error
    assert nodes(parse(go, text)) == nodes(parse(go, text, broken))


def test_broken_states_start_from_the_last_good_one() -> None:
    python = language_of("python")
    good = parse(python, "x = 1\n")
    first = parse(python, "x = (1\n", good)
    second = parse(python, "x = (1,\n", first)
    assert first.whole is second.whole is good
    assert parse(python, "x = (1,)\n", second).whole is None
    fresh = parse(python, "x = (1,\n")
    assert parse(python, "x = (1,(\n", fresh).whole is None
    # So what is parsed does not depend on the broken states between.
    javascript = language_of("javascript")
    source = SOURCES["javascript"].replace("é", "e").replace("\U0001f600", "o")
    opened = source.replace("o`", "x")
    broken = opened.replace("return 1", "\\return 1")
    tree = parse(javascript, broken, parse(javascript, opened, parse(javascript, source)))
    assert nodes(parse(javascript, broken)) == nodes(tree)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_offsets_are_code_points_in_any_text(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SOURCES)))
    text = replaced(SOURCES[name], data.draw(edits_of(SOURCES[name])))
    text = replaced(text, data.draw(edits_of(text)))
    tree = parse(language_of(name), text)
    stack = [tree.tree.root_node]
    while stack:
        node = stack.pop()
        assert tree.range_of(node) == TextRange(naive_offset(tree, node.start_byte), naive_offset(tree, node.end_byte))
        stack.extend(node.children)
    for offset in range(len(text) + 1):
        assert naive_offset(tree, tree.to_byte(offset)) == offset
    assert [tree.text_of(child) for child in tree.tree.root_node.children] == [
        child.text for child in tree.root().children
    ]


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("python", "x = 1\ny = ⟨=⟩ 2\nz = 3\n"),
        ("javascript", "f(a⟨⟩;\ng();\n"),
        ("go", "package m\nfunc f() {\n\tx := 1 ⟨)⟩\n}\n"),
        ("python", "d = 'é\U0001f600'\ny = ⟨=⟩ 2\n"),
    ],
)
def test_errors_are_the_outermost_and_where_a_token_is_missing(name: str, marked: str) -> None:
    start = marked.index("⟨")
    end = marked.index("⟩") - 1
    text = marked.replace("⟨", "").replace("⟩", "")
    assert [TextRange(start, end)] == parse(language_of(name), text).error_ranges()


def test_of_very_many_errors_the_first_thousand_are_told() -> None:
    errors = parse(language_of("python"), "x = = 1\n" * 1100).error_ranges()
    assert len(errors) == 1000
    assert errors == sorted(errors)
    assert errors[0].start < 8


@pytest.mark.parametrize(
    "text", ["(" * 20_000, "(" * 20_000 + ")" * 20_000, "x = " + "-" * 20_000 + "1", "\0" * 500, ""]
)
@pytest.mark.parametrize("name", ["python", "javascript"])
def test_deep_and_senseless_texts_parse(name: str, text: str) -> None:
    tree = parse(language_of(name), text)
    assert sum(1 for _ in tree.root().descendants()) >= 1
    assert tree.error_ranges() == [] or tree.has_error


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each.grammar], ids=lambda each: each.id)
def test_what_the_table_names_is_in_the_grammar(language: Language) -> None:
    grammar = parse(language, "").tree.language
    kinds = {grammar.node_kind_for_id(number) for number in range(grammar.node_kind_count)}
    assert language.functions <= kinds
    assert language.classes & kinds
    assert language.bodies <= kinds


@pytest.mark.parametrize("name", SOURCES)
def test_a_long_text_that_is_read_in_pieces_has_the_tree_of_one_that_is_not(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = parse(language_of(name), SOURCES[name])
    plain = parse(language_of(name), SOURCES[name].replace("\U0001f600", "o").replace("é", "e"))
    monkeypatch.setattr("oldhand.syntax.tree._LONG", 0)
    monkeypatch.setattr("oldhand.syntax.tree._PIECE", 6)
    for tree in (whole, plain):
        assert nodes(parse(tree.language, tree.text)) == nodes(tree)
        changed = parse(tree.language, tree.text + "\n", tree)
        assert nodes(parse(tree.language, tree.text, changed)) == nodes(tree)
