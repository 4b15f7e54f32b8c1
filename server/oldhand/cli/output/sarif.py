"""Findings as SARIF 2.1.0 (OASIS), the format of code scanning services.

Names are URIs relative to `%SRCROOT%`, the root of the repository; columns are code points. A fix that is proved is
a `fix`, unless its text would give a secret away.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote

from oldhand import __version__, secrets
from oldhand.cli.output.json import dumped
from oldhand.cli.report import FileReport, Report
from oldhand.findings import Accepted, Confidence, Finding, Severity
from oldhand.problems import Problem
from oldhand.rules.rule import Rule
from oldhand.text.ranges import TextRange

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "note",
    Severity.HINT: "note",
}
_LINK = re.compile(r"\[(?=[^\]]*\]\()")

Json = dict[str, object]


def rendered(report: Report) -> str:
    """The report as one SARIF log with one run."""
    descriptors = _descriptors(report)
    numbers = {str(descriptor["id"]): number for number, descriptor in enumerate(descriptors)}
    run: Json = {
        "tool": {"driver": {"name": "Oldhand", "semanticVersion": __version__, "rules": descriptors}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": _message("The root of the repository.")}},
        "invocations": [
            {
                "executionSuccessful": report.failed == 0,
                "toolExecutionNotifications": [_notification(problem) for problem in report.problems],
            }
        ],
        "results": [_result(file, finding, numbers) for file, finding in report.findings()],
    }
    return dumped({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _descriptors(report: Report) -> list[Json]:
    """The rules that ran, each id once, and those of Oldhand itself that found something."""
    found: dict[str, Json] = {}
    for rule in report.rules.rules:
        found.setdefault(rule.id, _descriptor(rule))
    for _, finding in report.findings():
        found.setdefault(finding.rule, _own_descriptor(finding))
    return list(found.values())


def _descriptor(rule: Rule) -> Json:
    help_text = "\n\n".join(part for part in (rule.message, rule.why, rule.remedy, rule.note) if part)
    descriptor: Json = {
        "id": rule.id,
        "shortDescription": _message(rule.message),
        "fullDescription": _message(rule.why or rule.message),
        "help": _message(help_text),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": _properties(rule.category, rule.severity, rule.confidence, rule.cwe),
    }
    if rule.url:
        descriptor["helpUri"] = rule.url
    return descriptor


def _own_descriptor(finding: Finding) -> Json:
    return {
        "id": finding.rule,
        "shortDescription": _message(finding.why or finding.message),
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": _properties(finding.category, finding.severity, finding.confidence, finding.cwe),
    }


def _properties(category: str, severity: Severity, confidence: Confidence, cwe: tuple[str, ...]) -> Json:
    """What GitHub's code scanning reads: tags (CWEs in its own spelling), precision, severity."""
    weaknesses = [f"external/cwe/cwe-{code.removeprefix('CWE-').zfill(3)}" for code in cwe]
    return {
        "tags": [category, *(["security"] if cwe else []), *weaknesses],
        "precision": confidence.label,
        "problem.severity": "recommendation" if severity < Severity.WARNING else severity.label,
    }


def _result(file: FileReport, finding: Finding, numbers: dict[str, int]) -> Json:
    parts = [finding.message, finding.why, finding.remedy]
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": _message(" ".join(part for part in parts if part)),
        "locations": [{"physicalLocation": {**_artifact(file.name), "region": _region(file, finding.range)}}],
        "partialFingerprints": {"oldhand/v1": finding.fingerprint},
    }
    fix = finding.fix
    if fix is not None and isinstance(finding.verdict, Accepted) and not file.holds_secret(fix):
        replacements = [
            {"deletedRegion": _region(file, edit.range), "insertedContent": {"text": edit.new_text}}
            for edit in fix.edits
        ]
        change = {**_artifact(file.name), "replacements": replacements}
        result["fixes"] = [{"description": _message(fix.title), "artifactChanges": [change]}]
    return result


def _notification(problem: Problem) -> Json:
    notification: Json = {
        "level": "note" if problem.note else "error" if problem.fatal else "warning",
        "message": _message(secrets.mask(f"{problem.message} {problem.hint}".strip())),
    }
    if problem.path:
        place = _artifact(problem.path)
        if problem.line:
            place["region"] = {"startLine": problem.line}
        notification["locations"] = [{"physicalLocation": place}]
    return notification


def _artifact(name: str) -> Json:
    if Path(name).is_absolute():
        return {"artifactLocation": {"uri": Path(name).as_uri()}}
    return {"artifactLocation": {"uri": quote(os.fsencode(name), safe="/"), "uriBaseId": _ROOT}}


def _region(file: FileReport, place: TextRange) -> Json:
    (line, column), (end_line, end_column) = file.place(place.start), file.place(place.end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _message(text: str) -> Json:
    """A plain text, in which nothing is taken for a link."""
    return {"text": _LINK.sub(r"\\[", text)}
