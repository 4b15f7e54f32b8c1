"""From what was asked to a job: the units, the checklists and the material that belong to some code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from oldhand.claude import context, guidelines
from oldhand.claude.excerpt import lines_of
from oldhand.claude.job import Job, Material
from oldhand.claude.workspace import workspace
from oldhand.personas import checklists
from oldhand.personas.checklists import Checklist
from oldhand.personas.persona import Persona
from oldhand.review.run import Review
from oldhand.review.units import Unit, units, units_at
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.syntax.scopes import Scope, ScopeKind, outline
from oldhand.text.ranges import TextRange


def job_for(
    basis: Review,
    rules: RuleSet,
    settings: Settings,
    persona: Persona,
    path: str,
    places: Sequence[TextRange],
    root: Path | None = None,
) -> Job:
    """The job to review those places of the text that `basis` is the rules' review of.

    `path` is relative to `root`, a trusted folder from whose files context and guidelines are taken; None for none.
    """
    asked = units_of(basis, places)
    document = basis.document
    return Job(
        basis=basis,
        rules=rules,
        settings=settings,
        persona=persona,
        path=path,
        places=tuple(places),
        units=asked,
        checklists=checklists.choose(checklists_of(persona), document.language or "", document.text),
        material=_material(basis, settings, asked, places, path, root),
    )


def _material(
    basis: Review,
    settings: Settings,
    asked: Sequence[Unit],
    places: Sequence[TextRange],
    path: str,
    root: Path | None,
) -> Material:
    """What the places are read with, each part within its budget."""
    document = basis.document
    lines, left_out = _lines_beside(basis, asked, places), tuple[str, ...]()
    read = [*(unit.range for unit in asked), *places]
    tree = basis.analysis.parsed() if basis.analysis is not None else None
    if tree is not None:
        named, left_out = context.same_file(tree, document.index, read)
        lines |= named
    if root is None:
        return Material(lines=frozenset(lines), left_out=left_out)
    beside = workspace(root, settings.exclude)
    team, team_left = guidelines.gather(path, settings.guidelines, beside.read)
    others, others_left = context.related(path, document.language or "", document.text, read, beside)
    return Material(frozenset(lines), team, others, (*left_out, *others_left, *team_left))


def units_of(basis: Review, places: Sequence[TextRange]) -> tuple[Unit, ...]:
    """The units that the places touch, in text order, each once."""
    if basis.analysis is None:
        return ()
    every = units(basis.analysis)
    touched = {unit.name for place in places for unit in units_at(every, place)}
    return tuple(unit for unit in every if unit.name in touched)


def checklists_of(persona: Persona) -> tuple[Checklist, ...]:
    """The checklists beside the persona's file."""
    return _checklists(Path(persona.path).with_suffix("") / "checklists") if persona.path else ()


@lru_cache(maxsize=16)
def _checklists(folder: Path) -> tuple[Checklist, ...]:
    return checklists.load(folder)[0] if folder.is_dir() else ()


def _lines_beside(basis: Review, asked: Sequence[Unit], places: Sequence[TextRange]) -> set[int]:
    """The lines of the same file, from 0, that the places are read with: their units, headings of classes, imports."""
    document = basis.document
    found = lines_of(document.index, [*(unit.range for unit in asked), *places])
    tree = basis.analysis.parsed() if basis.analysis is not None else None
    if tree is None:
        return found
    for scope in _classes(outline(tree)):
        if any(scope.range.covers(place) for place in places):
            first = document.index.line_of(scope.range.start)
            body = min((child.range.start for child in scope.children), default=scope.range.end)
            found.update(range(first, min(document.index.line_of(body), first + 30)))
    return found


def _classes(scopes: Sequence[Scope]) -> list[Scope]:
    return [one for scope in scopes for one in (scope, *_classes(scope.children)) if one.kind is ScopeKind.CLASS]
