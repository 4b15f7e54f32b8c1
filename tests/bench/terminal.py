"""A large tree in the terminal, beside bandit: whole processes on one core, one after the other, over the same Python files."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from itertools import accumulate, takewhile
from pathlib import Path

from tests.bench.row import Row
from tests.bench.servers import BIN

LINES = 100_000
SKIPPED = {"test", "tests", "site-packages", "node_modules", ".venv", ".git"}


def run(tree: Path | None = None) -> list[Row]:
    """Reviews the Python files of a tree; where none is given, 100,000 lines of this Python's standard library."""
    library = Path(sysconfig.get_path("stdlib"))
    files = python_files(tree or library)
    if not files:
        sys.exit(f"There is no Python file below {tree}.")
    if tree is None:
        files = some_of(files, LINES)
    lines = sum(map(length, files))
    one = cpu([str(BIN / "oldhand"), "review", "--jobs", "1", *map(str, files)])
    other = cpu([str(BIN / "bandit"), "-q", *map(str, files)])
    notes = ["CPU time"]
    if tree is None:
        notes.append("Python's own library, for want of a repository: make bench SRC=path")
    elif lines < LINES:
        notes.append(f"the goal is about {LINES:,} lines or more")
    if other < one:
        notes.append("ours follows values through functions, bandit looks at each call alone")
    name = f"{lines:,} lines in {len(files):,} Python files of {(tree or library).name}"
    return [Row(name, f"{one:.1f} s", f"bandit {other:.1f} s", other / one, "faster", other >= one, "; ".join(notes))]


def python_files(tree: Path) -> list[Path]:
    return [
        path
        for path in sorted(tree.rglob("*.py"))
        if not SKIPPED & set(path.relative_to(tree).parts) and path.is_file() and path.stat().st_size < 1 << 20
    ]


def some_of(files: Sequence[Path], lines: int) -> list[Path]:
    """Files from all over the list, until they have so many lines."""
    spread = [file for first in range(5) for file in files[first::5]]
    before = accumulate(map(length, spread), initial=0)
    return [file for file, _ in takewhile(lambda pair: pair[1] < lines, zip(spread, before, strict=False))]


def length(path: Path) -> int:
    return path.read_bytes().count(b"\n")


def cpu(command: list[str]) -> float:
    """The CPU seconds that a process and its children take, on one core where the system can see to that."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    pinned = _one_core if hasattr(os, "sched_setaffinity") else None
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, preexec_fn=pinned)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _one_core() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
