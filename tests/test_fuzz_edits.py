"""Random edits while checks run: texts, findings in between, and findings of each check are as a simple oracle has them.

A test's name holds its language and seed; `pytest tests/test_fuzz_edits.py -k python-7` with `OLDHAND_FUZZ=full` repeats
one of the full run.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Sequence
from typing import Any

import pytest
from fuzz import BundledRules, rounds
from oldhand.lsp.debounce import Debounce
from oldhand.lsp.from_proto import changed
from oldhand.lsp.session import OpenFile, Session, Standing
from oldhand.lsp.worker import Worker
from oldhand.review.document import Document
from oldhand.review.run import Review, review
from oldhand.rules.analysis import Analysis
from oldhand.rules.carried import Carried
from oldhand.syntax.languages import LANGUAGES
from oldhand.text.lines import PositionEncoding
from oldhand.text.ranges import TextRange
from typist import Splice, Typist, passages

SUFFIXES = {language.id: language.suffixes[0] for language in LANGUAGES}
SEEDS = rounds(1, 67)
EDITS = 50
"""A seed's; with six languages, 67 seeds of each come to 20,100."""

WORKER = Worker()
Row = tuple[Any, ...]


class Timer:
    """`later` for a session: the check is begun when the test says so."""

    def __call__(self, seconds: float, call: Any) -> Timer:
        self.call = call
        return self

    def cancel(self) -> None:
        self.call = lambda: None


class Desk:
    """A document that is edited in three encodings at once; a session holds one of the three."""

    def __init__(self, language: str, seed: int) -> None:
        self.chance = random.Random(f"{language} {seed}")
        self.typist = Typist(self.chance, passages(language))
        uri = f"file:///w/case{SUFFIXES[language]}"
        self.encodings = self.chance.sample(list(PositionEncoding), 3)
        self.documents = [Document.open(uri, 0, language, self.typist.text) for _ in self.encodings]
        self.timer = Timer()
        self.session = Session(BundledRules, WORKER, Debounce.fixed(0), self.timer)
        self.session.begin([], {})
        self.session.open(uri, self.documents[0])
        self.file = self.session.files[uri]

    async def edit(self, version: int) -> None:
        before, standing = self.typist.text, self.file.standing
        changes = self.typist.edit()
        said = [self.said(changes, before, encoding) for encoding in self.encodings]
        for place, (messages, encoding) in enumerate(zip(said, self.encodings, strict=True)):
            self.documents[place], edits = changed(self.documents[place], version, messages, encoding)
            if place == 0:
                self.session.change(self.file, self.documents[0], edits)
        self.texts_are_right()
        self.findings_are_on_their_code(changes, standing)
        what_happens = self.chance.random()
        if what_happens < 0.6:
            await self.settled()
        elif what_happens < 0.8:  # the check begins, and the next edit arrives before its result
            self.timer.call()
            await asyncio.get_running_loop().run_in_executor(None, int)

    def said(self, changes: Sequence[Splice], text: str, encoding: PositionEncoding) -> list[dict[str, Any]]:
        """The changes as a client says them."""
        messages: list[dict[str, Any]] = []
        for start, end, new in changes:
            if (start, end) == (0, len(text)) and self.chance.random() < 0.5:
                messages.append({"text": new})
            else:
                ends = [self.blurred(*position(text, offset, encoding), text, offset) for offset in (start, end)]
                messages.append({"range": dict(zip(("start", "end"), ends, strict=True)), "text": new})
            text = text[:start] + new + text[end:]
        return messages

    def blurred(self, line: int, character: int, text: str, offset: int) -> dict[str, int]:
        """The position, or now and then one that does not exist and means the same."""
        if self.chance.random() < 0.2:
            if offset == len(text):
                line, character = line + self.chance.choice([0, 1, 1 << 40]), character + self.chance.randint(0, 9)
            elif text[offset] in "\r\n":
                character += self.chance.choice([1, 1000])
        return {"line": line, "character": character}

    def texts_are_right(self) -> None:
        text = self.typist.text
        starts = line_starts(text)
        for document, encoding in zip(self.documents, self.encodings, strict=True):
            assert document.text == text, encoding
            assert [document.index.line_start(n) for n in range(document.index.line_count)] == starts

    def findings_are_on_their_code(self, changes: Sequence[Splice], before: Sequence[Standing]) -> None:
        """What stands is on the text it was found on; what no change has met stands, and where it must."""
        places = {standing.finding: standing.place for standing in self.file.standing}
        if self.file.last_review is not None:
            found_in = self.file.last_review.document.text
            for finding, place in places.items():
                quote = found_in[finding.range.start : finding.range.end]
                assert self.typist.text[place.start : place.end] == quote, finding.rule
        for standing in before:
            start: int | None = standing.place.start
            for change in changes:
                start = moved(start, standing.place.end - standing.place.start, change)
            if start is not None:
                assert places[standing.finding].start == start, standing.finding.rule

    async def settled(self) -> None:
        """Wait for the check of the text as it is, and compare it with one that knows nothing of earlier texts."""
        carried = {row(standing.finding, self.file.document.text, standing.place) for standing in self.file.standing}
        result = await self.session.reviewed(self.file)
        assert result is not None, "the review failed"
        assert result.document is self.documents[0]
        fresh = self.reviewed_anew(self.file)
        assert (result.skipped, result.problems) == (fresh.skipped, ())
        if result.analysis is not None and result.analysis.half_typed and result.analysis.language.grammar is None:
            return
        if fresh.analysis is None or result.analysis is None or not fresh.analysis.syntax_errors():
            self.typist.remember()
            assert rows(result) == rows(fresh)
            assert fixes(result) == fixes(fresh)
            return
        broken = errors(result.analysis)
        for finding in result.analysis.findings:
            assert not any(finding.range.overlaps(error) for error in broken), finding.rule
        invented = {one[:-1] for one in rows(result)} - {one[:-1] for one in rows(fresh)} - carried
        if isinstance(result.analysis, Carried):
            before = result.analysis.before
            known = {(one.rule, before.text[one.range.start : one.range.end]) for one in before.findings}
            invented = {(rule, start, quote) for rule, start, quote in invented if (rule, quote) not in known}
        assert invented == set()

    def reviewed_anew(self, file: OpenFile) -> Review:
        document = Document.open(file.document.uri, 0, file.document.language, self.typist.text)
        return review(document, file.context.rules, file.context.settings)


