"""`oldhand preview`: exactly what a review by a persona would send; nothing is sent for it."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import replace
from pathlib import Path

from oldhand import git
from oldhand.claude.fence import Fences
from oldhand.claude.preview import preview
from oldhand.claude.prompt import prompt
from oldhand.claude.reviewer import model_for
from oldhand.cli import files, persona, rules, source
from oldhand.cli.configuration import Configuration, Reader
from oldhand.cli.console import tell, tolerate_any_text
from oldhand.cli.escape import harmless, harmless_json
from oldhand.cli.persona import NotSent
from oldhand.cli.source import SourceError
from oldhand.rules.load import load

OK, FAILED = 0, 2
_LINES = re.compile(r"(?P<path>.+):(?P<lines>\d+(?:-\d+)?)\Z", re.DOTALL)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `preview` to the command line."""
    parser = subparsers.add_parser(
        "preview",
        help="show exactly what a review by a persona would send; sends nothing",
        description="Shows the request that a review of a file would send: every byte, what is masked, what it costs.",
    )
    parser.add_argument("place", metavar="PATH[:LINES]", help="a file, or lines of it as 12 or 12-40")
    parser.add_argument("--persona", default="", metavar="NAME", help=f"who reviews (default: {persona.DEFAULT})")
    parser.add_argument("--json", action="store_true", help="print the request's body as it would be sent")


def run(args: argparse.Namespace) -> int:
    """Do what was parsed; the exit status."""
    tolerate_any_text()
    try:
        shown = _preview(args)
    except (NotSent, SourceError) as error:
        tell(str(error), level="error")
        return FAILED
    sys.stdout.write(shown)
    return OK


def _preview(args: argparse.Namespace) -> str:
    found = None if Path(args.place).exists() else _LINES.match(args.place)
    path = Path(found["path"] if found else args.place).resolve()
    if not path.is_file():
        raise NotSent(f"There is no file {found['path'] if found else args.place}.")
    root = files.root_of([path])
    program = git.find([root, path])
    try:
        (target,) = files.select([path], root, program).targets
    except ValueError:
        raise NotSent(f"{path.name} is not reviewed: its language is not known, or it is passed over.") from None
    settings = Configuration(root, Reader({})).of(target)
    if settings is None:
        raise NotSent(f"{target.name} is left out by the settings, so it is never sent.")
    text = source.read(path, settings.max_file_bytes).text
    desk = persona.desk()
    trusted = desk.trusts(root) is True
    known, _ = load(rules.folders(root))
    who = persona.speaker(desk, root, args.persona, trusted=trusted)
    places = persona.lines(text, found["lines"]) if found else None
    settings = replace(settings, root=target.within)
    job = persona.job(target.name, text, known, settings, who, places, root if trusted else None)
    result = preview(job, prompt(job, Fences()), model_for(job, desk.services))
    return harmless_json(result.body) + "\n" if args.json else _lines(result.written())


def _lines(text: str) -> str:
    return "\n".join(map(harmless, text.split("\n")))
