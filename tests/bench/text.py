"""Changes of one character to a text of 5,000 lines: our document beside the one of stock pygls."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from lsprotocol import types
from oldhand.lsp.memory import keep_heap
from oldhand.review.document import Document
from oldhand.text.anchors import carry_all
from oldhand.text.edits import TextEdit
from oldhand.text.lines import PositionEncoding, offset_of
from oldhand.text.ranges import TextRange
from pygls.workspace import PositionCodec, TextDocument

from tests.bench.row import Row

LINES = 5_000
CHANGES = 10_000
GOAL = 10.0
URI = "file:///bench.py"
Place = tuple[int, int]


def run() -> list[Row]:
    """The rows; raises AssertionError where a text does not end as it must.

    The heap is kept as in our server, for the stock document too, which shares the process.
    """
    keep_heap()
    choice = random.Random(5)
    scattered = [(choice.randrange(LINES), choice.randrange(20)) for _ in range(CHANGES)]
    return [
        _changes("ASCII, random places", _source("#"), scattered),
        _changes("ASCII, one place", _source("#"), [(LINES // 2, 8)] * (CHANGES // 5)),
        _changes("with é, random places", _source("# é"), scattered[: CHANGES // 5]),
        _changes("with \U0001f600, random places", _source("# \U0001f600"), scattered),
        _carried(_source("#")),
    ]


def _source(comment: str) -> str:
    return "".join(f"    value_{line} = compute(item, {line}) + rest  {comment}\n" for line in range(LINES))


def _changes(name: str, text: str, places: Sequence[Place]) -> Row:
    """Insert a character at each place, in turns of 500 so that what else the machine does slows both."""
    document = Document.open(URI, 0, "python", text)
    stock = TextDocument(URI, text, 0, "python", position_codec=PositionCodec("utf-16"))

    def change_ours(batch: Sequence[Place]) -> None:
        nonlocal document
        for line, character in batch:
            at = offset_of(document.text, document.index, line, character, PositionEncoding.UTF16)
            document = document.edited((TextEdit(TextRange(at, at), "x"),), 0)

    def change_stock(batch: Sequence[Place]) -> None:
        for line, character in batch:
            at = types.Position(line, character)
            stock.apply_change(types.TextDocumentContentChangePartial(range=types.Range(at, at), text="x"))

    ours = theirs = 0.0
    for turn in range(0, len(places), 500):
        batch = places[turn : turn + 500]
        ours += _seconds(change_ours, batch)
        theirs += _seconds(change_stock, batch)
    assert document.text == stock.source, "the two documents differ"
    assert document.index.line_count == LINES + 1
    return Row(
        f"{len(places):,} changes in {LINES:,} lines, {name}",
        f"{ours:.2f} s",
        f"pygls {theirs:.2f} s",
        theirs / ours,
        f"{GOAL:.0f}×",
        theirs / ours >= GOAL,
        ""
        if theirs / ours >= GOAL
        else "a change copies the text, and with such a character in it each takes four bytes",
    )


def _carried(text: str) -> Row:
    """Carry 500 findings over a keystroke in the middle."""
    ranges = [TextRange(start, start + 20) for start in range(0, len(text) - 20, len(text) // 500)][:500]
    at = len(text) // 2
    edits = [TextEdit(TextRange(at, at), "x")]
    after = text[:at] + "x" + text[at:]
    repeats = 200
    seconds = _seconds(lambda _: [carry_all(ranges, edits, text, after) for _ in range(repeats)], ())
    return Row("500 findings carried over a keystroke", f"{seconds / repeats * 1000:.2f} ms")


def _seconds(work: Callable[[Sequence[Place]], object], batch: Sequence[Place]) -> float:
    start = time.perf_counter()
    work(batch)
    return time.perf_counter() - start
