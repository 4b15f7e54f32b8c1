"""Checks of a whole request: headers, body and the parameters of each model."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from .content_checks import check_breakpoints, check_content, prompt_blocks
from .models import EFFORTS, THINKING_TYPES, Model, find_model
from .schema_checks import check_schemas
from .tokens import count_tokens
from .violations import Violation, Violations, of_type, one_of, section, unknown_fields

VERSIONS = ("2023-06-01", "2026-10-21")
BODY_LIMIT = 32 * 1024 * 1024

_COUNTED = {
    "messages",
    "model",
    "system",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "cache_control",
    "speed",
}
_GA = _COUNTED | {
    *(
        "max_tokens",
        "container",
        "diagnostics",
        "inference_geo",
        "metadata",
        "service_tier",
        "stop_sequences",
        "stream",
    ),
}
_BETA = {
    "billing_policy": "billing-policy-",
    "compaction": "compact-",
    "context_management": "context-management-",
    "fallback_credit_token": "server-side-fallback-",
    "fallbacks": "server-side-fallback-",
    "mcp_servers": "mcp-client-",
    "thread": "message-threads-",
}
_TOOL_FIELDS = {
    *("name", "input_schema", "description", "strict", "eager_input_streaming", "input_examples", "cache_control"),
    *("defer_loading", "allowed_callers", "type"),
}
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}\Z")


def check_headers(headers: Mapping[str, str], *, has_body: bool) -> Violations:
    """Version, credentials and content type; names of headers are in lower case."""
    bearer = headers.get("authorization", "")
    if not headers.get("x-api-key") and not re.fullmatch(r"Bearer \S+", bearer):
        yield Violation("authorization: a Bearer token or x-api-key header is required", 401)
    version = headers.get("anthropic-version")
    if version is None:
        yield Violation("anthropic-version: header is required")
    elif version not in VERSIONS:
        yield Violation(f"anthropic-version: {version!r} is not a valid version")
    if has_body and headers.get("content-type", "").split(";")[0].strip() != "application/json":
        yield Violation("content-type: must be application/json")


def parse_body(raw: bytes) -> tuple[dict[str, Any], str]:
    """The body, and what is wrong with it as JSON ("" if nothing is)."""
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
        json.dumps(body, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return {}, "The request body is not valid JSON: it holds a lone surrogate"
    except ValueError as error:
        return {}, f"The request body is not valid JSON: {error}"
    if not isinstance(body, dict):
        return {}, "The request body must be a JSON object"
    return body, ""


def check_body(body: dict[str, Any], headers: Mapping[str, str], *, counting: bool = False) -> Violations:
    """All that is wrong with the body of `/v1/messages`, or of its `count_tokens`."""
    for name in ("model", "messages") if counting else ("model", "max_tokens", "messages"):
        if name not in body:
            yield Violation(f"{name}: Field required")
    betas = [beta.strip() for beta in headers.get("anthropic-beta", "").split(",")]
    for name in ("temperature", "top_p", "top_k"):
        if name in body:
            yield Violation(f"{name}: sampling parameters are not supported")
    allowed = {name for name, beta in _BETA.items() if any(given.startswith(beta) for given in betas)}
    known = (_COUNTED if counting else _GA) | allowed | {"temperature", "top_p", "top_k"}
    yield from unknown_fields(body, known)
    model = find_model(body.get("model"))
    if model is None:
        if "model" in body:
            yield Violation(f"model: {body['model']}", 404)
        return
    yield from check_content(body, model)
    for name, check in _CHECKS.items():
        if body.get(name) is not None:
            yield from check(body, model, betas)
    yield from check_breakpoints(body)
    yield from _check_strict(body)
    if (tokens := count_tokens(body)) > model.context:
        yield Violation(f"prompt is too long: {tokens} tokens > {model.context} maximum")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _max_tokens(body: dict[str, Any], model: Model, betas: list[str]) -> Violations:
    value = body["max_tokens"]
    yield from of_type(value, int, "max_tokens")
    if isinstance(value, int) and value < 0:
        yield Violation("max_tokens: Input should be greater than or equal to 0")
    if isinstance(value, int) and value > model.max_output:
        yield Violation(
            f"max_tokens: {value} > {model.max_output}, "
            f"which is the maximum allowed number of output tokens for {model.id}"
        )


def _thinking(body: dict[str, Any], model: Model, betas: list[str]) -> Violations:
    thinking = body["thinking"]
    if not isinstance(thinking, dict):
        yield Violation("thinking: Input should be a valid dictionary")
        return
    kind = str(thinking.get("type"))
    yield from one_of(kind, THINKING_TYPES, "thinking.type")
    if kind in THINKING_TYPES and kind not in model.thinking:
        yield Violation(
            f'"thinking.type.{kind}" is not supported for this model. Use "thinking.type.adaptive" and '
            '"output_config.effort" to control thinking behavior.'
        )
    known = {"adaptive": {"type", "display"}, "enabled": {"type", "budget_tokens", "display"}}.get(kind, {"type"})
    yield from unknown_fields(thinking, known, "thinking")
    if "display" in thinking:
        yield from one_of(thinking["display"], ("summarized", "omitted"), "thinking.display")
    if kind == "enabled":
        budget, limit = thinking.get("budget_tokens"), body.get("max_tokens")
        yield from of_type(budget, int, "thinking.enabled.budget_tokens")
        if isinstance(budget, int) and budget < 1024:
            yield Violation("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        if isinstance(budget, int) and isinstance(limit, int) and budget >= limit:
            yield Violation("`max_tokens` must be greater than `thinking.budget_tokens`.")
    effort = section(body, "output_config").get("effort")
    if kind in ("disabled", "between_tools") and effort in ("xhigh", "max"):
        yield Violation(f'output_config.effort: "{effort}" is not supported with "thinking.type.{kind}"')


def _output_config(body: dict[str, Any], model: Model, betas: list[str]) -> Violations:
    config = body["output_config"]
    if not isinstance(config, dict):
        yield Violation("output_config: Input should be a valid dictionary")
        return
    budget = {"task_budget"} if any(beta.startswith("task-budgets-") for beta in betas) else set()
    yield from unknown_fields(config, {"effort", "format"} | budget, "output_config")
    if (effort := config.get("effort")) is not None:
        yield from one_of(effort, EFFORTS, "output_config.effort")
        if effort in EFFORTS and effort not in model.efforts:
            yield Violation(f'output_config.effort: "{effort}" is not supported for this model')
    if (form := config.get("format")) is not None:
        yield from of_type(form, dict, "output_config.format")
        if isinstance(form, dict):
            yield from one_of(form.get("type"), ("json_schema",), "output_config.format.type")
            yield from unknown_fields(form, {"type", "schema"}, "output_config.format")
            if "schema" not in form:
                yield Violation("output_config.format.schema: Field required")
            if any(section(block, "citations").get("enabled") for _, block in prompt_blocks(body)):
                yield Violation("output_config.format: structured output is not supported together with citations")


def _tools(body: dict[str, Any], model: Model, betas: list[str]) -> Violations:
    if not isinstance(body["tools"], list):
        yield Violation("tools: Input should be a valid list")
        return
    names: set[str] = set()
    for index, tool in enumerate(body["tools"]):
        where = f"tools.{index}"
        if not isinstance(tool, dict):
            yield Violation(f"{where}: Input should be a valid dictionary")
            continue
        name = str(tool.get("name", ""))
        if name in names:
            yield Violation("tools: Tool names must be unique.")
        names.add(name)
        if tool.get("type", "custom") != "custom":
            continue
        if not _TOOL_NAME.match(name):
            yield Violation(f"{where}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
        yield from unknown_fields(tool, _TOOL_FIELDS, f"{where}.custom")
        schema = tool.get("input_schema")
        if not isinstance(schema, dict) or schema.get("type") != "object":
            yield Violation(f"{where}.custom.input_schema.type: Input should be 'object'")


def _tool_choice(body: dict[str, Any], model: Model, betas: list[str]) -> Violations:
    choice = body["tool_choice"]
    kind = choice.get("type") if isinstance(choice, dict) else None
    yield from one_of(kind, ("auto", "any", "tool", "none"), "tool_choice.type")
    if isinstance(choice, dict):
        known = {"type"} if kind == "none" else {"type", "disable_parallel_tool_use"}
        known |= {"name"} if kind == "tool" else set()
        yield from unknown_fields(choice, known, "tool_choice")
    if kind in ("any", "tool"):
        if not model.forced_tools:
            yield Violation('tool_choice: type "tool" and "any" are not supported for this model.')
        if section(body, "thinking").get("type") == "enabled":
            yield Violation("Thinking may not be enabled when tool_choice forces tool use.")
        names = [tool.get("name") for tool in _tools_of(body)]
        if kind == "tool" and choice.get("name") not in names:
            yield Violation(f"tool_choice.tool.name: Tool '{choice.get('name')}' not found in provided tools")
    if not body.get("tools"):
        yield Violation("tool_choice may only be specified while providing tools.")


def _tools_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    tools = body.get("tools")
    return [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []


def _check_strict(body: dict[str, Any]) -> Violations:
    schemas: dict[str, Any] = {}
    for index, tool in enumerate(_tools_of(body)):
        if tool.get("strict"):
            schemas[f"tools.{index}.custom.input_schema"] = tool.get("input_schema")
    strict_tools = len(schemas)
    form = section(section(body, "output_config"), "format")
    if "schema" in form:
        schemas["output_config.format.schema"] = form["schema"]
    yield from check_schemas(schemas, strict_tools)


def _stop_sequences(body: dict[str, Any], model: Model, betas: list[str]) -> Violations:
    sequences = body["stop_sequences"]
    if not isinstance(sequences, list) or not all(isinstance(entry, str) for entry in sequences):
        yield Violation("stop_sequences: Input should be a valid list of strings")
    elif not all(entry.strip() for entry in sequences):
        yield Violation("stop_sequences: each stop sequence must contain non-whitespace")


def _metadata(body: dict[str, Any], model: Model, betas: list[str]) -> Violations:
    metadata = body["metadata"]
    yield from of_type(metadata, dict, "metadata")
    if isinstance(metadata, dict):
        yield from unknown_fields(metadata, {"user_id"}, "metadata")
        if metadata.get("user_id") is not None:
            yield from of_type(metadata["user_id"], str, "metadata.user_id")


def _speed(body: dict[str, Any], model: Model, betas: list[str]) -> Violations:
    yield from one_of(body["speed"], ("standard", "fast"), "speed")
    beta = model.fast_beta and any(beta.startswith("fast-mode-") for beta in betas)
    if body["speed"] == "fast" and not (model.fast or beta):
        yield Violation('speed: "fast" is not supported for this model.')


def _diagnostics(body: dict[str, Any], model: Model, betas: list[str]) -> Violations:
    yield from of_type(body["diagnostics"], dict, "diagnostics")
    if isinstance(body["diagnostics"], dict):
        yield from unknown_fields(body["diagnostics"], {"previous_message_id"}, "diagnostics")


_CHECKS: dict[str, Callable[[dict[str, Any], Model, list[str]], Violations]] = {
    "max_tokens": _max_tokens,
    "thinking": _thinking,
    "output_config": _output_config,
    "tools": _tools,
    "tool_choice": _tool_choice,
    "stop_sequences": _stop_sequences,
    "metadata": _metadata,
    "service_tier": lambda body, *_: one_of(body["service_tier"], ("auto", "standard_only"), "service_tier"),
    "speed": _speed,
    "diagnostics": _diagnostics,
    "stream": lambda body, *_: of_type(body["stream"], bool, "stream"),
    "inference_geo": lambda body, *_: of_type(body["inference_geo"], str, "inference_geo"),
}
