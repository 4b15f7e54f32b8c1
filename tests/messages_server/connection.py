"""HTTP/1.1 on one connection: requests are read, responses are written, and a connection can be left in bad ways."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

_HEAD_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came; header names are in lower case, and `raw` is as much of the body as was kept."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    too_large: bool


class Gone(Exception):
    """The client has closed the connection, or does not speak HTTP."""


class Connection:
    """Both directions of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._unread = bytearray()

    async def read_request(self, body_limit: int) -> Request:
        """The next request; raises Gone if there is none."""
        while b"\r\n\r\n" not in self._unread:
            if len(self._unread) > _HEAD_LIMIT:
                raise Gone
            await self._receive()
        head, _, rest = bytes(self._unread).partition(b"\r\n\r\n")
        self._unread = bytearray(rest)
        first, *lines = head.decode("latin-1").split("\r\n")
        if first.count(" ") != 2:
            raise Gone
        method, path, _ = first.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if headers.get("transfer-encoding", "").lower() == "chunked":
            raw, too_large = await self._read_chunks(body_limit)
        else:
            raw, too_large = await self._read_exactly(int(headers.get("content-length", "0")), body_limit)
        return Request(method, path, headers, raw, too_large)

    async def gone(self) -> None:
        """Returns when the client has left; what else it sends is kept for the next request."""
        with contextlib.suppress(Gone):
            while True:
                await self._receive()

    async def respond(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        await self.send(self.head(status, {**headers, "content-length": str(len(body))}) + body)

    @staticmethod
    def head(status: int, headers: Mapping[str, str]) -> bytes:
        try:
            reason = HTTPStatus(status).phrase
        except ValueError:
            reason = "Overloaded" if status == 529 else "Error"
        lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        try:
            await self._writer.drain()
        except ConnectionError as error:
            raise Gone from error

    async def send_chunk(self, data: bytes) -> None:
        await self.send(_chunk(data))

    async def end_chunks(self) -> None:
        await self.send(b"0\r\n\r\n")

    async def send_half_chunk(self, data: bytes) -> None:
        """Promises a chunk and sends the first half of it."""
        whole = _chunk(data)
        await self.send(whole[: len(whole) // 2])

    def close(self) -> None:
        self._writer.close()

    def reset(self) -> None:
        """Ends the connection by RST instead of FIN."""
        sock = self._writer.get_extra_info("socket")
        linger = struct.pack("hh" if _WINDOWS else "ii", 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.transport.abort()

    async def _receive(self) -> None:
        try:
            data = await self._reader.read(1 << 18)
        except ConnectionError as error:
            raise Gone from error
        if not data:
            raise Gone
        self._unread += data

    async def _take(self, size: int) -> bytes:
        while len(self._unread) < size:
            await self._receive()
        data = bytes(self._unread[:size])
        del self._unread[:size]
        return data

    async def _read_exactly(self, size: int, limit: int) -> tuple[bytes, bool]:
        if size <= limit:
            return await self._take(size), False
        # It is read to its end, or the client would not read the answer; but it is not kept.
        left = size
        while left:
            left -= len(await self._take(min(left, 1 << 18)))
        return b"", True

    async def _read_chunks(self, limit: int) -> tuple[bytes, bool]:
        body = bytearray()
        size = 0
        while length := int((await self._line()).split(b";")[0], 16):
            data = await self._take(length)
            size += length
            if size <= limit:
                body += data
            await self._take(2)
        while await self._line():
            pass
        return (b"", True) if size > limit else (bytes(body), False)

    async def _line(self) -> bytes:
        while (end := self._unread.find(b"\r\n")) < 0:
            await self._receive()
        return (await self._take(end + 2))[:-2]


_WINDOWS = sys.platform == "win32"


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
