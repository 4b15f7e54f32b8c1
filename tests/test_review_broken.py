"""A text that does not parse: what is not known of it is not said."""

from __future__ import annotations

import pytest
from oldhand.resources import bundled_agents
from oldhand.review.document import Document
from oldhand.review.run import fix_all, review
from oldhand.rules.load import load
from oldhand.settings import Settings

IGNORED = """import requests

def rate(country):
    # oldhand: ignore[resilience/http-no-timeout] the mesh has one
    return requests.get(f"https://rates.example/{country}")
"""
IDLE = IGNORED.replace("requests.get(", "print(")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (IGNORED, []),
        (IDLE, ["oldhand/unused-ignore"]),
        (IGNORED.replace('")', '"'), []),
        (IDLE.replace('")', '"'), []),
    ],
    ids=["ignores", "ignores nothing", "in what does not parse", "may ignore something once the text parses"],
)
def test_a_comment_ignores_nothing_only_where_its_code_was_looked_at(text: str, found: list[str]) -> None:
    rules, _ = load(sorted(bundled_agents().glob("*/rules")))
    result = review(Document.open("file:///rates.py", None, "python", text), rules, Settings())
    assert [finding.rule for finding in result.findings] == found
    if not found:
        assert fix_all(result, rules, Settings()) == text
