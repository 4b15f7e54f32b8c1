"""A persona's own actions, as data: what it offers to do with code beside reviewing it, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from oldhand.personas.code_words import words_in
from oldhand.personas.data_files import Keys, document_in
from oldhand.personas.new_files import NewFile
from oldhand.problems import Problem
from oldhand.yaml_lines import Document

MAX_ACTIONS = 100
MAX_TITLE = 45
MAX_INSTRUCTION = 4_000

PLACES = ("selection", "function", "class", "comment", "docstring", "stub", "statement", "query", "file")
"""Kinds of place that an action may be for."""

_KEYS = ("id", "title", "languages", "on", "words", "instruction", "result", "path")


class Result(Enum):
    """What comes out of an action: an edit of the document, a new file, or text to read."""

    EDIT = "edit"
    NEW_FILE = "new-file"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of the light bulb's menu.

    It is offered at places of the kinds `on`, in the `languages` (all, where none is named), for code that has one
    of `words` in a name (all code, where none is named). `instruction` is what Claude is told.
    `path` is the kind of the new file, and None where the result is not one.
    """

    id: str
    title: str
    instruction: str
    on: tuple[str, ...]
    result: Result
    path: NewFile | None = None
    languages: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def load(path: Path) -> tuple[tuple[Action, ...], tuple[Problem, ...]]:
    """The actions of a file, in its order, and what is wrong with it.

    An action that cannot be used is left out and told, the others are kept. A missing file has no actions.
    """
    problems: list[Problem] = []
    document = document_in(path, problems, optional=True)
    actions = {} if document is None else _actions(document, str(path), problems)
    return tuple(actions.values()), tuple(problems)


def applicable(actions: Iterable[Action], language: str, place_kinds: frozenset[str], code: str) -> tuple[Action, ...]:
    """Those to offer where the place is of these kinds and `code` is what is selected there."""
    words = words_in(code)
    return tuple(
        action
        for action in actions
        if (not action.languages or language in action.languages)
        and not place_kinds.isdisjoint(action.on)
        and (not action.words or any(word.lower() in words for word in action.words))
    )


def _actions(document: Document, path: str, problems: list[Problem]) -> dict[str, Action]:
    found: dict[str, Action] = {}
    if not isinstance(document.value, list) or len(document.value) > MAX_ACTIONS:
        message = f"The file is a list of at most {MAX_ACTIONS} actions."
        problems.append(Problem(path, document.line, message, fatal=True))
        return found
    for index, value in enumerate(document.value):
        keys = Keys(path, document, "an action", (index,))
        action = _action(keys, value)
        if action and action.id in found:
            keys.wrong(f"There is an action {action.id} already; this one is left out.", "id")
        elif action:
            found[action.id] = action
        problems.extend(keys.problems)
    return found


def _action(keys: Keys, value: object) -> Action | None:
    values = keys.mapping(value, _KEYS)
    if not keys.usable:
        return None
    result = keys.choice("result", values.get("result"), [result.value for result in Result])
    action = Action(
        id=keys.id(values.get("id")),
        title=keys.text("title", values.get("title"), MAX_TITLE),
        instruction=keys.text("instruction", values.get("instruction"), MAX_INSTRUCTION),
        on=keys.choices("on", values.get("on"), PLACES),
        result=Result(result),
        path=_path(keys, result, values.get("path")),
        languages=keys.languages(values.get("languages"), "languages"),
        words=keys.names(values.get("words"), "words"),
    )
    return action if keys.usable else None


def _path(keys: Keys, result: str, value: object) -> NewFile | None:
    if result == Result.NEW_FILE.value:
        return NewFile(keys.choice("path", value, [kind.value for kind in NewFile]))
    if value is not None:
        keys.wrong("Only an action whose result is new-file has a path.", "path")
    return None
