"""Checklists: what Claude is told to look for, as data, and which of them a piece of code calls for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from oldhand.personas.code_words import imports_in, is_imported, words_in
from oldhand.personas.data_files import Keys, document_in, yaml_files
from oldhand.problems import Problem
from oldhand.yaml_lines import Document

BUDGET = 3_800
"""Tokens of checklists in one request, where nothing else is said."""

MAX_WEIGHT = 5
MAX_TITLE = 100
MAX_TEXT = 7_000

_CHARACTERS_A_TOKEN = 3.5
_MOST_WORDS = 3
_ALWAYS = 3
_IMPORT_COUNTS = 3  # words come up by chance, imports do not
_KEYS = ("id", "title", "when", "weight", "text")
_WHEN = ("languages", "imports", "words")


@dataclass(frozen=True, slots=True)
class Checklist:
    """What to look for in one area, as Markdown with a bad and a good example.

    It applies to the `languages` (any, where none is named) in code that imports one of `imports` or has one of
    `words` in a name; where neither is named, to all code. `weight` is from 1 to 5, the highest matters most.
    """

    id: str
    title: str
    text: str
    weight: int
    languages: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        """How many tokens the text has, about."""
        return math.ceil(len(self.text) / _CHARACTERS_A_TOKEN)


def load(folder: Path) -> tuple[tuple[Checklist, ...], tuple[Problem, ...]]:
    """The checklists in the folder's YAML files, in the order of their ids, and what is wrong with the files.

    A file that cannot be used is left out and told, as is the second one of an id.
    """
    problems: list[Problem] = []
    found: dict[str, Checklist] = {}
    for path in yaml_files(folder, problems):
        document = document_in(path, problems)
        checklist = None if document is None else _checklist(document, str(path), problems)
        if checklist is None:
            continue
        if checklist.id in found:
            message = f"There is a checklist {checklist.id} already; this one is left out."
            problems.append(Problem(str(path), document.line_of("id") if document else 0, message, fatal=True))
            continue
        found[checklist.id] = checklist
    return tuple(found[key] for key in sorted(found)), tuple(problems)


def choose(checklists: Iterable[Checklist], language: str, code: str, budget: int = BUDGET) -> tuple[Checklist, ...]:
    """Those that the code calls for, at most `budget` tokens of them, in the order of their ids.

    Those of most weight and evidence come first; one that no longer fits makes room for smaller ones.
    """
    words, imports = words_in(code), imports_in(language, code)
    ranked: list[tuple[int, int, str, Checklist]] = []
    for checklist in checklists:
        if not checklist.languages or language in checklist.languages:
            evidence = _evidence(checklist, words, imports)
            if evidence:
                ranked.append((-checklist.weight - evidence, -checklist.weight, checklist.id, checklist))
    chosen: dict[str, Checklist] = {}
    for _, _, name, checklist in sorted(ranked, key=lambda entry: entry[:3]):
        if checklist.tokens <= budget:
            budget -= checklist.tokens
            chosen[name] = checklist
    return tuple(chosen[name] for name in sorted(chosen))


def _evidence(checklist: Checklist, words: frozenset[str], imports: str) -> int:
    """How much speaks for the checklist, from 0 to 6; for one that is for all code, as much as an import."""
    if not checklist.imports and not checklist.words:
        return _ALWAYS
    imported = any(is_imported(name, imports) for name in checklist.imports)
    found = sum(word.lower() in words for word in checklist.words)
    return _IMPORT_COUNTS * imported + min(_MOST_WORDS, found)


def _checklist(document: Document, path: str, problems: list[Problem]) -> Checklist | None:
    keys = Keys(path, document, "a checklist")
    values = keys.mapping(document.value, _KEYS)
    checklist = None
    if keys.usable:
        when = {} if values.get("when") is None else keys.mapping(values["when"], _WHEN, "when")
        checklist = Checklist(
            id=keys.id(values.get("id")),
            title=keys.text("title", values.get("title"), MAX_TITLE),
            text=keys.text("text", values.get("text"), MAX_TEXT),
            weight=keys.whole("weight", values.get("weight"), MAX_WEIGHT),
            languages=keys.languages(when.get("languages"), "when", "languages"),
            imports=keys.names(when.get("imports"), "when", "imports"),
            words=keys.names(when.get("words"), "when", "words"),
        )
    problems.extend(keys.problems)
    return checklist if keys.usable else None
