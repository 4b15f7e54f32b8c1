"""The process's heap, which is kept rather than given back: each keystroke makes a new text."""

from __future__ import annotations

_LARGEST_TEXT = 16 << 20


def keep_heap() -> None:
    """Have texts come from memory that the process has already.

    glibc maps large blocks anew each time, and every page of them costs a fault: more than copying the text does. It
    stops that for all sizes up to the largest block that was ever mapped and freed, so one is. Nothing is written to
    it, and other systems take no notice.
    """
    bytearray(_LARGEST_TEXT)
