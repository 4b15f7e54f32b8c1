"""Findings as workflow commands, which GitHub Actions shows as annotations in a pull request.

GitHub shows ten errors, ten warnings and ten notices of a step; the log has all.
"""

from __future__ import annotations

from oldhand import secrets
from oldhand.cli.escape import command_free
from oldhand.cli.report import FileReport, Report
from oldhand.findings import Finding, Severity
from oldhand.problems import Problem
from oldhand.text.visible import visible

_COMMANDS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "notice",
    Severity.HINT: "notice",
}


def rendered(report: Report) -> str:
    """A line for each finding and each problem."""
    lines = [_annotation(file, finding) for file, finding in report.findings()]
    return "".join((*lines, *map(_problem, report.problems)))


def _annotation(file: FileReport, finding: Finding) -> str:
    (line, column), (end_line, end_column) = file.place(finding.range.start), file.place(finding.range.end)
    properties = {"file": file.name, "line": str(line), "endLine": str(end_line)}
    if line == end_line:  # columns are for ranges within a line
        properties |= {"col": str(column), "endColumn": str(end_column)}
    properties["title"] = finding.rule
    message = "\n\n".join(part for part in (finding.message, finding.why, finding.remedy) if part)
    return _command(_COMMANDS[finding.severity], properties, message)


def _problem(problem: Problem) -> str:
    properties = {"file": problem.path} if problem.path else {}
    if problem.line:
        properties["line"] = str(problem.line)
    return _command(
        "notice" if problem.note else "warning", properties, secrets.mask(f"{problem.message} {problem.hint}".strip())
    )


def _command(name: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(message)}\n"


def _data(text: str) -> str:
    """A message as the runner decodes it: `%`, carriage return and line feed in percent notation."""
    escaped = command_free(visible(text)).replace("%", "%25")
    return escaped.replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
