"""The terminal: two consoles, their colours, and one way to tell the user something in a line."""

from __future__ import annotations

import sys
from functools import cache

from rich.console import Console
from rich.style import Style
from rich.text import Text

from oldhand import secrets
from oldhand.cli.escape import harmless
from oldhand.findings import Severity

SEVERITY_STYLES = {
    Severity.ERROR: Style(color="red", bold=True),
    Severity.WARNING: Style(color="yellow", bold=True),
    Severity.INFORMATION: Style(color="blue", bold=True),
    Severity.HINT: Style(color="cyan"),
}
QUIET = Style(dim=True)
STRONG = Style(bold=True)
REMOVED = Style(color="red")
ADDED = Style(color="green")

_PIPED_WIDTH = 100
_WIDEST = 120


@cache
def out() -> Console:
    """Standard output: coloured on a terminal unless NO_COLOR is set, never wider than is good to read."""
    return _console(stderr=False)


@cache
def err() -> Console:
    """Standard error, likewise."""
    return _console(stderr=True)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `main`, which knows the exit status for it; Rich's own would say that there are findings."""
        raise BrokenPipeError


def _console(*, stderr: bool) -> Console:
    console = _Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    elif console.width > _WIDEST:
        console.width = _WIDEST
    return console


def tell(message: str, *, level: str = "") -> None:
    """One line on standard error: `oldhand: message`, or with a level `oldhand: warning: message`."""
    severity = Severity.ERROR if level == "error" else Severity.WARNING
    shown = harmless(secrets.mask(" ".join(message.split())))
    err().print(Text.assemble(("oldhand: ", QUIET), (f"{level}: " if level else "", SEVERITY_STYLES[severity]), shown))


def unicode_output(console: Console) -> bool:
    """Whether the console's encoding has line drawing."""
    return console.encoding.lower().replace("-", "") in ("utf8", "utf16", "utf32")


def tolerate_any_text() -> None:
    """Make the standard streams write what their encoding lacks as escapes instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
