"""`oldhand agents`: what personas are installed, and whether agent files are right."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from oldhand.cli.escape import harmless
from oldhand.personas.discover import Catalog, discover, select, user_config_folder
from oldhand.personas.files import AgentFile, agent_files, read
from oldhand.personas.load import load
from oldhand.personas.persona import Persona, Source
from oldhand.problems import Problem
from oldhand.resources import bundled_agents
from oldhand.secrets import mask

CLEAN, FOUND, FAILED = 0, 1, 2


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `agents` and `agents check` to the command line."""
    parser = subparsers.add_parser(
        "agents",
        help="list the personas that are installed, or check agent files",
        description="Lists the personas that are installed: name, where from, file, and what shadows what.",
    )
    parser.add_argument(
        "--workspace",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the folder whose .claude/agents is listed too (default: this one)",
    )
    commands = parser.add_subparsers(dest="agents_command", metavar="")
    check = commands.add_parser(
        "check",
        help="check agent files",
        description="Checks agent files. Exit status: 0 clean, 1 problems, 2 something could not be read.",
    )
    check.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="an agent file, or a folder of them")


def run(args: argparse.Namespace) -> int:
    """Runs what `add_parser` parsed; the exit status."""
    if args.agents_command == "check":
        return _check(args.paths)
    return _list(args.workspace)


def _list(workspace: Path) -> int:
    """Lists without asking for trust: nothing of what is read is run or sent."""
    if not workspace.is_dir():
        _say(f"oldhand agents: {workspace} is not a folder.", error=True)
        return FAILED
    try:
        bundled = bundled_agents()
    except FileNotFoundError as error:
        _say(f"oldhand agents: {error}", error=True)
        return FAILED
    for line in _listing(discover(workspace, user_config_folder(os.environ, Path.home()), bundled)):
        _say(line)
    return CLEAN


def _listing(found: Catalog) -> Iterator[str]:
    for name in found.names():
        chosen = select(found, name, decisions={})
        yield name
        if chosen.used:
            yield _row(chosen.used, "used")
        if chosen.waiting:
            yield _row(chosen.waiting, "waits for you to choose it")
        yield from (_row(persona, "shadowed") for persona in chosen.shadowed)
    yield from _reported(problem for problem in found.problems if not problem.note)
    if notes := sum(problem.note for problem in found.problems):
        yield f"{_counted(notes, 'note')}; `oldhand agents check PATH` shows them."


def _row(persona: Persona, state: str) -> str:
    return f"  {persona.source.value:<9}  {persona.path}  ({state})"


def _check(paths: Sequence[Path]) -> int:
    status, checked = CLEAN, 0
    for path in paths:
        named = not path.is_dir()
        for file in _files(path):
            if isinstance(file, Problem):
                problems: tuple[Problem, ...] = (file,)
                status = FAILED
            else:
                checked += 1
                _, problems = load(file.content, file.path)
            if any(_counts(problem, named) for problem in problems):
                status = max(status, FOUND)
            for line in _reported(problems):
                _say(line)
    _say(f"{_counted(checked, 'file')} checked" + ("." if status else ", nothing to correct."))
    return status


def _files(path: Path) -> Iterator[AgentFile | Problem]:
    if path.is_dir():
        found = list(agent_files(path, Source.FILE))
        yield from found or [Problem(str(path), 0, "There is no agent file in it.", fatal=True)]
        return
    content = read(path)
    yield content if isinstance(content, Problem) else AgentFile(str(path), Source.FILE, content)


def _counts(problem: Problem, named: bool) -> bool:
    """A page that is no agent is wrong where it was named, and may stand in a folder of agents."""
    return not problem.note or (problem.fatal and named)


def _reported(problems: Iterable[Problem]) -> Iterator[str]:
    for problem in problems:
        level = "note" if problem.note else "error" if problem.fatal else "warning"
        place = f"{problem.path}:{problem.line}" if problem.line else problem.path
        yield f"{place}: {level}: {problem.message} {problem.hint}".rstrip()


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _say(line: str, *, error: bool = False) -> None:
    print(harmless(mask(line)).replace("\n", "\\n"), file=sys.stderr if error else sys.stdout)
