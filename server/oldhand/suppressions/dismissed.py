"""`.oldhand/dismissed.yaml`: findings that nobody wants to see again, each with a reason, for people to read and merge.

One block of lines for each, in the order of the fingerprints, so that two people's entries seldom meet in a merge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from oldhand.problems import Problem
from oldhand.yaml_lines import Document, YamlError, documents

PATH = ".oldhand/dismissed.yaml"
"""Where it is, from a workspace folder or a repository's top."""

HEAD = "# Findings that are not shown again, each with the reason.\n"

_FINGERPRINT = re.compile("[0-9a-f]{16}")
_ENTRY = re.compile(r"^- fingerprint:[ \t]*['\"]?(?P<fingerprint>[0-9a-f]{16})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Dismissal:
    """One entry: `date` in ISO 8601. The reason is for people and goes into no request to a model."""

    fingerprint: str
    rule: str
    reason: str
    date: str


def read(text: str, path: str) -> tuple[Mapping[str, str], tuple[Problem, ...]]:
    """The reasons by fingerprint, and what is wrong with the file; an entry that is wrong costs itself."""
    try:
        document = next(documents(text), Document(None, 1))
    except YamlError as error:
        return {}, (Problem(path, error.line, str(error), "No finding is dismissed by it.", True),)
    if document.value is None:
        return {}, ()
    if not isinstance(document.value, list):
        return {}, (Problem(path, document.line, "The file is not a list of dismissed findings.", fatal=True),)
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for number, entry in enumerate(document.value):
        name = entry.get("fingerprint") if isinstance(entry, Mapping) else None
        if not isinstance(name, str) or not _FINGERPRINT.fullmatch(name):
            message = "This entry has no fingerprint of 16 hexadecimal digits, in quotes."
            problems.append(Problem(path, document.line_of(number), message))
            continue
        reason = entry.get("reason")
        found[name] = reason if isinstance(reason, str) else ""
    return found, tuple(problems)


def added(text: str, entry: Dismissal) -> str:
    """The file's text with one more entry; what stands there stays as it is, comments too."""
    lines = "".join(
        f"{'- ' if number == 0 else '  '}{name}: {json.dumps(value, ensure_ascii=False)}\n"
        for number, (name, value) in enumerate(
            (
                ("fingerprint", entry.fingerprint),
                ("rule", entry.rule),
                ("reason", entry.reason),
                ("date", entry.date),
            )
        )
    )
    text = text or HEAD
    if not text.endswith("\n"):
        text += "\n"
    for found in _ENTRY.finditer(text):
        if found["fingerprint"] == entry.fingerprint:
            return text
        if found["fingerprint"] > entry.fingerprint:
            return text[: found.start()] + lines + text[found.start() :]
    return text + lines
