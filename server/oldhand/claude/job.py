"""What is to be reviewed, as a value: everything that a review by a persona depends on, gathered by the edges."""

from __future__ import annotations

from dataclasses import dataclass, field

from oldhand.personas.checklists import Checklist
from oldhand.personas.persona import Persona
from oldhand.review.run import Review
from oldhand.review.units import Unit
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.text.ranges import TextRange


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of context: `title` is ours, `text` from a repository or, for a guideline, of a team."""

    title: str
    text: str
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """What stands beside the code: the lines of the same file, from 0, that belong to it, and pieces of other files.

    `left_out` says in a few words each what there was no room for.
    """

    lines: frozenset[int] = frozenset()
    guidelines: tuple[Section, ...] = ()
    related: tuple[Section, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A review by a persona of parts of a document.

    `basis` is the rules' review of exactly this text. `places` are what was asked about, `units` what they touch.
    `dismissed` are fingerprints of findings that are not raised again. `path` is relative to the workspace.
    """

    basis: Review
    rules: RuleSet
    settings: Settings
    persona: Persona
    path: str
    places: tuple[TextRange, ...]
    units: tuple[Unit, ...]
    checklists: tuple[Checklist, ...] = ()
    material: Material = field(default_factory=Material)
    dismissed: frozenset[str] = frozenset()
