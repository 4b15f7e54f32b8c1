"""What a server's refusal means: from a status, an error's type and its headers to one line for the user.

By the documented statuses and types; the error's own words are only shown, and looked at for the name of a field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from oldhand.claude.failures import Failure, Kind
from oldhand.secrets import mask
from oldhand.text.visible import visible

MAX_QUOTED = 200
"""Characters of a server's own words that are shown."""

OPTIONAL_FIELDS = ("output_config.effort", "output_config.format", "output_config", "thinking", "cache_control")
"""What a request can do without, the most particular name first: servers that do not know a field name it when they
refuse it."""

_BY_TYPE = {
    "authentication_error": Kind.BAD_KEY,
    "billing_error": Kind.NO_CREDIT,
    "permission_error": Kind.FORBIDDEN,
    "not_found_error": Kind.NO_MODEL,
    "request_too_large": Kind.TOO_LARGE,
    "rate_limit_error": Kind.RATE_LIMIT,
    "timeout_error": Kind.TIMEOUT,
    "overloaded_error": Kind.OVERLOADED,
    "api_error": Kind.SERVER,
    "invalid_request_error": Kind.BAD_REQUEST,
}
_BY_STATUS = {
    401: Kind.BAD_KEY,
    402: Kind.NO_CREDIT,
    403: Kind.FORBIDDEN,
    404: Kind.NO_MODEL,
    408: Kind.TIMEOUT,
    413: Kind.TOO_LARGE,
    429: Kind.RATE_LIMIT,
    504: Kind.TIMEOUT,
    529: Kind.OVERLOADED,
}
_SPENT = frozenset({"enforced_spend_limit_reached", "contract_spend_limit_reached"})

_WORDS = {
    Kind.BAD_KEY: "The key was refused. Check ANTHROPIC_API_KEY, or make a new key.",
    Kind.NO_CREDIT: "The account has no credit left. Add credit, then try again.",
    Kind.FORBIDDEN: "The key may not do this. Ask for access to the model, or choose another one.",
    Kind.NO_MODEL: "The server does not know this model or address. Check the model and the base URL.",
    Kind.TOO_LARGE: "The request is too large. Review a smaller part.",
    Kind.RATE_LIMIT: "The rate limit is reached. Try again in a moment.",
    Kind.TIMEOUT: "The server gave up waiting. Try again.",
    Kind.OVERLOADED: "The service is overloaded. Try again in a moment.",
    Kind.SERVER: "The server failed. Try again; if it stays, look at the provider's status page.",
    Kind.BAD_REQUEST: "The server refused the request.",
}


def failure(
    status: int, error_type: str, words: str, headers: Mapping[str, str], code: str = "", now: datetime | None = None
) -> Failure:
    """The failure that an error answer, or an error event inside an answer with status 200, stands for."""
    kind = _kind(status, error_type)
    if code in _SPENT:
        kind = Kind.NO_CREDIT
    message = _WORDS[kind]
    if kind in {Kind.BAD_REQUEST, Kind.NO_MODEL, Kind.FORBIDDEN} and words.strip():
        message += f" It says: {quoted(words)}"
    return Failure.of(
        kind,
        message,
        again=_again(kind, status, headers),
        after=retry_after(headers, now or datetime.now(UTC)),
        field=rejected_field(words) if status in {400, 422} else "",
        request_id=headers.get("request-id", ""),
    )


def quoted(words: str) -> str:
    """A server's own words, on one line, cut, masked and with nothing in them that acts on a terminal."""
    flat = " ".join(visible(words).split())
    return mask(flat if len(flat) <= MAX_QUOTED else flat[: MAX_QUOTED - 1] + "…")


def rejected_field(words: str) -> str:
    """The optional field that an error's words name, "" where they name none."""
    for field in OPTIONAL_FIELDS:
        last = field.rpartition(".")[2]
        if field in words or (last in {"effort"} and re.search(rf"\b{last}\b", words)):
            return field
    if re.search(r"\bjson_schema\b|\bstructured outputs?\b", words, re.IGNORECASE):
        return "output_config.format"
    return ""


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the server asks to wait: `retry-after-ms`, else `retry-after` in seconds or as a date (RFC 9110)."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        return seconds if 0 <= seconds < float("inf") else None
    try:
        when = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max((when - now).total_seconds(), 0.0)


def _kind(status: int, error_type: str) -> Kind:
    known = _BY_TYPE.get(error_type)
    if status == 200 or (known is not None and known is not Kind.BAD_REQUEST):
        return known or Kind.SERVER
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Kind.SERVER if status >= 500 else known or Kind.BAD_REQUEST


def _again(kind: Kind, status: int, headers: Mapping[str, str]) -> bool | None:
    said = headers.get("x-should-retry", "")
    if said in {"true", "false"}:
        return said == "true"
    return True if status in {408, 409} else None if status < 500 or status != 501 else False
