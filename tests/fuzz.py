"""How much is tried at random, a little in every run of the tests and all of it with `OLDHAND_FUZZ=full`, and on what."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from oldhand.lsp.engine import Engine
from oldhand.problems import Problem
from oldhand.resources import bundled_agents
from oldhand.rules.load import load
from oldhand.rules.rule import RuleSet

FULL = os.environ.get("OLDHAND_FUZZ") == "full"


def rounds(bounded: int, full: int) -> int:
    """How often something is tried in this run."""
    return full if FULL else bounded


class BundledRules(Engine):
    """The engine, with no rules of the user's, and those of the house read once."""

    def rule_paths(self, folder: Path | None) -> tuple[Path, ...]:
        return ()

    def load_rules(self, paths: Sequence[Path]) -> tuple[RuleSet, tuple[Problem, ...]]:
        return bundled_rules(), ()


@cache
def bundled_rules() -> RuleSet:
    return load(sorted(bundled_agents().glob("*/rules")))[0]
