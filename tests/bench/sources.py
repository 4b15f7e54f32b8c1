"""Source files of any length to measure with: code of a shop, assembled from blocks, the same in every run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path

NAMES = "order payment invoice shipment customer voucher refund basket address supplier coupon parcel".split()
BLOCKS = Path(__file__).with_name("blocks")


@dataclass(frozen=True, slots=True)
class Sample:
    """A language's file name, and a statement that is typed on a line of its own below each line like `below`."""

    language: str
    name: str
    below: str
    statement: str


SAMPLES = {
    sample.language: sample
    for sample in (
        Sample(
            "python",
            "service.py",
            "        session = self.sessions()",
            "        rows = session.execute(f\"SELECT id, total FROM orders WHERE name = '{name}'\").fetchall()",
        ),
        Sample(
            "typescript",
            "service.ts",
            "    const client = await this.pool.connect();",
            "    const rows = await client.query(`SELECT id, total FROM orders WHERE name = '${this.limit}'`);",
        ),
        Sample(
            "javascript",
            "service.js",
            "    const client = await this.pool.connect();",
            "    const rows = await client.query(`SELECT id, total FROM orders WHERE name = '${this.limit}'`);",
        ),
        Sample(
            "go",
            "service.go",
            "\tdefer rows.Close()",
            "\tother, err := s.db.QueryContext(ctx, fmt.Sprintf(\"SELECT id FROM orders WHERE name = '%s'\", name))",
        ),
        Sample(
            "java",
            "Service.java",
            "        int closed = 0;",
            '        var rows = statement.executeQuery("SELECT id FROM orders WHERE name = \'" + name + "\'");',
        ),
        Sample(
            "sql",
            "report.sql",
            ");",
            "SELECT id, name, sum(total) FROM orders WHERE lower(name) = 'x' GROUP BY id, name OFFSET 1000;",
        ),
    )
}


def source(language: str, lines: int) -> str:
    """A text of at least so many lines that parses."""
    header, *blocks = (BLOCKS / f"{language}.txt").read_text("utf-8").split("----\n")
    parts = [header]
    length = header.count("\n")
    for number in count():
        if length >= lines:
            break
        name = f"{NAMES[number % len(NAMES)]}{number // len(blocks)}"
        block = "\n" + re.sub(
            "([Ww])idget", lambda found, name=name: _like(found[1], name), blocks[number % len(blocks)]
        )
        parts.append(block)
        length += block.count("\n")
    return "".join(parts)


def places(text: str, sample: Sample, wanted: int) -> list[int]:
    """Offsets of line starts at which the statement fits, spread over the text."""
    found = [match.end() + 1 for match in re.finditer(f"^{re.escape(sample.below)}$", text, re.MULTILINE)]
    step = len(found) / (wanted + 1)
    return [found[int(step * (number + 1))] for number in range(wanted)]


def _like(initial: str, name: str) -> str:
    return name.capitalize() if initial.isupper() else name
