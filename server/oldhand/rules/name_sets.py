"""Sets of dotted-name patterns, as rules and the catalog write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


class NameSet:
    """A set of dotted-name patterns, in which `*` stands for any characters; a leading `!` takes names out again.

    `*.execute` is any method of that name, `requests.get` that function alone, `os.{remove,unlink}` either of two.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        wanted: list[str] = []
        unwanted: list[str] = []
        for pattern in patterns:
            (unwanted if pattern.startswith("!") else wanted).extend(alternatives(pattern.removeprefix("!")))
        self.patterns = tuple(wanted)
        self._unwanted = _union(tuple(unwanted))
        self._names = frozenset(pattern for pattern in wanted if "*" not in pattern)
        starred: dict[str, list[str]] = {}
        loose: list[str] = []
        for pattern in wanted:
            if "*" in pattern:
                last = _last(pattern)
                (loose if "*" in last else starred.setdefault(last, [])).append(pattern)
        self._starred = {last: _Endings.of(group) for last, group in starred.items()}
        self._loose = _union(tuple(loose))

    @property
    def last_names(self) -> frozenset[str] | None:
        """The last names that can match; None where any can."""
        return None if self._loose is not None else frozenset((*map(_last, self._names), *self._starred))

    def __contains__(self, name: str) -> bool:
        if name not in self._names:
            found = self._starred.get(name[name.rfind(".") + 1 :])
            if (found is None or not found.match(name)) and (self._loose is None or not self._loose.fullmatch(name)):
                return False
        return self._unwanted is None or self._unwanted.fullmatch(name) is None

    def matches(self, names: Iterable[str]) -> str | None:
        """The first of the names that is in the set."""
        return next((name for name in names if name in self), None)


class _Endings:
    """Patterns with a star that end in the same name: those that are an ending are compared, the others compiled.

    That is done when it is first asked for: of thousands of names a file has a few.
    """

    __slots__ = ("_endings", "_others", "_pattern")

    def __init__(self, endings: tuple[str, ...], others: tuple[str, ...]) -> None:
        self._endings = endings
        self._others = others
        self._pattern: re.Pattern[str] | None = None

    @classmethod
    def of(cls, patterns: Iterable[str]) -> _Endings:
        known = tuple(patterns)
        return cls(
            tuple(pattern[1:] for pattern in known if pattern.rfind("*") == 0),
            tuple(pattern for pattern in known if pattern.rfind("*") > 0),
        )

    def match(self, name: str) -> bool:
        if name.endswith(self._endings):
            return True
        if self._others and self._pattern is None:
            self._pattern = _union(self._others)
        return self._pattern is not None and self._pattern.fullmatch(name) is not None


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1]


_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")


def alternatives(pattern: str) -> list[str]:
    """The patterns that one with `{a,b}` in it stands for."""
    found = _BRACES.search(pattern)
    if found is None:
        return [pattern]
    before, after = pattern[: found.start()], pattern[found.end() :]
    return [name for choice in found[1].split(",") for name in alternatives(before + choice.strip() + after)]


@lru_cache(maxsize=1024)
def _union(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    return re.compile("|".join(".*".join(map(re.escape, pattern.split("*"))) for pattern in patterns), re.DOTALL)
