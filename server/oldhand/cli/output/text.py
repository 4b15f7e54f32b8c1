"""Findings for a person at a terminal: each with its code, the reason, what to do and the proposed change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.cells import chop_cells
from rich.console import Console
from rich.style import Style
from rich.text import Text

from oldhand.cli.console import ADDED, QUIET, REMOVED, SEVERITY_STYLES, STRONG, unicode_output
from oldhand.cli.escape import harmless
from oldhand.cli.output.frame import frame
from oldhand.cli.output.proposal import proposal
from oldhand.cli.report import FileReport, Report, is_safe
from oldhand.findings import Finding, Rejected, Severity

_LABEL = 7  # columns of "  why  "


def write(report: Report, console: Console) -> None:
    """Print the report; what was not reviewed is printed by the caller, on standard error."""
    printer = _Printer(console)
    for file, finding in report.findings():
        printer.finding(file, finding)
    printer.summary(report)


class _Printer:
    """Lines for one console, whose width and encoding they have to suit."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bar, self.inside, self.ellipsis = ("│", "┃", "…") if unicode_output(console) else ("|", "#", "...")
        self.gutter = 5

    def finding(self, file: FileReport, finding: Finding) -> None:
        line, column = file.place(finding.range.start)
        style = SEVERITY_STYLES[finding.severity]
        place = (f"{_from_here(file)}:{line}:{column}", STRONG)
        head = Text.assemble(place, "  ", (finding.severity.label, style), "  ", (finding.rule, QUIET))
        self.console.print(head)
        self._prose("", finding.message)
        self.console.print()
        self._frame(file, finding, style)
        self.console.print()
        if finding.why:
            self._prose("why", finding.why)
        if finding.remedy:
            self._prose("do", finding.remedy)
        self._fix(file, finding)
        self.console.print()

    def summary(self, report: Report) -> None:
        """What was found by category, and what was not shown."""
        counts: dict[str, Counter[Severity]] = {}
        for _, finding in report.findings():
            counts.setdefault(finding.category, Counter())[finding.severity] += 1
        total: Counter[Severity] = sum(counts.values(), Counter())
        files = counted(report.reviewed, "file")
        if total:
            where = f" in {len(report.files)} of {files}: "
            head = Text.assemble((counted(total.total(), "finding"), STRONG), where, *_severities(total))
            self.console.print(head)
        elif not (report.reviewed or report.failed or report.skipped):
            self.console.print(Text("There is nothing to review.", STRONG))
        else:
            level = "" if report.level is Severity.HINT else f" at {report.level.label} level or above"
            self.console.print(Text(f"No findings{level} in {files}.", STRONG))
        width = max(map(len, counts), default=0)
        for category, severities in sorted(counts.items(), key=lambda item: (-max(item[1]), item[0])):
            self.console.print(Text.assemble(f"  {category:<{width}}  ", *_severities(severities)))
        for sentence in _footnotes(report):
            self.console.print(Text(sentence, QUIET))

    def _frame(self, file: FileReport, finding: Finding, style: Style) -> None:
        width = self.console.width - self.gutter - 4
        lines = frame(file.text, file.index, finding.range, file.secrets, width=width, ellipsis=self.ellipsis)
        for line in lines:
            number = f"{line.number or '':>{self.gutter}} "
            bar = (self.inside, style) if line.inside else (self.bar, QUIET)
            self.console.print(Text.assemble((number, QUIET), bar, f" {line.code}".rstrip()))
            if line.under:
                lead = " " * (self.gutter + 1)
                self.console.print(Text.assemble(lead, (self.bar, QUIET), " ", (line.under, style)))

    def _fix(self, file: FileReport, finding: Finding) -> None:
        if finding.fix is None:
            return
        title = finding.fix.title.rstrip(".")
        if isinstance(finding.verdict, Rejected):
            self._prose("fix", f"{title} — by hand, for the change below was not proved: {finding.verdict.reason}")
        elif is_safe(finding):
            self._prose("fix", f"{title} (safe, --fix makes it)")
        else:
            self._prose("fix", f"{title} (look it over: it may change what the program does)")
        self.console.print()
        width = self.console.width - self.gutter - 5
        styles = {"-": REMOVED, "+": ADDED}
        for line in proposal(file, finding.fix):
            style = styles.get(line.sign, QUIET)
            for n, part in enumerate(chop_cells(line.text, width) or [""]):
                number = str(line.number) if n == 0 else ""
                change = f" {line.sign if n == 0 else ' '} {part}".rstrip()
                self.console.print(Text.assemble((f"{number:>{self.gutter}} {self.bar}", QUIET), (change, style)))

    def _prose(self, label: str, text: str) -> None:
        """A paragraph, wrapped and indented behind its label."""
        indent = _LABEL if label else 2
        lines = Text(harmless(" ".join(text.split()))).wrap(self.console, self.console.width - indent)
        for n, line in enumerate(lines):
            lead = f"  {label:<{indent - 2}}" if n == 0 else " " * indent
            self.console.print(Text.assemble((lead, QUIET), line.plain.rstrip()))


def _footnotes(report: Report) -> Iterator[str]:
    """Sentences on what the numbers above leave out."""
    if safe := report.safe_fixes():
        yield f"{counted(safe, 'finding')} can be fixed safely: oldhand review --fix"
    if report.fixed:
        yield f"Fixed {counted(report.fixed.total(), 'finding')} in {counted(len(report.fixed), 'file')}."
    if report.below:
        yield f"{counted(report.below, 'finding')} of lower severity not shown: --severity hint"
    if report.hidden:
        yield f"{counted(report.hidden, 'finding')} hidden by the baseline."
    if report.stale:
        yield f"{counted(report.stale, 'entry')} of the baseline no longer found: --write-baseline forgets them."
    for reason, number in sorted(report.skipped.items()):
        yield f"{counted(number, 'file')} not reviewed: {reason}"
    if report.passed_over:
        yield f"{counted(report.passed_over, 'file')} in folders of vendored or built code passed over."
    if report.failed:
        yield f"{counted(report.failed, 'file')} could not be reviewed; see above."


def _severities(counts: Counter[Severity]) -> list[str | tuple[str, Style]]:
    """How many of each severity, the worst first, as parts of a line."""
    parts: list[str | tuple[str, Style]] = []
    for severity in sorted(counts, reverse=True):
        parts += [", "] if parts else []
        parts.append((counted(counts[severity], severity.label), SEVERITY_STYLES[severity]))
    return parts


def counted(number: int, noun: str) -> str:
    """A number and what it counts, in the plural where that is right."""
    if number != 1 and noun != "information":
        noun = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun}"


def _from_here(file: FileReport) -> str:
    """The file's name from the current folder, as terminals make it a link; control characters escaped."""
    here = Path.cwd()
    name = file.path.relative_to(here).as_posix() if file.path.is_relative_to(here) else file.path.as_posix()
    return harmless(name) if str(file.path) != "-" else file.name
