"""What a check says about a request, and small checks of JSON values that the others share."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    499: "invalid_request_error",
    500: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A reason to refuse a request."""

    message: str
    status: int = 400

    @property
    def type(self) -> str:
        return ERROR_TYPES[self.status]


Violations = Iterator[Violation]


def unknown_fields(value: dict[str, Any], known: Collection[str], where: str = "") -> Violations:
    prefix = f"{where}." if where else ""
    for name in value:
        if name not in known:
            yield Violation(f"{prefix}{name}: Extra inputs are not permitted")


def section(value: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under this name; an empty one where there is none, or something else."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def of_type(value: object, kind: type, where: str) -> Violations:
    # A bool is an int to Python, not to JSON.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        names = {str: "string", int: "integer", dict: "dictionary", list: "list", bool: "boolean"}
        yield Violation(f"{where}: Input should be a valid {names[kind]}")


def one_of(value: object, allowed: Collection[str], where: str) -> Violations:
    if value not in allowed:
        yield Violation(f"{where}: Input should be {', '.join(repr(name) for name in allowed)}")
