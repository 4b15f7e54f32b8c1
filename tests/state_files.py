"""What tests of the user's state files share: a clock that is set by hand, and other processes."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

START = datetime(2026, 11, 24, 15, 0, tzinfo=timezone(timedelta(hours=-5)))


@dataclass
class Clock:
    """The time stands still until it is set."""

    time: datetime = START
    told: list[str] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, **by: float) -> None:
        self.time += timedelta(**by)

    def tell(self, message: str) -> None:
        self.told.append(message)


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python process that runs `program` with `path` and the clock's time as variables; it is to be waited for."""
    head = "import sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
    values = f"path = Path(sys.argv[1])\nclock = lambda: datetime.fromisoformat({START.isoformat()!r})\n"
    return subprocess.Popen(
        [sys.executable, "-c", head + values + textwrap.dedent(program), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def release(processes: Sequence[subprocess.Popen[str]]) -> None:
    """Let processes that have written a line and wait for one go on, all at once."""
    for process in processes:
        assert process.stdout
        assert process.stdout.readline()
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()


def finish(process: subprocess.Popen[str]) -> str:
    """What the process wrote, once it has ended well."""
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return out


def kill_after_lines(process: subprocess.Popen[str], lines: int) -> None:
    """Kill the process, as `kill -9` does, once it has written so many lines."""
    assert process.stdout
    for _ in range(lines):
        assert process.stdout.readline()
    process.kill()
    process.communicate(timeout=60)
