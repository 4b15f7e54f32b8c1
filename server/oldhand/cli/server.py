"""`oldhand server`: the language server on standard input and output."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `server` to the command line."""
    parser = subparsers.add_parser(
        "server",
        help="speak the Language Server Protocol on standard input and output",
        description="The language server, which an editor starts and speaks to on standard input and output.",
    )
    parser.add_argument("--stdio", action="store_true", help="accepted since editors add it; there is no other way")
    parser.add_argument("--log-file", type=Path, metavar="FILE", help="write a log, without any code, to this file")


def run(args: argparse.Namespace) -> int:
    """Serve until the editor says exit; the exit status."""
    from oldhand.lsp.server import serve  # noqa: PLC0415 - the server's imports are its start-up time

    try:
        return serve(args.log_file)
    except OSError as error:
        sys.stderr.write(f"oldhand server: {args.log_file}: {error.strerror or error}\n")
        return 2
