"""The baseline: findings that are known and are not to be shown, in a file without any code.

The file is JSON, sorted, an entry a line, so that it merges well and tells nothing but what it must:

    {"version": 1, "findings": [
    {"path": "app/api.py", "rule": "query/n-plus-one", "fingerprint": "0123456789abcdef", "count": 1}
    ]}
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from oldhand.findings import Finding

VERSION = 1


class BaselineError(Exception):
    """A file that is no baseline; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """How often each finding is known: by the file's name, then by rule and fingerprint."""

    files: Mapping[str, Mapping[tuple[str, str], int]] = field(default_factory=dict)

    def known(self, name: str) -> Mapping[tuple[str, str], int]:
        """What is known of a file."""
        return self.files.get(name, {})


def read(text: str) -> Baseline:
    """The baseline in a file's text.

    Raises BaselineError.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise BaselineError("It is not JSON.") from None
    if not isinstance(value, dict) or value.get("version") != VERSION or not isinstance(value.get("findings"), list):
        raise BaselineError(f"It is not a baseline of version {VERSION}.")
    files: dict[str, Counter[tuple[str, str]]] = {}
    for number, entry in enumerate(value["findings"], 1):
        match entry:
            case {"path": str(path), "rule": str(rule), "fingerprint": str(digest), "count": int(count)}:
                files.setdefault(path, Counter())[rule, digest] += count
            case _:
                raise BaselineError(f"Its entry {number} is not one of path, rule, fingerprint and count.")
    return Baseline(files)


def written(findings: Iterable[tuple[str, Finding]]) -> str:
    """The baseline file of these findings, each with its file's name."""
    counts = Counter((name, finding.rule, finding.fingerprint) for name, finding in findings)
    entries = [
        json.dumps({"path": name, "rule": rule, "fingerprint": digest, "count": count})
        for (name, rule, digest), count in sorted(counts.items())
    ]
    return f'{{"version": {VERSION}, "findings": [\n' + ",\n".join(entries) + ("\n" if entries else "") + "]}\n"
