"""A request as a test sees it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from .replies import Reply
from .violations import Violation


@dataclass(slots=True)
class Seen:
    """One request; header names are in lower case, `raw` is the body's bytes, `usage` what its answer was billed.

    `disconnected` is set when the client left before its answer was whole.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    raw: bytes
    violations: tuple[Violation, ...]
    replied: Reply | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    disconnected: threading.Event = field(default_factory=threading.Event)

    @property
    def problems(self) -> tuple[str, ...]:
        """All that was wrong with it."""
        return tuple(violation.message for violation in self.violations)

    @property
    def endpoint(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]
