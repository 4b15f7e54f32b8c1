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
        exact: dict[str, list[str]] = {}
        loose: list[str] = []
        for pattern in wanted:
            last = pattern.rsplit(".", 1)[-1]
            (loose if "*" in last else exact.setdefault(last, [])).append(pattern)
        self._by_last = {last: _Group(tuple(group)) for last, group in exact.items()}
        self._loose = _union(tuple(loose))

    @property
    def last_names(self) -> frozenset[str] | None:
        """The last names that can match; None where any can."""
        return None if self._loose is not None else frozenset(self._by_last)

    def __contains__(self, name: str) -> bool:
        group = self._by_last.get(name.rsplit(".", 1)[-1])
        return (
            (group is not None and group.has(name)) or (self._loose is not None and bool(self._loose.fullmatch(name)))
        ) and (self._unwanted is None or self._unwanted.fullmatch(name) is None)

    def matches(self, names: Iterable[str]) -> str | None:
        """The first of the names that is in the set."""
        return next((name for name in names if name in self), None)


class _Group:
    """Patterns that end in the same name: whole names and endings are compared, only the others are compiled."""

    __slots__ = ("_endings", "_names", "_others", "_pattern")

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._names = frozenset(pattern for pattern in patterns if "*" not in pattern)
        starred = [pattern for pattern in patterns if "*" in pattern]
        self._endings = tuple(pattern[1:] for pattern in starred if pattern.rfind("*") == 0)
        self._others = tuple(pattern for pattern in starred if pattern.rfind("*") > 0)
        # Compiled when first asked for: of thousands of names a file has a few.
        self._pattern: re.Pattern[str] | None = None

    def has(self, name: str) -> bool:
        if name in self._names or name.endswith(self._endings):
            return True
        if self._others and self._pattern is None:
            self._pattern = _union(self._others)
        return self._pattern is not None and self._pattern.fullmatch(name) is not None


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
