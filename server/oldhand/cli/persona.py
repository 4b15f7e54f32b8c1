"""A persona in the terminal: who speaks, the job for a file, and whether its folder is trusted."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from oldhand.claude.desk import Desk
from oldhand.claude.gather import job_for
from oldhand.claude.job import Job
from oldhand.claude.shown import sendable
from oldhand.cli.console import tell
from oldhand.personas.discover import discover, select, user_config_folder
from oldhand.personas.persona import Persona
from oldhand.resources import bundled_agents
from oldhand.review import run
from oldhand.review.document import Document
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.syntax import languages
from oldhand.text.lines import LineIndex
from oldhand.text.ranges import TextRange

DEFAULT = "senior-backend-engineer"


class NotSent(Exception):
    """Why something can not be sent; one sentence."""


def desk() -> Desk:
    """The user's desk; what is wrong with their files is told."""
    opened = Desk.open(os.environ, lambda words: tell(words, level="warning"))
    for problem in opened.problems:
        tell(str(problem), level="error" if problem.fatal else "warning")
    return opened


def speaker(opened: Desk, root: Path, name: str, *, trusted: bool) -> Persona:
    """The persona of that name, or the one that was chosen for the folder. Raises NotSent where there is none."""
    workspace = root if trusted else None
    found = discover(workspace, user_config_folder(os.environ, Path.home()), bundled_agents())
    chosen = select(found, name or opened.decisions.speaker(root) or DEFAULT, opened.decisions.personas())
    if chosen.used is None:
        raise NotSent(f"There is no persona {name}; `oldhand agents` lists those that are installed.")
    return chosen.used


def job(
    name: str,
    text: str,
    rules: RuleSet,
    settings: Settings,
    persona: Persona,
    places: Sequence[TextRange] | None,
    root: Path | None,
) -> Job:
    """The job to review a file, or places in it, with context from `root`, a trusted folder, if there is one.

    Raises NotSent where it can not be reviewed, or is never sent.
    """
    reason = sendable(name)
    if reason:
        raise NotSent(f"{name}: {reason}")
    language = languages.by_path(name)
    basis = run.review(Document.open(name, None, language.id if language else None, text), rules, settings)
    if basis.skipped:
        raise NotSent(f"{name}: {basis.skipped}")
    return job_for(basis, rules, settings, persona, name, places or [TextRange(0, len(text))], root)


def lines(text: str, words: str) -> list[TextRange]:
    """The place that `12` or `12-40`, counted from 1, means in a text. Raises NotSent where it means none."""
    first, _, last = words.partition("-")
    index = LineIndex.of(text)
    try:
        start, end = int(first) - 1, int(last or first) - 1
    except ValueError:
        raise NotSent(f"{words} is not a line or two with a hyphen between them, such as 12 or 12-40.") from None
    if not 0 <= start <= end < index.line_count:
        raise NotSent(f"There are no lines {words}; the file has {index.line_count}.")
    return [TextRange(index.line_start(start), index.line_end(text, end))]


def is_trusted(opened: Desk, root: Path, *, said: bool) -> bool:
    """Whether code below the folder may be sent: decided before, said now, or asked on a terminal and then kept."""
    known = opened.trusts(root)
    if known is not None and not said:
        return known
    if not said and sys.stdin.isatty() and sys.stderr.isatty():
        said = yes(f"Do you trust {root}? Code that you have reviewed is sent, secrets masked, and paid with your key.")
    if said:
        opened.decisions.set_trusted(root, trusted=True)
    return said


def yes(question: str) -> bool:
    """Whether the user says yes on the terminal."""
    tell(f"{question} [y/N]")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
