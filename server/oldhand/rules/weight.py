"""How much a rule's findings weigh in a file, by the globs that the rule gives."""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache

from oldhand.findings import Severity
from oldhand.rules.rule import Rule


@lru_cache(maxsize=8192)
def most_severe(rule: Rule, path: str) -> Severity | None:
    """The most that the rule may say of a file of that path; None where it has nothing to say there.

    Asked for every rule and every unit of a file, so the answers are kept.
    """
    if (rule.files and not _any(path, rule.files)) or _any(path, rule.ignores):
        return None
    limits = [softer.severity for softer in rule.softer if _any(path, softer.files)]
    if None in limits:
        return None
    return min((limit for limit in limits if limit is not None), default=Severity.ERROR)


@lru_cache(maxsize=4096)
def _any(path: str, globs: tuple[str, ...]) -> bool:
    return bool(globs) and _pattern(globs).match(path) is not None


@lru_cache(maxsize=256)
def _pattern(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(glob) for glob in globs))
