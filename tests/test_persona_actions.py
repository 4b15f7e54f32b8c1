"""The persona's own actions: that the bundled ones are whole, how they load, and where they are offered."""

from __future__ import annotations

from pathlib import Path

import pytest
from oldhand.personas.actions import MAX_ACTIONS, PLACES, Action, Result, applicable, load
from oldhand.personas.new_files import NewFile
from oldhand.resources import bundled_agents

ACTIONS, PROBLEMS = load(bundled_agents() / "senior-backend-engineer" / "actions.yaml")

EXPECTED = {
    "make-transactional": (Result.EDIT, None),
    "optimise-query": (Result.EDIT, None),
    "add-validation": (Result.EDIT, None),
    "harden-errors": (Result.EDIT, None),
    "add-timeouts-retries": (Result.EDIT, None),
    "add-caching": (Result.EDIT, None),
    "make-idempotent": (Result.EDIT, None),
    "paginate": (Result.EDIT, None),
    "secure-endpoint": (Result.EDIT, None),
    "implement": (Result.EDIT, None),
    "design-schema": (Result.NEW_FILE, NewFile.MIGRATION),
    "write-tests": (Result.NEW_FILE, NewFile.TEST),
    "document-decision": (Result.NEW_FILE, NewFile.DECISION),
}


def test_bundled_actions_are_those_that_were_promised() -> None:
    assert PROBLEMS == ()
    assert {action.id: (action.result, action.path) for action in ACTIONS} == EXPECTED


@pytest.mark.parametrize("action", ACTIONS, ids=[action.id for action in ACTIONS])
def test_action_says_what_to_do_what_to_keep_and_what_to_state(action: Action) -> None:
    assert 5 <= len(action.title) <= 45
    assert 500 <= len(action.instruction) <= 1_200
    assert "State " in action.instruction or "state " in action.instruction
    assert action.languages == () or {"python", "javascript", "typescript", "tsx", "go", "java"} <= set(
        action.languages
    )


def test_titles_differ() -> None:
    assert len({action.title for action in ACTIONS}) == len(ACTIONS)


def test_something_is_offered_at_every_kind_of_place() -> None:
    assert {place for action in ACTIONS for place in action.on} == set(PLACES)


OFFERED = {
    "a function that writes": (
        "python",
        {"selection", "function"},
        "def pay(db):\n    db.execute(a)\n    db.commit()",
        {"make-transactional", "add-validation", "harden-errors", "make-idempotent", "write-tests"},
        {"add-timeouts-retries", "implement", "design-schema", "paginate"},
    ),
    "a function that calls another service": (
        "typescript",
        {"function"},
        "const load = () => axios.get(url)",
        {"add-timeouts-retries", "add-caching"},
        {"make-transactional", "optimise-query"},
    ),
    "words in parts of names": ("go", {"selection"}, "rows := s.fetchRows()", {"optimise-query", "paginate"}, set()),
    "a query": ("sql", {"query"}, "SELECT id FROM users", {"optimise-query", "paginate"}, {"write-tests"}),
    "a comment on tables": (
        "sql",
        {"comment"},
        "-- tables for bookings of rooms",
        {"design-schema", "implement", "document-decision"},
        {"optimise-query"},
    ),
    "a comment on something else": (
        "java",
        {"comment"},
        "// retries three times",
        {"implement", "document-decision"},
        {"design-schema"},
    ),
    "a stub": ("tsx", {"stub", "function"}, "function f() {}", {"implement"}, {"make-transactional"}),
    "a file": ("python", {"file"}, "", {"write-tests", "document-decision"}, {"add-caching"}),
    "no place": ("python", set(), "db.execute(a)", set(), set(EXPECTED)),
    "another language": ("ruby", {"function"}, "db.execute(a)", {"document-decision"}, {"write-tests"}),
}


@pytest.mark.parametrize("name", OFFERED)
def test_actions_are_offered_where_they_make_sense(name: str) -> None:
    language, places, code, expected, absent = OFFERED[name]
    found = [action.id for action in applicable(ACTIONS, language, frozenset(places), code)]
    assert expected <= set(found)
    assert absent.isdisjoint(found)
    assert found == [action.id for action in ACTIONS if action.id in found]


GOOD = """
- id: good
  title: Do it
  on: [selection]
  instruction: Do it well.
  result: edit
"""

WRONG = {
    "no list": ("id: a\n", "1! The file is a list of at most 100 actions."),
    "too many": ("- a\n" * (MAX_ACTIONS + 1), "1! The file is a list of at most 100 actions."),
    "no mapping": (f"{GOOD}- text\n", "7! An action is a mapping of keys to values."),
    "a long title": (
        GOOD + GOOD.replace("good", "b").replace("Do it\n", "x" * 46 + "\n"),
        "9! The title of an action has",
    ),
    "no place": (
        GOOD + GOOD.replace("good", "b").replace("[selection]", "[]"),
        "10! The on of an action is a list out of",
    ),
    "an unknown place": (
        GOOD + GOOD.replace("good", "b").replace("selection", "moon"),
        "10! The on of an action is a list",
    ),
    "an unknown result": (
        GOOD + GOOD.replace("good", "b").replace("edit", "deploy"),
        "12! The result of an action is one of",
    ),
    "a new file of no kind": (
        GOOD + GOOD.replace("good", "b").replace("edit", "new-file"),
        "8! The path of an action is one of test, migration, decision.",
    ),
    "a path that it chooses itself": (
        GOOD + GOOD.replace("good", "b").replace("edit", "new-file\n  path: ../../.bashrc"),
        "13! The path of an action is one of test, migration, decision.",
    ),
    "a path for an edit": (
        GOOD + GOOD.replace("good", "b") + "  path: test\n",
        "13! Only an action whose result is new-file has a path.",
    ),
    "an unknown language": (
        GOOD + GOOD.replace("good", "b") + "  languages: [cobol]\n",
        "13! The language cobol is not one that is reviewed.",
    ),
    "no instruction": (
        GOOD + GOOD.replace("good", "b").replace("Do it well.", ""),
        "11! An action needs a text as instruction.",
    ),
    "an id twice": (GOOD + GOOD, "8! There is an action good already; this one is left out."),
    "an unknown key": (GOOD + "  command: rm\n", "7 The key command is not known and is passed over."),
    "not YAML": ("- id: [\n", "2! This is not valid YAML"),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_action_costs_itself_and_is_told_with_its_line(name: str, tmp_path: Path) -> None:
    text, expected = WRONG[name]
    file = tmp_path / "actions.yaml"
    file.write_text(text, encoding="utf-8")
    actions, problems = load(file)
    assert [action.id for action in actions] == (["good"] if text.startswith(GOOD) else [])
    told = [f"{problem.line}{'!' if problem.fatal else ''} {problem.message}" for problem in problems]
    assert any(message.startswith(expected) for message in told), told


def test_missing_file_has_no_actions_and_no_problems(tmp_path: Path) -> None:
    assert load(tmp_path / "actions.yaml") == ((), ())
