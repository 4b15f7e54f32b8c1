"""Rule files: from folders of YAML to a `RuleSet`, with a `Problem` for everything that is wrong in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from oldhand.problems import Problem
from oldhand.rules import catalog
from oldhand.rules.catalog import Catalog
from oldhand.rules.document import rule_of
from oldhand.rules.rule import Rule, RuleSet, merged
from oldhand.yaml_lines import MAX_CHARACTERS, YamlError, documents

MAX_FILES = 5_000


def folders(bundled: Path, user: Path, workspace: Path | None) -> tuple[Path, ...]:
    """Where rules are read from, the later above the earlier: the bundled ones, the user's own, the workspace's."""
    places = [*bundled.glob("*/rules"), *user.glob("agents/*/rules")]
    if workspace is not None:
        places += [*workspace.glob(".claude/agents/*/rules"), workspace / ".oldhand" / "rules"]
    return tuple(dict.fromkeys(place.resolve() for place in places if place.is_dir()))


def load(paths: Sequence[Path]) -> tuple[RuleSet, tuple[Problem, ...]]:
    """The rules of all paths, each a folder that is walked or one file; a later path shadows an earlier one.

    A folder's `catalog.yaml` holds the shared lists, which rules of every path may name. A rule that can not
    be used is left out and told; the others run.
    """
    problems: list[Problem] = []
    sources = [_files(path, problems) for path in paths]
    lists = _catalog(sources, problems)
    sets = [RuleSet(tuple(_rules(files, lists, problems))) for files in sources]
    rules, clashes = merged(sets)
    flat, complaints = lists.all()
    return RuleSet(rules.rules, flat), (*problems, *complaints, *clashes)


def parse(path: str, text: str, lists: Catalog | None = None) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
    """The rules of one file's text; `path` only names it."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    try:
        for document in documents(text):
            if document.value is None:
                continue
            rule, complaints = rule_of(document, path, lists or Catalog())
            problems.extend(complaints)
            if rule is not None:
                rules.append(rule)
    except YamlError as error:
        problems.append(Problem(path, error.line, str(error), fatal=True))
    return tuple(rules), tuple(problems)


def _files(path: Path, problems: list[Problem]) -> list[tuple[Path, str]]:
    """The YAML files at the path with their texts, by name; links to folders are not followed."""
    if not path.is_dir():
        return [(path, text) for text in _read(path, problems)]
    found: list[Path] = []
    for folder, folders, names in os.walk(path, onerror=lambda error: problems.append(_unreadable(error))):
        folders.sort()
        found.extend(Path(folder, name) for name in sorted(names) if name.endswith((".yaml", ".yml")))
        if len(found) > MAX_FILES:
            problems.append(
                Problem(str(path), 0, f"The folder has more than {MAX_FILES} rule files; the rest is not read.")
            )
            found = found[:MAX_FILES]
            break
    return [(file, text) for file in found for text in _read(file, problems)]


def _read(path: Path, problems: list[Problem]) -> Iterator[str]:
    """The file's text, once, or not at all where a problem has been told."""
    try:
        with path.open("rb") as file:
            raw = file.read(4 * MAX_CHARACTERS + 1)
        yield raw.decode("utf-8-sig")
    except OSError as error:
        problems.append(_unreadable(error, path))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.append(Problem(str(path), line, "The file is not UTF-8.", fatal=True))


def _unreadable(error: OSError, path: Path | None = None) -> Problem:
    name = str(path) if path is not None else str(error.filename or "")
    return Problem(name, 0, f"It can not be read: {error.strerror or error}.", fatal=True)


def _catalog(sources: Sequence[list[tuple[Path, str]]], problems: list[Problem]) -> Catalog:
    lists = Catalog()
    for files in sources:
        for path, text in files:
            if path.name == catalog.FILE_NAME:
                problems.extend(lists.read(str(path), text))
    return lists


def _rules(files: list[tuple[Path, str]], lists: Catalog, problems: list[Problem]) -> Iterator[Rule]:
    for path, text in files:
        if path.name != catalog.FILE_NAME:
            rules, complaints = parse(str(path), text, lists)
            problems.extend(complaints)
            yield from rules
