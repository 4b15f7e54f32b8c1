"""Suppression: comments in the code that take findings out, Oldhand's own and those of other tools."""

from oldhand.suppressions.effect import UNUSED, apply

__all__ = ["UNUSED", "apply"]
