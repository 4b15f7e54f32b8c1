"""The record of what was spent: sums, budgets for all processes together, and what happens to files."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from oldhand.claude import database
from oldhand.claude.cost import Usage
from oldhand.claude.ledger import Call, Ledger, Refusal, Reservation, Total
from state_files import START, Clock, finish, kill_after_lines, release, start

TODAY = START.date()
D = Decimal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "state.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(path: Path, clock: Clock) -> Iterator[Ledger]:
    with contextlib.closing(Ledger(path, clock, clock.tell)) as opened:
        yield opened


def call(cost: str | None = "0.25", **more: object) -> Call:
    values: dict[str, object] = {
        "at": START,
        "model": "claude-sonnet-5-5",
        "kind": "find",
        "usage": Usage(1, 2, 3, 4),
        "cost": None if cost is None else D(cost),
        "seconds": 1.5,
        "outcome": "ok",
        "persona": "senior-backend-engineer",
    }
    return Call(**{**values, **more})  # type: ignore[arg-type]


def reserve(ledger: Ledger, estimate: str | None, day: str = "1", review: str = "1", so_far: str = "0") -> object:
    return ledger.reserve(D(day), D(review), None if estimate is None else D(estimate), D(so_far))


def reserved(ledger: Ledger, estimate: str) -> Reservation:
    held = reserve(ledger, estimate)
    assert isinstance(held, Reservation)
    return held


def test_nothing_was_spent_before_the_first_call(ledger: Ledger) -> None:
    assert ledger.spent(TODAY) == 0
    assert ledger.totals(TODAY) == ()


def test_calls_are_summed_by_day_model_and_kind(ledger: Ledger) -> None:
    ledger.add(call("0.1"))
    ledger.add(call("0.2"))
    ledger.add(call("0.000000001", kind="verify"))
    ledger.add(call(None, model="llama"))
    ledger.add(call("7", at=START - timedelta(days=1)))
    ledger.add(call("9", at=START - timedelta(days=3)))
    sonnet, one = "claude-sonnet-5-5", Usage(1, 2, 3, 4)
    assert ledger.totals(TODAY - timedelta(days=1)) == (
        Total(TODAY, sonnet, "find", 2, one + one, D("0.3"), 0),
        Total(TODAY, sonnet, "verify", 1, one, D("0.000000001"), 0),
        Total(TODAY, "llama", "find", 1, one, D(0), 1),
        Total(TODAY - timedelta(days=1), sonnet, "find", 1, one, D(7), 0),
    )
    assert ledger.spent(TODAY) == D("0.300000001")


def test_a_day_is_one_of_the_users_own(ledger: Ledger) -> None:
    late = START.replace(hour=23, minute=30)  # in Greenwich that is tomorrow
    ledger.add(call("1", at=late))
    assert ledger.spent(TODAY) == 1
    assert ledger.spent(TODAY + timedelta(days=1)) == 0


def test_what_is_reserved_counts_until_it_is_settled(ledger: Ledger) -> None:
    held = reserved(ledger, "0.6")
    assert ledger.spent(TODAY) == D("0.6")
    ledger.settle(held, call("0.25"))
    assert ledger.spent(TODAY) == D("0.25")


def test_what_is_reserved_for_a_call_that_is_never_made_is_free_again(ledger: Ledger) -> None:
    ledger.settle(reserved(ledger, "0.6"), None)
    assert ledger.spent(TODAY) == 0
    assert ledger.totals(TODAY) == ()


def test_what_a_dead_process_reserved_counts_for_an_hour(ledger: Ledger, clock: Clock) -> None:
    reserved(ledger, "0.9")
    clock.pass_(minutes=59, seconds=59)
    assert isinstance(reserve(ledger, "0.9"), Refusal)
    clock.pass_(seconds=1)
    assert ledger.spent(TODAY) == 0
    assert isinstance(reserve(ledger, "0.9"), Reservation)


def test_a_call_that_is_settled_late_is_written_all_the_same(ledger: Ledger, clock: Clock) -> None:
    held = reserved(ledger, "0.9")
    clock.pass_(hours=2)
    reserved(ledger, "0.1")
    ledger.settle(held, call("0.5"))
    assert ledger.spent(TODAY) == D("0.6")


@pytest.mark.parametrize(
    ("day", "review", "estimate", "so_far", "refused"),
    [
        ("1", "1", "0.75", "0", ""),
        ("1", "1", "0.750001", "0", "Today's budget is $1.00"),
        ("1", "1", None, "0", ""),
        ("0.25", "1", None, "0", "Today's budget is $0.25"),
        ("0", "1", "0", "0", "Today's budget is $0.00"),
        ("9", "1", "0.5", "0.5", ""),
        ("9", "1", "0.5", "0.51", "The budget of one review is $1.00"),
        ("9", "1", None, "1", "The budget of one review is $1.00"),
        ("9", "0", None, "0", "The budget of one review is $0.00"),
    ],
)
def test_a_budget_stops_a_call_and_says_how_to_raise_it(
    ledger: Ledger, day: str, review: str, estimate: str | None, so_far: str, refused: str
) -> None:
    ledger.add(call("0.25"))
    message = ledger.within(D(day), D(review), None if estimate is None else D(estimate), D(so_far))
    assert message.startswith(refused)
    assert bool(message) == bool(refused)
    held = reserve(ledger, estimate, day, review, so_far)
    assert held == Refusal(message) if refused else isinstance(held, Reservation)
    if refused:
        assert "\n" not in message
        assert "To raise it, set `budget-" in message


def test_the_budget_is_new_the_next_day(ledger: Ledger, clock: Clock) -> None:
    ledger.add(call("1"))
    assert isinstance(reserve(ledger, "0.1"), Refusal)
    clock.pass_(days=1)
    assert isinstance(reserve(ledger, "0.1"), Reservation)


def test_threads_do_not_get_the_same_dollar(path: Path, clock: Clock) -> None:
    held: list[object] = []

    def spend() -> None:
        with contextlib.closing(Ledger(path, clock, clock.tell)) as own:
            held.extend(reserve(own, "0.10") for _ in range(5))

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(one, Reservation) for one in held) == 10
    assert len(held) == 40
    assert clock.told == []


def test_processes_do_not_get_the_same_dollar(path: Path, ledger: Ledger, clock: Clock) -> None:
    program = """
        from decimal import Decimal
        from oldhand.claude.ledger import Ledger, Reservation
        ledger = Ledger(path, clock)
        print("ready", flush=True)
        sys.stdin.readline()
        held = [ledger.reserve(Decimal(1), Decimal(1), Decimal("0.01"), Decimal(0)) for _ in range(60)]
        print(sum(isinstance(one, Reservation) for one in held))
        """
    processes = [start(program, path) for _ in range(4)]
    release(processes)
    granted = [int(finish(process)) for process in processes]
    assert sum(granted) == 100
    assert ledger.spent(TODAY) == 1


def test_several_processes_write_at_once_and_nothing_is_lost(path: Path, ledger: Ledger) -> None:
    program = """
        from decimal import Decimal
        from oldhand.claude.cost import Usage
        from oldhand.claude.ledger import Call, Ledger
        ledger = Ledger(path, clock)
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(50):
            ledger.add(Call(clock(), sys.argv[2], "find", Usage(1), Decimal("0.01"), 1.0, "ok", "p"))
        """
    processes = [start(program, path, f"model-{number}") for number in range(4)]
    release(processes)
    for process in processes:
        finish(process)
    assert [total.calls for total in ledger.totals(TODAY)] == [50, 50, 50, 50]
    assert ledger.spent(TODAY) == 2


def test_what_was_written_outlives_a_kill(path: Path, ledger: Ledger, clock: Clock) -> None:
    program = """
        from decimal import Decimal
        from oldhand.claude.cost import Usage
        from oldhand.claude.ledger import Call, Ledger
        ledger = Ledger(path, clock)
        while True:
            ledger.add(Call(clock(), "m", "find", Usage(1), Decimal("0.01"), 1.0, "ok", "p"))
            print("written", flush=True)
        """
    kill_after_lines(start(program, path), 30)
    (total,) = ledger.totals(TODAY)
    assert total.calls >= 30
    ledger.add(call("1"))
    assert ledger.spent(TODAY) == total.cost + 1
    assert clock.told == []
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_process_that_is_killed_while_it_writes_leaves_nothing_half_done(path: Path, ledger: Ledger) -> None:
    ledger.add(call("0.25"))
    program = """
        import sqlite3
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM calls")
        print("deleted", flush=True)
        sys.stdin.readline()
        """
    kill_after_lines(start(program, path), 1)
    ledger.add(call("0.25"))
    assert ledger.spent(TODAY) == D("0.5")


def filled(path: Path, clock: Clock) -> None:
    with contextlib.closing(Ledger(path, clock, clock.tell)) as ledger:
        for number in range(200):
            ledger.add(call(model=f"model-{number}"))


@pytest.mark.parametrize("keep", [0, 100, 4096])
def test_a_damaged_file_is_kept_aside_and_told(path: Path, clock: Clock, keep: int) -> None:
    filled(path, clock)
    damaged = path.read_bytes()[:keep] + b"\xaa" * 20_000
    path.write_bytes(damaged)
    with contextlib.closing(Ledger(path, clock, clock.tell)) as ledger:
        ledger.add(call("0.25"))
        assert ledger.spent(TODAY) == D("0.25")
        assert isinstance(reserve(ledger, "0.1"), Reservation)
    aside = path.with_name("state.db.damaged-1")
    assert aside.read_bytes()[:keep] == damaged[:keep]
    assert clock.told == [
        f"The file with the record of what was spent was damaged; it is kept as {aside}, and a new one was begun."
    ]


def test_the_second_damaged_file_is_kept_beside_the_first(path: Path, clock: Clock) -> None:
    for _ in range(2):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"nonsense" * 1_000)
        with contextlib.closing(Ledger(path, clock, clock.tell)) as ledger:
            assert ledger.spent(TODAY) == 0
    names = sorted(file.name for file in path.parent.iterdir())
    assert names == ["state.db", "state.db.damaged-1", "state.db.damaged-2"]


def test_a_server_notices_that_another_has_begun_a_new_file(path: Path, ledger: Ledger, clock: Clock) -> None:
    ledger.add(call("0.5"))
    path.rename(path.with_name("elsewhere"))
    for suffix in ("-wal", "-shm"):
        path.with_name(f"state.db{suffix}").unlink()
    with contextlib.closing(Ledger(path, clock)) as other:
        other.add(call("0.125"))
        ledger.add(call("0.25"))
        assert other.spent(TODAY) == D("0.375")


def test_without_a_place_to_write_it_works_in_memory_and_says_so(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("no folder")
    with contextlib.closing(Ledger(tmp_path / "file" / "state.db", clock, clock.tell)) as ledger:
        ledger.settle(reserved(ledger, "0.5"), call("0.25"))
        assert isinstance(reserve(ledger, "0.8"), Refusal)
        assert ledger.spent(TODAY) == D("0.25")
    assert [message.partition(": ")[2] for message in clock.told] == [
        "the record of what was spent lasts until the end of this process."
    ]


@pytest.mark.skipif(os.name == "nt", reason="modes and user ids")
def test_what_can_only_be_read_is_read_and_goes_on_in_memory(clock: Clock) -> None:
    # Not below pytest's folder, which other users, as which this runs where it is root, may not enter.
    folder = Path(tempfile.mkdtemp())
    path = folder / "state.db"
    program = """
        import os
        from datetime import date
        from decimal import Decimal
        from oldhand.claude.ledger import Ledger
        ledger = Ledger(path, clock, print)
        if os.geteuid() == 0:
            os.setuid(65534)
        print(ledger.spent(clock().date()))
        print(type(ledger.reserve(Decimal(99), Decimal(1), Decimal("0.5"), Decimal(0))).__name__)
        print(ledger.spent(clock().date()))
        """
    try:
        filled(path, clock)
        path.chmod(0o444)
        folder.chmod(0o555)
        told, *results = finish(start(program, path)).splitlines()
        assert "lasts until the end of this process" in told
        assert results == ["50", "Reservation", "50.5"]
        assert [file.name for file in folder.iterdir()] == ["state.db"]
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_while_another_holds_the_file_nothing_is_sent_and_no_call_is_lost(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_PATIENCE_SECONDS", 0)
    with contextlib.closing(Ledger(path, clock, clock.tell)) as ledger:
        held = reserved(ledger, "0.5")
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refused = reserve(ledger, "0.1")
            assert isinstance(refused, Refusal)
            assert "nothing was sent" in refused.message
            ledger.settle(held, call("0.25"))
            assert ledger.spent(TODAY) == D("0.5")
            other.execute("ROLLBACK")
        ledger.add(call("0.25"))
        assert ledger.spent(TODAY) == D("0.5")
        ledger.add(call("0.25"))
        assert ledger.spent(TODAY) == D("0.75")
    assert clock.told == []


def test_calls_of_long_ago_are_forgotten(ledger: Ledger, clock: Clock) -> None:
    ledger.add(call())
    clock.pass_(days=401)
    ledger.add(call(at=clock()))
    assert [total.day for total in ledger.totals(date.min)] == [clock().date()]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_the_record_is_for_its_owner_alone(path: Path, ledger: Ledger) -> None:
    ledger.add(call())
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("state.db", "state.db-wal", "state.db-shm"), 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_no_text_and_no_path_has_a_column(path: Path, ledger: Ledger) -> None:
    ledger.add(call())
    with contextlib.closing(sqlite3.connect(path)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(calls)")]
    assert columns == [
        *("at", "day", "model", "kind", "input", "output", "cache_read", "cache_write"),
        *("cost", "seconds", "outcome", "persona"),
    ]
