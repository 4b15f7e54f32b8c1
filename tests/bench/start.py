"""From the start of the server to its answer to `initialize`, and its memory with a file open, beside bare pygls."""

from __future__ import annotations

import subprocess
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.connection import Connection
from tests.bench.row import Row
from tests.bench.servers import BARE, OLDHAND
from tests.bench.sources import source

URI = "file:///bench/service.py"
ROUNDS = 9
MOST = 60
"""Megabytes that are aimed at."""


def run() -> list[Row]:
    """Both servers in turn, so that a slow moment of the machine slows both."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(initialize(OLDHAND))
        bare.append(initialize(BARE))
    one, other = median(ours), median(bare)
    used, least = memory(OLDHAND), memory(BARE)
    quick, small = one <= other * 1.1, used <= MOST
    return [
        Row(
            f"start to initialize, median of {ROUNDS}",
            f"{one * 1000:.0f} ms",
            f"bare pygls {other * 1000:.0f} ms",
            other / one,
            "at most 1.10 of bare, that is ≥ 0.91×",
            quick,
            "" if quick else "what Oldhand imports beyond pygls before it can answer",
        ),
        Row(
            "memory (PSS), 1,000 lines open",
            f"{used:.0f} MB",
            f"bare pygls {least:.0f} MB",
            least / used,
            f"≤ {MOST} MB",
            small,
            "" if small else "the rules, a grammar and the file's tree beside what pygls takes",
        ),
    ]


def initialize(command: tuple[str, ...]) -> float:
    """Seconds from the start of the process to the answer."""
    started = perf_counter()
    with Connection(command) as server:
        server.initialize()
        return perf_counter() - started


def memory(command: tuple[str, ...]) -> float:
    """Megabytes (PSS) of the process after a Python file of 1,000 lines was opened and asked about."""
    with Connection(command) as server:
        server.initialize()
        server.open(URI, "python", source("python", 1000))
        if command is OLDHAND:
            server.diagnostics(URI, 1)
        return pss(server.process)


def pss(process: subprocess.Popen[bytes]) -> float:
    """A process's proportional share of memory, in megabytes; 0 where the system does not tell."""
    try:
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))) / 1024
