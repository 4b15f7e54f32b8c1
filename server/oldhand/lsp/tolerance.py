"""What is taken from clients though LSP does not have it, so that one odd value costs no more than itself.

Works on the JSON of a message's params, before they are made into lsprotocol's types, whose enumerations are strict.
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types

RAW = frozenset({types.INITIALIZE, types.TEXT_DOCUMENT_DID_CHANGE, types.WORKSPACE_DID_CHANGE_CONFIGURATION})
"""Methods whose handlers take the params as JSON.

`initialize` since every field is read with a fallback, `didChange` since a change that is lost must be noticed and a
type per keystroke costs more than the change.
"""

OPTIONAL = frozenset({types.INITIALIZED, types.SHUTDOWN, types.EXIT})
"""Methods that clients send without params."""

_TRIGGERS = frozenset(kind.value for kind in types.CodeActionTriggerKind)
_FILE_CHANGES = frozenset(kind.value for kind in types.FileChangeType)


def tolerated(method: str, params: Any) -> Any:
    """The params without what is unknown in them and not needed."""
    if not isinstance(params, dict):
        return params
    if method == types.TEXT_DOCUMENT_CODE_ACTION:
        return {**params, "context": _code_action_context(params.get("context"))}
    if method == types.CODE_ACTION_RESOLVE:
        return {key: params[key] for key in ("title", "kind", "data", "isPreferred") if key in params}
    if method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES:
        changes = params.get("changes")
        return {"changes": [change for change in _list(changes) if _is_file_change(change)]}
    return params


def _code_action_context(context: Any) -> dict[str, Any]:
    """The context with its diagnostics cut down to what identifies them."""
    if not isinstance(context, dict):
        return {"diagnostics": []}
    kept: dict[str, Any] = {
        "diagnostics": [_diagnostic(found) for found in _list(context.get("diagnostics")) if _has_range(found)]
    }
    only = context.get("only")
    if isinstance(only, list):
        kept["only"] = [kind for kind in only if isinstance(kind, str)]
    trigger = context.get("triggerKind")
    if isinstance(trigger, int) and trigger in _TRIGGERS:
        kept["triggerKind"] = trigger
    return kept


def _diagnostic(found: dict[str, Any]) -> dict[str, Any]:
    kept = {"range": found["range"], "message": str(found.get("message", ""))}
    for key in ("code", "source"):
        if isinstance(found.get(key), str):
            kept[key] = found[key]
    if "data" in found:
        kept["data"] = found["data"]
    return kept


def _has_range(found: Any) -> bool:
    place = found.get("range") if isinstance(found, dict) else None
    return isinstance(place, dict) and all(_is_position(place.get(end)) for end in ("start", "end"))


def _is_position(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_unsigned(value.get(key)) for key in ("line", "character"))


def _is_unsigned(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31


def _is_file_change(change: Any) -> bool:
    if not isinstance(change, dict) or not isinstance(change.get("uri"), str):
        return False
    return isinstance(change.get("type"), int) and change["type"] in _FILE_CHANGES


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
