"""Values of parameters: filled by a framework from a request, given by the file's own calls, or unknown."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from oldhand.rules.facts.handlers import is_message, is_path_segment, is_registered, is_resolver_input, path_parameter
from oldhand.rules.facts.module import function_name
from oldhand.rules.facts.parameters import Parameter
from oldhand.rules.facts.shapes import arguments
from oldhand.rules.facts.values import CONFIGURED, CONSTANT, TAINTED, UNKNOWN, Origin, Value, either, without_text
from oldhand.rules.flow.calls import MAX_CALL_DEPTH
from oldhand.rules.flow.known import TEXT_TYPES, TYPES_WITHOUT_TEXT
from oldhand.syntax.node import Node

if TYPE_CHECKING:
    from oldhand.rules.flow.flow import Flow

_FILLED_BY_DECORATOR = re.compile(r"@(Body|Query|Param|Headers|Cookies?|Args|UploadedFiles?|MessageBody|Payload)\b")
_FILLED_BY_DEFAULT = re.compile(r"(?:\b|fastapi\.|params\.)(Query|Path|Body|Form|Header|Cookie|File)\(")
_BODY_TYPE = re.compile(r"(In|Create|Update|Request|Body|Payload|Dto|DTO|Schema|Form|Params?|Input)\b")
_NOT_FILLED = frozenset({"self", "cls", "request", "req", "response", "websocket", "background_tasks"})
# Array methods and promises, whose callback gets what they are called on.
_PASSES_RECEIVER = frozenset("forEach map flatMap filter find some every then reduce".split())


def parameter_value(flow: Flow, parameter: Parameter) -> Value:
    """The value of a parameter that nobody has bound."""
    annotation = parameter.annotation.text if parameter.annotation is not None else ""
    if annotation and TYPES_WITHOUT_TEXT.search(annotation) and not TEXT_TYPES.search(annotation):
        return CONSTANT
    if from_request(flow, parameter):
        return replace(TAINTED, segment=is_path_segment(parameter, flow.index))
    if parameter.name in {"self", "cls"}:
        return CONFIGURED
    scope = flow.index.scope_of(parameter.node)
    passed = _passed_by_receiver(flow, scope.node, parameter)
    if passed is not None:
        return passed
    calls = _calls_of(flow, scope.node, parameter)
    if calls:
        found = either(calls)
        outer = flow.index.outer(scope)
        local = function_name(scope.node).startswith("_") or (outer is not None and outer.node is not flow.index.root)
        # Of a function that other files can call, the calls in this one tell only the worst.
        if local or found.origin is Origin.TAINTED:
            return found
    return UNKNOWN


def from_request(flow: Flow, parameter: Parameter) -> bool:
    """Whether a framework fills the parameter from a request."""
    if any(_FILLED_BY_DECORATOR.match(text) for text in parameter.decorators):
        return True
    default = parameter.default.text if parameter.default is not None else ""
    annotation = parameter.annotation.text if parameter.annotation is not None else ""
    if _FILLED_BY_DEFAULT.match(default) or _FILLED_BY_DEFAULT.search(annotation):
        return True
    if flow.index.language.id != "python":
        return (
            _of_serverless(flow, parameter)
            or is_resolver_input(parameter, flow.index)
            or is_message(parameter, flow.index)
        )
    if parameter.name in _NOT_FILLED or "Depends(" in default or "Depends(" in annotation:
        return False
    if annotation and not (
        TEXT_TYPES.search(annotation)
        or _BODY_TYPE.search(annotation)
        or any(base in _MODELS for base in flow.module.bases(annotation))
    ):
        return False
    return path_parameter(parameter, flow.index) or _of_view(flow, parameter)


_MODELS = frozenset({"BaseModel", "SQLModel", "Schema", "Struct"})
_ANSWERS = re.compile(r"return\s+(render|redirect|\w*Response\w*|HttpResponse\w*|JsonResponse)\(")


def _of_view(flow: Flow, parameter: Parameter) -> bool:
    """Whether a Django view gets it from the path: `def show(request, name): … return HttpResponse(…)`."""
    scope = flow.index.scope_of(parameter.node)
    names = [other.name for other in scope.parameters]
    outer = flow.index.outer(scope)
    if names[:1] != ["request"] or outer is None or outer.node is not flow.index.root or flow.index.owner:
        return False
    written = scope.node.child("parameters")
    if written is not None and "**" in written.text:
        # What takes any options is a helper: a path names its parts.
        return False
    return _ANSWERS.search(scope.node.text) is not None and not flow.module.callers(function_name(scope.node))


def _of_serverless(flow: Flow, parameter: Parameter) -> bool:
    """Whether it is the event of a serverless function: `exports.handler = async (event, context) => …`."""
    if parameter.name != "event" or parameter.position != 0:
        return False
    scope = flow.index.scope_of(parameter.node)
    names = [other.name for other in scope.parameters]
    if names[1:2] == ["context"]:
        return True
    holder = scope.node.parent
    return holder is not None and re.match(r"(module\.)?exports\.\w*[hH]andler|handler\b", holder.text) is not None


def _passed_by_receiver(flow: Flow, function: Node, parameter: Parameter) -> Value | None:
    """What `items.map(item => …)` and `promise.then(data => …)` give their callback; None for other functions."""
    shapes = flow.index.shapes
    holder = function.parent
    call = holder.parent if holder is not None and holder.kind == shapes.arguments else None
    if parameter.position != 0 or call is None or call.kind != "call_expression" or is_registered(function, flow.index):
        return None
    target = call.child("function")
    if target is None or target.kind not in shapes.members:
        return None
    base, method = (target.child(part) for part in shapes.members[target.kind])
    if base is None or method is None or method.text not in _PASSES_RECEIVER:
        return None
    return without_text(flow.value(base))


def _calls_of(flow: Flow, function: Node, parameter: Parameter) -> list[Value]:
    """What the file's own calls give a parameter; empty where there are none or they cannot be told."""
    name = function_name(function)
    if not name or flow.depth > MAX_CALL_DEPTH:
        flow.search.cuts += 1
        return []
    method = bool(flow.index.owner) and flow.index.language.id == "python"
    values: list[Value] = []
    for unit, call in flow.module.callers(name):
        there = flow.at(unit.index)
        given = arguments(call, unit.index.shapes)
        if there is None or given.spread:
            return []
        place = parameter.position - (1 if method else 0)
        argument = given.named.get(parameter.name)
        if argument is None and 0 <= place < len(given.positional):
            argument = given.positional[place]
        if argument is not None:
            values.append(there.value(argument))
        elif parameter.default is not None:
            values.append(flow.value(parameter.default))
        else:
            return []
    return values
