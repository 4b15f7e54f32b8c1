"""Failures: every way in which a model's answer may not come, as one clear line that says what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from oldhand.claude.cost import Usage


class Kind(Enum):
    """What went wrong; the names stand in logs and in `oldhand/state`."""

    NO_KEY = "no key"
    BAD_KEY = "key refused"
    NO_CREDIT = "no credit"
    FORBIDDEN = "not allowed"
    NO_MODEL = "unknown model"
    BAD_REQUEST = "request refused"
    TOO_LARGE = "request too large"
    RATE_LIMIT = "rate limit"
    OVERLOADED = "overloaded"
    SERVER = "server error"
    NAME = "name not found"
    NETWORK = "no connection"
    TLS = "certificate refused"
    PROXY = "proxy failed"
    TIMEOUT = "no answer in time"
    CUT = "answer cut off"
    UNREADABLE = "answer unreadable"
    REFUSED = "refused"
    MAX_TOKENS = "answer too long"
    CONTEXT = "context full"
    MISSING_EXTRA = "package missing"
    SETUP = "not set up"
    BUDGET = "budget used up"
    UNTRUSTED = "not trusted"


_WORTH_ANOTHER_TRY = frozenset({Kind.RATE_LIMIT, Kind.OVERLOADED, Kind.SERVER, Kind.NETWORK, Kind.TIMEOUT, Kind.CUT})


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure, as users read it.

    `message` is one line: what happened and what to do. `again` says whether the same request may succeed later, and
    `after` in how many seconds the server wants it, if it has said so. `field` is the request's field that a server
    has rejected, "" where none is to blame. `request_id` helps the provider find the call.
    """

    kind: Kind
    message: str
    again: bool = False
    after: float | None = None
    field: str = ""
    request_id: str = ""

    @classmethod
    def of(
        cls,
        kind: Kind,
        message: str,
        *,
        again: bool | None = None,
        after: float | None = None,
        field: str = "",
        request_id: str = "",
    ) -> Failure:
        """The failure, which is worth another try where its kind is and nothing else is said."""
        return cls(kind, message, kind in _WORTH_ANOTHER_TRY if again is None else again, after, field, request_id)


class ModelError(Exception):
    """A call to a model has failed; `usage` is what it has used all the same."""

    def __init__(self, failure: Failure, usage: Usage | None = None) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.usage = usage or Usage()
