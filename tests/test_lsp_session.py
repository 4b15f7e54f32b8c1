"""The session: what is reviewed when, which result counts, and where findings are in between."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from lsp_fake_server import FakeEngine
from oldhand.findings import Finding
from oldhand.lsp.debounce import Debounce
from oldhand.lsp.session import OpenFile, Session
from oldhand.lsp.worker import Worker
from oldhand.review.document import Document
from oldhand.review.run import Review
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange

KEY = "file:///w/a.py"


class Timers:
    """`later` for tests: nothing happens until the test says so."""

    def __init__(self) -> None:
        self.pending: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, seconds: float, call: Callable[[], None]) -> Timers.Handle:
        entry = (seconds, call)
        self.pending.append(entry)
        return Timers.Handle(self, entry)

    class Handle:
        def __init__(self, timers: Timers, entry: tuple[float, Callable[[], None]]) -> None:
            self._timers, self._entry = timers, entry

        def cancel(self) -> None:
            if self._entry in self._timers.pending:
                self._timers.pending.remove(self._entry)

    def fire(self) -> None:
        pending, self.pending = self.pending, []
        for _, call in pending:
            call()


class SteppedEngine(FakeEngine):
    """Counts reviews, and holds each of those of a text with `slow` in it until the test lets it go."""

    def __init__(self) -> None:
        self.reviewed: list[str] = []
        self.previous: list[Review | None] = []
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.verified: list[Finding] = []

    def review(self, document: Document, rules: RuleSet, settings: Settings, previous: Review | None) -> Review:
        self.reviewed.append(document.text)
        self.previous.append(previous)
        self.begun.release()
        if "slow" in document.text:
            self.go.acquire()
        return super().review(document, rules, settings, previous)

    def verify(self, review: Review, finding: Finding, rules: RuleSet, settings: Settings) -> Finding:
        self.verified.append(finding)
        return super().verify(review, finding, rules, settings)


class Desk:
    """A session with everything that a test needs to move it."""

    def __init__(self) -> None:
        self.engine = SteppedEngine()
        self.timers = Timers()
        self.session = Session(lambda: self.engine, Worker(), Debounce(0.1, 0.4, 2.0), self.timers)
        self.results: list[tuple[int | None, list[str]]] = []
        self.told: list[str] = []
        self.session.on_result = self.record
        self.session.tell = lambda cause, message: self.told.append(cause)

    def record(self, file: OpenFile) -> None:
        self.results.append((file.document.version, [one.finding.rule for one in file.standing]))

    def open(self, text: str) -> OpenFile:
        self.session.open(KEY, Document.open(KEY, 1, "python", text))
        self.session.begin([], {})
        return self.session.files[KEY]

    def edit(self, file: OpenFile, start: int, end: int, text: str) -> None:
        edit = TextEdit(TextRange(start, end), text)
        version = (file.document.version or 0) + 1
        self.session.change(file, file.document.edited((edit,), version), (edit,))

    async def begun(self) -> None:
        """Until one more review has begun."""
        await asyncio.get_running_loop().run_in_executor(None, self.engine.begun.acquire)


def at_a_desk(test: Callable[[Desk], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run the test with a loop."""

    async def run() -> None:
        await asyncio.wait_for(test(Desk()), 60)

    def wrapper() -> None:
        asyncio.run(run())

    wrapper.__name__ = test.__name__
    return wrapper


@at_a_desk
async def test_opened_document_is_reviewed_without_a_pause(desk: Desk) -> None:
    file = desk.open("teh")
    assert await desk.session.reviewed(file) is not None
    assert desk.results == [(1, ["words/teh"])]
    assert desk.timers.pending == []


@at_a_desk
async def test_keystrokes_are_reviewed_once_after_a_pause(desk: Desk) -> None:
    file = desk.open("teh")
    await desk.session.reviewed(file)
    for _ in range(5):
        desk.edit(file, 0, 0, "x")
    assert len(desk.timers.pending) == 1
    assert desk.engine.reviewed == ["teh"]
    desk.timers.fire()
    await desk.session.reviewed(file)
    assert desk.engine.reviewed == ["teh", "xxxxxteh"]


@at_a_desk
async def test_pause_is_skipped_for_a_request_that_needs_the_review(desk: Desk) -> None:
    file = desk.open("teh")
    await desk.session.reviewed(file)
    desk.edit(file, 0, 0, "x")
    review = await desk.session.reviewed(file)
    assert review is not None
    assert review.document is file.document
    assert desk.timers.pending == []


@at_a_desk
async def test_result_of_an_earlier_text_is_not_kept(desk: Desk) -> None:
    file = desk.open("teh slow")
    await desk.begun()
    desk.edit(file, 0, 8, "bug")
    desk.engine.go.release()
    await desk.session.reviewed(file)
    assert desk.results == [(2, ["words/bug"])]


@at_a_desk
async def test_review_that_was_overtaken_before_it_began_never_begins(desk: Desk) -> None:
    file = desk.open("slow")
    await desk.begun()
    for _ in range(3):
        desk.edit(file, 0, 0, "x")
        desk.timers.fire()
    desk.edit(file, 0, 7, "teh")
    desk.engine.go.release()
    await desk.session.reviewed(file)
    assert desk.engine.reviewed == ["slow", "teh"]


