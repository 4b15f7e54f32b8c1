"""Agent files: cases as Markdown, bytes that Markdown cannot hold, and what holds for every text."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from oldhand.personas.load import KEYS, MAX_BYTES, load
from oldhand.personas.persona import Persona, Source
from oldhand.problems import Problem
from oldhand.resources import bundled_agents

CASES = Path(__file__).parent / "cases" / "personas"
SECTION = re.compile(
    r"^## (?P<name>[^\n]+)\n+(?P<fence>```+)persona\n(?P<persona>.*?)^(?P=fence)\n+```loads\n(?P<loads>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
ELSEWHERE = {"path", "source", "content_hash"}  # tested below


def sections() -> Iterator[object]:
    for file in sorted(CASES.glob("*.md")):
        text = file.read_text(encoding="utf-8")
        found = list(SECTION.finditer(text))
        assert len(found) == len(re.findall(r"^```loads$", text, re.MULTILINE)), f"a section of {file} is not read"
        for section in found:
            yield pytest.param(section["persona"], section["loads"], id=f"{file.stem}: {section['name']}")


@pytest.mark.parametrize(("text", "loads"), list(sections()))
def test_file_loads_as_its_case_says(text: str, loads: str) -> None:
    assert yaml.safe_load(loads) == outcome(*load(text, "agent.md"))


@pytest.mark.parametrize(("text", "loads"), list(sections()))
def test_line_ends_change_nothing(text: str, loads: str) -> None:
    expected = load(text, "agent.md")
    assert expected == load(text.encode(), "agent.md")
    assert expected == load(text.replace("\n", "\r\n").encode(), "agent.md")
    assert expected == load(text.replace("\n", "\r"), "agent.md")


def test_byte_order_mark_is_told_and_is_no_text() -> None:
    file = "---\nname: a\ndescription: b\n---\nPrompt.\n"
    persona, problems = load(b"\xef\xbb\xbf" + file.encode(), "a.md")
    assert persona == load(file, "a.md")[0]
    assert [written(problem) for problem in problems] == [
        "1 warning: The file begins with a byte order mark. Claude Code does not load it; save it without."
    ]


def outcome(persona: Persona | None, problems: tuple[Problem, ...]) -> dict[str, object]:
    """What a case's `loads` block holds: the fields that differ from their defaults, and the problems."""
    return {
        "persona": "none" if persona is None else dict(said(persona)),
        "problems": [written(problem) for problem in problems],
    }


def said(persona: Persona) -> Iterator[tuple[str, object]]:
    for field in dataclasses.fields(persona):
        value = getattr(persona, field.name)
        if field.name not in ELSEWHERE and value != field.default:
            yield field.name, list(value) if isinstance(value, tuple) else value


def written(problem: Problem) -> str:
    level = "fatal note" if problem.fatal and problem.note else "fatal" if problem.fatal else ""
    level = level or ("note" if problem.note else "warning")
    return f"{problem.line} {level}: {problem.message} {problem.hint}".strip()


def test_hash_follows_the_text_and_not_its_line_ends() -> None:
    file = "---\nname: a\ndescription: b\n---\nPrompt.\n"
    assert hash_of(file) == hash_of(file.replace("\n", "\r\n").encode())
    assert hash_of(file) != hash_of(file + "!")
    assert load(file, "x.md", Source.USER)[0] == dataclasses.replace(load(file, "x.md")[0], source=Source.USER)


def hash_of(content: str | bytes) -> str:
    persona, _ = load(content, "a.md")
    assert persona is not None
    return persona.content_hash


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\x7fELF\0\0", "0 fatal: This is a binary file."),
        ("---\nname: a\n\0---\n", "0 fatal: This is a binary file."),
        ("---\nname: a\n---\n".encode("utf-16"), "0 fatal: The file is UTF-16 and was not read. Save it as UTF-8."),
        (b"-" * (MAX_BYTES + 1), "0 fatal: The file is larger than 1024 KiB and was not read."),
    ],
    ids=["binary", "NUL in a text", "UTF-16", "too large"],
)
def test_bytes_that_are_no_text_are_one_problem(content: str | bytes, problem: str) -> None:
    assert outcome(*load(content, "a.md")) == {"persona": "none", "problems": [problem]}


