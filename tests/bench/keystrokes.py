"""A statement typed character by character, from the edit to the result: the engine alone, and beside `ruff server`."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from time import perf_counter

from oldhand.resources import bundled_agents
from oldhand.rules.check import check
from oldhand.rules.load import load
from oldhand.syntax.languages import by_path

from tests.bench.connection import Connection
from tests.bench.row import Row
from tests.bench.sources import SAMPLES, Sample, source

PLACES = 2
SIZES = (1_000, 5_000)
GOALS = {1_000: 10.0, 5_000: 15.0}
RUFF = [str(Path(sys.executable).with_name("ruff")), "server"]


def run() -> list[Row]:
    """One row for each language and size; ruff's server, which reads Python, in the Python rows."""
    rules = load(sorted(bundled_agents().glob("*/rules")))[0]
    rows = []
    for sample in SAMPLES.values():
        for size in SIZES:
            text = source(sample.language, size)
            ours = sorted(_engine(sample, text, rules))
            goal = GOALS[size]
            p95 = _share(ours, 0.95)
            if sample.language != "python":
                rows.append(
                    Row(
                        f"{sample.language}, {size:,} lines",
                        _shown(ours),
                        "",
                        None,
                        f"p95 ≤ {goal:.0f} ms",
                        p95 <= goal,
                    )
                )
                continue
            theirs = sorted(_ruff(sample, text))
            rows.append(
                Row(
                    f"{sample.language}, {size:,} lines",
                    _shown(ours),
                    f"ruff server {_shown(theirs)}",
                    _share(theirs, 0.5) / _share(ours, 0.5),
                    f"p50 below ruff's, p95 ≤ {goal:.0f} ms",
                    _share(ours, 0.5) <= _share(theirs, 0.5) and p95 <= goal,
                    "ours without the way over the wire, ruff's with it",
                )
            )
    return rows


def _states(sample: Sample, text: str) -> list[tuple[str, int, list[str]]]:
    """The texts around some places where the statement is typed: before, the line, and the statement's beginnings."""
    lines = text.splitlines(keepends=True)
    candidates = [number + 1 for number, line in enumerate(lines) if line.rstrip() == sample.below.rstrip()]
    step = max(1, len(candidates) // PLACES)
    typed = [sample.statement[:end] for end in range(1, len(sample.statement) + 1)]
    return [("".join(lines[:number]), number, typed) for number in candidates[::step][:PLACES]]


def _engine(sample: Sample, text: str, rules: object) -> list[float]:
    language = by_path(sample.name)
    assert language is not None
    times = []
    for before, _, typed in _states(sample, text):
        after = text[len(before) :]
        analysis = check(sample.name, language, text, rules)  # type: ignore[arg-type]
        gc.collect()
        gc.freeze()
        for statement in typed:
            state = before + statement + "\n" + after
            started = perf_counter()
            analysis = check(sample.name, language, state, rules, analysis)  # type: ignore[arg-type]
            times.append((perf_counter() - started) * 1000)
    return times


def _ruff(sample: Sample, text: str) -> list[float]:
    uri = f"file:///bench/{sample.name}"
    times = []
    for _, number, typed in _states(sample, text):
        with Connection(RUFF) as server:
            server.initialize()
            server.open(uri, sample.language, text)
            server.change(uri, 2, number, 0, "\n")
            server.wait_for("textDocument/publishDiagnostics", 2)
            for place, statement in enumerate(typed):
                started = perf_counter()
                server.change(uri, place + 3, number, place, statement[-1])
                server.wait_for("textDocument/publishDiagnostics", place + 3)
                times.append((perf_counter() - started) * 1000)
    return times


def _share(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))]


def _shown(times: list[float]) -> str:
    return f"{_share(times, 0.5):.2f} / {_share(times, 0.95):.1f} / {times[-1]:.0f} ms"
