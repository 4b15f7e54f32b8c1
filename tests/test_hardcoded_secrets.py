"""Secrets that no case file may hold, because whoever looks for secrets would take them for real ones."""

from __future__ import annotations

import pytest
from oldhand.resources import bundled_agents
from oldhand.rules.check import check
from oldhand.rules.load import load
from oldhand.syntax.languages import by_id

RULES = load(sorted(bundled_agents().glob("*/rules")))[0]
PART = "Qw3rTy9Zx8Vb7Nm6"
TOKEN = f"eyJhbGciOi{PART}.eyJzdWIiOi{PART}.{PART}{PART}"


@pytest.mark.parametrize(
    ("link", "found"),
    [
        (f"https://shop.internal.test/reset?token={TOKEN}", True),
        # A link to nowhere, as a page for trying out a letter has it.
        (f"https://auth.example.com/reset?token={TOKEN}", False),
        (f"https://example.org:8443/?token={TOKEN}", False),
        (f"https://example.com.shop.test/?token={TOKEN}", True),
        (f"https://shop.test/?next=https://example.com/&token={TOKEN}", True),
    ],
)
@pytest.mark.parametrize("language", ["python", "typescript"])
def test_a_token_in_a_link(link: str, found: bool, language: str) -> None:
    known = by_id(language)
    assert known is not None
    text = f'const link = "{link}";\n' if language == "typescript" else f'link = "{link}"\n'
    rules = {finding.rule for finding in check("mail", known, text, RULES).findings}
    assert ("secrets/hardcoded-secret" in rules) is found