def test_bytes_that_are_not_utf_8_have_their_line() -> None:
    persona, problems = load(b"---\r\nname: a\r\ndescription: b\r\n---\r\nCaf\xe9.\r\n", "a.md")
    assert persona is not None
    assert persona.body == "Caf\ufffd."
    assert [written(problem) for problem in problems] == [
        "5 warning: The file is not valid UTF-8; what could not be read became U+FFFD."
    ]


def test_text_that_nobody_sees_is_told_but_flags_are_not() -> None:
    file = "---\nname: a\ndescription: b\n---\n\U0001f3f4\U000e0067\U000e0062\U000e007f\n{}\n"
    assert load(file.format("\U0001f469\u200d\U0001f4bb"), "a.md")[1] == ()
    for hidden in ("\u202e", "\u2066", "\U000e0041"):
        (problem,) = load(file.format(f"Look{hidden}here"), "a.md")[1]
        assert (problem.line, f"U+{ord(hidden):04X}" in problem.message) == (6, True)


@pytest.mark.parametrize(
    "header",
    [
        "name: a\ndescription: " + "long " * 200_000,
        "name: a\ndescription: b\n" + "tools: x\n" * 100_000,
        "name: a\ndescription: b\nhooks: " + "[" * 60_000,
        "name: a\ndescription: b\nhooks: " + "{x: " * 15_000,
        "name: a\ndescription: b\ntools: " + "," * 900_000,
        "name: a\ndescription: b\nmodel: " + "claude" * 100_000 + "!",
        "name: a\ndescription: b\n" + "\n".join(f"k{n}: v" for n in range(6_000)),
        "name: a\ndescription: '" + '"\\' * 400_000,
    ],
    ids=["description", "repeated field", "open lists", "open mappings", "commas", "model", "unknown keys", "quotes"],
)
def test_megabyte_and_hostile_headers_give_a_persona_in_bounded_time(header: str) -> None:
    started = time.process_time()
    persona, problems = load(f"---\n{header}\n---\nPrompt.", "a.md")
    assert time.process_time() - started < 5
    assert persona is not None
    assert (persona.name, persona.body) == ("a", "Prompt.")
    assert len(problems) < 10
    assert all(len(str(problem)) < 1_000 for problem in problems)


def test_a_megabyte_of_prompt_is_kept_and_told() -> None:
    persona, problems = load("---\nname: a\ndescription: b\n---\n" + "word " * 200_000, "a.md")
    assert persona is not None
    assert len(persona.body) == 999_999
    assert [problem.message for problem in problems] == ["The system prompt is 999,999 characters long."]


def test_the_bundled_persona_has_no_problems() -> None:
    path = bundled_agents() / "senior-backend-engineer.md"
    persona, problems = load(path.read_bytes(), str(path), Source.BUNDLED)
    assert problems == ()
    assert persona is not None
    assert (persona.name, persona.model, persona.color) == ("senior-backend-engineer", "sonnet", "purple")
    assert persona.description.count("<example>") == persona.description.count("</example>") == 2
    assert persona.tools is None


PIECES = st.sampled_from(
    [f"{key}:" for key in KEYS]
    + [
        "---",
        "----",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "|",
        ">",
        "*a",
        "&a ",
        "!!x ",
        "? ",
        ": ",
    ]
    + ['"', "'", "\\", "#", " #", "%YAML 1." + "9" * 5_000, '"\\U7fffffff"', "\ufeff", "\0", "\x85", "\u2028", "\ud800"]
    + ["a", "claude-x", "sonnet", "<<: ", "..."]
)


@given(st.one_of(st.text(), st.binary(), st.lists(PIECES).map(lambda pieces: "---\n" + "".join(pieces))))
def test_every_text_gives_a_persona_or_a_fatal_problem(content: str | bytes) -> None:
    persona, problems = load(content, "a.md")
    assert [problem.fatal for problem in problems].count(True) == (persona is None)
    if persona is None:
        assert problems[-1].fatal
    lines = (
        len(re.split(rb"\r\n|\r|\n", content)) if isinstance(content, bytes) else len(re.split("\r\n|\r|\n", content))
    )
    assert all(0 <= problem.line <= lines and problem.path == "a.md" for problem in problems)
    assert all(problem.message.isprintable() and problem.hint.isprintable() for problem in problems)
