"""The command `oldhand`: which of its commands is meant, and what an exit status says.

A command's module is imported only where it is the one, so that `oldhand server` starts as fast as a server should.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from oldhand import __version__

OK, FAILED, INTERRUPTED, PIPE_CLOSED = 0, 2, 130, 141

# Name, module and what the list of commands says of it.
_COMMANDS = (
    ("review", "oldhand.cli.review", "review files, folders or changes"),
    ("rules", "oldhand.cli.rules", "list the rules, explain one, test your own"),
    ("agents", "oldhand.cli.agents", "list the personas that are installed, or check agent files"),
    ("preview", "oldhand.cli.preview", "show exactly what a review by a persona would send; sends nothing"),
    ("cost", "oldhand.cli.cost", "show what was spent, and what is left of today's budget"),
    ("server", "oldhand.cli.server", "speak the Language Server Protocol on standard input and output"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = _run(given)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:
        # Python's own answer has the status of findings.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {os.path.basename(place.filename)}:{place.lineno}"  # noqa: PTH119
        sys.stderr.write(f"oldhand: internal error ({where}); please report it\n")
        return FAILED


def _run(given: Sequence[str]) -> int:
    wanted = next((word for word in given if not word.startswith("-")), "")
    parser = _Parser(
        prog="oldhand", description="A senior backend engineer in the terminal and in any editor.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"oldhand {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    run: Callable[[argparse.Namespace], int] | None = None
    for name, module_name, what in _COMMANDS:
        if name == wanted:
            module = import_module(module_name)
            module.add_parser(subparsers)
            run = module.run
        else:
            subparsers.add_parser(name, help=what)
    args = parser.parse_args(given)
    if run is None:
        parser.print_help()
        return OK
    return run(args)


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: {message}; see {self.prog} --help\n")
        raise SystemExit(FAILED)
