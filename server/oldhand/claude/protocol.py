"""What a model is told about the work itself, whoever the persona is: the same bytes in every request."""

from __future__ import annotations

import json
from pathlib import Path

from oldhand.claude.schema import SCHEMA

PROTOCOL = (
    Path(__file__)
    .with_name("protocol.md")
    .read_text(encoding="utf-8")
    .replace("SCHEMA", json.dumps(SCHEMA, separators=(",", ":")), 1)
)

REVIEW = "Review lines {lines}. Fill `findings`, `units` for {units}, and `known`{known}. `verdicts` stays empty."

VERIFY = "Judge these claims. Fill `verdicts`, one for each id; the other lists stay empty.\n\n{claims}"

REPAIR = (
    "The quotes of these findings do not stand in the code as given. Give each finding again in `findings`, with"
    " `quote` and `line` copied exactly from the numbered code and all else as it is, or leave it out where the code"
    " does not hold it. The other lists stay empty.\n\n{claims}"
)
