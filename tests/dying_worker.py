"""Stand-ins for the review of a file, for tests of the processes around it; importable by those processes."""

from __future__ import annotations

import os
import signal

from oldhand.cli.worker import Outcome, Task
from oldhand.rules.rule import RuleSet


def review(task: Task, rules: RuleSet) -> Outcome:
    """Does what the file's name says: `dies`, `raises`, or else tells how it stands with the process."""
    if "dies" in task.target.name:
        os._exit(1)
    if "raises" in task.target.name:
        raise ValueError("defect")
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return Outcome(task.target, text=f"{os.getpid()} {len(rules.rules)} {ignored}")
