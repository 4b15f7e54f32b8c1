"""Message framing of the base protocol: header and body out of raw bytes, and back; knows nothing of JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAX_BODY = 256 << 20
"""Bytes. A longer body is skipped, since no document that an editor opens comes near it."""

_MAX_HEADER = 1 << 16


@dataclass(frozen=True, slots=True)
class Unreadable:
    """In place of a body: why it could not be taken; the next message begins right behind it."""

    reason: str


def frame(body: bytes) -> bytes:
    """The body with its header."""
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def bodies(read: Callable[[int], bytes]) -> Iterator[bytes | Unreadable]:
    """Every message's body until the stream ends; `read(n)` gives 1 to n bytes, or none at the end.

    Header names count in any case, lines may end in `\\n` alone, and unknown headers are passed over. A header
    block without a usable length is passed over too: what follows it is read as the next header.
    """
    stream = _Stream(read)
    while (lines := stream.header()) is not None:
        length = _length(lines)
        if length is None:
            if any(lines):
                yield Unreadable("a message has no usable Content-Length header")
        elif length > MAX_BODY:
            stream.skip(length)
            yield Unreadable(f"a message of {length} bytes is too long")
        else:
            body = stream.exactly(length)
            if len(body) < length:
                return
            yield body


def _length(lines: list[bytes]) -> int | None:
    """The last Content-Length among the header's lines, or None where there is none that is a number."""
    length = None
    for line in lines:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            digits = value.strip()
            length = int(digits) if digits.isdigit() and len(digits) < 16 else None
    return length


class _Stream:
    """Lines and counted bytes from a source that gives bytes in pieces of any size."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._buffer = bytearray()

    def header(self) -> list[bytes] | None:
        """The lines up to an empty one, or None at the end of the stream."""
        lines: list[bytes] = []
        while (line := self._line()) is not None:
            if not line:
                return lines
            lines.append(line)
        return None

    def exactly(self, count: int) -> bytes:
        """The next `count` bytes; fewer where the stream ends before."""
        while len(self._buffer) < count and self._fill(count - len(self._buffer)):
            pass
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def skip(self, count: int) -> None:
        """Read past the next `count` bytes without keeping them."""
        while count > 0 and (step := len(self.exactly(min(count, 1 << 20)))):
            count -= step

    def _line(self) -> bytes | None:
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > _MAX_HEADER:
                self._buffer.clear()
                searched = 0
            if not self._fill(1):
                return None
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return line

    def _fill(self, wanted: int) -> bool:
        piece = self._read(max(wanted, 1 << 16))
        self._buffer += piece
        return bool(piece)
