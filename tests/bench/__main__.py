"""Runs all measurements and prints a table for each subject: `python -m tests.bench [SUBJECT ...]`."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

from tests.bench import hover, keystrokes, persona, prefix, start, terminal, text
from tests.bench.row import Row

SUBJECTS: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "start": ("Start and memory", start.run),
    "text": ("Changes of one character to an open document, beside stock pygls'", text.run),
    "keystrokes": (
        "A statement typed without a pause, from each edit to its result: p50 / p95 / max, ratios of the p50",
        keystrokes.run,
    ),
    "hover": ("Hovers while the server is busy", hover.run),
    "persona": ("A review by a persona, against a server on this machine", persona.run),
    "prefix": ("An hour of saves with a persona, and what a prefix cache would serve", prefix.run),
    "terminal": ("A large tree in the terminal, on one core", terminal.run),
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}; all by default")
    parser.add_argument("--src", type=Path, help="a repository for the terminal's subject")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.subjects if name not in SUBJECTS]
    if unknown or (asked.src is not None and not asked.src.is_dir()):
        parser.error(f"no such subject: {', '.join(unknown)}" if unknown else f"no such folder: {asked.src}")
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(machine(), highlight=False)
    rows: list[Row] = []
    began = perf_counter()
    for name in asked.subjects or SUBJECTS:
        title, run = SUBJECTS[name]
        found = terminal.run(asked.src.resolve()) if name == "terminal" and asked.src is not None else run()
        console.print(table(title, found), highlight=False)
        rows += found
    console.print(f"{summary(rows)} {perf_counter() - began:.0f} s.", highlight=False)
    return 0


def table(title: str, rows: list[Row]) -> Table:
    shown = Table("ratio", "what", "ours", "yardstick", "goal", "met", "note", title=title, title_justify="left")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}×"
        met = {None: "", True: "met", False: "missed"}[row.met]
        shown.add_row(ratio, row.name, row.ours, row.yardstick, row.goal, met, row.note)
    return shown


def summary(rows: list[Row]) -> str:
    goals = [row.met for row in rows if row.met is not None]
    return f"{goals.count(True)} of {len(goals)} goals met. A ratio is the yardstick's by ours: above 1 ours is better."


def machine() -> str:
    """The machine, and the versions of what decides about speed."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    ours = [f"{name} {version(name)}" for name in ("oldhand", "tree-sitter", "pygls")]
    peers = [f"{name} {version(name)}" for name in ("ruff", "ast-grep-cli", "bandit")]
    return (
        f"{processor()}, {cores} cores, load {os.getloadavg()[0]:.1f}; {platform.platform()}; "
        f"Python {platform.python_version()}\n{', '.join(ours)}; beside {', '.join(peers)}"
    )


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
