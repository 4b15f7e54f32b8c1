"""A statement typed character by character, from each edit to its result: the engine alone, and servers over stdio.

Of the servers each gets every key in turn, so that a slow moment of the machine is everybody's.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from time import perf_counter

from oldhand.resources import bundled_agents
from oldhand.review.document import Document
from oldhand.review.run import review
from oldhand.rules.load import load
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.syntax.languages import by_path
from oldhand.syntax.tree import parse
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange

from tests.bench.connection import Connection
from tests.bench.row import Row, Times
from tests.bench.servers import ASTGREP_RULES, OLDHAND, PEERS
from tests.bench.sources import SAMPLES, Sample, places, source

PLACES = 2
FEW = 60
PATIENCE = 3.0
"""Seconds that typing into one file may take; what is slow is measured with fewer keys."""

GOALS = {1_000: 10.0, 5_000: 15.0}
"""The p95 that is aimed at, in milliseconds, for files of so many lines."""

COLLECTION = (10_000, 10, 1_000_000)
"""When Python's collector comes; as in the server, which puts it off until nothing is typed."""

OURS = "oldhand"


@dataclass(frozen=True, slots=True)
class Key:
    """One key pressed: where, what it writes, and the text that it leaves."""

    offset: int
    line: int
    column: int
    character: str
    text: str


def run() -> list[Row]:
    """Rows for each language and size."""
    gc.set_threshold(*COLLECTION)
    rules = load(sorted(bundled_agents().glob("*/rules")))[0]
    return [row for sample in SAMPLES.values() for size in GOALS for row in _rows(sample, size, rules)]


def _rows(sample: Sample, size: int, rules: RuleSet) -> Iterator[Row]:
    name = f"{sample.language}, {size:,} lines"
    text = source(sample.language, size)
    engine, parsing = _engine(sample, text, rules)
    yield _row(f"{name}, engine alone", size, engine, _share_of_parsing(engine, parsing))
    servers = _over_stdio(sample, text, {OURS: OLDHAND, **PEERS.get(sample.language, {})})
    ours = servers.pop(OURS)
    first, *others = servers.items() or [None]
    yield _row(f"{name}, over stdio", size, ours, f"the engine alone: p95 {engine.share(0.95):.0f} ms", first)
    for peer, theirs in filter(None, others):
        ratio = theirs.share(0.5) / ours.share(0.5)
        yield Row(f"{name}, over stdio", ours.shown(0.5, 0.95), f"{peer} {theirs.shown(0.5, 0.95)}", ratio)


def _row(name: str, size: int, ours: Times, reason: str, beside: tuple[str, Times] | None = None) -> Row:
    """Ours with the goals, and a peer's; on a short file ruff's median is a goal too."""
    peer, theirs = beside or ("", None)
    ratio = theirs.share(0.5) / ours.share(0.5) if theirs is not None else None
    aimed = peer.startswith("ruff") and size == min(GOALS)
    slow, behind = ours.share(0.95) > GOALS[size], aimed and ratio is not None and ratio < 1
    goal = f"p95 ≤ {GOALS[size]:.0f} ms" + (", p50 ≤ ruff's" if aimed else "")
    notes = [reason] * slow + ["p50: ruff is compiled, and has no flow to follow"] * behind + _few(ours)
    yardstick = f"{peer} {theirs.shown(0.5, 0.95)}" if theirs is not None else ""
    return Row(name, ours.shown(0.5, 0.95), yardstick, ratio, goal, not slow and not behind, "; ".join(notes))


def _share_of_parsing(engine: Times, parsing: Times | None) -> str:
    if parsing is None:
        return "a file of SQL is read anew with each key"
    return f"parsing alone: p95 {parsing.share(0.95):.1f} ms"


def _few(times: Times) -> list[str]:
    return [f"{len(times.times)} keys, then the time was up"] * (len(times.times) < FEW)


def _keys(sample: Sample, text: str) -> Iterator[Key]:
    """A line opened at each of some places, and the statement typed on it."""
    done = 0
    for place in places(text, sample, PLACES):
        start = place + done
        line = text.count("\n", 0, start)
        text = text[:start] + "\n" + text[start:]
        yield Key(start, line, 0, "\n", text)
        for column, character in enumerate(sample.statement):
            at = start + column
            text = text[:at] + character + text[at:]
            yield Key(at, line, column, character, text)
        done += len(sample.statement) + 1


def _engine(sample: Sample, text: str, rules: RuleSet) -> tuple[Times, Times | None]:
    """How long a review takes after each key, and parsing alone."""
    language = by_path(sample.name)
    assert language is not None, "all samples are in languages that are reviewed"
    document = Document.open(f"file:///bench/{sample.name}", 0, language.id, text)
    last = review(document, rules, Settings())
    tree = parse(language, text) if language.grammar else None
    gc.collect()
    gc.freeze()
    whole, parsing = [], []
    end = perf_counter() + PATIENCE
    for key in _keys(sample, text):
        if perf_counter() > end:
            break
        edit = TextEdit(TextRange(key.offset, key.offset), key.character)
        started = perf_counter()
        document = document.edited((edit,), 0)
        last = review(document, rules, Settings(), last)
        whole.append(perf_counter() - started)
        if tree is not None:
            started = perf_counter()
            tree = parse(language, key.text, tree)
            parsing.append(perf_counter() - started)
    return Times.of(whole), Times.of(parsing) if parsing else None


def _over_stdio(sample: Sample, text: str, commands: Mapping[str, tuple[str, ...]]) -> dict[str, Times]:
    """How long each server takes from a key to the diagnostics of the text that it leaves."""
    uri = (ASTGREP_RULES / sample.name).as_uri()
    taken: dict[str, list[float]] = {name: [] for name in commands}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(Connection(command, ASTGREP_RULES)) for name, command in commands.items()}
        for server in servers.values():
            server.initialize()
            server.open(uri, sample.language, text)
            server.diagnostics(uri, 1)
        end = perf_counter() + PATIENCE
        for version, key in enumerate(_keys(sample, text), 2):
            if perf_counter() > end:
                break
            for name, server in servers.items():
                started = perf_counter()
                server.change(uri, version, (key.line, key.column), key.character, key.text)
                server.diagnostics(uri, version)
                taken[name].append(perf_counter() - started)
    return {name: Times.of(seconds) for name, seconds in taken.items()}
