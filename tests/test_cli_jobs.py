from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Sequence
from pathlib import Path

import pytest
from dying_worker import review
from oldhand.cli import jobs
from oldhand.cli.files import Target
from oldhand.cli.jobs import Rules
from oldhand.cli.worker import Outcome, Task
from oldhand.findings import Severity
from oldhand.rules.load import load
from oldhand.settings import Settings

RULES = Path(__file__).parent / "cases" / "cli" / "rules.yaml"


@pytest.fixture
def rules() -> Rules:
    return Rules(load([RULES])[0], (RULES,), ("demo",))


def tasks(folder: Path, names: Sequence[str], size: int = 30_000) -> list[Task]:
    for name in names:
        (folder / name).write_bytes(b" " * size)
    return [Task(Target(folder / name, name), Settings(), Severity.WARNING) for name in names]


def outcomes(given: list[Task], rules: Rules, count: int) -> dict[str, Outcome]:
    found = list(jobs.run(given, rules, count, worth=1, review=review))
    assert len({outcome.target for outcome in found}) == len(found) == len(given)
    return {outcome.target.name: outcome for outcome in found}


def test_work_is_shared_among_processes_that_read_the_chosen_rules_and_leave_ctrl_c_to_us(tmp_path, rules):
    found = outcomes(tasks(tmp_path, [f"{n}.py" for n in range(12)]), rules, 2)
    told = [outcome.text.split() for outcome in found.values()]
    assert {tuple(rest) for _, *rest in told} == {("2", "True")}
    assert str(os.getpid()) not in {process for process, *_ in told}
    assert not multiprocessing.active_children()


def test_little_work_is_done_in_this_process(tmp_path, rules):
    (found,) = jobs.run(tasks(tmp_path, ["a.py"]), rules, 8, review=review)
    assert found.text.startswith(f"{os.getpid()} ")


def test_file_that_ends_its_process_is_told_and_the_rest_is_reviewed(tmp_path, rules):
    names = [f"{n}.py" for n in range(6)]
    found = outcomes(tasks(tmp_path, ["1-dies.py", *names, "2-dies.py"]), rules, 2)
    failed = {name: outcome.failure for name, outcome in found.items() if outcome.failure}
    assert failed == dict.fromkeys(["1-dies.py", "2-dies.py"], "Its review ended the process.")


@pytest.mark.parametrize("count", [1, 2])
def test_file_whose_review_raises_is_told_and_the_rest_is_reviewed(tmp_path, rules, count):
    found = outcomes(tasks(tmp_path, ["raises.py", "a.py", "b.py"]), rules, count)
    assert {name for name, outcome in found.items() if outcome.failure} == {"raises.py"}
    assert found["raises.py"].failure.startswith("Its review failed (ValueError in dying_worker.py:")
    assert found["raises.py"].fatal


def test_no_process_is_left_when_the_work_is_stopped(tmp_path, rules):
    running = jobs.run(tasks(tmp_path, [f"{n}.py" for n in range(20)]), rules, 2, worth=1, review=review)
    next(running)
    running.close()
    for process in multiprocessing.active_children():
        process.join(60)
    assert not multiprocessing.active_children()


def test_outcomes_and_tasks_can_go_between_processes(tmp_path):
    (task,) = tasks(tmp_path, ["a.py"])
    assert pickle.loads(pickle.dumps(task)) == task
