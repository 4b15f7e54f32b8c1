"""Running cases: what a review really says, set against the marks and blocks of a case file."""

from __future__ import annotations

import difflib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from oldhand import settings as settings_file
from oldhand.findings import Accepted, Applicability, Finding, Fix, Rejected
from oldhand.problems import Problem
from oldhand.review import run
from oldhand.review.casefile import Block, Case, Source
from oldhand.review.document import Document
from oldhand.review.marks import Marked, offered, remarked
from oldhand.review.run import Review
from oldhand.review.verify import merged_edits
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.syntax.languages import by_id
from oldhand.syntax.tree import parse
from oldhand.text.edits import TextEdit, apply, changed_span

_ROUNDS = 20
_CUTS = 12
_RANDOM_CUTS = 3


@dataclass(frozen=True, slots=True)
class Engine:
    """The functions of `review.run` with their rules bound; the harness's own tests put others here."""

    review: Callable[[Document, Settings, Review | None], Review]
    verify: Callable[[Review, Finding, Settings], Finding]
    fix_all: Callable[[Review, Settings], str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case: sentences and diffs, none if it passed, and the blocks as they would have to be."""

    failures: tuple[str, ...]
    updates: tuple[tuple[Block, tuple[str, ...]], ...]


def engine(rules: RuleSet) -> Engine:
    """The real engine with these rules."""

    def review(document: Document, settings: Settings, previous: Review | None) -> Review:
        return run.review(document, rules, settings, previous)

    def verify(reviewed: Review, finding: Finding, settings: Settings) -> Finding:
        return run.verify(reviewed, finding, rules, settings)

    def fix_all(reviewed: Review, settings: Settings) -> str:
        return run.fix_all(reviewed, rules, settings)

    return Engine(review, verify, fix_all)


def check(case: Case, engine: Engine, only: str | None = None) -> Outcome:
    """Run a case; with `only`, the findings of all other rules are passed over."""
    settings = Settings()
    problems: tuple[Problem, ...] = ()
    if case.settings is not None:
        settings, problems = settings_file.load(case.settings.text, "settings")
    trial = _Trial(engine, settings, only)
    failures = [str(problem) for problem in problems]
    for source in case.sources:
        failures.extend(trial.source(source))
    return Outcome(tuple(failures), tuple(trial.updates))


class _Trial:
    """One case on its way through the engine; `updates` gathers the blocks that would have to change."""

    def __init__(self, engine: Engine, settings: Settings, only: str | None) -> None:
        self.engine = engine
        self.settings = settings
        self.only = only
        self.updates: list[tuple[Block, tuple[str, ...]]] = []

    def source(self, source: Source) -> Iterator[str]:
        """Compare everything that the case says of this source."""
        marked = source.block.marked
        review = self.review(_document(source, marked.text), None)
        if review.skipped and not marked.marks:
            yield f"The source of line {source.block.line - 1} was not reviewed. {review.skipped}"
        yield from self.marks(source, source.block, marked, review)
        if source.fixed is not None:
            yield from self.fixed(source.fixed, review)
        if source.edited is not None:
            yield from self.edited(source, source.edited, review)
        yield from self.always(review)

    def review(self, document: Document, previous: Review | None = None) -> Review:
        """The review with the findings that count here, their fixes verified."""
        review = self.engine.review(document, self.settings, previous)
        findings = tuple(
            self.engine.verify(review, finding, self.settings)
            for finding in review.findings
            if self.only in (None, finding.rule)
        )
        return replace(review, findings=findings)

    def marks(self, source: Source, block: Block, marked: Marked, review: Review) -> Iterator[str]:
        old = block.decoded()
        new = remarked(marked, review.findings, source.language.line_comment)
        if old == new:
            return
        yield "\n".join([*_difference(block, old, new), *_remarks(review.findings)])
        # A case that says that nothing is found stays one, and so does its opposite: that is a person's choice.
        if bool(marked.marks) == bool(review.findings):
            self.updates.append((block, new))

    def fixed(self, block: Block, review: Review) -> Iterator[str]:
        text = self.fixed_text(review)
        if text == block.text:
            return
        if text and not text.endswith(block.eol):
            yield f"The fixes of line {block.line - 1} leave the last line without its end."
        new = tuple(text.removesuffix(block.eol).split(block.eol)) if text else ()
        yield "\n".join(_difference(block, block.decoded(), new))
        self.updates.append((block, new))

    def fixed_text(self, review: Review) -> str:
        """The text after all fixes that are offered; one that collides with another waits for the next round."""
        for _ in range(_ROUNDS):
            edits: list[TextEdit] = []
            for finding in review.findings:
                if finding.fix is not None and offered(finding):
                    edits = merged_edits(edits, finding.fix.edits) or edits
            if not edits:
                break
            review = self.review(_replaced(review.document, apply(review.document.text, edits)))
        return review.document.text

    def edited(self, source: Source, block: Block, review: Review) -> Iterator[str]:
        marked = block.marked
        before, after = changed_span(review.document.text, marked.text)
        edit = TextEdit(before, marked.text[after.start : after.end])
        document = review.document.edited([edit], None)
        yield from self.marks(source, block, marked, self.review(document, review))

    def always(self, review: Review) -> Iterator[str]:
        """What holds of every case, whatever its author had in mind."""
        yield from (str(problem) for problem in review.problems)
        for broken in _cut(review.document):
            for previous in (None, review):
                found = self.engine.review(broken, self.settings, previous)
                yield from (f"On text that is cut off: {problem}" for problem in found.problems)
        for finding in review.findings:
            if finding.fix is not None and offered(finding):
                yield from self.fix_holds(review, finding, finding.fix)
        yield from self.fix_all_holds(review)

    def fix_holds(self, review: Review, finding: Finding, fix: Fix) -> Iterator[str]:
        """An offered fix adds no syntax error, and takes its finding away."""
        document = _replaced(review.document, apply(review.document.text, fix.edits))
        if _errors(document) > _errors(review.document):
            yield f"The fix “{fix.title}” makes a syntax error."
        after = self.engine.review(document, self.settings, None)
        if _count(finding.rule, after) >= _count(finding.rule, review):
            yield f"After the fix “{fix.title}”, {finding.rule} finds as much as before."

    def fix_all_holds(self, review: Review) -> Iterator[str]:
        """Fix-all leaves nothing that it could have fixed, and changes nothing the second time."""
        text = self.engine.fix_all(review, self.settings)
        again = self.review(_replaced(review.document, text))
        for finding in again.findings:
            if isinstance(finding.verdict, Accepted) and finding.verdict.applicability is Applicability.SAFE:
                yield f"Fix-all leaves a safe fix of {finding.rule}."
        if self.engine.fix_all(again, self.settings) != text:
            yield "Fix-all changes the text that it has made."


def unruled(case: Case, rules: RuleSet, only: str) -> Iterator[str]:
    """The sources of the case on which that rule does not run, so that they would show nothing."""
    for source in case.sources:
        if not any(rule.id == only for rule in rules.for_language(source.language.id)):
            yield f"No rule {only} runs on {source.language.id}, the source of line {source.block.line - 1}."


def _count(rule: str, review: Review) -> int:
    return sum(finding.rule == rule for finding in review.findings)


def _replaced(document: Document, text: str) -> Document:
    """The same file with another text, as if it had just been opened."""
    return Document.open(document.uri, document.version, document.language, text)


def _cut(document: Document) -> Iterator[Document]:
    """The document as it is while it is typed: ended after each of its lines, and at a few places inside them."""
    text, index = document.text, document.index
    lines = range(0, index.line_count, 1 + index.line_count // _CUTS)
    places = {index.line_start(line) for line in lines}
    chance = random.Random(text.encode("utf-8", "surrogatepass"))  # noqa: S311 - places to look at, not a secret
    places.update(chance.randrange(len(text) + 1) for _ in range(_RANDOM_CUTS))
    for place in sorted(places):
        yield _replaced(document, text[:place])


def _errors(document: Document) -> int:
    """How many places of the text do not parse; 0 for a language that is not parsed."""
    language = by_id(document.language or "")
    if language is None or language.grammar is None:
        return 0
    return len(parse(language, document.text).error_ranges())


def _document(source: Source, text: str) -> Document:
    uri = PurePosixPath("/", source.path).as_uri()
    return Document.open(uri, None, source.language.id, text)


def _difference(block: Block, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """What to take out (-) of the block and what to put in (+), each a whole line of the case file."""
    yield f"The `{block.kind}` block of line {block.line - 1} is not what comes out:"
    for line in difflib.unified_diff(block.encoded(old), block.encoded(new), lineterm="", n=2):
        if line[:3] not in ("---", "+++"):
            yield "    " + line


def _remarks(findings: Sequence[Finding]) -> Iterator[str]:
    """What was said, for the author of a mark: its words have to be in the message."""
    for finding in findings:
        yield f"    {finding.rule}: {finding.message}"
        if isinstance(finding.verdict, Rejected):
            yield f"        its fix is not offered: {finding.verdict.reason}"
