"""One list of two reviewers: what a rule and a persona both report is one finding that names both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from oldhand.findings import Finding, Opinion, Verification
from oldhand.text.ranges import TextRange

# What a category of rules is called where a model reports it; a defect is seen from more than one side.
_ALSO: Mapping[str, frozenset[str]] = {
    "api": frozenset({"api", "validation", "authorisation", "query"}),
    "auth": frozenset({"authentication", "authorisation", "secrets"}),
    "cache": frozenset({"caching"}),
    "errors": frozenset({"errors", "logging", "resilience", "logic"}),
    "injection": frozenset({"injection", "validation"}),
    "migration": frozenset({"migration", "schema"}),
    "pool": frozenset({"resources"}),
    "query": frozenset({"query"}),
    "resilience": frozenset({"resilience", "resources", "concurrency", "messaging"}),
    "schema": frozenset({"schema", "migration", "money-and-time"}),
    "secrets": frozenset({"secrets", "logging", "configuration", "authentication"}),
    "time": frozenset({"money-and-time", "logic"}),
    "tx": frozenset({"transaction", "concurrency", "messaging"}),
}

Placed = tuple[Finding, TextRange]


def merged(rules: Sequence[Placed], claims: Sequence[Finding], comments: Mapping[str, Opinion]) -> list[Placed]:
    """Rules' findings where they now stand and a persona's, by place; what both say stays the rule's, with the opinion.

    `comments` are a persona's words on rules' findings, by fingerprint; they take nothing away.
    """
    opinions = dict(comments)
    own: list[Placed] = []
    for claim in claims:
        twin = next((finding for finding, place in rules if _same(finding, place, claim)), None)
        if twin is None:
            own.append((claim, claim.range))
        elif claim.opinion is not None:
            note = claim.opinion.note or claim.message
            opinion = replace(claim.opinion, verification=Verification.CONFIRMED, note=note)
            opinions.setdefault(twin.fingerprint, opinion)
    listed = [
        (replace(finding, opinion=opinions[finding.fingerprint]) if finding.fingerprint in opinions else finding, place)
        for finding, place in rules
    ]
    return sorted([*listed, *own], key=lambda one: (one[1].start, one[1].end, one[0].rule))


def _same(finding: Finding, place: TextRange, claim: Finding) -> bool:
    return claim.category in _ALSO.get(finding.category, frozenset()) and place.overlaps(claim.range)
