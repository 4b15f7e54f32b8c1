"""Where the files that ship with Oldhand are found."""

from __future__ import annotations

from pathlib import Path


def bundled_agents() -> Path:
    """The folder of the bundled personas: inside the installed package, or at the top of a checkout.

    Raises FileNotFoundError for a broken installation.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "agents", package.parent.parent / "agents"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError("Oldhand's own agents folder is missing; reinstall the package.")
