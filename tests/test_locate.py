"""A quote is located in its one place or not at all."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oldhand.review.locate import How, Located, Lost, locate
from oldhand.text.lines import LineIndex, split_lines
from oldhand.text.ranges import TextRange

SHOP = """\
def price(item):
    if item.sold:
        raise Gone(item)
    return item.price * item.count


def pay(cart, user):
    total = sum(price(item) for item in cart)
\tuser.charge(
\t\ttotal,
\t\tcurrency="EUR",
\t)
    log.info("paid \N{GRINNING FACE} %s", total)
    return total


def refund(cart, user):
    total = sum(price(item) for item in cart)
    user.credit(total)
    return total
"""


@dataclass(frozen=True)
class Case:
    says: str
    quote: str
    found: str = ""  # what stands at the place; "" where the quote is lost
    how: How = How.EXACT
    line: int | None = None
    at: int | None = None  # the line of the place, from 1
    reason: str = ""
    text: str = SHOP


CASES = [
    Case(
        "lines as they stand",
        "        raise Gone(item)\n    return item.price",
        "raise Gone(item)\n    return item.price",
        at=3,
    ),
    Case("a part of a line", "item.price * item.count", "item.price * item.count"),
    Case(
        "taken out of its indentation",
        "if item.sold:\n    raise Gone(item)",
        "if item.sold:\n        raise Gone(item)",
        How.WHITE_SPACE,
    ),
    Case("tabs as blanks", "    user.charge(\n        total,", "user.charge(\n\t\ttotal,", How.WHITE_SPACE),
    Case(
        "put on one line",
        'user.charge(total, currency="EUR",)',
        'user.charge(\n\t\ttotal,\n\t\tcurrency="EUR",\n\t)',
        How.WHITE_SPACE,
    ),
    Case(
        "with its line numbers",
        "2| if item.sold:\n3|     raise Gone(item)",
        "if item.sold:\n        raise Gone(item)",
        How.WHITE_SPACE,
    ),
    Case("with numbers and colons", "  2:     if item.sold:", "if item.sold:", How.WHITE_SPACE),
    Case(
        "beyond the Basic Multilingual Plane",
        'log.info("paid \N{GRINNING FACE} %s", total)',
        'log.info("paid \N{GRINNING FACE} %s", total)',
    ),
    Case("in two places", "total = sum(price(item) for item in cart)", reason="more than one place"),
    Case("in two places, one near the hint", "return total", "return total", How.NEAR, line=4, at=14),
    Case("in two places, both near the hint", "return total", reason="more than one place", line=17),
    Case("a hint beyond the text", "return total", "return total", How.NEAR, line=29, at=20),
    Case("a wrong hint for what stands once", "user.credit(total)", "user.credit(total)", line=1),
    Case("inside of a longer word only", "em.sold", reason="not in the text"),
    Case("one line that is nearly there", "user.credits(total)", reason="not in the text"),
    Case("nothing", " \n\t", reason="empty"),
    Case("lines left out", "def pay(cart, user):\n    ...\n    return total", reason="leaves out lines"),
    Case(
        "lines left out in a comment",
        "def pay(cart, user):\n    # ... the rest ...\n    return total",
        reason="leaves out lines",
    ),
    Case(
        "a line skipped",
        "def price(item):\n    if item.sold:\n    return item.price * item.count",
        reason="not in the text",
    ),
    Case("too many lines", "a\n" * 21, reason="longer than 20 lines"),
    Case("too many characters", "a" * 4001, reason="longer than"),
    Case(
        "nearly there, over several lines",
        "def price(item):\n    if item.is_sold:\n        raise Gone(item)\n    return item.price * item.count",
        "def price(item):\n    if item.sold:\n        raise Gone(item)\n    return item.price * item.count",
        How.SIMILAR,
    ),
    Case(
        "nearly there, with a twin that is as near",
        "def get_a(self):\n    return self.rows.first_of(1)",
        text="def get_b(self):\n    return self.rows.first_of(1)\n\ndef get_c(self):\n    return self.rows.first_of(1)\n",
        reason="not in the text",
    ),
    Case("a key that looks like a line number", '12: "a",', '12: "a",', text='x = {\n  12: "a",\n  13: "b",\n}\n'),
    Case(
        "a numbered line and a key that looks like one",
        '12: "a",',
        text='x = {\n  12: "a",\n}\ny = [\n  "a",\n]\n',
        reason="more than one",
    ),
    Case("other ends of lines", "a = 1\nb = 2", "a = 1\r\nb = 2", How.WHITE_SPACE, text="a = 1\r\nb = 2\r\nc = 3"),
    Case("no end of the last line", "c = 3\n", "c = 3", text="a = 1\r\nb = 2\r\nc = 3"),
    Case("two words are not one", "returnx", text="return x\n", reason="not in the text"),
    Case(
        "an indentation of its own is no other place",
        "x = 1\ny = 2",
        text="x = 1\ny = 2\nif z:\n\tx = 1\n\ty = 2\n",
        reason="more than one",
    ),
    Case("in an empty text", "a", text="", reason="not in the text"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_a_quote(case: Case) -> None:
    found = locate(case.text, LineIndex.of(case.text), case.quote, case.line)
    if not case.found:
        assert isinstance(found, Lost)
        assert case.reason in found.reason
        return
    assert isinstance(found, Located), found
    assert (case.text[found.range.start : found.range.end], found.how) == (case.found, case.how)
    if case.at is not None:
        assert LineIndex.of(case.text).line_of(found.range.start) + 1 == case.at


def test_only_what_was_reviewed_counts() -> None:
    refund = TextRange(SHOP.index("def refund"), len(SHOP))
    found = locate(SHOP, LineIndex.of(SHOP), "return total", None, refund)
    assert found == Located(TextRange(SHOP.rindex("return total"), len(SHOP) - 1), How.EXACT)
    outside = locate(SHOP, LineIndex.of(SHOP), "raise Gone(item)", 3, refund)
    assert outside == Lost("The quote stands only outside of the code that was reviewed.")


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("a = 1\n" * 170_000, "b\n" * 25_000),
        ("a = 1\n" * 170_000, "a = 1\n" * 19 + "b"),
        ("a " * 500_000, "a " * 1_900 + "b"),
        ("x" * 1_000_000, "x" * 3_000 + "y"),
        (
            "".join(f"    total_{n} = price_{n % 7} + tax\n" for n in range(30_000)),
            "total_9 = price_1 + tax\ntotal_x = price_2 + taxes",
        ),
    ],
    ids=["a long quote", "lines that repeat", "words that repeat", "one word", "much that is alike"],
)
def test_no_text_takes_long(text: str, quote: str) -> None:
    start = time.perf_counter()
    assert isinstance(locate(text, LineIndex.of(text), quote, 7), Lost)
    assert time.perf_counter() - start < 5


LINES = st.sampled_from(
    [
        "x = 1",
        "  x  = 1",
        "\tx = 1",
        "",
        "if a:",
        "    return x",
        "return x",
        "\treturn  x",
        "é = '\N{GRINNING FACE}'",
        "12: x = 1",
        "foo(a, b)",
        "foo(",
        "  a,",
        "b)",
        "}",
        "xx = 12",
        "12| return x",
    ]
)


@st.composite
def quoted(draw: st.DrawFn) -> tuple[str, TextRange, str, int | None]:
    """A text, a range of whole lines in it, these as a model writes them, and a hint."""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = end.join(draw(st.lists(LINES, min_size=1, max_size=40)))
    index = LineIndex.of(text)
    first = draw(st.integers(0, index.line_count - 1))
    last = min(first + draw(st.integers(0, 3)), index.line_count - 1)
    start, stop = index.line_start(first), index.line_end(text, last)
    lines = split_lines(text[start:stop])
    assume("".join(lines).strip())
    blanks = text[start:stop]
    place = TextRange(start + len(blanks) - len(blanks.lstrip()), start + len(blanks.rstrip()))
    lines = [line.rstrip("\r\n") for line in lines]
    match draw(st.integers(0, 5)):
        case 0:
            lines = [line.strip() for line in lines]
        case 1:
            lines = [line.expandtabs(4) for line in lines]
        case 2:
            lines = [line + "  " for line in lines]
        case 3:
            mark = draw(st.sampled_from(["| ", ": ", "|", "\t"]))
            lines = [f"{first + 1 + n:4}{mark}{line}" for n, line in enumerate(lines)]
        case 4:
            lines = [" ".join(line.strip() for line in lines)]
    hint = draw(st.none() | st.integers(max(first - 9, 1), first + 9))
    return text, place, "\n".join(lines), hint


@given(quoted())
def test_a_quote_is_on_its_place_or_lost(case: tuple[str, TextRange, str, int | None]) -> None:
    text, place, quote, hint = case
    found = locate(text, LineIndex.of(text), quote, hint)
    assert isinstance(found, Lost) or (found.range == place and found.how is not How.SIMILAR)


@given(st.text(alphabet="ab1_ .\n\t\r\N{GRINNING FACE}", max_size=60), st.data())
def test_a_part_is_on_its_place_or_lost(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    quote = text[start:end]
    inside = (start > 0 and (text[start - 1 : start + 1] + "  ")[:2].replace("_", "a").isalnum()) or (
        text[end - 1 : end + 1].replace("_", "a").isalnum() and 0 < end < len(text)
    )
    assume(quote.strip() and not inside)
    found = locate(text, LineIndex.of(text), quote, None)
    if isinstance(found, Located):
        lead = len(quote) - len(quote.lstrip())
        assert found.range == TextRange(start + lead, start + len(quote.rstrip()))
