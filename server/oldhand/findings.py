"""Findings: what a reviewer says about a range of a text, and the fix it proposes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import lru_cache

from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange


class Severity(IntEnum):
    """How bad a finding is; compares by weight, and the names are those of settings and rule files."""

    HINT = 1
    INFORMATION = 2
    WARNING = 3
    ERROR = 4

    @property
    def label(self) -> str:
        """The lower-case name that users write and read."""
        return self.name.lower()


class Confidence(IntEnum):
    """How sure a reviewer is that the finding is true."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def label(self) -> str:
        """The lower-case name that users write and read."""
        return self.name.lower()


class Applicability(Enum):
    """What may happen to the program when a fix is applied.

    SAFE: behaves as before but for the defect; may be applied without being looked at.
    SUGGESTED: valid code that may change behaviour elsewhere; a person confirms it.
    """

    SAFE = "safe"
    SUGGESTED = "suggested"


@dataclass(frozen=True, slots=True)
class Fix:
    """A proposed change: all edits or none, none of which overlap, all in the text of the finding."""

    title: str
    edits: tuple[TextEdit, ...]
    applicability: Applicability


@dataclass(frozen=True, slots=True)
class Accepted:
    """The fix was proved on the finding's text and may be offered."""

    applicability: Applicability


@dataclass(frozen=True, slots=True)
class Rejected:
    """The fix is shown as text with this reason and can not be applied."""

    reason: str


Verdict = Accepted | Rejected


class Verification(Enum):
    """What a second, independent look at a model's finding came to.

    UNVERIFIED waits for it, UNCHECKED gets none because the user wants none; DOUBTED is said of rules' findings alone.
    """

    UNVERIFIED = "unverified"
    UNCHECKED = "unchecked"
    CONFIRMED = "confirmed"
    UNCERTAIN = "uncertain"
    DOUBTED = "doubted"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a persona has to say of a finding: its own, or one of a rule.

    `when` is a time in ISO 8601. `severity` is what the finding has once it is confirmed. `note` is a sentence, or "".
    `stale` says that the code around has changed since.
    """

    persona: str
    model: str
    when: str
    verification: Verification
    severity: Severity
    note: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect at one place.

    `range` is in code points of the text that was reviewed.
    `message` says what is wrong, `why` why it matters, `remedy` what to do: each plain text of a sentence or two.
    `rule` is `category/name`; a model's findings are `claude/category`.
    `fingerprint` identifies the finding across versions of the text (see `fingerprint`).
    `offers` is the applicability of the fix that its rule makes, None where it makes none. The `fix` itself may be made
    only when somebody wants to see it, and `verdict` is None until it has been verified.
    `opinion` is there where a persona has found it, or has something to say of what a rule has found.
    """

    rule: str
    range: TextRange
    severity: Severity
    message: str
    why: str
    remedy: str
    category: str
    confidence: Confidence
    fingerprint: str
    cwe: tuple[str, ...] = ()
    url: str = ""
    offers: Applicability | None = None
    fix: Fix | None = None
    verdict: Verdict | None = None
    opinion: Opinion | None = None

    def __post_init__(self) -> None:
        if self.offers is None and self.fix is not None:
            object.__setattr__(self, "offers", self.fix.applicability)

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key: by place in the text, then by rule."""
        return (self.range.start, self.range.end, self.rule)


@lru_cache(maxsize=4096)
def fingerprint(rule: str, scope: str, quote: str, occurrence: int) -> str:
    """The identity of a finding that survives edits elsewhere: 16 hexadecimal digits.

    `scope` is the dotted name of the enclosing functions and classes, `quote` the finding's own text, in which
    white space does not count, and `occurrence` numbers equal findings in one scope from 0 in text order.
    """
    parts = (rule, scope, " ".join(quote.split()), str(occurrence))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
