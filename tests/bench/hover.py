"""Hovers asked for one after another while a very long file is checked."""

from __future__ import annotations

from time import perf_counter

from tests.bench.connection import Connection
from tests.bench.row import Row, Times
from tests.bench.servers import OLDHAND
from tests.bench.sources import source

LINES = 20_000
GOAL = 50.0
FINDING = "import requests\n\nanswer = requests.get('https://rates.example/eur')\n"
SMALL, LONG = "file:///bench/small.py", "file:///bench/long.py"


def run() -> list[Row]:
    """The small file has a finding, so that its hovers have something to say."""
    taken: list[float] = []
    with Connection(OLDHAND) as server:
        server.initialize()
        server.open(SMALL, "python", FINDING)
        shown = server.diagnostics(SMALL, 1)
        assert shown, "the finding that is hovered over was not reported"
        at = {"textDocument": {"uri": SMALL}, "position": shown[0]["range"]["start"]}
        server.open(LONG, "python", source("python", LINES))
        checked = server.ask("textDocument/diagnostic", {"textDocument": {"uri": LONG}})
        began = perf_counter()
        while not server.answered(checked):
            started = perf_counter()
            assert server.request("textDocument/hover", at)["result"], "a hover without content"
            taken.append(perf_counter() - started)
        checking = perf_counter() - began
    times = Times.of(taken)
    return [
        Row(
            f"hover while {LINES:,} lines are checked, p50 / p99 / max",
            times.shown(0.5, 0.99),
            goal=f"max ≤ {GOAL:.0f} ms",
            met=times.times[-1] <= GOAL,
            note=f"{len(taken):,} hovers in the {checking:.1f} s of the check"
            + ("" if times.times[-1] <= GOAL else "; the time is until the thread that checks lets go"),
        )
    ]
