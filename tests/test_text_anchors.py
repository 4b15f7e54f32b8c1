"""In the cases `⟨…⟩` is the finding and `[old|new]` an edit; a finding that is dropped has no mark any more."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.text.anchors import carry, carry_all, shift
from oldhand.text.edits import TextEdit, apply, in_order
from oldhand.text.ranges import TextRange
from texts import edits_of, parallel_edits_of, replaced, texts

MARKS = re.compile(r"[⟨⟩\[\]|]")


def read(case: str) -> tuple[str, TextRange, list[TextEdit]]:
    """The text, the finding in it and the edits."""
    text = ""
    found: dict[str, int] = {}
    edits: list[TextEdit] = []
    at = 0
    for mark in [*MARKS.finditer(case), None]:
        piece = case[at : mark.start() if mark else len(case)]
        at = mark.end() if mark else at
        if mark and mark[0] == "]":  # the piece is what comes
            edits.append(TextEdit(TextRange(found["["], found["|"]), piece))
            continue
        text += piece
        if mark:
            found[mark[0]] = len(text)
    return text, TextRange(found["⟨"], found["⟩"]), edits


def marked(text: str, finding: TextRange | None) -> str:
    if finding is None:
        return text
    return f"{text[: finding.start]}⟨{text[finding.start : finding.end]}⟩{text[finding.end :]}"


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("[|# a\n]x = ⟨get()⟩", "# a\nx = ⟨get()⟩"),  # an edit before shifts it,
        ("[long_name|x] = ⟨get()⟩\n", "x = ⟨get()⟩\n"),  # by what it adds or takes,
        ("x = ⟨get()⟩\n[|y = 1\n]", "x = ⟨get()⟩\ny = 1\n"),  # and one behind leaves it
        ("x = [|(]⟨get()⟩", "x = (⟨get()⟩"),  # an insertion at the start pushes it
        ("x = ⟨get()⟩[|)]", "x = ⟨get()⟩)"),  # an insertion at the end stays outside
        ("[x = |]⟨get()⟩", "⟨get()⟩"),
        ("x = ⟨get()⟩[ + 1|]", "x = ⟨get()⟩"),
        ("x = ⟨get([|url])⟩", "x = get(url)"),  # an edit inside drops it
        ("x = ⟨g[et()⟩ + 1|]", "x = g"),
        ("[x = ⟨get()⟩|]", ""),
        # Of a replaced text only what differs counts.
        ("[x = ⟨get()⟩\n|y = get()\n]", "y = ⟨get()⟩\n"),
        ("[a = 1\nx = ⟨get()⟩\nb = 1\n|a = 2\nx = get()\nb = 2\n]", "a = 2\nx = ⟨get()⟩\nb = 2\n"),
        ("[⟨get()⟩|    get()]", "    ⟨get()⟩"),
        ("[a;\na;\n⟨a;⟩\na;\n|b;\nb;\nb;\na;\na;\na;\na;\n]", "b;\nb;\nb;\na;\na;\n⟨a;⟩\na;\n"),
        # It is found again where an edit wrote the same text: moved,
        ("[x = ⟨get()⟩\n|]y = 1\n[|x = get()\n]", "y = 1\nx = ⟨get()⟩\n"),
        # or written anew over it, nearest to where it was;
        ("a[b⟨b⟩b|bb]c", "ab⟨b⟩c"),
        ("[get(); x; ⟨get()⟩; y; get()|get(1), get(), get(2), get()]", "get(1), ⟨get()⟩, get(2), get()"),
        # of two places as near, the earlier.
        ("[----⟨a⟩-----|.a.....a..]", ".⟨a⟩.....a.."),
        # The same text elsewhere is other code.
        ("get()\n[⟨get()⟩|put()]\nget()\n", "get()\nput()\nget()\n"),
        ("get()[⟨get()⟩|]get()", "get()get()"),
        # An empty finding is shifted, and dropped when its place is taken out.
        ("x[|y]⟨⟩z", "xy⟨⟩z"),
        ("[x⟨⟩z|]", ""),
        ("[x|]⟨⟩z", "⟨⟩z"),
        ("x⟨⟩[z|]", "x⟨⟩"),
    ],
)
def test_a_finding_stays_on_its_text_or_is_dropped(case: str, expected: str) -> None:
    before, finding, edits = read(case)
    after = apply(before, edits)
    quote = before[finding.start : finding.end]
    backwards = edits[::-1]  # so that each still stands where the case has it
    carried = carry(finding, quote, backwards, before, after)
    assert expected == marked(after, carried)
    assert [carried] == carry_all([finding], backwards, before, after)


@given(st.data())
def test_shift_keeps_the_text_or_gives_nothing(data: st.DataObject) -> None:
    text = data.draw(texts())
    start = data.draw(st.integers(0, len(text)))
    span = TextRange(start, data.draw(st.integers(start, len(text))))
    edit = data.draw(edits_of(text))
    after = replaced(text, edit)
    shifted = shift(span, edit)
    touched = edit.range.start < span.end and span.start < edit.range.end
    assert touched == (shifted is None)
    if shifted is not None:
        assert text[span.start : span.end] == after[shifted.start : shifted.end]
        # As far from the end of the text that it is nearer to as before.
        assert shifted.start == span.start or len(after) - shifted.end == len(text) - span.end


@given(st.data())
def test_carried_ranges_keep_their_text(data: st.DataObject) -> None:
    before = text = data.draw(texts())
    edits = []
    for _ in range(data.draw(st.integers(0, 4))):
        edits.append(data.draw(edits_of(text)))
        text = replaced(text, edits[-1])
    cuts = data.draw(st.lists(st.integers(0, len(before)), max_size=8))
    ranges = [TextRange(*sorted(pair)) for pair in zip(cuts[::2], cuts[1::2], strict=False)]
    carried = carry_all(ranges, edits, before, text)
    assert len(ranges) == len(carried)
    for span, now in zip(ranges, carried, strict=True):
        if now is not None:
            assert before[span.start : span.end] == text[now.start : now.end]
    # Different ranges that were not empty never meet at one place.
    places = {(span, now) for span, now in zip(ranges, carried, strict=True) if now and len(now)}
    assert len({now for _, now in places}) == len(places)


@given(st.data())
def test_what_no_edit_touches_is_carried_as_shifted(data: st.DataObject) -> None:
    before = data.draw(texts())
    edits = data.draw(parallel_edits_of(before))
    after = apply(before, edits)
    start = data.draw(st.integers(0, len(before)))
    span = TextRange(start, data.draw(st.integers(start, len(before))))
    backwards = in_order(edits)[::-1]
    expected: TextRange | None = span
    for edit in backwards:
        expected = shift(expected, edit) if expected else None
    if expected and len(span):
        assert expected == carry_all([span], backwards, before, after)[0]


def test_two_findings_do_not_end_up_in_one_place() -> None:
    before = "get()\nx\nget()\n"
    edit = TextEdit(TextRange(0, len(before)), "y\nget(1)\nget()\nz\n")
    carried = carry_all([TextRange(0, 5), TextRange(8, 13)], [edit], before, edit.new_text)
    assert [None, TextRange(9, 14)] == carried


def test_a_thousand_edits_at_once_carry_every_finding() -> None:
    before = "name = get(name)\n" * 1000
    edits = [TextEdit(TextRange(line * 17, line * 17 + 4), "x") for line in range(999, -1, -1)]
    ranges = [TextRange(line * 17 + 7, line * 17 + 16) for line in range(1000)]
    after = before.replace("name =", "x =")
    expected = [TextRange(line * 14 + 4, line * 14 + 13) for line in range(1000)]
    assert expected == carry_all(ranges, edits, before, after)
