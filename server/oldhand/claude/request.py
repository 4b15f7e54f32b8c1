"""A request as a value: what is sent, byte for byte, and nothing about how."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Block:
    """A text block; `cached` marks the end of a prefix that the server may keep for the next request."""

    text: str
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the Messages API. `system` and `user` are blocks in order, what changes least first."""

    model: str
    max_tokens: int
    system: tuple[Block, ...]
    user: tuple[Block, ...]
    schema: Mapping[str, Any] | None = None
    effort: str = ""

    def body(self, without: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The body as the API takes it, less the optional fields that a server does not know."""
        caching = "cache_control" not in without
        body: dict[str, Any] = {
            "model": self.model,
            "max_tokens": self.max_tokens,
            "system": [_block(one, caching) for one in self.system],
            "messages": [{"role": "user", "content": [_block(one, caching) for one in self.user]}],
        }
        configuration: dict[str, Any] = {}
        if self.effort and "output_config.effort" not in without:
            configuration["effort"] = self.effort
        if self.schema is not None and "output_config.format" not in without:
            configuration["format"] = {"type": "json_schema", "schema": dict(self.schema)}
        if configuration and "output_config" not in without:
            body["output_config"] = configuration
        return body

    def written(self, without: frozenset[str] = frozenset()) -> str:
        """The body as compact JSON, as it goes over the wire."""
        return json.dumps(self.body(without), ensure_ascii=False, separators=(",", ":"))


def _block(block: Block, caching: bool) -> dict[str, Any]:
    written: dict[str, Any] = {"type": "text", "text": block.text}
    if block.cached and caching:
        written["cache_control"] = {"type": "ephemeral"}
    return written
