"""Catalogs of shared lists: `catalog.yaml`, and names such as `"@http-calls"` replaced by their strings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from oldhand.problems import Problem
from oldhand.yaml_lines import YamlError, documents

FILE_NAME = "catalog.yaml"

_NAME = re.compile(r"@([A-Za-z0-9][\w./-]*)\Z")

# ast-grep's keys, whose values are not ours to touch: `pattern: "@cached"` is a Python decorator.
_PLAIN_KEYS = frozenset({"pattern", "kind", "regex", "matches", "nthChild", "range", "field"})
_RULE_KEYS = frozenset({"has", "inside", "precedes", "follows", "not", "all", "any", "stopBy"})


@dataclass(slots=True)
class Catalog:
    """Lists by name while rules are read: `lists` as written, with path and line of each in `places`."""

    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    _flat: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def read(self, path: str, text: str) -> list[Problem]:
        """Add the lists of one file; a list of the same name read before is replaced, and told."""
        try:
            found = list(documents(text))
        except YamlError as error:
            return [Problem(path, error.line, str(error), fatal=True)]
        problems: list[Problem] = []
        for document in found:
            if not isinstance(document.value, dict):
                problems.append(Problem(path, document.line, "A catalog maps names to lists.", fatal=True))
                continue
            for name, strings in document.value.items():
                line = document.line_of(name)
                if not isinstance(strings, list) or not all(isinstance(string, str) for string in strings):
                    message = f"The catalog's {name} is not a list of strings."
                    problems.append(Problem(path, line, message, fatal=True))
                    continue
                if name in self.lists:
                    message = f"The list {name} takes the place of one that was read before."
                    problems.append(Problem(path, line, message))
                self.lists[name] = tuple(strings)
                self.places[name] = (path, line)
                problems.extend(_misnamed(path, line, name))
        return problems

    def get(self, name: str) -> tuple[str, ...]:
        """The strings of a list, those of the lists that it names included, each once.

        Raises ValueError for a name that the catalog does not have, and for a list that includes itself.
        """
        if name not in self._flat:
            strings: dict[str, None] = {}
            self._collect(name, strings, ())
            self._flat[name] = tuple(strings)
        return self._flat[name]

    def _collect(self, name: str, strings: dict[str, None], above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"The list @{name} includes itself: {' > '.join((*above, name))}.")
        if name not in self.lists:
            where = f" (in @{above[-1]})" if above else ""
            raise ValueError(f"The catalog has no list @{name}{where}.")
        for string in self.lists[name]:
            other = _NAME.match(string)
            if other:
                self._collect(other[1], strings, (*above, name))
            else:
                strings[string] = None

    def all(self) -> tuple[dict[str, tuple[str, ...]], list[Problem]]:
        """Every list without "@names", and a problem for each that can not be had."""
        flat: dict[str, tuple[str, ...]] = {}
        complaints: list[Problem] = []
        for name in self.lists:
            try:
                flat[name] = self.get(name)
            except ValueError as error:
                complaints.append(Problem(*self.places[name], str(error), fatal=True))
        return flat, complaints

    def expanded(self, value: object) -> object:
        """`value` with each "@name" in it replaced: by its strings in a list, elsewhere by a list of them.

        Raises ValueError as `get` does.
        """
        if isinstance(value, str):
            name = _NAME.match(value)
            return list(self.get(name[1])) if name else value
        if isinstance(value, list):
            items: list[object] = []
            for item in value:
                new = self.expanded(item)
                if isinstance(item, str) and isinstance(new, list):
                    items.extend(new)
                else:
                    items.append(new)
            return items
        if isinstance(value, dict):
            return {key: self.expanded(item) for key, item in value.items()}
        return value

    def expanded_rule(self, rule: object) -> object:
        """A rule mapping in ast-grep's dialect with the "@names" replaced in the values of our own keys only.

        Raises ValueError as `get` does.
        """
        if isinstance(rule, list):
            return [self.expanded_rule(item) for item in rule]
        if not isinstance(rule, Mapping):
            return rule
        return {key: self.expanded_key(key, value) for key, value in rule.items()}

    def expanded_key(self, key: str, value: object) -> object:
        """The value of one key of a rule mapping, as `expanded_rule` has it."""
        if key in _PLAIN_KEYS:
            return value
        return self.expanded_rule(value) if key in _RULE_KEYS else self.expanded(value)


def _misnamed(path: str, line: int, name: str) -> list[Problem]:
    if _NAME.match(f"@{name}"):
        return []
    return [Problem(path, line, f'The list "{name}" can not be named: a name has letters, digits and . _ / - only.')]
