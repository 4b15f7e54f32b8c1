from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.text.edits import (
    EditError,
    OutsideError,
    OverlapError,
    TextEdit,
    apply,
    changed_span,
    collide,
    compose,
    compose_all,
    in_order,
)
from oldhand.text.ranges import TextRange
from texts import edits_of, parallel_edits_of, replaced, texts


def edit(start: int, end: int, new_text: str = "") -> TextEdit:
    return TextEdit(TextRange(start, end), new_text)


def naive_apply(text: str, edits: list[TextEdit]) -> str:
    """The oracle: lays each new text before the character at its place, then takes out what is replaced."""
    laid: list[str] = [""] * (len(text) + 1)
    kept = [True] * len(text)
    for each in sorted(edits, key=lambda each: len(each.range) > 0):  # insertions first
        laid[each.range.start] += each.new_text
        kept[each.range.start : each.range.end] = [False] * len(each.range)
    characters = [character if keep else "" for character, keep in zip(text, kept, strict=True)]
    return "".join(new + old for new, old in zip(laid, [*characters, ""], strict=True))


@given(st.data())
def test_edits_give_the_text_of_the_oracle(data: st.DataObject) -> None:
    text = data.draw(texts())
    edits = data.draw(parallel_edits_of(text))
    assert naive_apply(text, edits) == apply(text, edits)


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], "0123456789"),
        ([edit(5, 5, "x"), edit(2, 3, "y"), edit(5, 5, "z")], "01y34xz56789"),
        ([edit(2, 4, "y"), edit(2, 2, "x")], "01xy456789"),  # an insertion comes before the replacement
        ([edit(2, 4, "y"), edit(4, 4, "x"), edit(4, 6)], "01yx6789"),  # edits may meet
        ([edit(10, 10, "x"), edit(0, 0, "y")], "y0123456789x"),
    ],
)
def test_edits_are_made_by_place(edits: list[TextEdit], expected: str) -> None:
    assert expected == apply("0123456789", edits)


@pytest.mark.parametrize(
    ("edits", "error"),
    [
        ([edit(1, 4, "x"), edit(3, 5)], OverlapError),
        ([edit(1, 4), edit(1, 4)], OverlapError),
        ([edit(3, 3, "x"), edit(1, 4)], OverlapError),  # an insertion inside of a deletion
        ([edit(0, 1), edit(9, 11)], OutsideError),
        ([edit(11, 11, "x")], OutsideError),
    ],
)
def test_edits_that_can_not_be_made_are_refused_as_a_whole(edits: list[TextEdit], error: type[EditError]) -> None:
    with pytest.raises(error):
        apply("0123456789", edits)


def test_edits_come_in_the_order_of_their_places() -> None:
    first, second, third = edit(7, 8), edit(3, 3, "b"), edit(3, 3, "a")
    assert [second, third, first] == in_order([first, second, third])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([edit(1, 3)], [edit(4, 5)], False),
        ([edit(1, 3)], [edit(3, 5)], True),
        ([edit(3, 3, "x")], [edit(3, 3, "y")], True),
        ([edit(0, 1), edit(8, 9)], [edit(3, 3, "y"), edit(5, 9)], True),
        ([], [edit(0, 9)], False),
    ],
)
def test_changes_that_meet_collide(one: list[TextEdit], other: list[TextEdit], expected: bool) -> None:
    assert expected == collide(one, other)
    assert expected == collide(other, one)


@given(st.data())
def test_composed_edits_do_what_both_lists_do(data: st.DataObject) -> None:
    text = data.draw(texts())
    first = data.draw(parallel_edits_of(text))
    middle = apply(text, first)
    second = data.draw(parallel_edits_of(middle))
    composed = compose(first, second)
    assert apply(middle, second) == apply(text, composed)
    assert all(a.range.end < b.range.start for a, b in itertools.pairwise(composed))


@given(st.data())
def test_edits_that_follow_each_other_become_one_list(data: st.DataObject) -> None:
    text = before = data.draw(texts())
    edits = []
    for _ in range(data.draw(st.integers(0, 7))):
        edits.append(data.draw(edits_of(text)))
        text = replaced(text, edits[-1])
    assert text == apply(before, compose_all(edits))


def test_what_is_inserted_and_taken_out_again_leaves_no_edit() -> None:
    assert compose([edit(3, 3, "xyz")], [edit(3, 6)]) == ()
    assert compose_all([edit(3, 3, "")]) == ()


@given(texts(), texts(), texts(), texts())
def test_the_changed_span_is_the_smallest(prefix: str, old: str, new: str, suffix: str) -> None:
    before, after = prefix + old + suffix, prefix + new + suffix
    removed, added = changed_span(before, after)
    assert before[: removed.start] + after[added.start : added.end] + before[removed.end :] == after
    differs = before[removed.start : removed.end], after[added.start : added.end]
    assert before == after or differs[0][:1] != differs[1][:1]
    assert before == after or differs[0][-1:] != differs[1][-1:]
    assert len(removed) <= len(old)
    assert len(added) <= len(new)


def test_the_changed_span_of_lists_counts_their_items() -> None:
    assert (TextRange(1, 2), TextRange(1, 3)) == changed_span(["a", "b", "c"], ["a", "x", "y", "c"])