@at_a_desk
async def test_review_starts_from_the_last_one_that_was_kept(desk: Desk) -> None:
    file = desk.open("teh")
    first = await desk.session.reviewed(file)
    desk.edit(file, 0, 0, "x")
    await desk.session.reviewed(file)
    assert desk.engine.previous == [None, first]


@at_a_desk
async def test_findings_move_with_their_code_until_the_next_result(desk: Desk) -> None:
    file = desk.open("teh bug")
    await desk.session.reviewed(file)
    desk.edit(file, 0, 0, "\n\n")
    assert [one.place for one in file.standing] == [TextRange(2, 5), TextRange(6, 9)]
    desk.edit(file, 3, 4, "")
    assert [one.finding.rule for one in file.standing] == ["words/bug"]
    assert file.review is None, "no edit may be made from a finding that only stands here"


@at_a_desk
async def test_edit_at_a_finding_is_noticed_and_one_elsewhere_is_not(desk: Desk) -> None:
    file = desk.open("teh           .")
    await desk.session.reviewed(file)
    desk.edit(file, 9, 9, "x")
    assert not file.touched
    desk.edit(file, 3, 3, "x")
    assert file.touched


@at_a_desk
async def test_failed_review_keeps_what_was_known_and_is_told(desk: Desk) -> None:
    file = desk.open("teh ")
    await desk.session.reviewed(file)
    desk.edit(file, 4, 4, "boom")
    assert await desk.session.reviewed(file) is None
    assert [one.finding.rule for one in file.standing] == ["words/teh"]
    assert desk.told == ["review failed: RuntimeError"]
    desk.edit(file, 4, 8, "")
    assert await desk.session.reviewed(file) is not None


@at_a_desk
async def test_request_for_a_closed_document_is_woken(desk: Desk) -> None:
    file = desk.open("slow")
    await desk.begun()
    waiting = asyncio.ensure_future(desk.session.reviewed(file))
    await asyncio.sleep(0)
    desk.session.close(KEY)
    assert await waiting is None
    desk.engine.go.release()


@at_a_desk
async def test_nothing_is_reviewed_before_the_settings_are_known(desk: Desk) -> None:
    desk.session.open(KEY, Document.open(KEY, 1, "python", "teh"))
    file = desk.session.files[KEY]
    await asyncio.sleep(0)
    assert desk.engine.reviewed == []
    desk.session.begin([], {None: {"rules": {"words/teh": "off"}}})
    await desk.session.reviewed(file)
    assert desk.results == [(1, [])]


@at_a_desk
async def test_new_settings_review_what_is_open(desk: Desk) -> None:
    file = desk.open("teh")
    await desk.session.reviewed(file)
    desk.session.begin([], {None: {"rules": {"words/teh": "off"}}})
    await desk.session.reviewed(file)
    assert desk.results == [(1, ["words/teh"]), (1, [])]


@at_a_desk
async def test_verdict_is_asked_for_once_for_each_review(desk: Desk) -> None:
    file = desk.open("teh")
    review = await desk.session.reviewed(file)
    assert review is not None
    for _ in range(3):
        assert (await desk.session.verified(file, review, review.findings[0])).verdict is not None
    assert len(desk.engine.verified) == 1
    desk.edit(file, 0, 0, " ")
    review = await desk.session.reviewed(file)
    assert review is not None
    await desk.session.verified(file, review, review.findings[0])
    assert len(desk.engine.verified) == 2


@at_a_desk
async def test_verdict_on_an_earlier_text_is_never_that_on_this_one(desk: Desk) -> None:
    file = desk.open("teh")
    earlier = await desk.session.reviewed(file)
    assert earlier is not None
    desk.edit(file, 0, 0, " ")
    review = await desk.session.reviewed(file)
    assert review is not None
    assert (await desk.session.verified(file, earlier, earlier.findings[0])).verdict is None
    judged = await desk.session.verified(file, review, review.findings[0])
    assert judged.range == review.findings[0].range
    assert judged.verdict is not None


@at_a_desk
async def test_pause_follows_the_time_that_reviews_take(desk: Desk) -> None:
    file = desk.open("teh")
    await desk.session.reviewed(file)
    file.seconds.extend([0.15] * 9)
    desk.edit(file, 0, 0, "x")
    assert desk.timers.pending[0][0] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        ([], 0.1),
        ([0.001], 0.1),
        ([0.15], 0.3),
        ([5.0], 0.4),
        ([0.15, 0.15, 9.0], 0.3),
        ([0.0, 0.1, 0.15], 0.2),
        ([0.1, 0.15], 0.3),
    ],
)
def test_debounce_is_the_median_times_a_ratio_within_bounds(past: list[float], expected: float) -> None:
    assert Debounce(0.1, 0.4, 2.0).delay(past) == pytest.approx(expected)


def test_fixed_debounce_knows_no_past() -> None:
    assert Debounce.fixed(0.0).delay([3.0]) == 0.0
