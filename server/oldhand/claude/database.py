"""An SQLite file that several servers share, and that nothing which happens to it can make a crash of.

A damaged file is moved aside and kept; where nothing can be written, what would have been is kept in memory. Both are
told in a sentence.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from oldhand.claude.folders import make, make_private

T = TypeVar("T")
Tell = Callable[[str], None]

_PATIENCE_SECONDS = 3.0
_COPIED_BYTES = 8 << 20
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_NO_PLACE = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_NOLFS,
)


class Busy(Exception):
    """Another process has held the file for longer than anything of ours takes; nothing was read or written."""


class Database:
    """One file; may be used from any thread, and is opened when first used.

    `schema` are statements that make the tables where they are not there yet. `what` names the content for people,
    as in "the record of calls".
    """

    def __init__(self, path: Path, schema: Sequence[str], what: str, tell: Tell | None = None) -> None:
        self._path = path
        self._schema = schema
        self._what = what
        self._tell = tell or logging.getLogger(__name__).warning
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._in_memory = False

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` makes of one consistent state. Raises Busy."""
        return self._run("BEGIN", work)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Have `work` change the content, all of it or nothing, with nobody between its reads and writes. Raises Busy.

        It may be called a second time where the file turned out to be damaged.
        """
        return self._run("BEGIN IMMEDIATE", work)

    def shrink(self) -> None:
        """Give back the space of what was deleted, and overwrite it; does nothing where others are in the way."""
        with self._lock, contextlib.suppress(sqlite3.Error, Busy):
            connection = self._open()
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _run(self, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            # Moved aside and made anew, or replaced by memory, it can fail once more, but not in the same way.
            for _ in range(3):
                try:
                    return _transaction(self._open(), begin, work)
                except sqlite3.Error as error:
                    self._recover(error)
            raise Busy(f"The file with {self._what} can not be used.")

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and not self._in_memory and _identity(self._path) != self._identity:
            # Another process has moved it aside; what is written to it now would be lost.
            self.close()
        if self._connection is None:
            try:
                make(self._path.parent)
                make_private(self._path)
            except OSError as error:
                return self._use_memory(error.strerror or "it can not be written")
            self._identity = _identity(self._path)
            self._connection = _connect(str(self._path))
            _prepare(self._connection, self._schema)
        return self._connection

    def _recover(self, error: sqlite3.Error) -> None:
        """Make the next try a better one, or raise: Busy, or the error where it is a mistake of ours."""
        code = _code(error)
        if code in _BUSY:
            raise Busy(f"Another process has been using the file with {self._what} for too long.") from None
        if code in _DAMAGED and not self._in_memory:
            self._move_aside()
        elif code in _NO_PLACE and not self._in_memory:
            self._use_memory(str(error))
        else:
            raise error

    def _move_aside(self) -> None:
        damaged = self._identity
        self.close()
        if _identity(self._path) != damaged:
            return
        aside = _free_name(self._path)
        try:
            # The journal first: one that is left behind would be played into the new file.
            for suffix in ("-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    self._path.with_name(self._path.name + suffix).rename(aside.with_name(aside.name + suffix))
            self._path.rename(aside)
        except FileNotFoundError:
            return
        except OSError as error:
            self._use_memory(error.strerror or "it can not be renamed")
            return
        self._tell(f"The file with {self._what} was damaged; it is kept as {aside}, and a new one was begun.")

    def _use_memory(self, reason: str) -> sqlite3.Connection:
        """Go on with what can still be read of the file, and forget the rest at the end."""
        self.close()
        self._in_memory = True
        self._connection = _connect(":memory:")
        with contextlib.suppress(OSError, sqlite3.Error):
            if self._path.stat().st_size <= _COPIED_BYTES:
                _copy(self._path, self._connection)
        try:
            _prepare(self._connection, self._schema)
        except sqlite3.Error:
            self._connection = _connect(":memory:")
            _prepare(self._connection, self._schema)
        message = f"{self._path} can not be written ({reason}): {self._what} lasts until the end of this process."
        self._tell(message)
        return self._connection


def _transaction(connection: sqlite3.Connection, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute(begin)
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    return result


def _connect(name: str) -> sqlite3.Connection:
    return sqlite3.connect(name, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False)


def _copy(path: Path, connection: sqlite3.Connection) -> None:
    """Without the journal of what was written last: to read that, something would have to be written."""
    name = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(name, uri=True)) as file:
        file.backup(connection)


def _prepare(connection: sqlite3.Connection, schema: Sequence[str]) -> None:
    # Two that open a new file at once may be in each other's way here; the slower one finds it done.
    with _unless_busy():
        connection.execute("PRAGMA journal_mode = WAL")
    # A process that is killed loses nothing by this; a power cut loses the last calls, and no more.
    connection.execute("PRAGMA synchronous = NORMAL")
    for statement in schema:
        connection.execute(statement)


@contextlib.contextmanager
def _unless_busy() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if _code(error) not in _BUSY:
            raise


def _code(error: sqlite3.Error) -> int:
    """What kind of failure it is; text that is no UTF-8 is found by Python, which gives it no code."""
    undecodable = sqlite3.SQLITE_CORRUPT if isinstance(error, sqlite3.OperationalError) else 0
    return getattr(error, "sqlite_errorcode", undecodable) & 0xFF


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _free_name(path: Path) -> Path:
    numbers = range(1, 1_000)
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in numbers)
    return next((name for name in names if not os.path.lexists(name)), path.with_name(f"{path.name}.damaged"))
