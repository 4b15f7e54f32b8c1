"""A simulated prompt cache: it says what a request would read from it and write to it, by the documented rules.

An entry is the exact bytes of everything up to a breakpoint, for one model, format and key. It can be read from the first
event of the answer that wrote it, and lives from the start of the last request that used it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .content_checks import prompt_blocks
from .models import Model
from .tokens import BYTES_PER_TOKEN, block_bytes

LIFETIMES = {"5m": 300.0, "1h": 3600.0}
LOOKBACK = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request reads, writes and pays in full, in tokens; `entries` are the digests that it leaves, with their lifetimes."""

    read: int
    written_5m: int
    written_1h: int
    uncached: int
    entries: Mapping[str, float]

    @property
    def written(self) -> int:
        return self.written_5m + self.written_1h


@dataclass(frozen=True, slots=True)
class _Position:
    """The prompt up to the end of one block: its bytes' digest and size, and the ttl of a breakpoint there."""

    digest: str
    size: int
    ttl: str | None

    @property
    def tokens(self) -> int:
        return -(-self.size // BYTES_PER_TOKEN)


class PrefixCache:
    """Entries by digest; times are seconds of the caller's clock."""

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}

    def plan(self, body: dict[str, Any], model: Model, key: str, now: float) -> Plan:
        """What this request would read and write; nothing is stored yet."""
        positions = _positions(body, f"{model.id}\n{key}")
        breakpoints = [
            index for index, at in enumerate(positions) if at.ttl is not None and at.tokens >= model.cache_minimum
        ]
        total = positions[-1].tokens if positions else 0
        hit = max((self._newest_hit(positions, index, now) for index in breakpoints), default=-1)
        read = reached = positions[hit].tokens if hit >= 0 else 0
        written = {"5m": 0, "1h": 0}
        for index in breakpoints:
            at = positions[index]
            if at.tokens > reached and at.ttl is not None:
                written[at.ttl] += at.tokens - reached
                reached = at.tokens
        entries = {positions[index].digest: LIFETIMES[positions[index].ttl or "5m"] for index in breakpoints}
        if hit >= 0:
            entries.setdefault(positions[hit].digest, LIFETIMES["5m"])
        return Plan(read, written["5m"], written["1h"], total - reached, entries)

    def store(self, plan: Plan, started: float) -> None:
        """Called with the first event of the answer to a request that started then."""
        for digest, lifetime in plan.entries.items():
            self._ends[digest] = max(self._ends.get(digest, 0.0), started + lifetime)

    def _newest_hit(self, positions: list[_Position], last: int, now: float) -> int:
        for index in range(last, max(last - LOOKBACK, -1), -1):
            if self._ends.get(positions[index].digest, float("-inf")) > now:
                return index
        return -1


def _positions(body: dict[str, Any], scope: str) -> list[_Position]:
    """Every block's end. What else invalidates the cache goes into the digest where it starts to matter."""
    digest = hashlib.sha256()
    config = body.get("output_config") or {}
    digest.update(scope.encode() + _canonical(config.get("format")))
    of_messages = _canonical([body.get("tool_choice"), body.get("thinking"), config.get("effort")])
    size = 0
    positions: list[_Position] = []
    in_messages = False
    for where, block in prompt_blocks(body):
        if where.startswith("messages.") and not in_messages:
            digest.update(of_messages)
            in_messages = True
        content = block_bytes(block)
        size += len(content)
        digest.update(_role(body, where) + content + b"\n")
        control = block.get("cache_control")
        positions.append(_Position(digest.hexdigest(), size, control.get("ttl", "5m") if control else None))
    if positions and body.get("cache_control"):
        last = positions[-1]
        positions[-1] = _Position(last.digest, last.size, last.ttl or body["cache_control"].get("ttl", "5m"))
    return positions


def _role(body: dict[str, Any], where: str) -> bytes:
    part, *rest = where.split(".")
    return (str(body["messages"][int(rest[0])]["role"]) if part == "messages" else part).encode()


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
