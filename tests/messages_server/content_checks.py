"""Checks of what the model is to read: system, messages and their blocks, and where the cache's breakpoints stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .models import Model
from .violations import Violation, Violations, of_type, one_of, unknown_fields

MAX_MESSAGES = 100_000
MAX_BREAKPOINTS = 4

_IDENTIFIER = re.compile(r"[a-zA-Z0-9_-]+\Z")
_BLOCKS = {
    "text": {"type", "text", "cache_control", "citations"},
    "image": {"type", "source", "cache_control"},
    "document": {"type", "source", "cache_control", "citations", "context", "title"},
    "search_result": {"type", "source", "title", "content", "cache_control", "citations"},
    "tool_result": {"type", "tool_use_id", "content", "is_error", "cache_control"},
    "tool_use": {"type", "id", "name", "input", "cache_control", "caller"},
    "thinking": {"type", "thinking", "signature"},
    "redacted_thinking": {"type", "data"},
}
_BLOCKS_OF = {
    "user": {"text", "image", "document", "search_result", "tool_result"},
    "assistant": {"text", "tool_use", "thinking", "redacted_thinking"},
    "system": {"text"},
}


def check_content(body: dict[str, Any], model: Model) -> Violations:
    """`system` and `messages`."""
    if "system" in body and not isinstance(body["system"], str):
        yield from _blocks(body["system"], "system", "system")
    messages = body.get("messages")
    if "messages" not in body:
        return
    yield from of_type(messages, list, "messages")
    if not isinstance(messages, list):
        return
    if not messages:
        yield Violation("messages: at least one message is required")
    if len(messages) > MAX_MESSAGES:
        yield Violation(f"messages: at most {MAX_MESSAGES} messages are allowed")
    for index, message in enumerate(messages):
        yield from _message(message, f"messages.{index}", model)
    yield from _roles([message for message in messages if isinstance(message, dict)], model)
    yield from _tool_turns(messages)


def check_breakpoints(body: dict[str, Any]) -> Violations:
    """`cache_control` of all blocks, in the order in which the model reads them."""
    controls = [(where, block["cache_control"]) for where, block in prompt_blocks(body) if block.get("cache_control")]
    if body.get("cache_control"):
        controls.append(("cache_control", body["cache_control"]))
    if len(controls) > MAX_BREAKPOINTS:
        yield Violation(
            f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. Found {len(controls)}."
        )
    short_before = False
    for where, control in controls:
        name = where if where == "cache_control" else f"{where}.cache_control"
        if not isinstance(control, dict) or control.get("type") != "ephemeral":
            yield Violation(f"{name}.type: Input should be 'ephemeral'")
            continue
        yield from unknown_fields(control, {"type", "ttl"}, name)
        ttl = control.get("ttl", "5m")
        yield from one_of(ttl, ("5m", "1h"), f"{name}.ttl")
        if ttl == "1h" and short_before:
            yield Violation(f"{name}: a ttl='1h' block must not come after a ttl='5m' block")
        short_before = short_before or ttl == "5m"


def prompt_blocks(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tools, then system, then messages: every block with where it stands."""
    for name in ("tools", "system"):
        yield from _placed(body.get(name), name)
    messages = body.get("messages")
    for index, message in enumerate(messages if isinstance(messages, list) else ()):
        if isinstance(message, dict):
            yield from _placed(message.get("content"), f"messages.{index}.content")


def _placed(content: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(content, str):
        yield where, {"type": "text", "text": content}
    elif isinstance(content, list):
        yield from ((f"{where}.{index}", block) for index, block in enumerate(content) if isinstance(block, dict))


def _message(message: Any, where: str, model: Model) -> Violations:
    if not isinstance(message, dict):
        yield Violation(f"{where}: Input should be a valid dictionary")
        return
    yield from unknown_fields(message, {"role", "content"}, where)
    role = str(message.get("role"))
    roles = ("user", "assistant", "system") if model.system_messages else ("user", "assistant")
    if role not in roles:
        yield Violation(f'{where}.role: Unexpected role "{role}"; allowed are {", ".join(roles)}')
        return
    content = message.get("content")
    if isinstance(content, str):
        yield from _text(content, f"{where}.content")
    else:
        yield from _blocks(content, f"{where}.content", role)


def _blocks(content: Any, where: str, role: str) -> Violations:
    if not isinstance(content, list):
        yield Violation(f"{where}: Input should be a valid string or list")
        return
    if not content:
        yield Violation(f"{where}: at least one content block is required")
    for index, block in enumerate(content):
        yield from _block(block, f"{where}.{index}", role)


def _block(block: Any, where: str, role: str) -> Violations:
    kind = str(block.get("type")) if isinstance(block, dict) else ""
    if kind not in _BLOCKS_OF[role]:
        yield Violation(f"{where}: a block of type {kind!r} is not allowed in {role} content")
        return
    yield from unknown_fields(block, _BLOCKS[kind], where)
    match kind:
        case "text":
            yield from _text(block.get("text"), f"{where}.text")
            if role == "user" and block.get("citations"):
                yield Violation(f"{where}.citations: citations are not allowed on text blocks in user messages")
        case "tool_use":
            if not _IDENTIFIER.match(str(block.get("id", ""))):
                yield Violation(f"{where}.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
            yield from of_type(block.get("input"), dict, f"{where}.input")
        case "tool_result":
            yield from of_type(block.get("tool_use_id"), str, f"{where}.tool_use_id")


def _text(text: object, where: str) -> Violations:
    yield from of_type(text, str, where)
    if isinstance(text, str) and not text.strip():
        yield Violation(f"{where}: text content blocks must contain non-whitespace text")


def _roles(messages: list[dict[str, Any]], model: Model) -> Violations:
    spoken = [message.get("role") for message in messages if message.get("role") != "system"]
    if spoken and spoken[0] != "user":
        yield Violation("messages: first message must use the user role")
    if spoken and spoken[-1] == "assistant" and not model.prefill:
        yield Violation(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )


def _tool_turns(messages: list[Any]) -> Violations:
    """Each `tool_use` is answered first thing in the user turn that follows; turns of one role are one."""
    turns: list[tuple[str, list[dict[str, Any]]]] = []
    for message in messages:
        if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
            continue
        blocks = [block for _, block in _placed(message.get("content"), "")]
        if turns and turns[-1][0] == message["role"]:
            turns[-1][1].extend(blocks)
        else:
            turns.append((message["role"], blocks))
    waiting: list[Any] = []
    for role, blocks in turns:
        if role == "user":
            yield from _answers(waiting, blocks)
            waiting = []
        else:
            waiting = [block.get("id") for block in blocks if block.get("type") == "tool_use"]


def _answers(waiting: list[Any], blocks: list[dict[str, Any]]) -> Violations:
    first = [block.get("tool_use_id") for block in blocks[: len(waiting)] if block.get("type") == "tool_result"]
    for missing in sorted(set(map(str, waiting)) - set(map(str, first))):
        yield Violation(
            f"messages: `tool_use` ids were found without `tool_result` blocks immediately after: {missing}"
        )
    for block in blocks:
        if block.get("type") == "tool_result" and block.get("tool_use_id") not in waiting:
            yield Violation(f"messages: unexpected `tool_use_id` in `tool_result` block: {block.get('tool_use_id')}")
