"""The house's plan as a test: who may import whom, how long a file may be, which names do not appear."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "server" / "oldhand"
FILES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 300

# What each part of the package may import besides itself, as ARCHITECTURE.md draws it: from the top down.
_VALUES = {"text", "problems", "findings"}
_MODULES = {"errors", "resources", "secrets", "yaml_lines", "__init__"}
BELOW = {
    "text": set[str](),
    "problems": {"text"},
    "findings": {"text"},
    "errors": {"text"},
    "resources": set(),
    "secrets": {"text"},
    "syntax": {"text"},
    "suppressions": _VALUES | {"yaml_lines"},
    "settings": _VALUES | {"yaml_lines"},
    "yaml_lines": set(),
    "rules": _VALUES | {"syntax", "errors", "secrets", "yaml_lines"},
    "personas": _VALUES | {"syntax", "errors", "resources", "yaml_lines"},
    "review": _VALUES | {"syntax", "suppressions", "settings", "rules", "personas", "errors", "secrets"},
}
EVERYTHING_BELOW_THE_EDGES = set().union(*BELOW.values()) | set(BELOW) | {"__init__"}
BELOW["git"] = set[str]()
BELOW["claude"] = EVERYTHING_BELOW_THE_EDGES
BELOW["lsp"] = EVERYTHING_BELOW_THE_EDGES | {"claude", "git"}
BELOW["cli"] = EVERYTHING_BELOW_THE_EDGES | {"claude", "git"}
BELOW["__main__"] = {"cli"}
# The command line starts the server, and does nothing else with it.
EXCEPTIONS = {("cli/server.py", "lsp")}

# Packages from elsewhere, and the only places that may import them.
HOMES = {
    "pygls": ("lsp/",),
    "lsprotocol": ("lsp/",),
    "rich": ("cli/",),
    "anthropic": ("claude/client.py",),
    "detect_secrets": ("claude/detected.py",),
    "httpx2": ("claude/client.py",),
    "platformdirs": ("claude/folders.py",),
    "re2": ("rules/", "cli/ignore.py"),
    "yaml": ("yaml_lines.py", "rules/", "personas/"),
    "tree_sitter": ("syntax/", "rules/"),
}
_VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "misc", "shared", "managers", "manager", "services"}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def part_of(path: Path) -> str:
    """The folder or module directly in the package."""
    return Path(name_of(path)).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """The dotted names of all modules that a file imports, also inside its functions and for types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno} has a relative import"
            module = node.module or ""
            yield from (f"{module}.{alias.name}" if module == "oldhand" else module for alias in node.names)


# The same inside `rules/`, which is large: what each of its folders may import besides itself.
_ROOTS = {"name_sets", "rule"}
BELOW_IN_RULES = {
    "dialect": set[str](),
    "sql": set[str](),
    "facts": set[str](),
    "flow": _ROOTS | {"facts", "dialect", "key_values"},
    "database": _ROOTS | {"facts", "sql", "context"},
    "sequences": _ROOTS | {"facts", "flow", "database", "context"},
    "predicates": _ROOTS | {"dialect", "sql", "facts", "flow", "database", "context", "key_values"},
    "fixes": _ROOTS | {"dialect"},
    "characters": _ROOTS | {"sql", "analysis"},
}

each_file = pytest.mark.parametrize("path", FILES, ids=name_of)


@each_file
def test_imports_point_down(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        return
    others = {name.split(".")[1] for name in imports(path) if name.startswith("oldhand.")} - {part, "__version__"}
    allowed = BELOW[part] | {other for name, other in EXCEPTIONS if name == name_of(path)}
    assert others - allowed == set(), f"{name_of(path)} imports what stands above or beside it"


@pytest.mark.parametrize("folder", BELOW_IN_RULES)
def test_imports_point_down_inside_the_rules(folder: str) -> None:
    files = sorted((PACKAGE / "rules" / folder).glob("*.py"))
    assert files
    for path in files:
        others = {name.split(".")[2] for name in imports(path) if name.startswith("oldhand.rules.")} - {folder}
        assert others - BELOW_IN_RULES[folder] == set(), f"{name_of(path)} imports what stands above or beside it"


@each_file
def test_packages_from_elsewhere_are_imported_where_they_belong(path: Path) -> None:
    for name in imports(path):
        top = name.partition(".")[0]
        if top == "oldhand" or top in sys.stdlib_module_names:
            continue
        assert top in HOMES, f"{name_of(path)} imports {top}, which has no home yet"
        assert name_of(path).startswith(HOMES[top]), f"{top} belongs in {' or '.join(HOMES[top])}"


@each_file
def test_file_is_short_enough_to_be_about_one_thing(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MAX_LINES, f"{name_of(path)} has {lines} lines: split it by subject"


@each_file
def test_names_say_what_is_inside(path: Path) -> None:
    parts = {part.removesuffix(".py") for part in Path(name_of(path)).parts}
    assert parts.isdisjoint(_VAGUE)


def test_every_part_of_the_package_has_its_place_in_the_plan() -> None:
    assert {part_of(path) for path in FILES} - {"__init__"} <= set(BELOW)


def test_one_module_at_most_talks_to_the_network() -> None:
    modules = {name_of(path) for path in FILES for name in imports(path) if name.partition(".")[0] == "anthropic"}
    assert len(modules) <= 1
