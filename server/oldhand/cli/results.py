"""The outcomes of a review counted, shown in the format asked for, and turned into an exit status."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text

from oldhand.cli import baseline, source
from oldhand.cli.baseline import Baseline
from oldhand.cli.console import ADDED, QUIET, REMOVED, err, out, tell
from oldhand.cli.escape import harmless
from oldhand.cli.options import Options
from oldhand.cli.output import github, json, proposal, sarif, text
from oldhand.cli.output.text import counted
from oldhand.cli.report import FileReport, Report, masked_report
from oldhand.cli.source import SourceError
from oldhand.cli.worker import Outcome
from oldhand.problems import Problem
from oldhand.rules.rule import RuleSet

CLEAN, FOUND, FAILED = 0, 1, 2
_FORMATS = {"json": json.rendered, "sarif": sarif.rendered, "github": github.rendered}


def report(
    outcomes: Sequence[Outcome],
    asked: Options,
    *,
    rules: RuleSet,
    told: Sequence[Problem],
    known: Baseline,
    passed_over: int,
) -> Report:
    """What is to be shown of these outcomes; `told` are problems that came up before."""
    reports = []
    below = 0
    for outcome in outcomes:
        findings = tuple(finding for finding in outcome.findings if finding.severity >= asked.level)
        below += len(outcome.findings) - len(findings)
        if findings:
            target = outcome.target
            file = FileReport(target.name, target.path, outcome.text, findings, outcome.secrets)
            reports.append(masked_report(file))
    whole = asked.base is None and not asked.only and not asked.fix
    return Report(
        tuple(reports),
        rules,
        asked.level,
        problems=(*told, *(problem for outcome in outcomes for problem in _problems(outcome))),
        reviewed=sum(not outcome.failure and not outcome.skipped for outcome in outcomes),
        failed=sum(bool(outcome.failure) for outcome in outcomes),
        skipped=Counter(outcome.skipped for outcome in outcomes if outcome.skipped),
        passed_over=passed_over,
        below=below,
        hidden=sum(outcome.hidden for outcome in outcomes),
        stale=sum(map(_unseen, outcomes, [known] * len(outcomes))) if whole else 0,
        fixed=Counter({outcome.target.name: outcome.fixed for outcome in outcomes if outcome.fixed}),
    )


def presented(found: Report, outcomes: Sequence[Outcome], asked: Options) -> int:
    """Print the report and give the exit status: 0 nothing found, 1 findings, 2 the review could not be done."""
    fixing_stdin = asked.stdin and asked.fix
    if asked.dry_run:
        tell_all(found.problems)
        _print_differences(outcomes)
        tell(f"{counted(found.fixed.total(), 'finding')} would be fixed; nothing was written.")
    elif asked.format == "text":
        tell_all(found.problems)
        text.write(found, err() if fixing_stdin else out())
    else:
        _write(_FORMATS[asked.format](found).encode("utf-8", "backslashreplace"))
    if fixing_stdin:
        _write_fixed(outcomes)
    if found.files or (asked.dry_run and found.fixed):
        return FOUND
    unreviewed = found.failed and not found.reviewed
    return FAILED if unreviewed or any(outcome.fatal for outcome in outcomes) else CLEAN


def remembered(outcomes: Sequence[Outcome], told: Sequence[Problem], path: Path) -> int:
    """Write the baseline of these outcomes and give the exit status."""
    problems = (*told, *(problem for outcome in outcomes for problem in _problems(outcome)))
    tell_all(problems)
    known = [(outcome.target.name, finding) for outcome in outcomes for finding in outcome.findings]
    try:
        source.replace_bytes(path.resolve(), baseline.written(known).encode())
    except SourceError as error:
        tell(f"{path}: {error}", level="error")
        return FAILED
    out().print(Text(f"Wrote {harmless(str(path))}; known from now on: {counted(len(known), 'finding')}."))
    return FAILED if any(outcome.failure for outcome in outcomes) else CLEAN


def tell_all(problems: Sequence[Problem]) -> None:
    """Print problems on standard error, each once."""
    for problem in dict.fromkeys(problems):
        if not problem.note:
            tell(str(problem), level="error" if problem.fatal else "warning")


def _problems(outcome: Outcome) -> Iterator[Problem]:
    yield from outcome.problems
    if outcome.failure:
        yield Problem(outcome.target.name, 0, outcome.failure, fatal=True)
    if outcome.skipped:
        yield Problem(outcome.target.name, 0, f"It was not reviewed. {outcome.skipped}", note=True)


def _unseen(outcome: Outcome, known: Baseline) -> int:
    """How many of the baseline's findings of a file are gone."""
    reviewed = not outcome.failure and not outcome.skipped
    return sum(known.known(outcome.target.name).values()) - outcome.hidden if reviewed else 0


def _print_differences(outcomes: Sequence[Outcome]) -> None:
    styles = {"-": REMOVED, "+": ADDED, "@": QUIET}
    for outcome in outcomes:
        if outcome.fixed and outcome.source is not None:
            for line in proposal.unified(outcome.target.name, outcome.source.text, outcome.text):
                out().print(Text(line, styles.get(line[:1], "")))


def _write_fixed(outcomes: Sequence[Outcome]) -> None:
    """The text from standard input, fixed; neither masked nor escaped, since a program reads it."""
    for outcome in outcomes:
        if outcome.source is not None:
            fixed = outcome.text if outcome.fixed else outcome.source.text
            _write(source.encoded(fixed, bom=outcome.source.bom))


def _write(raw: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(raw)
    sys.stdout.buffer.flush()
