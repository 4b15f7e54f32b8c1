"""The options of `oldhand review`, checked."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from oldhand.cli.jobs import cores
from oldhand.findings import Severity

LEVELS: Mapping[str, Severity] = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "information": Severity.INFORMATION,
    "info": Severity.INFORMATION,
    "hint": Severity.HINT,
}
STDIN = "-"


class UsageError(Exception):
    """Options that do not go together or mean nothing; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. `base` is None without `--diff` and empty where it names no revision."""

    paths: tuple[str, ...]
    base: str | None
    fix: bool
    dry_run: bool
    format: str
    level: Severity
    only: tuple[str, ...]
    baseline: Path | None
    write_baseline: Path | None
    config: Path | None
    stdin_filename: str
    jobs: int
    claude: bool = False
    persona: str = ""
    trust: bool = False
    yes: bool = False

    @property
    def stdin(self) -> bool:
        """Whether the text to review comes from standard input."""
        return self.paths == (STDIN,)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `review` to the command line."""
    parser = subparsers.add_parser(
        "review",
        help="review files, folders or changes",
        description="Review backend code by the installed rules, without a key and without the network.",
        epilog="Exit status: 0 nothing found at or above the level, 1 findings, 2 the review could not be done.",
    )
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="files and folders (default: this folder); - for standard input")
    add(
        "--diff",
        nargs="?",
        const="",
        metavar="BASE",
        help="only what changed lines touch: uncommitted ones, or all since HEAD left BASE (--diff=BASE)",
    )
    add("--fix", action="store_true", help="make the fixes that are safe and proved")
    add("--dry-run", action="store_true", help="with --fix: write nothing, print the difference")
    add("--format", choices=("text", "json", "sarif", "github"), default="text", help="of the output (default: text)")
    add(
        "--severity",
        choices=tuple(LEVELS),
        default="warning",
        metavar="LEVEL",
        help="lowest severity that is shown and counts: error, warning (the default), information, hint",
    )
    add("--rule", action="append", default=[], metavar="ID", help="only this rule or category; may be repeated")
    add("--baseline", type=Path, metavar="FILE", help="findings in this file are known and not shown")
    add("--write-baseline", type=Path, metavar="FILE", help="make all findings known: write them to this file")
    add("--config", type=Path, metavar="FILE", help="settings from this file in place of the nearest .oldhand.yaml")
    add("--stdin-filename", default="", metavar="NAME", help="the name of what comes from standard input")
    add("--claude", action="store_true", help="have a persona review too; needs a key, and sends code (see preview)")
    add("--persona", default="", metavar="NAME", help="with --claude: who reviews")
    add("--trust", action="store_true", help="with --claude: code in this folder may be sent")
    add("--yes", action="store_true", help="with --claude: do not ask before what may cost more than usual")
    add("--jobs", type=int, default=0, metavar="N", help="processes at most (default: one for each core)")


def options(args: argparse.Namespace) -> Options:
    """The options in what was parsed.

    Raises UsageError.
    """
    found = Options(
        paths=tuple(args.paths) or (".",),
        base=args.diff,
        fix=args.fix,
        dry_run=args.dry_run,
        format=args.format,
        level=LEVELS[args.severity],
        only=tuple(args.rule),
        baseline=args.baseline,
        write_baseline=args.write_baseline,
        config=args.config,
        stdin_filename=args.stdin_filename,
        jobs=args.jobs or cores(),
        claude=args.claude,
        persona=args.persona,
        trust=args.trust,
        yes=args.yes,
    )
    for wrong, message in _complaints(found):
        if wrong:
            raise UsageError(message)
    return found


def _complaints(found: Options) -> tuple[tuple[bool, str], ...]:
    diff = found.base is not None
    return (
        (found.jobs < 1, "--jobs takes a number from 1 on."),
        (STDIN in found.paths and not found.stdin, "Standard input (-) cannot be reviewed together with files."),
        (found.stdin and not found.stdin_filename, "For standard input, --stdin-filename has to tell the language."),
        (bool(found.stdin_filename) and not found.stdin, "--stdin-filename goes with - as the only path."),
        (found.stdin and diff, "--diff cannot be used with standard input."),
        (
            found.claude and (found.fix or found.write_baseline is not None),
            "--claude finds; --fix and --write-baseline are for what rules find.",
        ),
        (
            not found.claude and bool(found.persona or found.trust or found.yes),
            "--persona, --trust and --yes go with --claude.",
        ),
        (found.dry_run and not found.fix, "--dry-run goes with --fix."),
        (found.dry_run and found.format != "text", "--dry-run prints a difference; it has no other format."),
        (
            found.stdin and found.fix and found.format != "text",
            "With --fix, standard output is the fixed text; there is no other format.",
        ),
        (
            found.write_baseline is not None and (found.fix or diff or found.stdin or bool(found.only)),
            "--write-baseline is about all findings: not with --fix, --diff, --rule or standard input.",
        ),
    )
