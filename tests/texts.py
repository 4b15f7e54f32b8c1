"""Hypothesis strategies for texts and edits made of line ends, characters of all widths, lone surrogates."""

from __future__ import annotations

from hypothesis import strategies as st
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange

LINE_ENDS = ("\n", "\r\n", "\r")
# Form feed, U+0085 and U+2028 end no line; then one character each of 2, 3 and 4 bytes, and lone surrogates.
PIECES = (*LINE_ENDS, "a", "bc", " ", "\f", "\x85", "\u2028", "é", "\u20ac", "\U0001f600", "\ud83d", "\ude00")


def texts(max_pieces: int = 30) -> st.SearchStrategy[str]:
    """Short texts of awkward pieces; a high and a low surrogate may meet and stay two characters."""
    return st.lists(st.sampled_from(PIECES), max_size=max_pieces).map("".join)


@st.composite
def edits_of(draw: st.DrawFn, text: str) -> TextEdit:
    """Any edit of a text."""
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 8)))
    return TextEdit(TextRange(start, end), draw(texts(4)))


@st.composite
def parallel_edits_of(draw: st.DrawFn, text: str) -> list[TextEdit]:
    """Edits of one text that do not overlap, in any order; several may insert at one place."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    edits = [TextEdit(TextRange(start, end), draw(texts(3))) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    return draw(st.permutations(edits))


def replaced(text: str, edit: TextEdit) -> str:
    """The oracle for one edit."""
    return text[: edit.range.start] + edit.new_text + text[edit.range.end :]
