"""Many files reviewed on many cores; a file that ends its process is told, and the others are reviewed."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from oldhand.cli.rules import chosen
from oldhand.cli.worker import Outcome, Task, review_file
from oldhand.rules.load import load
from oldhand.rules.rule import RuleSet

# A process takes half a second to start and to read the rules; with less than this for each it is not worth it.
_WORTH_BYTES = 400_000
_CHUNK_BYTES = 60_000
_CHUNK_FILES = 16
# Seconds that a process gets to end by itself.
_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of this process, and how another one reads the same: from `folders`, keeping those of `only`."""

    here: RuleSet
    folders: tuple[Path, ...]
    only: tuple[str, ...] = ()


Reviewer = Callable[[Task, RuleSet], Outcome]


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    tasks: Sequence[Task], rules: Rules, jobs: int, *, worth: int = _WORTH_BYTES, review: Reviewer = review_file
) -> Generator[Outcome, None, None]:
    """The outcomes of all tasks, as they come; with less than `worth` bytes a process, in fewer processes.

    To stop, close the iterator: no process is left behind.
    """
    sizes = [_size(task) for task in tasks]
    jobs = min(jobs, sum(sizes) // worth + 1, len(tasks))
    if jobs <= 1:
        _collect_seldom()
        yield from (_guarded(task, rules.here, review) for task in tasks)
        return
    chunks = _chunks(tasks, sizes)
    while chunks:
        suspects = yield from _until_crash(chunks, rules, jobs, review)
        # One of these ended its process; each goes alone now, so that no other is lost.
        alone = [[task] for task in suspects]
        while alone:
            guilty = yield from _until_crash(alone, rules, 1, review)
            yield from (Outcome(task.target, failure="Its review ended the process.", fatal=True) for task in guilty)


def _until_crash(
    chunks: list[list[Task]], rules: Rules, jobs: int, review: Reviewer
) -> Generator[Outcome, None, tuple[Task, ...]]:
    """Work off `chunks` until none are left or a process dies; returns what was under way then."""
    pool = ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(rules.folders, rules.only, review),
    )
    running: dict[Future[list[Outcome]], list[Task]] = {}
    finished = False
    try:
        while chunks or running:
            while chunks and len(running) < jobs:
                with _no_interrupt():
                    running[pool.submit(_review_chunk, chunks[-1])] = chunks[-1]
                chunks.pop()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                outcomes = future.result()
                del running[future]
                yield from outcomes
        finished = True
    except BrokenProcessPool:
        return tuple(task for chunk in running.values() for task in chunk)
    finally:
        pool.shutdown(wait=finished, cancel_futures=True)
        if not finished:
            _end(multiprocessing.active_children())
    return ()


def _end(processes: Sequence[BaseProcess]) -> None:
    """End processes: asked first, and then, where one does not listen, made to."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(_PATIENCE)
        if process.is_alive():
            process.kill()


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Keep Ctrl-C from this thread, and for good from a process started inside, which inherits the mask."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_process: tuple[RuleSet, Reviewer] = (RuleSet(()), review_file)


def _start(folders: Sequence[Path], only: Sequence[str], review: Reviewer) -> None:
    """Prepare a process: its rules, and no answer of its own to Ctrl-C."""
    global _process  # noqa: PLW0603 - a pool's process has no other place for what tasks share
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _process = (chosen(load(folders)[0], only), review)
    _collect_seldom()


def _collect_seldom() -> None:
    """Look for garbage less often: trees are circular, and by default a fifth of a review goes into looking at them."""
    gc.freeze()
    gc.set_threshold(100_000, 10, 20)


def _review_chunk(tasks: Sequence[Task]) -> list[Outcome]:
    rules, review = _process
    return [_guarded(task, rules, review) for task in tasks]


def _guarded(task: Task, rules: RuleSet, review: Reviewer) -> Outcome:
    """The outcome of one task; a defect of ours costs this file only, and names its place in our code."""
    try:
        return review(task, rules)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        return Outcome(task.target, failure=f"Its review failed ({type(error).__name__} in {where}).", fatal=True)


def _size(task: Task) -> int:
    if task.given is not None:
        return len(task.given.text)
    try:
        return task.target.path.stat().st_size
    except OSError:
        return 0  # told when it is reviewed


def _chunks(tasks: Sequence[Task], sizes: Sequence[int]) -> list[list[Task]]:
    """Tasks in portions of about equal size, the largest files last, since the last portion is taken first."""
    chunks: list[list[Task]] = []
    room = 0
    for size, _, task in sorted(((size, n, task) for n, (size, task) in enumerate(zip(sizes, tasks, strict=True)))):
        if not chunks or room < size or len(chunks[-1]) == _CHUNK_FILES:
            chunks.append([])
            room = _CHUNK_BYTES
        chunks[-1].append(task)
        room -= size
    return chunks
