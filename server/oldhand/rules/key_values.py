"""What rule keys of ours are given: strings, places of arguments, regular expressions; read or refused."""

from __future__ import annotations

import re2

from oldhand.rules.context import Context
from oldhand.rules.dialect.match import Run
from oldhand.rules.facts.shapes import Shapes, shapes_of
from oldhand.syntax.languages import Language

Place = int | str


def strings(value: object, key: str) -> list[str]:
    """A string or a list of strings as a list.

    Raises ValueError for anything else.
    """
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise ValueError(f"`{key}` takes a string or a list of strings.")


def read_places(value: object, key: str) -> list[Place]:
    """A rule's places of arguments: positions from 0, names, or a list of these.

    Raises ValueError for anything else.
    """
    given = value if isinstance(value, list) else [value]
    places: list[Place] = [place for place in given if isinstance(place, int | str)]
    if len(places) != len(given):
        raise ValueError(f"`{key}` takes an argument's position (from 0), its name, or a list of these.")
    return places


def read_regex(value: object, key: str) -> re2.Pattern:
    """A rule's regular expression.

    Raises ValueError for what is none.
    """
    if not isinstance(value, str):
        raise ValueError(f"`{key}` takes a regular expression.")
    try:
        return re2.compile(value)
    except re2.error as error:
        raise ValueError(f"`{key}: {value}` is not a regular expression: {error}.") from None


def read_truth(value: object, key: str) -> bool:
    """True or false.

    Raises ValueError for anything else.
    """
    if not isinstance(value, bool):
        raise ValueError(f"`{key}` takes true or false.")
    return value


def shapes_for(language: Language, key: str) -> Shapes:
    """The language's table.

    Raises ValueError where it has none, so that the key can not be used.
    """
    shapes = shapes_of(language)
    if shapes is None:
        raise ValueError(f"`{key}` is not known for {language.id}.")
    return shapes


def context_of(run: Run) -> Context:
    """The unit that a rule of ours runs on."""
    assert isinstance(run.context, Context), "rules of ours run with a context"
    return run.context
