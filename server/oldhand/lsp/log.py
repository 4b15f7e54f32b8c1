"""The log: what went wrong and where, never the text that it was about."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure(path: str | Path | None) -> None:
    """Log to a file, everything, or to standard error, what needs attention.

    Other libraries' loggers are silent: they log messages, and with them the user's source. Raises OSError.
    """
    handler: logging.Handler
    handler = logging.FileHandler(path, encoding="utf-8") if path else logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(_FORMAT))
    ours = logging.getLogger("oldhand")
    ours.addHandler(handler)
    ours.setLevel(logging.INFO if path else logging.WARNING)
    ours.propagate = False
    logging.getLogger().addHandler(logging.NullHandler())
    logging.lastResort = None
    # A message whose formatting fails would print a traceback with its arguments.
    logging.raiseExceptions = False


def close() -> None:
    """Write out what is buffered."""
    logging.shutdown()


def described(error: BaseException) -> str:
    """An error for the log: its type and where it was raised, never its text, which may quote the user's source."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
        places.append(f"{file}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join([type(error).__name__, *reversed(places[-5:])])


def loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What asyncio calls with an error that nobody handled."""
    error = context.get("exception")
    logging.getLogger(__name__).error(
        "unhandled: %s", described(error) if isinstance(error, BaseException) else "no exception"
    )
