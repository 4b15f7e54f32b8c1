"""Runs all measurements and prints their table: `python -m tests.bench [NAME ...]`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import keystrokes, start, terminal, text
from tests.bench.row import Row

MEASUREMENTS: dict[str, Callable[[], list[Row]]] = {
    "start": start.run,
    "keystrokes, p50 / p95 / max": keystrokes.run,
    "terminal": terminal.run,
    "text": text.run,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        print(f"There is no {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}.", file=sys.stderr)
        return 2
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(machine(), highlight=False)
    for name in names or MEASUREMENTS:
        console.print(table(name, MEASUREMENTS[name]()))
    return 0


def table(title: str, rows: list[Row]) -> Table:
    shown = Table("what", "ours", "yardstick", "ratio", "goal", "met", "note", title=title, title_justify="left")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.1f}×"
        met = {None: "", True: "yes", False: "missed"}[row.met]
        shown.add_row(row.name, row.ours, row.yardstick, ratio, row.goal, met, row.note)
    return shown


def machine() -> str:
    """The machine, and the versions of what decides about speed."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{name} {version(name)}" for name in ("tree-sitter", "pygls"))
    return f"{processor()}, {cores} cores; {platform.platform()}; Python {platform.python_version()}, {versions}"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
