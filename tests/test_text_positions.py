from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.text.edits import TextEdit, apply
from oldhand.text.lines import LineIndex, PositionEncoding, offset_of, position_of
from oldhand.text.ranges import TextRange
from texts import texts

UTF8, UTF16, UTF32 = PositionEncoding.UTF8, PositionEncoding.UTF16, PositionEncoding.UTF32
ENCODINGS = st.sampled_from(PositionEncoding)


def width(character: str, encoding: PositionEncoding) -> int:
    """The oracle for one character, by its code point alone."""
    code = ord(character)
    match encoding:
        case PositionEncoding.UTF8:
            return 1 + (code > 0x7F) + (code > 0x7FF) + (code > 0xFFFF)
        case PositionEncoding.UTF16:
            return 1 + (code > 0xFFFF)
        case PositionEncoding.UTF32:
            return 1


def naive_lines(text: str) -> list[str]:
    """The lines of a text without what ends them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def naive_offset(text: str, line: int, character: int, encoding: PositionEncoding) -> int:
    """The oracle: walks the text one character at a time."""
    at = 0
    for _ in range(line):
        while at < len(text) and text[at] not in "\r\n":
            at += 1
        if at == len(text):
            return at
        at += 2 if text[at : at + 2] == "\r\n" else 1
    while at < len(text) and text[at] not in "\r\n" and width(text[at], encoding) <= character:
        character -= width(text[at], encoding)
        at += 1
    return at


@given(texts(), st.integers(0, 12), st.integers(0, 30), ENCODINGS)
def test_a_position_is_where_the_oracle_has_it(
    text: str, line: int, character: int, encoding: PositionEncoding
) -> None:
    expected = naive_offset(text, line, character, encoding)
    assert expected == offset_of(text, LineIndex.of(text), line, character, encoding)


@given(texts(), ENCODINGS)
def test_an_offset_comes_back_from_its_position(text: str, encoding: PositionEncoding) -> None:
    index = LineIndex.of(text)
    for offset in range(len(text) + 1):
        line, character = position_of(text, index, offset, encoding)
        inside_pair = text[offset - 1 : offset + 1] == "\r\n" and offset > 0
        assert offset - inside_pair == offset_of(text, index, line, character, encoding)
        before = naive_lines(text)[line][: offset - index.line_start(line)]
        assert sum(width(each, encoding) for each in before) == character


@given(texts(), st.lists(st.tuples(*[st.integers(0, 9)] * 4), max_size=6), texts(3), ENCODINGS)
def test_edits_by_position_give_the_text_of_the_oracle(
    text: str, places: list[tuple[int, int, int, int]], new_text: str, encoding: PositionEncoding
) -> None:
    index = LineIndex.of(text)
    for line, character, lines, characters in places:
        ends = [(line, character), (line + lines % 3, characters)]
        start, end = sorted(naive_offset(text, *place, encoding) for place in ends)
        expected = text[:start] + new_text + text[end:]
        own = sorted(offset_of(text, index, *place, encoding) for place in ends)
        edit = TextEdit(TextRange(*own), new_text)
        after = apply(text, [edit])
        assert expected == after
        index = index.edited(text, edit, after)
        text = after


@pytest.mark.parametrize(
    ("text", "line", "character", "encoding", "expected"),
    [
        ("abc", 0, 99, UTF16, 3),  # behind the end of the only line
        ("abc\r\nd", 0, 99, UTF16, 3),  # behind a line's end is before what ends it
        ("abc\r\nd", 0, 4, UTF16, 3),  # between \r and \n
        ("abc\n", 1, 5, UTF16, 4),
        ("abc\n", 2, 0, UTF16, 4),  # behind the last line is the end of the text
        ("abc\nde", 7, 1, UTF8, 6),
        ("abc\nde", 2**31 - 1, 2**31 - 1, UTF32, 6),  # some clients name the end of a text so
        ("abc", -1, 2, UTF16, 0),
        ("abc", 0, -1, UTF16, 0),
        ("", 0, 5, UTF8, 0),
        ("\U0001f600b", 0, 1, UTF16, 0),  # inside a character is its start
        ("\U0001f600b", 0, 2, UTF16, 1),
        ("\U0001f600b", 0, 3, UTF8, 0),
        ("\U0001f600b", 0, 4, UTF8, 1),
        ("\U0001f600b", 0, 1, UTF32, 1),
        ("a\u20acb", 0, 3, UTF8, 1),
        ("\ud83dx", 0, 3, UTF8, 1),  # a lone surrogate takes three bytes
        ("\ud83dx", 0, 1, UTF16, 1),  # or one unit,
        ("\ud83d\ude00x", 0, 1, UTF16, 1),  # also where two lone ones meet
        ("a\fb\u2028c", 0, 4, UTF32, 4),  # form feed and U+2028 stay in the line
    ],
)
def test_positions_clamp(text: str, line: int, character: int, encoding: PositionEncoding, expected: int) -> None:
    assert expected == offset_of(text, LineIndex.of(text), line, character, encoding)


@pytest.mark.parametrize(("offset", "expected"), [(-3, (0, 0)), (99, (1, 1)), (2, (0, 1)), (3, (1, 0))])
def test_offsets_outside_and_between_have_a_position_too(offset: int, expected: tuple[int, int]) -> None:
    text = "a\r\nb"
    assert expected == position_of(text, LineIndex.of(text), offset, UTF16)


def test_a_very_long_line_is_counted_exactly() -> None:
    text = "x = '" + "aé\u20ac\U0001f600" * 20_000 + "'\n"
    index = LineIndex.of(text)
    for offset in (0, 6, 40_001, 79_999, 80_003):
        for encoding in PositionEncoding:
            character = sum(width(each, encoding) for each in text[:offset])
            assert (0, character) == position_of(text, index, offset, encoding)
            assert offset == offset_of(text, index, 0, character, encoding)
