"""Framing: bodies out of bytes that come in any pieces, with whatever headers clients write."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.lsp import framing
from oldhand.lsp.framing import Unreadable, bodies, frame


def in_pieces(data: bytes, size: int) -> Callable[[int], bytes]:
    """A source that gives at most `size` bytes at a time."""
    rest = memoryview(data)

    def read(count: int) -> bytes:
        nonlocal rest
        piece, rest = rest[: min(count, size)], rest[min(count, size) :]
        return bytes(piece)

    return read


def read_all(data: bytes, size: int = 1 << 20) -> list[bytes | Unreadable]:
    return list(bodies(in_pieces(data, size)))


@given(st.lists(st.binary(max_size=200)), st.integers(min_value=1, max_value=50))
def test_framed_bodies_come_out_as_they_went_in(messages: list[bytes], size: int) -> None:
    assert messages == read_all(b"".join(map(frame, messages)), size)


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 2\r\n\r\n",
        b"content-length: 2\r\n\r\n",
        b"CONTENT-LENGTH:2\r\n\r\n",
        b"Content-Length :  2 \r\n\r\n",
        b"Content-Length: 2\n\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: 2\r\nX-Other: a:b\r\n\r\n",
    ],
)
def test_header_may_be_written_in_many_ways(header: bytes) -> None:
    assert read_all(header + b"{}" + frame(b"next")) == [b"{}", b"next"]


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: two\r\n\r\n",
        b"Content-Length: -2\r\n\r\n",
        b"Content-Length: 99999999999999999999999\r\n\r\n",
        b"Content-Length:\r\n\r\n",
        b"Nonsense\r\n\r\n",
    ],
)
def test_header_without_a_length_is_passed_over(header: bytes) -> None:
    refused, following = read_all(header + frame(b"next"))
    assert isinstance(refused, Unreadable)
    assert following == b"next"


def test_empty_lines_between_messages_are_passed_over() -> None:
    assert read_all(b"\r\n\r\n" + frame(b"a") + b"\r\n" + frame(b"b")) == [b"a", b"b"]


def test_body_that_is_too_long_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_BODY", 10)
    refused, following = read_all(frame(b"x" * 11) + frame(b"next"), 3)
    assert isinstance(refused, Unreadable)
    assert following == b"next"


@pytest.mark.parametrize("data", [b"", b"Content-Le", b"Content-Length: 5\r\n", b"Content-Length: 5\r\n\r\nabc"])
def test_stream_that_ends_inside_a_message_has_no_further_one(data: bytes) -> None:
    assert read_all(frame(b"whole") + data) == [b"whole"]


def test_line_without_end_does_not_fill_the_memory() -> None:
    assert read_all(b"x" * 1_000_000 + b"\n\n" + frame(b"next"))[-1] == b"next"
