"""Answers that are kept: found again by their key, bounded, shared by processes, and never a reason to crash."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.claude import cache, database
from oldhand.claude.cache import Cache, key
from state_files import Clock, finish, kill_after_lines, release, start


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "answers.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(path: Path, clock: Clock) -> Iterator[Cache]:
    with contextlib.closing(Cache(path, clock, max_bytes=10_000, tell=clock.tell)) as opened:
        yield opened


def texts(count: int, size: int = 1_000) -> dict[str, str]:
    return {key(str(number)): json.dumps("x" * (size - 66)) for number in range(count)}


def test_what_was_put_is_found_again(kept: Cache) -> None:
    kept.put("a", "[1]")
    kept.put("b", "[2]")
    kept.put("a", "[3]")
    assert [kept.get(name) for name in "abc"] == ["[3]", "[2]", None]


def test_it_is_found_by_the_next_process_too(path: Path, kept: Cache, clock: Clock) -> None:
    kept.put("a", '["é\U0001f600"]')
    program = "from oldhand.claude.cache import Cache\nprint(ascii(Cache(path, clock).get('a')))"
    assert finish(start(program, path)).strip() == ascii('["é\U0001f600"]')


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_other_parts_make_another_key(one: list[str], other: list[str]) -> None:
    assert (key(*one) == key(*other)) is (one == other)


def test_parts_divided_otherwise_make_another_key() -> None:
    assert len({key("ab", "c"), key("a", "bc"), key("abc"), key("abc", ""), key("", "abc"), key()}) == 6
    assert key("\ud800") != key("\ud801")


def test_a_text_that_can_not_be_written_or_is_too_large_is_not_kept(kept: Cache) -> None:
    kept.put("a", '"\ud800"')
    kept.put("b", "x" * 1_300)
    assert [kept.get(name) for name in "ab"] == [None, None]


def test_what_was_not_used_for_the_longest_time_goes_first(kept: Cache, clock: Clock) -> None:
    entries = texts(12)
    names = list(entries)
    for name in names[:10]:
        kept.put(name, entries[name])
        clock.pass_(minutes=2)
    assert kept.get(names[0])
    for name in names[10:]:
        clock.pass_(minutes=2)
        kept.put(name, entries[name])
    assert [name for name in names if kept.get(name) is None] == names[1:3]


def test_the_file_stays_about_as_large_as_it_may_be(path: Path, clock: Clock) -> None:
    with contextlib.closing(Cache(path, clock, max_bytes=1 << 20)) as bounded:
        for name, text in texts(3_000, 2_000).items():
            clock.pass_(seconds=1)
            bounded.put(name, text)
        assert bounded.get(key("2999"))
        assert bounded.get(key("0")) is None
    assert path.stat().st_size < 2 << 20


def test_forgetting_empties_it_for_all_and_leaves_no_trace_in_the_file(path: Path, kept: Cache, clock: Clock) -> None:
    with contextlib.closing(Cache(path, clock)) as other:
        kept.put("a", '"remarkable"')
        assert other.get("a")
        kept.forget_all()
        assert other.get("a") is None
    assert all(b"remarkable" not in file.read_bytes() for file in path.parent.iterdir())


def test_an_entry_of_another_version_is_not_found_and_ages(kept: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.put("a", "[1]")
    monkeypatch.setattr(cache, "VERSION", cache.VERSION + 1)
    assert kept.get("a") is None
    kept.put("a", "[2]")
    assert kept.get("a") == "[2]"


def test_several_processes_use_it_at_once(path: Path, kept: Cache) -> None:
    program = """
        from oldhand.claude.cache import Cache
        kept = Cache(path, clock)
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(50):
            kept.put(f"{sys.argv[2]}-{number}", f"[{number}]")
            kept.put("shared", f"[{number}]")
            assert kept.get("shared")
        """
    processes = [start(program, path, number) for number in range(3)]
    release(processes)
    for process in processes:
        finish(process)
    assert [kept.get(f"{number}-49") for number in range(3)] == ["[49]"] * 3


def test_it_outlives_a_kill(path: Path, kept: Cache, clock: Clock) -> None:
    program = """
        from oldhand.claude.cache import Cache
        kept = Cache(path, clock)
        for number in range(1_000_000):
            kept.put(f"{number}", f"[{number}]")
            print("written", flush=True)
        """
    kill_after_lines(start(program, path), 20)
    assert [kept.get(str(number)) for number in range(20)] == [f"[{number}]" for number in range(20)]
    kept.put("a", "[1]")
    assert kept.get("a") == "[1]"
    assert clock.told == []


def test_a_damaged_file_is_kept_aside_and_told(path: Path, kept: Cache, clock: Clock) -> None:
    path.parent.mkdir()
    path.write_bytes(b"nonsense" * 1_000)
    assert kept.get("a") is None
    kept.put("a", "[1]")
    assert kept.get("a") == "[1]"
    assert path.with_name("answers.db.damaged-1").read_bytes() == b"nonsense" * 1_000
    assert len(clock.told) == 1


def test_a_text_that_was_damaged_is_not_handed_out(path: Path, kept: Cache, clock: Clock) -> None:
    kept.put("a", '"remarkable"')
    kept.close()
    path.write_bytes(path.read_bytes().replace(b"remarkable", b"remark\xff\xfe\xfdle"))
    assert kept.get("a") is None
    kept.put("a", "[1]")
    assert kept.get("a") == "[1]"
    assert len(clock.told) == 1


def test_without_a_place_to_write_it_works_in_memory_and_says_so_once(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").touch()
    with contextlib.closing(Cache(tmp_path / "file" / "answers.db", clock, tell=clock.tell)) as nowhere:
        nowhere.put("a", "[1]")
        assert nowhere.get("a") == "[1]"
    assert len(clock.told) == 1


def test_while_another_writes_it_is_read_and_nothing_is_kept(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_PATIENCE_SECONDS", 0)
    with contextlib.closing(Cache(path, clock)) as kept:
        kept.put("a", "[1]")
        clock.pass_(hours=1)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            kept.put("b", "[2]")
            assert [kept.get(name) for name in "ab"] == ["[1]", None]
            other.execute("ROLLBACK")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_it_is_for_its_owner_alone(path: Path, kept: Cache) -> None:
    kept.put("a", "[1]")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
