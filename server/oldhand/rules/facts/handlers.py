"""Functions that a framework calls for a request: which they are, and what their parameters stand for in them.

Told by the text alone: registrations, decorators, the methods of view classes, the signatures of serverless functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oldhand.rules.facts.index import Index
from oldhand.rules.facts.module import bases
from oldhand.rules.facts.parameters import Parameter
from oldhand.rules.facts.shapes import arguments, constant_text
from oldhand.syntax.node import Node

_ROUTE_METHODS = frozenset("get post put patch delete del options head all use param on".split())
_VIEW_CLASS = re.compile(r"(View|ViewSet|ViewSetMixin|APIView|Endpoint|Resource|Consumer|HTTPMethodView)$")
_PATH_CLASS = re.compile(r"(RequestHandler|Handler|MethodView|View|ViewSet|Resource)$")
_VIEW_METHODS = frozenset(
    """get post put patch delete head options dispatch list retrieve create update partial_update destroy
    on_get on_post on_put on_patch on_delete get_queryset""".split()
)
_VIEW_DECORATORS = frozenset(
    """api_view action require_http_methods require_POST require_GET require_safe csrf_exempt login_required
    permission_required view_config never_cache""".split()
)
_ROUTE_DECORATORS = frozenset("route get post put patch delete head options api_route websocket expose".split())
_FIRST = frozenset({"self", "cls"})


def implied_names(parameter: Parameter, index: Index) -> tuple[str, ...]:
    """The framework's usual names for a handler's parameter, whatever it is called there: `req`, `ctx`, `request`."""
    scope = index.scope_of(parameter.node)
    if scope.node is index.root:
        return ()
    place = parameter.position
    if index.language.id == "python":
        first = 1 if scope.parameters and scope.parameters[0].name in _FIRST else 0
        # What has a default is no request.
        is_request = place == first and parameter.default is None and is_view(scope.node, index)
        return ("request",) if is_request else ()
    if place < 0 or place > 2 or not is_registered(scope.node, index):
        return ()
    names = [other.name for other in scope.parameters]
    if names and re.match(r"_?err(or)?$", names[0]):
        place -= 1
    koa = len(names) == 1 or names[1:2] == ["next"]
    name = {0: "ctx" if koa and not parameter.key else "req", 1: "res"}.get(place, "")
    if not name or (koa and place > 0):
        return ()
    return (f"{name}.{parameter.key}",) if parameter.key else (name,)


_PARENTS = frozenset("parent root _ __ obj source _parent _root rootValue _obj _source".split())


def is_resolver_input(parameter: Parameter, index: Index) -> bool:
    """Whether it is what a GraphQL query gives a resolver: the second of `(parent, args, context, info)`."""
    names = [other.name for other in index.scope_of(parameter.node).parameters if other.position < 1]
    if parameter.position != 1 or names[:1] == [] or names[0] not in _PARENTS:
        return False
    later = [other.name for other in index.scope_of(parameter.node).parameters if other.position == 2]
    return parameter.name in {"args", "input"} or any(re.match(r"_?(context|ctx)", name) for name in later)


def is_message(parameter: Parameter, index: Index) -> bool:
    """Whether it is what a listener is given: `req.on("data", chunk => …)`, `socket.on("chat", message => …)`."""
    function = index.scope_of(parameter.node).node
    holder = function.parent
    call = holder.parent if holder is not None and holder.kind == index.shapes.arguments else None
    if parameter.position != 0 or call is None or call.kind != "call_expression":
        return False
    callee = call.child("function")
    return callee is not None and _LISTENS.fullmatch(callee.text) is not None


_LISTENS = re.compile(r"(\w+\.)?(req|request|socket|ws|conn|connection|websocket)\.(on|once|addListener)")


def is_registered(function: Node, index: Index) -> bool:
    """Whether the function stands among the arguments of `app.get("/path", …)`, `router.use(…)` or their like."""
    shapes = index.shapes
    holder = function.parent
    call = holder.parent if holder is not None and holder.kind == shapes.arguments else None
    if call is not None and call.kind in shapes.calls and call.child("arguments") is holder and _wraps(call, index):
        # `app.get("/", asyncHandler(async (req, res) => …))`
        holder = call.parent
        call = holder.parent if holder is not None and holder.kind == shapes.arguments else None
    callee = call.child(shapes.calls[call.kind]) if call is not None and call.kind in shapes.calls else None
    if call is None or callee is None:
        return False
    if callee.text.rsplit(".", 1)[-1] == "createServer":
        return True
    if callee.kind not in shapes.members:
        return False
    base, method = (callee.child(part) for part in shapes.members[callee.kind])
    if base is None or method is None or method.text not in _ROUTE_METHODS:
        return False
    given = arguments(call, shapes).positional
    if given and given[0].kind in shapes.strings and method.text == "on":
        return constant_text(given[0], shapes) == "request"
    if given and given[0].kind in shapes.strings:
        return constant_text(given[0], shapes)[:1] in {"/", "*", ":", ""}
    return method.text == "use" or ".route(" in base.text or (bool(given) and given[0].kind in {"regex", "array"})


def _wraps(call: Node, index: Index) -> bool:
    """Whether a call only wraps a handler: its one argument is the function."""
    return (
        call.kind == "call_expression"
        and len(arguments(call, index.shapes).positional) == 1
        and not ((callee := call.child("function")) is not None and callee.kind in index.shapes.members)
    )


def is_view(function: Node, index: Index) -> bool:
    """Whether a Python function's first argument is a request: a decorated view, or a method of a view class."""
    name = function.child("name")
    if name is not None and name.text in _VIEW_METHODS and any(_VIEW_CLASS.search(base) for base in bases(function)):
        return True
    return any(last in _VIEW_DECORATORS for last, _ in decorators(function, index))


