"""Answers that need not be asked for again, in the user's cache folder and nowhere else."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from oldhand.claude.database import Busy, Database, Tell

FILE_NAME = "answers.db"
# Raised when what is kept changes its shape; entries of another version are not found, and age until they go.
VERSION = 1
MAX_BYTES = 64 << 20

# Noting each use would make every read a write.
_USE_SECONDS = 60.0


def key(*parts: str) -> str:
    """A key made of all of these; other parts, or the same ones divided otherwise, make another."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


class Cache:
    """Texts by key, `max_bytes` of them at most: what was not used for the longest time goes first.

    A use is noted to the minute. May be used from any thread; where the file is busy, nothing is found or kept.
    """

    def __init__(
        self, path: Path, clock: Callable[[], datetime], max_bytes: int = MAX_BYTES, tell: Tell | None = None
    ) -> None:
        self._database = Database(path, _SCHEMA, "the cache of answers", tell)
        self._clock = clock
        self._max_bytes = max_bytes

    def get(self, key: str) -> str | None:
        """The text that was put there, None where there is none any more."""
        query = "SELECT value, used FROM entries WHERE key = ? AND version = ?"
        with contextlib.suppress(Busy):
            row = self._database.read(lambda connection: connection.execute(query, (key, VERSION)).fetchone())
            if row is None:
                return None
            now = self._clock().timestamp()
            if now - row[1] >= _USE_SECONDS:
                self._note_use(key, now)
            return str(row[0])
        return None

    def put(self, key: str, value: str) -> None:
        """Keep the text; one that would take more than an eighth of the room is not kept."""
        try:
            size = len(value.encode()) + len(key)
        except UnicodeEncodeError:  # half of a surrogate pair, which can not be written
            return
        if size > self._max_bytes // 8:
            return
        now = self._clock().timestamp()

        def kept(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", (key, VERSION, now, size, value)
            )
            self._make_room(connection)

        with contextlib.suppress(Busy):
            self._database.write(kept)

    def forget_all(self) -> None:
        """Empty it, for all that share it. Raises Busy."""
        self._database.write(lambda connection: connection.execute("DELETE FROM entries"))
        self._database.shrink()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _note_use(self, key: str, now: float) -> None:
        with contextlib.suppress(Busy):
            self._database.write(
                lambda connection: connection.execute("UPDATE entries SET used = ? WHERE key = ?", (now, key))
            )

    def _make_room(self, connection: sqlite3.Connection) -> None:
        (total,) = connection.execute("SELECT coalesce(sum(size), 0) FROM entries").fetchone()
        while total > self._max_bytes:
            oldest = connection.execute("SELECT key, size FROM entries ORDER BY used LIMIT 50").fetchall()
            for key, size in oldest:
                if total <= self._max_bytes:
                    break
                connection.execute("DELETE FROM entries WHERE key = ?", (key,))
                total -= size


_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS entries (
        key TEXT PRIMARY KEY, version INTEGER NOT NULL, used REAL NOT NULL, size INTEGER NOT NULL,
        value TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS entries_by_use ON entries (used, size)",
)
