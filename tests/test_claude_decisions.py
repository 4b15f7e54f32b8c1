"""What the user was asked and answered: remembered, covering what it says it covers, and lost to no accident."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from oldhand.claude import database
from oldhand.claude.cost import Usage
from oldhand.claude.decisions import ON_SAVE, Decisions
from oldhand.claude.ledger import Call, Ledger
from state_files import START, Clock, finish, kill_after_lines, start


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "state.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def decisions(path: Path, clock: Clock) -> Iterator[Decisions]:
    with contextlib.closing(Decisions(path, clock, clock.tell)) as opened:
        yield opened


def test_nothing_is_decided_at_first(decisions: Decisions, tmp_path: Path) -> None:
    assert decisions.on_save() == ""
    assert decisions.trusted(tmp_path) is None
    assert decisions.personas() == {}
    assert decisions.speaker(tmp_path) == ""


@pytest.mark.parametrize("answer", ON_SAVE)
def test_the_consent_for_saving_is_the_last_that_was_given(decisions: Decisions, answer: str) -> None:
    decisions.set_on_save("never")
    decisions.set_on_save(answer)
    assert decisions.on_save() == answer


def test_a_consent_is_one_of_three_words(decisions: Decisions) -> None:
    with pytest.raises(ValueError, match="perhaps is not one of always"):
        decisions.set_on_save("perhaps")


def test_a_word_that_nobody_wrote_here_is_no_consent(path: Path, decisions: Decisions) -> None:
    decisions.set_on_save("never")
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE decisions SET answer = 'sure'")
    assert decisions.on_save() == ""


def test_trust_covers_what_lies_below_and_the_nearest_answer_counts(decisions: Decisions, tmp_path: Path) -> None:
    work = tmp_path / "work"
    decisions.set_trusted(work, True)
    decisions.set_trusted(work / "downloads", False)
    decisions.set_trusted(work / "downloads" / "mine", True)
    expected = {
        "": None,
        "work": True,
        "work/a/b": True,
        "workshop": None,
        "work/../other": None,
        "work/downloads": False,
        "work/downloads/x": False,
        "work/downloads/mine/x": True,
    }
    assert {folder: decisions.trusted(tmp_path / folder) for folder in expected} == expected


def test_trust_can_be_taken_back(decisions: Decisions, tmp_path: Path) -> None:
    decisions.set_trusted(tmp_path, True)
    decisions.set_trusted(tmp_path, None)
    assert decisions.trusted(tmp_path) is None


def test_a_link_in_a_trusted_folder_does_not_lend_its_trust(decisions: Decisions, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "mine" / "link").symlink_to(tmp_path / "theirs", target_is_directory=True)
    decisions.set_trusted(tmp_path / "mine", True)
    assert decisions.trusted(tmp_path / "mine" / "link") is None


def test_whether_a_persona_may_speak_is_remembered_by_its_content(decisions: Decisions) -> None:
    decisions.set_persona("a" * 64, True)
    decisions.set_persona("b" * 64, False)
    assert decisions.personas() == {"a" * 64: True, "b" * 64: False}


def test_who_reviews_is_remembered_for_each_folder(decisions: Decisions, tmp_path: Path) -> None:
    decisions.set_speaker(tmp_path / "a", "dba")
    decisions.set_speaker(tmp_path / "b", "security")
    decisions.set_speaker(tmp_path / "b", "")
    assert [decisions.speaker(tmp_path / name) for name in "ab"] == ["dba", ""]


def test_all_processes_share_what_is_decided(path: Path, decisions: Decisions, tmp_path: Path) -> None:
    program = """
        from oldhand.claude.decisions import Decisions
        decisions = Decisions(path, clock)
        print(decisions.on_save(), decisions.trusted(Path(sys.argv[2])))
        decisions.set_on_save("never")
        """
    decisions.set_on_save("always")
    decisions.set_trusted(tmp_path, True)
    assert finish(start(program, path, tmp_path / "x")).split() == ["always", "True"]
    assert decisions.on_save() == "never"


def test_a_decision_outlives_a_kill(path: Path, decisions: Decisions, clock: Clock) -> None:
    program = """
        from oldhand.claude.decisions import Decisions
        decisions = Decisions(path, clock)
        for number in range(1_000_000):
            decisions.set_persona(str(number), True)
            print("written", flush=True)
        """
    kill_after_lines(start(program, path), 20)
    assert {str(number) for number in range(20)} <= set(decisions.personas())
    assert clock.told == []


def test_the_ledger_lives_in_the_same_file_and_survives_its_damage_too(
    path: Path, decisions: Decisions, clock: Clock
) -> None:
    call = Call(START, "m", "find", Usage(1), Decimal(1), 1.0, "ok", "p")
    with contextlib.closing(Ledger(path, clock, clock.tell)) as ledger:
        ledger.add(call)
        decisions.set_on_save("always")
        assert (ledger.spent(START.date()), decisions.on_save()) == (1, "always")
        decisions.close()
        with contextlib.closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path.write_bytes(b"nonsense" * 1_000)
        assert decisions.on_save() == ""
        decisions.set_on_save("never")
        ledger.add(call)
        assert (ledger.spent(START.date()), decisions.on_save()) == (1, "never")
    assert len(clock.told) == 1


def test_without_a_place_to_write_it_works_in_memory_and_says_so_once(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").touch()
    with contextlib.closing(Decisions(tmp_path / "file" / "state.db", clock, clock.tell)) as nowhere:
        nowhere.set_trusted(tmp_path, True)
        assert nowhere.trusted(tmp_path) is True
    assert [message.partition(": ")[2] for message in clock.told] == [
        "what you have decided lasts until the end of this process."
    ]


def test_while_another_writes_an_answer_counts_and_is_written_later(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_PATIENCE_SECONDS", 0)
    with contextlib.closing(Decisions(path, clock)) as decisions:
        decisions.set_on_save("always")
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            decisions.set_on_save("never")
            assert decisions.on_save() == "never"
            other.execute("ROLLBACK")
        decisions.set_persona("a", True)
    with contextlib.closing(Decisions(path, clock)) as later:
        assert (later.on_save(), later.personas()) == ("never", {"a": True})
