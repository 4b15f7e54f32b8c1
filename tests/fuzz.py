"""How much is tried at random: a little in every run of the tests, and all of it with `OLDHAND_FUZZ=full`."""

from __future__ import annotations

import os

FULL = os.environ.get("OLDHAND_FUZZ") == "full"


def rounds(bounded: int, full: int) -> int:
    """How often something is tried in this run."""
    return full if FULL else bounded
