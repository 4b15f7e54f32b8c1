"""Checks of strict schemas: what structured output cannot be compiled from, and the sums over a whole request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .violations import Violation, Violations

MAX_STRICT_TOOLS, MAX_OPTIONAL, MAX_UNIONS = 20, 24, 16

_TYPES = {"object", "array", "string", "integer", "number", "boolean", "null"}
_FORMATS = {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
_ANYWHERE = {"title", "description", "$defs", "type", "enum", "const", "anyOf", "allOf", "$ref"}
_OF_TYPE = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems"},
    "string": {"format", "pattern"},
}
_SHAPES = {
    "properties": dict,
    "$defs": dict,
    "required": list,
    "enum": list,
    "anyOf": list,
    "allOf": list,
    "$ref": str,
    "format": str,
    "pattern": str,
}
_BAD_PATTERN = re.compile(r"\\[1-9]|\(\?[=!<]|\\[bB]|\{\d{4,}|\{\d+,\d{4,}\}")


def check_schemas(schemas: dict[str, Any], strict_tools: int) -> Violations:
    """All strict schemas of a request, by where they stand."""
    optional = unions = 0
    for where, schema in schemas.items():
        malformed = list(_malformed(schema, where))
        yield from malformed
        if malformed:
            return
        yield from _check(schema, where)
        yield from _check_references(schema, where)
        for node in nodes(schema):
            optional += len(set(node.get("properties", {})) - set(node.get("required", ())))
            unions += "anyOf" in node or isinstance(node.get("type"), list)
    if strict_tools > MAX_STRICT_TOOLS or optional > MAX_OPTIONAL or unions > MAX_UNIONS:
        yield Violation(
            "Schema is too complex for compilation. "
            f"({strict_tools} strict tools, {optional} optional parameters, {unions} parameters with union types)"
        )


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and all schemas in it."""
    if not isinstance(schema, dict):
        return
    yield schema
    for _, child in _children(schema):
        yield from nodes(child)


def _children(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in ("properties", "$defs"):
        if isinstance(schema.get(name), dict):
            yield from ((f"{name}.{key}", child) for key, child in schema[name].items())
    for name in ("anyOf", "allOf"):
        if isinstance(schema.get(name), list):
            yield from ((f"{name}.{index}", child) for index, child in enumerate(schema[name]))
    if "items" in schema:
        yield "items", schema["items"]


def _malformed(schema: Any, where: str) -> Violations:
    """What is no JSON Schema at all."""
    for node in nodes(schema):
        for name, shape in _SHAPES.items():
            if name in node and not isinstance(node[name], shape):
                yield Violation(f"{where}: {name} must be a JSON {shape.__name__}")
        types = node.get("type", "")
        names = [*(types if isinstance(types, list) else [types]), *_list(node, "required")]
        if not all(isinstance(name, str) for name in names):
            yield Violation(f"{where}: type and required must be strings")


def _list(schema: dict[str, Any], name: str) -> list[Any]:
    value = schema.get(name)
    return value if isinstance(value, list) else []


def _check(schema: Any, where: str) -> Violations:
    if not isinstance(schema, dict):
        yield Violation(f"{where}: a schema must be an object")
        return
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    known = _ANYWHERE.union(*(_OF_TYPE.get(name, set()) for name in types))
    for name in schema:
        if name not in known:
            yield Violation(f"{where}: For {types} type, property '{name}' is not supported")
    if not any(name in schema for name in ("type", "enum", "const", "anyOf", "allOf", "$ref")):
        yield Violation(f"{where}: a schema must have a type")
    for name in types:
        if name not in _TYPES:
            yield Violation(f"{where}: unknown type {name!r}")
    yield from _check_values(schema, types, where)
    for name, child in _children(schema):
        yield from _check(child, f"{where}.{name}")


def _check_values(schema: dict[str, Any], types: list[Any], where: str) -> Violations:
    if "object" in types:
        if schema.get("additionalProperties") is not False:
            yield Violation(f"{where}: For 'object' type, 'additionalProperties' must be explicitly set to false")
        for name in schema.get("required", ()):
            if name not in schema.get("properties", {}):
                yield Violation(f"{where}: required property {name!r} is not defined")
    if "array" in types and "items" not in schema:
        yield Violation(f"{where}: For 'array' type, 'items' is required")
    if schema.get("minItems", 0) not in (0, 1):
        yield Violation(f"{where}: For 'array' type, 'minItems' values other than 0 or 1 are not supported")
    if schema.get("format", "uuid") not in _FORMATS:
        yield Violation(f"{where}: string format {schema['format']!r} is not supported")
    if _BAD_PATTERN.search(str(schema.get("pattern", ""))):
        yield Violation(f"{where}: pattern uses what is not supported: {schema['pattern']}")
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if values is not None and (not values or any(isinstance(value, dict | list) for value in values)):
        yield Violation(f"{where}: enum must be a non-empty list of primitive values")
    for branch in schema.get("allOf", ()):
        if isinstance(branch, dict) and "$ref" in branch:
            yield Violation(f"{where}: allOf with $ref is not supported")


def _check_references(root: Any, where: str) -> Violations:
    definitions = root.get("$defs", {}) if isinstance(root, dict) else {}

    def reaches(schema: Any, on_the_way: tuple[str, ...]) -> Violations:
        for node in nodes({key: value for key, value in schema.items() if key != "$defs"}):
            name = node.get("$ref")
            if name is None:
                continue
            key = str(name).removeprefix("#/$defs/")
            if not str(name).startswith("#/$defs/") or key not in definitions:
                yield Violation(f"{where}: $ref {name!r} is not supported: it must name an entry of $defs")
            elif key in on_the_way:
                yield Violation(f"{where}: recursive schemas are not supported: {name}")
            elif isinstance(definitions[key], dict):
                yield from reaches(definitions[key], (*on_the_way, key))

    if isinstance(root, dict):
        yield from reaches(root, ())
