from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.review.document import Document
from oldhand.text.edits import OutsideError, TextEdit
from oldhand.text.lines import LineIndex
from oldhand.text.ranges import TextRange
from texts import edits_of, replaced, texts


def starts(index: LineIndex) -> list[int]:
    return [index.line_start(line) for line in range(index.line_count)]


@given(st.data())
def test_edits_follow_each_other(data: st.DataObject) -> None:
    text = data.draw(texts())
    document = Document.open("file:///a.py", 1, "python", text)
    edits = []
    for _ in range(data.draw(st.integers(0, 4))):
        edits.append(data.draw(edits_of(text)))
        text = replaced(text, edits[-1])
    edited = document.edited(edits, 2)
    assert text == edited.text
    assert starts(LineIndex.of(text)) == starts(edited.index)
    assert (edited.uri, edited.version, edited.language) == ("file:///a.py", 2, "python")


def test_a_document_is_never_changed_and_equals_itself_alone() -> None:
    document = Document.open("file:///a.py", 1, "python", "a\n")
    edited = document.edited([], 1)
    assert (document.text, document.version) == ("a\n", 1)
    assert document != edited


def test_an_edit_outside_of_the_text_is_refused() -> None:
    document = Document.open("file:///a.py", 1, "python", "a\n")
    with pytest.raises(OutsideError):
        document.edited([TextEdit(TextRange(0, 1), ""), TextEdit(TextRange(1, 2), "")], 2)
    assert document.text == "a\n"
