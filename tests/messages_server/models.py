"""What each model takes, as far as requests are checked by it (documentation of September to November 2026)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

EFFORTS = ("low", "medium", "high", "xhigh", "max")
THINKING_TYPES = ("adaptive", "enabled", "disabled", "between_tools")


@dataclass(frozen=True, slots=True)
class Model:
    """One row of the table."""

    id: str
    thinking: tuple[str, ...]
    efforts: tuple[str, ...] = EFFORTS
    cache_minimum: int = 512
    forced_tools: bool = True
    prefill: bool = False
    system_messages: bool = True
    fast: bool = False
    fast_beta: bool = False
    context: int = 1_000_000
    max_output: int = 128_000

    @property
    def adaptive(self) -> bool:
        return "adaptive" in self.thinking


_ALWAYS = ("adaptive",)
_OPTIONAL = ("adaptive", "disabled")
_MANUAL = ("enabled", "disabled")
_SMALL: Any = {"context": 200_000, "max_output": 64_000}

MODELS = {
    model.id: model
    for model in (
        Model("claude-fable-5-2", _ALWAYS, forced_tools=False, fast=True),
        Model("claude-mythos-5-2", _ALWAYS, forced_tools=False, fast=True),
        Model("claude-fable-5-1", _ALWAYS, forced_tools=False),
        Model("claude-mythos-5-1", _ALWAYS, forced_tools=False),
        Model("claude-opus-5-5", _ALWAYS, forced_tools=False, fast=True),
        Model("claude-sonnet-5-5", ("adaptive", "between_tools"), forced_tools=False),
        # The least that it caches is not published: the largest of the others', so that nothing looks better than it is.
        Model("claude-haiku-5-5", _OPTIONAL, cache_minimum=4096),
        Model("claude-fable-5", _ALWAYS),
        Model("claude-mythos-5", _ALWAYS),
        Model("claude-opus-5", _OPTIONAL, fast_beta=True),
        Model("claude-sonnet-5", _OPTIONAL, cache_minimum=1024, system_messages=False),
        Model("claude-opus-4-8", _OPTIONAL, cache_minimum=4096, fast_beta=True),
        Model("claude-opus-4-7", _OPTIONAL, cache_minimum=4096, system_messages=False),
        Model("claude-opus-4-6", ("adaptive", *_MANUAL), cache_minimum=4096, system_messages=False),
        Model("claude-sonnet-4-6", ("adaptive", *_MANUAL), cache_minimum=1024, system_messages=False),
        Model("claude-haiku-4-5", _MANUAL, (), 4096, prefill=True, system_messages=False, **_SMALL),
        Model("claude-opus-4-5", _MANUAL, EFFORTS[:3], 4096, prefill=True, system_messages=False, **_SMALL),
        Model("claude-sonnet-4-5", _MANUAL, (), 1024, prefill=True, system_messages=False, **_SMALL),
    )
}
_DATED = {
    "claude-haiku-4-5-20251001": "claude-haiku-4-5",
    "claude-opus-4-5-20251101": "claude-opus-4-5",
    "claude-sonnet-4-5-20250929": "claude-sonnet-4-5",
}


def find_model(name: object) -> Model | None:
    """The model of an id, also of a dated one."""
    return MODELS.get(_DATED.get(name, name)) if isinstance(name, str) else None


def describe(model: Model) -> dict[str, Any]:
    """A model as `GET /v1/models/{id}` answers it."""
    line = model.id.split("-")[1]
    no, yes = {"supported": False}, {"supported": True}
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.id.replace("-", " ").title(),
        "created_at": "2026-09-01T00:00:00Z",
        "lifecycle": "active",
        "line": line,
        "deprecated_at": None,
        "retires_at": None,
        "max_input_tokens": model.context,
        "max_tokens": model.max_output,
        "capabilities": {
            "batch": yes,
            "citations": yes,
            "code_execution": yes,
            "context_management": {"supported": False},
            "effort": {
                "supported": bool(model.efforts),
                **{effort: {"supported": effort in model.efforts} for effort in EFFORTS},
            },
            "image_input": yes,
            "pdf_input": yes,
            "server_tools": no,
            "structured_outputs": yes,
            "thinking": {
                "supported": True,
                "types": {kind: {"supported": kind in model.thinking} for kind in THINKING_TYPES},
            },
        },
    }
