from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from oldhand.cli import source
from oldhand.cli.source import SourceError


def test_text_keeps_its_line_ends_and_loses_its_mark(tmp_path):
    path = tmp_path / "a.py"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    read = source.read(path)
    assert (read.text, read.bom) == ("a\r\nb\rc\n", True)


def test_written_file_keeps_mark_line_ends_mode_and_owner(tmp_path):
    path = tmp_path / "a.py"
    path.write_bytes(b"\xef\xbb\xbfa\r\n")
    path.chmod(0o751)
    if os.getuid() == 0:
        os.chown(path, 12345, 12346)
    before = path.stat()
    source.write(source.read(path), "ä\r\n")
    after = path.stat()
    assert path.read_bytes() == b"\xef\xbb\xbf\xc3\xa4\r\n"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"]


def test_link_stays_a_link_and_its_target_is_written(tmp_path):
    target = tmp_path / "folder" / "a.py"
    target.parent.mkdir()
    target.write_text("a\n")
    link = tmp_path / "link.py"
    link.symlink_to(target)
    source.write(source.read(link), "b\n")
    assert link.is_symlink()
    assert target.read_text() == "b\n"


def test_file_that_has_changed_since_is_not_written(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("a\n")
    read = source.read(path)
    path.write_text("changed\n")
    with pytest.raises(SourceError, match="changed since it was read"):
        source.write(read, "b\n")
    assert path.read_text() == "changed\n"


def test_file_that_has_vanished_is_not_written(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("a\n")
    read = source.read(path)
    path.unlink()
    with pytest.raises(SourceError, match="no such file"):
        source.write(read, "b\n")
    assert not path.exists()


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_failure_while_writing_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, failing):
    path = tmp_path / "a.py"
    path.write_text("a\n")
    read = source.read(path)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if failing == "fsync" else Path, failing, fail)
    with pytest.raises(SourceError, match="no space left on device"):
        source.write(read, "b\n")
    assert path.read_text() == "a\n"
    assert list(tmp_path.iterdir()) == [path]


def test_interruption_while_writing_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.py"
    path.write_text("a\n")
    read = source.read(path)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        source.write(read, "b\n")
    assert path.read_text() == "a\n"
    assert list(tmp_path.iterdir()) == [path]


def test_new_file_has_the_mode_of_any_new_file(tmp_path):
    path = tmp_path / "baseline.json"
    source.replace_bytes(path, b"x")
    (tmp_path / "other").write_text("")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)


def test_line_that_is_not_text_is_told(tmp_path):
    path = tmp_path / "a.py"
    path.write_bytes(b"a\nb\xff\n")
    with pytest.raises(SourceError, match=r"not UTF-8 \(line 2\)"):
        source.read(path)


def test_what_is_no_regular_file_is_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe.py"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(SourceError):
            source.read(path)


def test_huge_file_is_not_read(tmp_path):
    path = tmp_path / "dump.sql"
    with path.open("wb") as file:
        file.truncate(source.MAX_BYTES + 1)
    with pytest.raises(SourceError, match="64 MiB"):
        source.read(path)
