"""The form of an answer: one schema for finding and for verifying, so that both share a cached prefix.

Every property is required and place comes before prose, since servers write properties in the schema's order: what is
needed to show a finding is there first. The limits are ours; a schema for structured output can not state them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from oldhand.findings import Severity

E = TypeVar("E", bound=Enum)

MAX_WORDS = 600
"""Characters of a sentence that is shown; what is longer is cut."""

MAX_CODE = 20_000
"""Characters of code in a proposed change."""

MAX_IMPORTS = 5


class Consequence(Enum):
    """What happens in the end; the severity follows from this and from nothing else."""

    DATA_LOSS = "data-loss"
    UNAUTHORISED = "unauthorised-access"
    INJECTION = "injection"
    WRONG_MONEY = "wrong-money"
    CRASH = "crash-on-ordinary-input"
    WRONG_RESULT = "wrong-result"
    LEAK = "leak"
    RACE = "race"
    GROWING_COST = "growing-cost"
    OUTAGE = "outage"
    NOTE = "worth-knowing"

    @property
    def severity(self) -> Severity:
        """The severity of what has this consequence."""
        return _SEVERITIES.get(self, Severity.WARNING)


_SEVERITIES = {
    Consequence.DATA_LOSS: Severity.ERROR,
    Consequence.UNAUTHORISED: Severity.ERROR,
    Consequence.INJECTION: Severity.ERROR,
    Consequence.WRONG_MONEY: Severity.ERROR,
    Consequence.CRASH: Severity.ERROR,
    Consequence.NOTE: Severity.INFORMATION,
}

CATEGORIES = (
    "injection", "secrets", "authentication", "authorisation", "validation", "query", "schema", "migration",
    "transaction", "concurrency", "resources", "resilience", "messaging", "caching", "api", "errors", "logging",
    "money-and-time", "configuration", "logic",
)  # fmt: skip


class Verdict(Enum):
    """What a second look came to."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNCERTAIN = "uncertain"


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


_TEXT = {"type": "string"}

SCHEMA = _object(
    findings=_list(
        _object(
            line={"type": "integer"},
            quote=_TEXT,
            category={"type": "string", "enum": list(CATEGORIES)},
            consequence={"type": "string", "enum": [one.value for one in Consequence]},
            message=_TEXT,
            trigger=_TEXT,
            outcome=_TEXT,
            remedy=_TEXT,
            fix=_object(original=_TEXT, replacement=_TEXT, imports=_list(_TEXT)),
        )
    ),
    units=_list(_object(name=_TEXT, summary=_TEXT)),
    known=_list(_object(id=_TEXT, verdict={"type": "string", "enum": [one.value for one in Verdict]}, note=_TEXT)),
    verdicts=_list(
        _object(
            id=_TEXT,
            conclusion={"type": "string", "enum": [one.value for one in Verdict]},
            line={"type": "integer"},
            proof=_TEXT,
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change as the model writes it: the lines that are there, the lines to have instead, imports that it needs."""

    original: str
    replacement: str
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A finding as the model writes it; `line` is a hint and 0 where there is none."""

    line: int
    quote: str
    category: str
    consequence: Consequence
    message: str
    trigger: str
    outcome: str
    remedy: str
    proposal: Proposal | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What the model says of one unit as a whole."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a second look came to: of a claim, or of what a rule had reported."""

    id: str
    verdict: Verdict
    line: int
    proof: str


def claim(value: Mapping[str, Any]) -> Claim | None:
    """The finding in an object of `findings`; None where what it can not do without is missing."""
    quote, message = _code(value.get("quote")), _words(value.get("message"))
    consequence = _one_of(Consequence, value.get("consequence"))
    if not quote.strip() or not message or consequence is None:
        return None
    category = str(value.get("category", "")).strip().lower()
    return Claim(
        line=_line(value.get("line")),
        quote=quote,
        category=category if category in CATEGORIES else "logic",
        consequence=consequence,
        message=message,
        trigger=_words(value.get("trigger")),
        outcome=_words(value.get("outcome")),
        remedy=_words(value.get("remedy")),
        proposal=_proposal(value.get("fix")),
    )


def summary(value: Mapping[str, Any]) -> Summary | None:
    """The summary in an object of `units`, or None."""
    name, words = _words(value.get("name")), _words(value.get("summary"))
    return Summary(name, words) if name and words else None


def judgement(value: Mapping[str, Any]) -> Judgement | None:
    """The judgement in an object of `verdicts` or `known`, or None."""
    verdict = _one_of(Verdict, value.get("conclusion", value.get("verdict")))
    name = str(value.get("id", "")).strip()
    if verdict is None or not name:
        return None
    return Judgement(name, verdict, _line(value.get("line")), _words(value.get("proof", value.get("note"))))


def _proposal(value: object) -> Proposal | None:
    if not isinstance(value, Mapping):
        return None
    original, replacement = value.get("original"), value.get("replacement")
    if not isinstance(original, str) or not isinstance(replacement, str) or not original.strip():
        return None
    if len(original) > MAX_CODE or len(replacement) > MAX_CODE or original == replacement:
        return None
    listed = value.get("imports")
    imports = (
        [one.strip() for one in listed if isinstance(one, str) and one.strip()] if isinstance(listed, list) else []
    )
    return Proposal(original, replacement, tuple(imports[:MAX_IMPORTS]))


def _one_of(kind: type[E], value: object) -> E | None:
    """The member with that value; servers do not promise the case of an enum's values."""
    name = value.strip().lower().replace("_", "-") if isinstance(value, str) else ""
    return next((one for one in kind if one.value == name), None)


def _words(value: object) -> str:
    """A text on one line and not too long."""
    if not isinstance(value, str):
        return ""
    flat = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", value[: 4 * MAX_WORDS]).split())
    return flat if len(flat) <= MAX_WORDS else flat[: MAX_WORDS - 1].rstrip() + "…"


def _code(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= MAX_CODE else ""


def _line(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10_000_000 else 0
