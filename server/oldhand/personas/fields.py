"""Typed reading of an agent file's fields: a value, or a default and a problem on the field's line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence

from oldhand.personas.frontmatter import Field, shown
from oldhand.personas.yaml_values import Value
from oldhand.problems import Problem

_BOOLEANS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}

# What YAML takes for a number or a truth value: as written, so not in quotes.
_NO_TEXT = re.compile(r"[-+]?[0-9][0-9_]*\.?[0-9]*|true|false", re.IGNORECASE)


class Fields:
    """The fields of one file, and the problems met while they are read."""

    def __init__(self, fields: Mapping[str, Field], path: str, problems: Sequence[Problem] = ()) -> None:
        self.path = path
        self.problems = list(problems)
        self._fields = fields

    def tell(self, line: int, message: str, hint: str = "", *, fatal: bool = False, note: bool = False) -> None:
        """Adds a problem."""
        self.problems.append(Problem(self.path, line, message, hint, fatal, note))

    def given(self) -> tuple[str, ...]:
        """The keys whose value is not empty, in the order of the file."""
        return tuple(key for key, field in self._fields.items() if field.value)

    def line(self, *keys: str) -> int:
        """The line of the first of these fields that is there, else the file's first."""
        return next((self._fields[key].line for key in keys if key in self._fields), 1)

    def text(self, key: str, *, as_written: bool = False) -> str:
        """A text; a list or a mapping counts as empty, or as it is written."""
        value = self._value(key)
        if isinstance(value, list | dict):
            self._wrong(key, value, "text")
            return self._fields[key].raw if as_written else ""
        if value is not None and _NO_TEXT.fullmatch(self._fields[key].raw):
            message = f"`{key}: {shown(value)}` is not text in YAML."
            self.tell(self.line(key), message, "Claude Code refuses it; put it in quotes.")
        return (value or "").strip()

    def names(self, key: str) -> tuple[str, ...] | None:
        """A list of names, or names with commas or spaces between them; None where there is no value."""
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, str) and "\n" not in value:
            return tuple(_apart(value.removeprefix("[").removesuffix("]")))
        if isinstance(value, list) and all(isinstance(item, str | None) for item in value):
            return tuple(item.strip() for item in value if isinstance(item, str) and item.strip())
        self._wrong(key, value, "a list of names or names with commas between them")
        return None

    def keys(self, key: str) -> tuple[str, ...]:
        """The names in a mapping, or in a list of names and of mappings."""
        value = self._value(key)
        if isinstance(value, dict):
            return tuple(value)
        if isinstance(value, list):
            return tuple(name for item in value for name in _names_in(item))
        if value is not None:
            self._wrong(key, value, "a mapping or a list")
        return ()

    def choice(self, key: str, allowed: Sequence[str], *, note: bool = False) -> str | None:
        """One of a few words, in any case; another is a problem, or merely a note."""
        value = self._value(key)
        if value is None or value in allowed:
            return value if isinstance(value, str) else None
        if not isinstance(value, str):
            self._wrong(key, value, "one of " + ", ".join(allowed))
            return None
        given = f"`{key}: {shown(value)}`"
        if same := next((word for word in allowed if word.lower() == value.lower()), None):
            self.tell(self.line(key), f"{given} is written `{same}`.", note=True)
            return same
        message = f"{given} is unknown: it can be {', '.join(allowed)}."
        self.tell(self.line(key), message, meant(value, allowed), note=note)
        return None

    def count(self, key: str) -> int | None:
        """A whole number from 1 to 999,999."""
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 6 and int(value) > 0:
            return int(value)
        self._wrong(key, value, "a whole number above 0")
        return None

    def flag(self, key: str) -> bool | None:
        """A truth value in any of the words that Claude Code takes."""
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, str) and value.lower() in _BOOLEANS:
            return _BOOLEANS[value.lower()]
        self._wrong(key, value, "true or false")
        return None

    def _value(self, key: str) -> Value:
        field = self._fields.get(key)
        if field is None or (isinstance(field.value, str) and not field.value.strip()):
            return None
        return field.value

    def _wrong(self, key: str, value: Value, wanted: str) -> None:
        is_a = "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else ""
        kind = is_a or f"`{shown(str(value))}`"
        self.tell(self.line(key), f"`{key}` must be {wanted}, not {kind}.")


def meant(word: str, known: Sequence[str]) -> str:
    """A sentence that names the known word most like this one, or an empty one."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(shown(word).lower(), by_lower, n=1, cutoff=0.82)
    return f"Did you mean `{by_lower[close[0]]}`?" if close else ""


def _names_in(item: Value) -> tuple[str, ...]:
    if isinstance(item, str):
        return (item,)
    return tuple(item) if isinstance(item, dict) else ()


def _apart(text: str) -> Iterator[str]:
    """The names between commas and spaces; those in parentheses, as in `Agent(worker, researcher)`, part nothing."""
    depth = start = 0
    for index, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth = max(depth - 1, 0)
        elif depth == 0 and character in ", \t":
            yield from _trimmed(text[start:index])
            start = index + 1
    yield from _trimmed(text[start:])


def _trimmed(text: str) -> Iterator[str]:
    if text := text.strip().strip("\"'").strip():
        yield text
