from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.text.diff import diff
from oldhand.text.edits import apply
from texts import texts


def shown(old: str, new: str) -> list[tuple[str, str]]:
    """The differences as pairs of what goes and what comes."""
    return [(old[edit.range.start : edit.range.end], edit.new_text) for edit in diff(old, new)]


def assert_sound(old: str, new: str) -> None:
    edits = diff(old, new)
    assert new == apply(old, edits)
    assert all(a.range.end < b.range.start for a, b in itertools.pairwise(edits))
    ends = {end for edit in edits for end in (edit.range.start, edit.range.end)}
    assert not any(old[end - 1 : end + 1] == "\r\n" for end in ends if end)


@given(texts(), texts())
def test_the_difference_of_any_two_texts_is_sound(old: str, new: str) -> None:
    assert_sound(old, new)


@given(st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "\n", "d"]), max_size=20), st.randoms())
def test_the_difference_of_shuffled_lines_is_sound(lines: list[str], shuffle: random.Random) -> None:
    others = list(lines)
    shuffle.shuffle(others)
    assert_sound("".join(lines), "".join(others[: len(others) * 2 // 3]))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("", "a\n", [("", "a\n")]),
        ("a\nb\nc\n", "a\nc\n", [("b\n", "")]),
        ("get(url)\nx\nget(url)\n", "get(url, timeout=1)\nx\nget(url)\n", [("", ", timeout=1")]),
        ("a = 1\nb = 2\nc = 3\n", "a = 9\nb = 2\nc = 8\n", [("1", "9"), ("3", "8")]),
        ("b\nc\n", "import a\nb\nd\nc\n", [("", "import a\n"), ("", "d\n")]),
        ("a\r\nb", "a\nb", [("\r\n", "\n")]),  # no edit begins inside of \r\n
        ("a\r\nb", "a\rb", [("\r\n", "\r")]),
        ("a\nb", "a\r\nb", [("\n", "\r\n")]),
        ("a\r\nb\r\n", "a\r\nx\r\nb\r\n", [("", "x\r\n")]),
    ],
)
def test_the_difference_is_small(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert expected == shown(old, new)


def test_an_edit_per_changed_place_in_a_long_text() -> None:
    lines = [f"value_{number} = {number}\n" for number in range(20_000)]
    others = list(lines)
    for number in range(0, 20_000, 1000):
        others[number] = f"value_{number} = 'changed'\n"
    assert len(diff("".join(lines), "".join(others))) == 20
    assert_sound("".join(lines), "".join(others))


@pytest.mark.parametrize("kinds", [1, 3, 1000])
def test_many_equal_lines_take_no_longer(kinds: int) -> None:
    # Algorithms that match equal lines with each other take minutes here.
    old = "".join(f"{number * number % kinds}\n" for number in range(30_000))
    new = "".join(f"{number % kinds}\n" for number in range(29_000))
    assert_sound(old, new)
