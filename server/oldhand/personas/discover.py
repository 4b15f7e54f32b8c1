"""Which personas are installed, from where, and which of those with the same name speaks.

The core takes files as values; `discover` alone reads the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from oldhand.personas.files import AgentFile, agent_files
from oldhand.personas.load import load
from oldhand.personas.persona import Persona, Source
from oldhand.problems import Problem

_ORDER = {source: place for place, source in enumerate(Source)}


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that was found: all personas, the best first, and what is wrong with the files."""

    personas: tuple[Persona, ...] = ()
    problems: tuple[Problem, ...] = ()

    def names(self) -> tuple[str, ...]:
        """The names that are installed, in alphabetical order."""
        return tuple(sorted({persona.name for persona in self.personas}))


@dataclass(frozen=True, slots=True)
class Selection:
    """Who speaks under one name.

    `used` is None only where nothing has that name.
    `waiting` is the workspace's persona that would take the place of `used`, until the user has decided.
    `shadowed` are all others of that name, the best first.
    """

    used: Persona | None
    waiting: Persona | None = None
    shadowed: tuple[Persona, ...] = ()


def discover(workspace: Path | None, user_folder: Path, bundled: Path) -> Catalog:
    """What is installed for one workspace folder, or for none.

    Its `.claude/agents` is read: who is to speak must come from a trusted workspace.
    `user_folder` is what `user_config_folder` gives.
    """
    users = user_folder / "agents"
    found: list[AgentFile | Problem] = []
    if workspace is not None:
        agents = workspace / ".claude" / "agents"
        if not _same(agents, users):  # a home folder opened as a workspace
            found += agent_files(agents, Source.WORKSPACE, inside=workspace)
    found += agent_files(users, Source.USER)
    found += agent_files(bundled, Source.BUNDLED, deep=False)
    files = [item for item in found if isinstance(item, AgentFile)]
    return catalog(files, [item for item in found if isinstance(item, Problem)])


def user_config_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Where Claude Code keeps the user's own configuration."""
    configured = environ.get("CLAUDE_CONFIG_DIR", "")
    return Path(configured) if configured else home / ".claude"


def catalog(files: Iterable[AgentFile], problems: Iterable[Problem] = ()) -> Catalog:
    """The personas in these files, the workspace's first, then the user's, then the bundled ones."""
    personas: list[Persona] = []
    told = list(problems)
    first: dict[tuple[Source, str], str] = {}
    for file in sorted(files, key=lambda file: (_ORDER[file.source], file.path)):
        persona, found = load(file.content, file.path, file.source)
        told += found
        if persona is None:
            continue
        personas.append(persona)
        used = first.setdefault((persona.source, persona.name), file.path)
        if used != file.path:
            message = f"`{persona.name}` is defined in {used} too, which counts."
            told.append(Problem(file.path, 1, message, "Give one of them another name."))
    return Catalog(tuple(personas), tuple(told))


def select(found: Catalog, name: str, decisions: Mapping[str, bool]) -> Selection:
    """Who speaks under `name`.

    `decisions` holds, by content hash, whether the user lets a workspace's persona take another's place;
    a changed file is a new question. A workspace's persona that takes no one's place needs no decision.
    """
    same_name = [persona for persona in found.personas if persona.name == name]
    if not same_name:
        return Selection(None)
    best = same_name[0]
    own = next((persona for persona in same_name if persona.source is not Source.WORKSPACE), None)
    used, waiting = best, None
    if best.source is Source.WORKSPACE and own is not None and best.content_hash != own.content_hash:
        decision = decisions.get(best.content_hash)
        used = best if decision else own
        waiting = best if decision is None else None
    others = tuple(persona for persona in same_name if persona is not used and persona is not waiting)
    return Selection(used, waiting, others)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
