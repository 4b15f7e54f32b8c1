"""A large tree in the terminal, beside bandit: whole processes on one core, in turn."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import sysconfig
from pathlib import Path
from statistics import median

from tests.bench.row import Row

ROUNDS = 3
FILES = 400
"""Of a tree, so many files at most: bandit and a review take a minute or more for a whole one."""

BIN = Path(sys.executable).parent


def run() -> list[Row]:
    """Reviews Python files of `OLDHAND_BENCH_TREE`, or of this Python's standard library."""
    tree = Path(os.environ.get("OLDHAND_BENCH_TREE") or sysconfig.get_path("stdlib"))
    files = [path for path in sorted(tree.rglob("*.py")) if not {"test", "tests", "site-packages"} & set(path.parts)]
    chosen = [str(path) for path in files[:: max(1, len(files) // FILES)] if path.stat().st_size < 1 << 20]
    lines = sum(Path(path).read_bytes().count(b"\n") for path in chosen)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(cpu([str(BIN / "oldhand"), "review", "--jobs", "1", *chosen]))
        theirs.append(cpu([str(BIN / "bandit"), "-q", *chosen]))
    one, other = median(ours), median(theirs)
    note = f"{lines:,} lines of {tree.name}, CPU seconds, median of {ROUNDS}"
    return [Row("terminal, one core", f"{one:.2f} s", f"bandit {other:.2f} s", other / one, "≥ 1×", other >= one, note)]


def cpu(command: list[str]) -> float:
    """The CPU seconds that a process and its children take."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
