"""Tokens as this server counts them: a token is four bytes, which is no model's count and always the same."""

from __future__ import annotations

import json
from typing import Any

from .content_checks import prompt_blocks

BYTES_PER_TOKEN = 4


def block_bytes(block: dict[str, Any]) -> bytes:
    """A block exactly as it was sent, without its `cache_control`."""
    rest = {name: value for name, value in block.items() if name != "cache_control"}
    return json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def count_tokens(body: dict[str, Any]) -> int:
    """Tokens of tools, system and messages."""
    return -(-sum(len(block_bytes(block)) for _, block in prompt_blocks(body)) // BYTES_PER_TOKEN)
