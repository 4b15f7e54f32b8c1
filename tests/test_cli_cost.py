"""`oldhand cost` as a user sees it."""

from __future__ import annotations

import contextlib
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from oldhand.claude.cost import Usage
from oldhand.claude.ledger import Call, Ledger
from oldhand.cli import cost
from oldhand.cli.main import main
from state_files import START, Clock


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OLDHAND_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("OLDHAND_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.delenv("OLDHAND_BUDGET_DAY", raising=False)
    monkeypatch.setattr(cost, "now", Clock())
    return tmp_path / "state" / "state.db"


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["cost", *words]) == 0
    return capsys.readouterr().out.splitlines()


def record(path: Path) -> None:
    calls = [
        (0, "claude-sonnet-5-5", "find", Usage(1_000, 500, 20_000, 100), "0.0310"),
        (0, "claude-sonnet-5-5", "verify", Usage(1_000, 100), "0.0030"),
        (0, "llama", "find", Usage(3_000, 500), None),
        (1, "claude-sonnet-5-5", "find", Usage(1_000, 500), "1.5"),
        (30, "claude-opus-5-5", "find", Usage(1_000, 500), "4"),
    ]
    with contextlib.closing(Ledger(path, Clock())) as ledger:
        for ago, model, kind, usage, dollars in calls:
            price = None if dollars is None else Decimal(dollars)
            ledger.add(Call(START - timedelta(days=ago), model, kind, usage, price, 1.0, "ok", "p"))


def test_without_a_record_it_says_so_and_makes_none(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys) == ["Today: $0.00 of $5.00 spent, $5.00 left.", "No call is on record in the last 7 days."]
    assert not path.parent.exists()


def test_today_by_day_by_model_and_what_is_left(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(path)
    assert shown(capsys) == [
        "Today: $0.0340 of $5.00 spent, $4.97 left.",
        "",
        "Day         calls  tokens in  cached  tokens out                   cost",
        "2026-11-24      3     25,100  20,000       1,100  $0.0340 and 1 unknown",
        "2026-11-23      1      1,000       0         500                  $1.50",
        "",
        "Model              calls  tokens in  cached  tokens out          cost",
        "claude-sonnet-5-5      3     23,100  20,000       1,100         $1.53",
        "llama                  1      3,000       0         500  unknown cost",
    ]


def test_the_number_of_days_is_given(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(path)
    assert not any("2026-11-23" in line for line in shown(capsys, "--days", "1"))
    assert any("claude-opus-5-5" in line for line in shown(capsys, "--days", "31"))


@pytest.mark.parametrize("days", ["0", "-1", "many", "401", "1.5"])
def test_a_number_of_days_that_makes_no_sense(path: Path, capsys: pytest.CaptureFixture[str], days: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["cost", f"--days={days}"])
    assert ended.value.code == 2
    assert "is not a number of days from 1 to 400" in capsys.readouterr().err


def test_a_budget_that_is_used_up_has_nothing_left(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record(path)
    monkeypatch.setenv("OLDHAND_BUDGET_DAY", "0.02")
    assert shown(capsys)[0] == "Today: $0.0340 of $0.02 spent, $0.00 left."


def test_what_is_set_aside_for_calls_under_way_is_told(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(path)
    with contextlib.closing(Ledger(path, Clock())) as ledger:
        ledger.reserve(Decimal(5), Decimal(1), Decimal("0.1"), Decimal(0))
    assert shown(capsys)[0] == "Today: $0.1340 of $5.00 spent, $0.10 of it for calls under way, $4.87 left."


def test_json_has_the_same_figures(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(path)
    told = json.loads("\n".join(shown(capsys, "--json", "--days", "1")))
    assert told["today"] == {"day": "2026-11-24", "spent": 0.034, "budget": 5.0, "left": 4.966}
    assert [(row["model"], row["kind"], row["cost"], row["callsOfUnknownCost"]) for row in told["totals"]] == [
        ("claude-sonnet-5-5", "find", 0.031, 0),
        ("claude-sonnet-5-5", "verify", 0.003, 0),
        ("llama", "find", 0.0, 1),
    ]
    assert told["totals"][0]["cacheReadTokens"] == 20_000


def test_a_configuration_that_is_wrong_is_told_beside_it(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text("modle: opus\n")
    assert main(["cost"]) == 0
    assert "did you mean `model`?" in capsys.readouterr().err


def test_a_damaged_record_is_told_and_kept(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.parent.mkdir()
    path.write_bytes(b"nonsense" * 1_000)
    assert main(["cost"]) == 0
    captured = capsys.readouterr()
    assert "was damaged" in captured.err
    assert captured.out.startswith("Today: $0.00 of")


def test_names_in_the_record_can_not_control_the_terminal(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.closing(Ledger(path, Clock())) as ledger:
        ledger.add(Call(START, "\x1b[2Jllama", "find", Usage(1), None, 1.0, "ok", "p"))
    assert "\x1b" not in "".join(shown(capsys))
