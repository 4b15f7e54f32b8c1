"""From the start of the server to its answer to `initialize`, and its memory with a file open, beside bare pygls."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.connection import Connection
from tests.bench.row import Row
from tests.bench.sources import source

ROUNDS = 7
OLDHAND = [str(Path(sys.executable).with_name("oldhand")), "server"]
BARE = [
    sys.executable,
    "-c",
    "from pygls.lsp.server import LanguageServer; LanguageServer('bare', '1').start_io()",
]


def run() -> list[Row]:
    """Both servers in turn, so that a slow moment of the machine slows both."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(initialize(OLDHAND))
        bare.append(initialize(BARE))
    one, other = median(ours) * 1000, median(bare) * 1000
    used = memory(OLDHAND)
    return [
        Row(
            "start to initialize",
            f"{one:.0f} ms",
            f"bare pygls {other:.0f} ms",
            other / one,
            "≥ 0.91×",
            other / one >= 1 / 1.1,
        ),
        Row(
            "memory, 1,000 lines open",
            f"{used:.0f} MB",
            f"bare pygls {memory(BARE):.0f} MB",
            None,
            "≤ 60 MB",
            used <= 60,
            "PSS",
        ),
    ]


def initialize(command: list[str]) -> float:
    """Seconds from the start of the process to the answer."""
    started = perf_counter()
    with Connection(command) as server:
        server.initialize()
        return perf_counter() - started


def memory(command: list[str]) -> float:
    """Megabytes (PSS) of the process after a Python file of 1,000 lines was opened and asked about."""
    with Connection(command) as server:
        server.initialize()
        server.open("file:///bench/service.py", "python", source("python", 1000))
        if command is OLDHAND:
            server.wait_for("textDocument/publishDiagnostics")
        return pss(server.process)


def pss(process: subprocess.Popen[bytes]) -> float:
    """A process's proportional share of memory, in megabytes; 0 where the system does not tell."""
    try:
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))) / 1024
