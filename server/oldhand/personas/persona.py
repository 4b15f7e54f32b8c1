"""The persona: a Claude Code agent file as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Source(Enum):
    """Where a persona was found; the order is the order of precedence, best first."""

    WORKSPACE = "workspace"
    USER = "user"
    BUNDLED = "bundled"
    FILE = "file"  # named by hand, installed nowhere


@dataclass(frozen=True, slots=True)
class Persona:
    """One agent: who speaks, and the system prompt it speaks with.

    `body` is the system prompt, `description` says when to use the agent.
    `tools` is None where the file names none, which in Claude Code means all.
    `model` is an alias (sonnet, opus, haiku, fable, inherit) or a full model id.
    `hooks` and `mcp_servers` hold the names alone: Oldhand runs none of them.
    `content_hash` identifies the whole file's text, whatever its line ends: what the user chooses when asked.
    """

    name: str
    description: str
    body: str
    content_hash: str
    path: str = ""
    source: Source = Source.FILE
    tools: tuple[str, ...] | None = None
    disallowed_tools: tuple[str, ...] = ()
    model: str = "inherit"
    effort: str | None = None
    permission_mode: str | None = None
    max_turns: int | None = None
    skills: tuple[str, ...] = ()
    mcp_servers: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    memory: str | None = None
    background: bool | None = None
    isolation: str | None = None
    color: str | None = None
    initial_prompt: str = ""