def in_view(member: Node) -> bool:
    """Whether a node is in a Python view class, which keeps what the path says in `self.kwargs`."""
    return any(_VIEW_CLASS.search(base) for base in bases(member))


def path_parameter(parameter: Parameter, index: Index) -> bool:
    """Whether a Python framework takes the parameter from the path or the query of a request."""
    scope = index.scope_of(parameter.node)
    function = scope.node
    if function is index.root or parameter.name in _FIRST:
        return False
    name = function.child("name")
    names = [other.name for other in scope.parameters if other.name not in _FIRST]
    for last, call in decorators(function, index):
        if last in _ROUTE_DECORATORS and (path := _path(call, last, index)) is not None:
            return _named_in(path, parameter.name, last)
        if last == "expose":
            return True
    if name is not None and name.text in _VIEW_METHODS and parameter.name != "request":
        request = "request" in names[:1]
        return any((_VIEW_CLASS if request else _PATH_CLASS).search(base) for base in bases(function))
    if names[:2] == ["event", "context"]:
        return parameter.name == "event"
    if name is not None and re.match(r"(resolve_|mutate$)", name.text) and "info" in names:
        return names.index(parameter.name) > names.index("info") if parameter.name in names else False
    return False


def is_path_segment(parameter: Parameter, index: Index) -> bool:
    """Whether a Python framework fills the parameter with one part of a path, between two slashes."""
    scope = index.scope_of(parameter.node)
    if index.language.id != "python" or scope.node is index.root:
        return False
    for last, call in decorators(scope.node, index):
        path = _path(call, last, index) if last in _ROUTE_DECORATORS else None
        found = re.search(rf"[<{{]\s*(\w+\s*:)?\s*{re.escape(parameter.name)}\s*(:\w+)?\s*[>}}]", path or "")
        if found is not None:
            return "path" not in f"{found[1]}{found[2]}"
    return False


def _path(call: Node | None, decorator: str, index: Index) -> str | None:
    """The path in a route decorator's arguments; None where there is none."""
    if call is None:
        return None
    given = arguments(call, index.shapes)
    path = given.positional[0] if given.positional else given.named.get("path") or given.named.get("rule")
    if path is None or path.kind not in index.shapes.strings:
        return None
    text = constant_text(path, index.shapes)
    return text if decorator == "route" or text[:1] in {"/", "", "<", "{"} else None


def _named_in(path: str, name: str, decorator: str) -> bool:
    """Whether a parameter comes from the request: it stands in the path as text, or the framework reads the query."""
    found = re.search(rf"[<{{]\s*(?:(\w+)(?:\([^)]*\))?\s*:)?\s*{re.escape(name)}\s*(?::(\w+))?[^>}}]*[>}}]", path)
    if found is None:
        # `route` passes what stands in the path alone; `get` and the others pass the query's fields too.
        return decorator not in {"route", "websocket"} and "<" not in path
    return not {found[1], found[2]} & {"int", "float", "uuid", "UUID", "number"}


def decorators(function: Node, index: Index) -> Iterator[tuple[str, Node | None]]:
    """A Python function's decorators: the last name of each, and its call where it has arguments."""
    holder = function.parent
    if holder is None or holder.kind != "decorated_definition":
        return
    for decorator in (child for child in holder.children if child.kind == "decorator"):
        for expression in decorator.named_children[:1]:
            call = expression if expression.kind in index.shapes.calls else None
            target = expression.child("function") if call is not None else expression
            if target is not None:
                yield target.text.rsplit(".", 1)[-1], call
