"""Findings as JSON. The form is stable: within a version keys are only added.

    version    1
    tool       {name, version}
    findings   a list, by file and place:
        file         relative to the root of the repository, with `/`; absolute outside of it
        range        {start: {line, column}, end: {line, column}}: 1-based, columns in code points, the end exclusive
        rule         `category/name`
        category     the rule's first part
        severity     error, warning, information or hint
        confidence   high, medium or low
        message, why, remedy   plain text: what is wrong, why it matters, what to do
        cwe          a list such as ["CWE-89"]
        url          more to read, or ""
        fingerprint  16 hexadecimal digits that stay while the code stays, wherever it moves
        fix          null, or {title, safety, verdict, reason, edits}:
            safety   safe (may be applied without a look) or suggested
            verdict  accepted, or rejected for `reason`: then the change is not to be applied
            edits    [{range, text}], none overlapping, or null where the text would give a secret away
    problems   [{file, line, message}]: what could not be read or was not reviewed, and why; `line` 0 for the whole
    summary    {files, findings: {severity: number}, below, baseline, failed, skipped}

Secrets are masked in every text.
"""

from __future__ import annotations

import json
from collections import Counter

from oldhand import __version__, secrets
from oldhand.cli.escape import harmless_json
from oldhand.cli.report import FileReport, Report
from oldhand.findings import Finding, Rejected, Severity
from oldhand.text.ranges import TextRange

VERSION = 1


def rendered(report: Report) -> str:
    """The report as one JSON document."""
    found = Counter(finding.severity for _, finding in report.findings())
    document = {
        "version": VERSION,
        "tool": {"name": "oldhand", "version": __version__},
        "findings": [_finding(file, finding) for file, finding in report.findings()],
        "problems": [
            {
                "file": problem.path,
                "line": problem.line,
                "message": secrets.mask(f"{problem.message} {problem.hint}".strip()),
            }
            for problem in report.problems
        ],
        "summary": {
            "files": report.reviewed,
            "findings": {severity.label: found[severity] for severity in sorted(Severity, reverse=True)},
            "below": report.below,
            "baseline": report.hidden,
            "failed": report.failed,
            "skipped": report.skipped.total(),
        },
    }
    return dumped(document)


def dumped(document: object) -> str:
    """A JSON document that a terminal and a CI log can show."""
    return harmless_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _finding(file: FileReport, finding: Finding) -> dict[str, object]:
    return {
        "file": file.name,
        "range": _range(file, finding.range),
        "rule": finding.rule,
        "category": finding.category,
        "severity": finding.severity.label,
        "confidence": finding.confidence.label,
        "message": finding.message,
        "why": finding.why,
        "remedy": finding.remedy,
        "cwe": list(finding.cwe),
        "url": finding.url,
        "fingerprint": finding.fingerprint,
        "fix": _fix(file, finding),
    }


def _fix(file: FileReport, finding: Finding) -> dict[str, object] | None:
    fix = finding.fix
    if fix is None:
        return None
    rejected = isinstance(finding.verdict, Rejected)
    shown = not file.holds_secret(fix)
    return {
        "title": fix.title,
        "safety": fix.applicability.value,
        "verdict": "rejected" if rejected else "accepted",
        "reason": finding.verdict.reason if isinstance(finding.verdict, Rejected) else "",
        "edits": [{"range": _range(file, e.range), "text": e.new_text} for e in fix.edits] if shown else None,
    }


def _range(file: FileReport, place: TextRange) -> dict[str, dict[str, int]]:
    (line, column), (end_line, end_column) = file.place(place.start), file.place(place.end)
    return {"start": {"line": line, "column": column}, "end": {"line": end_line, "column": end_column}}
