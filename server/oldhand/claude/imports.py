"""From a file's imports to the files of the workspace that they may mean, each with the names that come from there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence, Set
from pathlib import PurePosixPath

Names = Callable[[str], Sequence[str]]

_PYTHON = re.compile(
    r"^[ \t]*from[ \t]+(?P<module>\.*[\w.]*)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n#]*)", re.MULTILINE
)
_PYTHON_MODULE = re.compile(r"^[ \t]*import[ \t]+(?P<module>[\w.]+)", re.MULTILINE)
_SCRIPT = re.compile(
    r"(?:import|export)\s+(?:type\s+)?(?P<names>[^;'\"]{0,2000}?)\s+from\s+['\"](?P<module>\.{1,2}/[^'\"]+)['\"]"
    r"|(?P<bound>[\w{},\s]{0,500})=\s*require\(\s*['\"](?P<required>\.{1,2}/[^'\"]+)['\"]\s*\)"
)
_JAVA = re.compile(r"^import\s+(?:static\s+)?(?P<name>[\w.]+)\s*;", re.MULTILINE)
_PACKAGE = re.compile(r"^package\s+(?P<name>[\w.]+)\s*;", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_SUFFIXES = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", "/index.ts", "/index.tsx", "/index.js")
_ROOTS = ("", "src", "app", "server", "backend", "lib")


def sources(path: str, language: str, text: str, names: Set[str], names_in: Names) -> Iterator[tuple[str, set[str]]]:
    """Paths relative to the workspace that may be there, and the names that each gives, the file's own first.

    `names` are those that are asked for; where a language gives a whole package's names at once (Go, Java), all of them
    may come from there. `names_in` gives the names in a folder of the workspace.
    """
    match language:
        case "python":
            yield from _python(path, text, names)
        case "typescript" | "tsx" | "javascript":
            yield from _script(path, text)
        case "go":
            folder = posixpath.dirname(path)
            for name in sorted(names_in(folder)):
                other = posixpath.join(folder, name)
                if name.endswith(".go") and not name.endswith("_test.go") and other != path:
                    yield other, set(names)
        case "java":
            yield from _java(path, text, names)
        case _:
            return


def _python(path: str, text: str, names: Set[str]) -> Iterator[tuple[str, set[str]]]:
    here = PurePosixPath(path).parent
    for match in _PYTHON.finditer(text):
        given = {name for name in _NAME.findall(match["names"]) if name != "as"}
        module = match["module"]
        dots = len(module) - len(module.lstrip("."))
        if dots:
            base = here
            for _ in range(dots - 1):
                base = base.parent
            folders = [base]
        else:
            folders = [PurePosixPath(root) for root in _ROOTS] + list(here.parents)[:4] + [here]
        for folder in dict.fromkeys(folders):
            yield from _module(folder, module[dots:], given)
    for match in _PYTHON_MODULE.finditer(text):
        for root in _ROOTS:
            yield from _module(PurePosixPath(root), match["module"], set(names))


def _module(folder: PurePosixPath, module: str, given: set[str]) -> Iterator[tuple[str, set[str]]]:
    place = folder.joinpath(*module.split(".")) if module else folder
    yield f"{place}.py" if module else f"{place}/__init__.py", given
    if module:
        yield f"{place}/__init__.py", given
    for name in sorted(given):
        yield f"{place}/{name}.py", given


def _script(path: str, text: str) -> Iterator[tuple[str, set[str]]]:
    for match in _SCRIPT.finditer(text):
        module = match["module"] or match["required"]
        given = set(_NAME.findall(match["names"] or match["bound"] or ""))
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), module))
        stem = re.sub(r"\.[cm]?js$", "", place)
        for suffix in ("", *_SUFFIXES):
            yield (place if not suffix else stem + suffix), given


def _java(path: str, text: str, names: Set[str]) -> Iterator[tuple[str, set[str]]]:
    folder = posixpath.dirname(path)
    for name in sorted(names):
        if name[:1].isupper():
            yield posixpath.join(folder, f"{name}.java"), set(names)
    package = _PACKAGE.search(text)
    parts = package["name"].split(".") if package else []
    root = folder.removesuffix("/".join(parts)) if parts and folder.endswith("/".join(parts)) else ""
    for match in _JAVA.finditer(text):
        simple = match["name"].rpartition(".")[2]
        yield posixpath.join(root, match["name"].replace(".", "/") + ".java"), {simple, *names}
