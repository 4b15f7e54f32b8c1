from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.cli.escape import harmless, harmless_json
from oldhand.text.visible import is_invisible, visible

ESCAPED = {
    "\x1b[31mred": "\\x1b[31mred",
    "a\rb": "a\\x0db",
    "admin\u202e": "admin\\u202e",
    "\u2066x\u2069": "\\u2066x\\u2069",
    "zero\u200bwidth": "zero\\u200bwidth",
    "\U000e0041": "\\U000e0041",
    "\x9b2J": "\\x9b2J",
    "\ud800": "\\ud800",
    "a\u2028b\x85": "a\\u2028b\\x85",
}


@pytest.mark.parametrize("text", ESCAPED)
def test_what_a_terminal_would_obey_or_hide_is_escaped(text):
    assert visible(text) == ESCAPED[text]


@pytest.mark.parametrize("text", ["naïve", "日本語", "👩‍💻"[:1], "e\u0301", "tab\tand\nline", "ﷺ"])
def test_letters_of_every_script_stay(text):
    assert visible(text) == text


@pytest.mark.parametrize(
    "text",
    ["##vso[task.setvariable]x", "a ##[error]b", "##teamcity[message]", "::set-output name=a::b", "  ::debug::x"],
)
def test_no_ci_system_finds_a_command(text):
    shown = harmless(f"first\n{text}")
    assert "##vso[" not in shown
    assert "##[" not in shown
    assert "##teamcity[" not in shown
    assert not any(line.strip().startswith("::") for line in shown.split("\n"))


def test_a_scope_operator_and_a_heading_stay():
    assert harmless("std::vector\n## Heading [1]") == "std::vector\n## Heading [1]"


@given(st.text())
def test_json_keeps_its_value_and_shows_nothing_invisible(text):
    document = harmless_json(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(document) == {"a": text}
    assert not any(is_invisible(character) for character in document)
    assert "##[" not in document
