from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.text import lines
from oldhand.text.edits import TextEdit
from oldhand.text.lines import LineIndex, split_lines
from oldhand.text.ranges import TextRange
from texts import LINE_ENDS, edits_of, replaced, texts


def naive_lines(text: str) -> list[tuple[int, int, int]]:
    """The oracle: start, end and start of the next line of every line, one character at a time."""
    found = []
    start = at = 0
    while at < len(text):
        width = 2 if text[at : at + 2] == "\r\n" else 1 if text[at] in "\r\n" else 0
        at += width or 1
        if width:
            found.append((start, at - width, at))
            start = at
    found.append((start, len(text), len(text)))
    return found


def starts(index: LineIndex) -> list[int]:
    return [index.line_start(line) for line in range(index.line_count)]


def assert_exact(index: LineIndex, text: str) -> None:
    expected = naive_lines(text)
    assert [start for start, _, _ in expected] == starts(index)
    assert [end for _, end, _ in expected] == [index.line_end(text, line) for line in range(index.line_count)]


@contextmanager
def blocks_of(size: int) -> Iterator[None]:
    """Small blocks, so that short texts have many of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_BLOCK", size)
        patch.setattr(lines, "_LARGEST", 2 * size)
        patch.setattr(lines, "_SMALLEST", (size + 1) // 2)
        yield


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0]),
        ("a", [0]),
        ("\n", [0, 1]),
        ("a\nb\r\nc\rd", [0, 2, 5, 7]),
        ("a\n\r\n\rb\n", [0, 2, 4, 5, 7]),
        ("a\fb\x85c\u2028d\x0be\x1cf", [0]),
        ("\ud83d\n\ude00", [0, 2]),
    ],
)
def test_only_three_things_end_a_line(text: str, expected: list[int]) -> None:
    assert expected == starts(LineIndex.of(text))


@given(texts())
def test_a_new_index_is_that_of_the_oracle(text: str) -> None:
    assert_exact(LineIndex.of(text), text)
    assert [text[start:after] for start, _, after in naive_lines(text) if start < after] == split_lines(text)


@given(texts())
def test_every_offset_is_on_the_line_that_holds_it(text: str) -> None:
    index = LineIndex.of(text)
    found = naive_lines(text)
    for offset in range(len(text) + 1):
        expected = max(line for line, (start, _, _) in enumerate(found) if start <= offset)
        assert expected == index.line_of(offset)
    assert index.line_count - 1 == index.line_of(len(text) + 5)


@pytest.mark.parametrize("line", [-1, 3])
def test_a_line_that_is_not_there_raises(line: int) -> None:
    index = LineIndex.of("a\nb\n")
    with pytest.raises(IndexError):
        index.line_start(line)


@given(st.data(), st.sampled_from([1, 2, 5, 128]))
def test_an_edited_index_is_that_of_the_new_text(data: st.DataObject, size: int) -> None:
    with blocks_of(size):
        text = data.draw(texts())
        index = LineIndex.of(text)
        for _ in range(data.draw(st.integers(1, 4))):
            edit = data.draw(edits_of(text))
            after = replaced(text, edit)
            edited = index.edited(text, edit, after)
            assert_exact(edited, after)
            assert_exact(index, text)
            text, index = after, edited


@pytest.mark.parametrize(
    ("before", "start", "end", "new_text"),
    [
        ("a\r\nb", 2, 2, "x"),  # a pair is split
        ("a\rxb", 2, 3, "\n"),  # a pair is joined by a replacement,
        ("a\rx\nb", 2, 3, ""),  # and by a deletion,
        ("a\nb", 1, 1, "\r"),  # and by an insertion before
        ("a\rb", 2, 2, "\n"),  # and after
        ("a\r\nb", 1, 2, ""),  # a pair loses its first half,
        ("a\r\nb", 2, 3, ""),  # and its second
        ("\r\n\r\n", 1, 3, ""),  # two become one
        ("\r\n", 0, 2, ""),
        ("", 0, 0, "\r\n"),
    ],
)
def test_pairs_are_split_and_joined(before: str, start: int, end: int, new_text: str) -> None:
    edit = TextEdit(TextRange(start, end), new_text)
    after = replaced(before, edit)
    assert_exact(LineIndex.of(before).edited(before, edit, after), after)


@pytest.mark.parametrize("size", [2, 8, 128])
def test_a_long_history_stays_exact_and_in_balance(size: int) -> None:
    choice = random.Random(size)
    text = "".join(f"line {number}{choice.choice(LINE_ENDS)}" for number in range(600))
    with blocks_of(size):
        index = LineIndex.of(text)
        for step in range(1500):
            start = choice.randrange(len(text) + 1)
            grows = step % 500 < 250
            end = start if grows else min(len(text), start + choice.randrange(40))
            new_text = "".join(choice.choices(["x", *LINE_ENDS], k=choice.randrange(8 if grows else 3)))
            edit = TextEdit(TextRange(start, end), new_text)
            after = replaced(text, edit)
            index = index.edited(text, edit, after)
            text = after
            if step % 50 == 0:
                assert starts(LineIndex.of(text)) == starts(index)
            assert max(map(len, index.blocks)) <= 2 * size
            assert len(index.blocks) <= 1 + index.line_count // (size / 8)
        assert_exact(index, text)


def test_blocks_that_shrink_become_one() -> None:
    text = "line\n" * 3072
    index = LineIndex.of(text)
    inside = [line for line in range(3072) if line % 128 not in {0, 126, 127}]  # no edit reaches a second block
    for line in reversed(inside):
        edit = TextEdit(TextRange(5 * line, 5 * line + 5), "")
        after = replaced(text, edit)
        index = index.edited(text, edit, after)
        text = after
    assert starts(LineIndex.of(text)) == starts(index)
    assert len(index.blocks) <= 4


def test_a_change_shares_the_blocks_it_does_not_touch() -> None:
    text = "line\n" * 5000
    edit = TextEdit(TextRange(12_500, 12_500), "\n")
    before = LineIndex.of(text)
    after = before.edited(text, edit, replaced(text, edit))
    own = {id(block) for block in before.blocks}
    assert sum(id(block) not in own for block in after.blocks) == 1
