"""Source files on disk: read as text, and written back whole or not at all."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from oldhand.syntax.screen import unreadable_bytes

# Never read into memory, whatever the settings say.
MAX_BYTES = 64 << 20
_HEAD = 4096


class SourceError(Exception):
    """A file that can not be read or written; the message is one sentence without the file's name."""


class ScreenedOut(SourceError):
    """A file that is not worth reading: too large, binary."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text as it was read: without its byte order mark, with its line ends.

    `digest` is that of the bytes on disk, by which `write` knows whether they are still the same.
    """

    path: Path
    text: str
    bom: bool
    digest: bytes


def read(path: Path, max_bytes: int = MAX_BYTES) -> Source:
    """The file at `path`, a link's target included.

    Raises ScreenedOut for what is not to be reviewed, SourceError for what is no regular UTF-8 file.
    """
    raw = _bytes(path)
    reason = unreadable_bytes(raw, max_bytes)
    if reason:
        raise ScreenedOut(reason)
    text, bom = decode(raw)
    return Source(path, text, bom, hashlib.sha256(raw).digest())


def head(path: Path) -> str:
    """The first few kilobytes of a file, "" where it can not be read; whoever reviews it will say why."""
    try:
        return _bytes(path)[:_HEAD].decode("utf-8", "replace")
    except SourceError:
        return ""


def decode(raw: bytes) -> tuple[str, bool]:
    """The text, and whether a byte order mark stood before it.

    Raises SourceError for what is not UTF-8.
    """
    bom = raw.startswith(codecs.BOM_UTF8)
    try:
        return raw[len(codecs.BOM_UTF8) if bom else 0 :].decode("utf-8"), bom
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SourceError(f"It is not UTF-8 (line {line}).") from None


def write(source: Source, text: str) -> None:
    """Put `text` in place of the file that was read: a reader sees the old text or the new one, never a part.

    The new file has the old one's permissions and, where that is allowed, its owner; a link stays a link.
    Raises SourceError, and then the old file is untouched; so it is where it has changed since it was read.
    """
    target = source.path.resolve()
    if hashlib.sha256(_bytes(target)).digest() != source.digest:
        raise SourceError("It has changed since it was read; nothing was written.")
    replace_bytes(target, encoded(text, bom=source.bom))


def encoded(text: str, *, bom: bool) -> bytes:
    """The bytes of a text as it was read."""
    return (codecs.BOM_UTF8 if bom else b"") + text.encode("utf-8")


def replace_bytes(target: Path, raw: bytes) -> None:
    """Write a file through another in the same folder that then takes its place.

    Raises SourceError.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=".oldhand-", suffix=".tmp", dir=target.parent)
    except OSError as error:
        raise SourceError(f"It can not be written: {_reason(error)}.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            _take_over(target, Path(name))
            os.fsync(file.fileno())
        Path(name).replace(target)
    except OSError as error:
        raise SourceError(f"It can not be written: {_reason(error)}.") from None
    finally:
        with suppress(OSError):
            Path(name).unlink()


def _take_over(target: Path, new: Path) -> None:
    """Give the new file the permissions and owner of the old one, or those of any new file."""
    try:
        old = target.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(0o666 & ~mask)
        return
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(new, old.st_uid, old.st_gid)
    new.chmod(stat.S_IMODE(old.st_mode))


def _bytes(path: Path) -> bytes:
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for its writer.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SourceError("It is not a regular file.")
            if status.st_size > MAX_BYTES:
                raise ScreenedOut(f"It has {status.st_size >> 20} MiB; files above {MAX_BYTES >> 20} MiB are not read.")
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"It can not be read: {_reason(error)}.") from None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).rstrip(".").lower()
