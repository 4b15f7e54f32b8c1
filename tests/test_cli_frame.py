from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand import secrets
from oldhand.cli.output.frame import FrameLine, frame
from oldhand.text.lines import LineIndex
from oldhand.text.ranges import TextRange
from rich.cells import cell_len


def framed(text: str, quote: str, width: int = 60) -> list[tuple[int | None, str, str]]:
    start = text.index(quote)
    return [(line.number, line.code, line.under) for line in lines(text, start, start + len(quote), width)]


def lines(text: str, start: int, end: int, width: int = 60) -> tuple[FrameLine, ...]:
    return frame(text, LineIndex.of(text), TextRange(start, end), secrets.find(text), width=width)


def test_range_is_underlined_between_its_neighbours():
    assert framed("a\nb = f(1)\nc\nd\n", "f(1)") == [(1, "a", ""), (2, "b = f(1)", "    ^^^^"), (3, "c", "")]


def test_blank_neighbours_are_left_out():
    assert framed("a\n\nf(1)\n  \nb\n", "f(1)") == [(3, "f(1)", "^^^^")]


@pytest.mark.parametrize(
    ("text", "code", "under"),
    [
        ("\tx = f(1)", "    x = f(1)", "        ^^^^"),
        ("ab\tf(1)", "ab  f(1)", "    ^^^^"),
        ('"日本", f(1)', '"日本", f(1)', "        ^^^^"),
        ('"e\u0301", f(1)', '"e\u0301", f(1)', "     ^^^^"),
        ("\u202e f(1)", "\\u202e f(1)", "       ^^^^"),
        ("\x1b[2J f(1)", "\\x1b[2J f(1)", "        ^^^^"),
        ("##vso[x] f(1)", "\\x23#vso[x] f(1)", "            ^^^^"),
        ('pwd="opensesame"; f(1)', 'pwd="op****"; f(1)', "              ^^^^"),
    ],
)
def test_marks_stand_below_what_they_mark(text, code, under):
    assert framed(text, "f(1)") == [(1, code, under)]


def test_wide_characters_are_underlined_in_full():
    assert framed("日本語()", "日本語") == [(1, "日本語()", "^^^^^^")]


def test_range_inside_of_a_secret_marks_the_mask():
    assert framed('password = "opensesame"', "opensesame") == [(1, 'password = "op****"', "            ^^^^^^")]


def test_long_line_is_cut_around_the_range():
    (_, code, under), *_ = framed("a" * 100 + " f(1) " + "b" * 100, "f(1)", 40)
    assert cell_len(code) <= 40
    assert code.startswith("…")
    assert code.endswith("…")
    assert code[under.index("^") : under.index("^") + 4] == "f(1)"


def test_long_line_is_cut_at_its_end_where_the_range_is_at_its_start():
    assert framed("f(1) " + "b" * 100, "f(1)", 20) == [(1, "f(1) bbbbbbbbbbbbb…", "^^^^")]


def test_range_of_several_lines_is_marked_where_it_begins_and_ends():
    text = "x = f(\n    1,\n    2)\ny\n"
    shown = lines(text, text.index("f("), text.index(")") + 1)
    assert [(line.under, line.inside) for line in shown] == [
        ("    ^^", True),
        ("", True),
        ("    ^^", True),
        ("", False),
    ]


def test_middle_of_a_long_range_is_left_out():
    text = "f(\n" + "    1,\n" * 20 + ")\n"
    assert [line.number for line in lines(text, 0, len(text) - 1)] == [1, 2, 3, 4, None, 21, 22]


def test_a_private_key_shows_none_of_its_lines():
    body = "\n".join("q7Xw9" * 12 for _ in range(6))
    text = f'key = """-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"""\n'
    for start in range(0, len(text), 40):
        assert not any("q7Xw9" in line.code for line in lines(text, start, start + 5))


def test_empty_range_at_the_end_of_the_text_has_a_mark():
    assert [(line.number, line.under) for line in lines("a\nb\n", 4, 4)] == [(2, ""), (3, "^")]


@given(
    st.text(st.sampled_from("ab \t\n日e\u0301\u202e\x1b#[v:"), max_size=60),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(1, 40),
)
def test_no_line_is_wider_than_asked_for(text, start, length, width):
    start = min(start, len(text))
    for line in lines(text, start, min(start + length, len(text)), width):
        assert cell_len(line.code) <= max(width, 3)
        assert cell_len(line.under) <= max(width, 3) + 1  # a mark behind the last character