def rows(result: Review) -> list[Row]:
    text = result.document.text
    return [
        (*row(one, text, one.range), (one.severity, one.message, one.offers, one.fingerprint))
        for one in result.findings
    ]


def row(finding: Any, text: str, place: Any) -> Row:
    return (finding.rule, place.start, text[place.start : place.end])


def fixes(result: Review) -> list[Any]:
    return [result.analysis.fix(one) if result.analysis and one.offers else None for one in result.findings]


def errors(analysis: Analysis) -> list[TextRange]:
    """What does not parse: error nodes, where the whole file is one, those in it."""
    if isinstance(analysis, Carried):
        return list(analysis.syntax_errors())
    tree = analysis.tree
    assert tree is not None, "asked of languages with a grammar"
    found: list[TextRange] = []
    nodes = list(tree.tree.root_node.children)
    while nodes:
        node = nodes.pop()
        if node.is_error or node.is_missing:
            found.append(tree.range_of(node))
        else:
            nodes.extend(node.children)
    return found


def position(text: str, offset: int, encoding: PositionEncoding) -> tuple[int, int]:
    """Where an offset is, by counting."""
    starts = [start for start in line_starts(text) if start <= offset]
    return len(starts) - 1, sum(width(character, encoding) for character in text[starts[-1] : offset])


def width(character: str, encoding: PositionEncoding) -> int:
    code = ord(character)
    if encoding is PositionEncoding.UTF32:
        return 1
    if encoding is PositionEncoding.UTF16:
        return 1 + (code > 0xFFFF)
    return 1 + (code > 0x7F) + (code > 0x7FF) + (code > 0xFFFF)


def line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]


def moved(start: int | None, length: int, change: Splice) -> int | None:
    """Where a span begins after a change that does not meet it, else None."""
    low, high, new = change
    if start is None or (low < start + length and start < high) or (length == 0 and low <= start <= high):
        return None
    return start + len(new) - (high - low) if high <= start else start


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("language", ["python", "typescript", "javascript", "sql", "go", "java"])
def test_findings_and_texts_keep_up_with_random_edits(language: str, seed: int) -> None:
    async def run() -> None:
        desk = Desk(language, seed)
        for number in range(EDITS):
            before = desk.typist.text
            try:
                await desk.edit(number)
            except BaseException as error:
                error.add_note(f"{language}, seed {seed}, edit {number}: {before!r}\nbecame {desk.typist.text!r}")
                raise

    asyncio.run(run())
