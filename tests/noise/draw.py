"""Draws the noise sample: reviews checkouts of public backends and prints counts and findings to be judged.

    python tests/noise/draw.py PATH… > drawn.yaml

Each PATH is a checkout, named by its folder. The draw is the same for the same code and the same rules.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import yaml

SEED = 20261125
SIZE = 50
SUFFIXES = (".py", ".ts", ".js", ".mjs", ".sql")


def main(paths: list[str]) -> None:
    """Review every checkout and print the draw as YAML."""
    projects = []
    drawn = []
    for path in map(Path, paths):
        findings = reviewed(path)
        kept = [finding for finding in findings if finding["severity"] in {"error", "warning"}]
        counts = Counter(finding["severity"] for finding in findings)
        size = lines(path)
        projects.append(
            {
                "project": path.name,
                "lines": size,
                **{name: counts[name] for name in ("error", "warning", "information", "hint")},
                "per 1,000 lines": round(1000 * len(kept) / size, 3),
            }
        )
        drawn.extend({"project": path.name, **place(finding)} for finding in kept)
    drawn.sort(key=lambda one: (one["project"], one["file"], one["line"], one["rule"]))
    sample = random.Random(SEED).sample(drawn, min(SIZE, len(drawn)))
    sample.sort(key=lambda one: (one["severity"], one["project"], one["file"], one["line"]))
    yaml.safe_dump({"projects": projects, "sample": sample}, sys.stdout, sort_keys=False, width=120)


def reviewed(path: Path) -> list[dict[str, object]]:
    """All findings of a checkout, as the command line reports them."""
    command = [sys.executable, "-m", "oldhand", "review", ".", "--format", "json", "--severity", "hint"]
    done = subprocess.run(command, cwd=path, capture_output=True, text=True, check=False)
    return json.loads(done.stdout)["findings"]


def place(finding: dict[str, object]) -> dict[str, object]:
    """Where a finding is, without any of the code."""
    return {
        "file": finding["file"],
        "line": finding["range"]["start"]["line"],
        "rule": finding["rule"],
        "severity": finding["severity"],
    }


def lines(path: Path) -> int:
    """The lines of all files that have a language with rules."""
    files = (file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    return sum(file.read_bytes().count(b"\n") for file in files)


if __name__ == "__main__":
    main(sys.argv[1:])
