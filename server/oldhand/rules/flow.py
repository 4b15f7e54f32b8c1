"""Data flow, backwards and on demand: what is the value of this expression, here?

It follows assignments, string building, parameters with the calls of them in the file, and functions of the same
file; it never runs forwards over code that nobody asked about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from oldhand.rules.guards import guarded
from oldhand.rules.index import Definition
from oldhand.rules.module import Declared, Module, UnitFacts, function_name, last_name
from oldhand.rules.name_sets import NameSet
from oldhand.rules.names import Names
from oldhand.rules.parameters import Parameter
from oldhand.rules.shapes import arguments, constant_text
from oldhand.rules.values import (
    CONFIGURED,
    CONSTANT,
    HOLE,
    TAINTED,
    UNKNOWN,
    Origin,
    Value,
    either,
    joined,
    without_text,
)
from oldhand.syntax.node import Node

_MAX_DEPTH = 24
_MAX_STEPS = 20_000

# Calls whose result cannot carry text from outside: numbers, truth values, identifiers of fixed form, digests.
_HARMLESS = NameSet(
    """int float bool len abs round sum hash ord id isinstance hasattr callable range enumerate.index
    decimal.Decimal Decimal uuid.UUID uuid.uuid4 uuid.uuid1 datetime.* time.time time.* *.isoformat *.strftime *.timestamp
    *.count *.index *.find *.hexdigest *.isdigit *.isalnum *.isidentifier *.startswith *.endswith
    Number parseInt parseFloat Boolean BigInt Math.* Date Date.* Date().* *.length *.getTime *.indexOf *.includes
    secrets.* crypto.randomUUID crypto.randomBytes crypto.randomBytes().toString *.digest math.*""".split()
)
# Calls that hand on what they are given, in another form.
_HANDS_ON = NameSet(
    """str bytes bytearray list tuple dict set frozenset sorted reversed iter next zip enumerate map filter repr format
    String Array.from Object.* JSON.parse JSON.stringify json.loads json.dumps Buffer.from decodeURIComponent decodeURI
    encodeURI atob btoa urllib.parse.unquote urllib.parse.unquote_plus unquote base64.* os.path.join path.join
    path.resolve os.path.abspath os.path.normpath os.path.expanduser pathlib.Path Path copy.* *.model_validate
    open io.open gzip.open pathlib.Path().open pathlib.Path().joinpath pathlib.Path().resolve textwrap.dedent dedent typing.cast cast URL URLSearchParams""".split()
)
# What the person who starts the program says.
_LOCAL_INPUT = NameSet("sys.argv process.argv input raw_input sys.stdin.* *.parse_args click.prompt typer.prompt".split())
# Methods of strings and collections: the result is what they are called on.
_OF_RECEIVER = frozenset(
    """strip lstrip rstrip lower upper title capitalize casefold replace split rsplit splitlines partition encode decode
    get pop items values keys copy setdefault getlist get_json json text read readline readlines getvalue first
    trim trimStart trimEnd toString toLowerCase toUpperCase slice substring substr charAt at concat flat map filter
    find join shift toArray valueOf zfill ljust rjust center expandtabs removeprefix removesuffix translate format
    __str__ dict model_dump""".split()
)
_CLEANS = re.compile(
    r"valid|sanit|clean|escap|quote|allow|check|safe|secure|whitelist|slugify|hash|verif|identifier", re.I
)
_TYPES_WITHOUT_TEXT = re.compile(
    r"\b(int|float|bool|Decimal|UUID|UUID4|date|datetime|timedelta|Literal|Enum|number|boolean|bigint|Date|\w+Enum"
    r"|PositiveInt|NonNegativeInt|ObjectId)\b"
)
_TEXT_TYPES = re.compile(r"\b(str|string|Any|any|object|dict|bytes)\b")
_PLACEHOLDERS = re.compile(r"%(\(\w+\))?[-+#0-9.]*[srdifxa]|\{[^{}]*\}")
_UPPER = re.compile(r"_?[A-Z][A-Z0-9_]*$")


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts as coming from outside, and what makes it harmless; shared by the rules that name the same lists.

    `handlers` are the decorators that make a function's parameters come from a request.
    """

    sources: NameSet
    sanitizers: NameSet
    handlers: NameSet


Bindings = Mapping[str, Value]
_NONE: Bindings = {}


class Flow:
    """Values of one unit's expressions under one policy; remembers what it has worked out."""

    def __init__(self, unit: UnitFacts, module: Module, names: Names, policy: Policy) -> None:
        self.unit = unit
        self.index = unit.index
        self.module = module
        self.names = names
        self.policy = policy
        self._memo: dict[int, Value] = {}
        self._busy: set[int] = set()
        self._steps = 0
        self._elsewhere: dict[int, Flow] = {}

    def value(self, node: Node, bindings: Bindings = _NONE) -> Value:
        """The value of an expression; `bindings` gives parameters their values in a call that is followed."""
        key = id(node)
        if not bindings and key in self._memo:
            return self._memo[key]
        self._steps += 1
        if key in self._busy or len(self._busy) > _MAX_DEPTH or self._steps > _MAX_STEPS:
            return CONSTANT if key in self._busy else UNKNOWN
        self._busy.add(key)
        try:
            value = self._value(node, bindings)
        finally:
            self._busy.discard(key)
        if not bindings and not self._busy:
            self._memo[key] = value
        return value

    def _value(self, node: Node, bindings: Bindings) -> Value:
        shapes = self.index.shapes
        kind = node.kind
        if kind in shapes.strings:
            return self._string(node, bindings)
        if kind in shapes.names:
            return self._name(node, bindings)
        if kind in shapes.calls:
            return self._call(node, bindings)
        if kind in shapes.members or kind in shapes.subscripts:
            return self._part(node, bindings)
        if kind in shapes.binaries:
            return self._binary(node, bindings)
        if kind in shapes.conditionals:
            return self._alternatives(node, bindings)
        if kind in shapes.transparent:
            inner = node.child("value") or next(iter(node.named_children), None)
            return self.value(inner, bindings) if inner is not None else CONSTANT
        if kind in shapes.containers:
            return without_text(either(self.value(child, bindings) for child in _elements(node, self)))
        if kind in shapes.comprehensions:
            body = node.child("body")
            return self.value(body, bindings) if body is not None else UNKNOWN
        if kind in shapes.pairs:
            return either(self.value(child, bindings) for child in node.named_children)
        if kind in shapes.spreads:
            return either(self.value(child, bindings) for child in node.named_children)
        if kind in shapes.this:
            return CONFIGURED
        return CONSTANT

    def _string(self, node: Node, bindings: Bindings) -> Value:
        shapes = self.index.shapes
        parts: list[Value] = []
        for child in node.children:
            if child.kind in shapes.string_text:
                parts.append(Value(Origin.CONSTANT, child.text))
            elif child.kind in shapes.interpolations:
                inner = child.child("expression") or next(iter(child.named_children), None)
                if inner is not None:
                    parts.append(self.value(inner, bindings))
            elif child.kind in shapes.strings:
                parts.append(self._string(child, bindings))
        return joined(parts)

    def _binary(self, node: Node, bindings: Bindings) -> Value:
        left, right = node.child("left"), node.child("right")
        operator = node.child("operator")
        if left is None or right is None or operator is None:
            return UNKNOWN
        match operator.kind:
            case "+":
                return joined([self.value(left, bindings), self.value(right, bindings)])
            case "%" if (template := self.value(left, bindings)).text:
                inserted = self.value(right, bindings)
                if inserted.origin is Origin.CONSTANT:
                    return template
                return _filled(template, inserted)
            case "||" | "??" | "&&" | "|":
                return either([self.value(left, bindings), self.value(right, bindings)])
            case "/" if self.index.language.id == "python":
                # A path divided by a name; of numbers nothing untrusted could be made.
                return either(
                    [without_text(self.value(left, bindings)), without_text(self.value(right, bindings))]
                )
            case _:
                return CONSTANT

    def _alternatives(self, node: Node, bindings: Bindings) -> Value:
        branches = node.named_children
        if node.kind == "conditional_expression" and len(branches) == 3:
            branches = [branches[0], branches[2]]
        elif node.kind == "ternary_expression":
            branches = branches[1:]
        return either(self.value(child, bindings) for child in branches)

    def _part(self, node: Node, bindings: Bindings) -> Value:
        """A member or an element."""
        shapes = self.index.shapes
        names = self.names.of(node)
        if self._is_source(names):
            return TAINTED
        if _LOCAL_INPUT.matches(names):
            return UNKNOWN
        fields = shapes.members.get(node.kind) or shapes.subscripts[node.kind]
        base = node.child(fields[0])
        if base is None:
            return UNKNOWN
        if base.text in {"self", "this", "cls"} and node.kind in shapes.members:
            return self._own_field(node, bindings)
        if node.kind in shapes.members:
            part = node.child(fields[1])
            if part is not None and (part.text in {"length", "size"} or _UPPER.match(part.text)):
                return CONSTANT if part.text in {"length", "size"} else CONFIGURED
            if base.kind in shapes.names and self._is_imported(base):
                return CONFIGURED
        found = self.value(base, bindings)
        if found.origin is Origin.UNKNOWN and any(name.split(".")[-1].startswith("_") for name in names):
            # `_meta.db_table`, `__tablename__`, `_schema`: the code's own structure.
            return CONFIGURED
        return without_text(found)

    def _own_field(self, node: Node, bindings: Bindings) -> Value:
        name = node.text
        local = self.names.reaching(name, node)
        if local:
            return either(self._definition(definition, bindings) for definition in local)
        attribute = name.partition(".")[2]
        declared = self.module.declared(f"{self.index.owner}.{attribute}") if self.index.owner else []
        values = [self._declared(found) for found in declared if found.definition is not None]
        if not values:
            return CONFIGURED
        found = either(values)
        # What the constructor was given is the choice of whoever wires the program up.
        return CONFIGURED if found.origin is Origin.UNKNOWN else found

    def _name(self, node: Node, bindings: Bindings) -> Value:
        name = node.text
        definitions = self.names.reaching(name, node)
        if definitions:
            found = self._combined(definitions, node, bindings)
        elif (parameter := self.names.parameter(name, node)) is not None:
            found = bindings[name] if name in bindings else self._parameter(parameter)
        elif self.module.imported(name, self.unit) is not None:
            return TAINTED if self._is_source(self.names.of(node)) else CONFIGURED
        else:
            declared = [found for found in self.module.declared(name) if found.definition is not None]
            if declared:
                found = either(self._declared(one) for one in declared)
            elif _UPPER.match(name) or self.module.declared(name):
                found = CONFIGURED
            else:
                found = UNKNOWN
        if found.origin >= Origin.UNKNOWN and guarded(node, self.index):
            return Value(Origin.CONSTANT, found.text)
        return found

    def _combined(self, definitions: list[Definition], use: Node, bindings: Bindings) -> Value:
        """What several definitions, the latest first, make of a name."""
        whole = [
            self._definition(found, bindings)
            for found in definitions
            if found.how not in {"augment", "mutate"}
        ]
        added = [
            self._definition(found, bindings)
            for found in reversed(definitions)
            if found.how in {"augment", "mutate"}
        ]
        start = either(whole)
        parameter = self.names.parameter(use.text, use)
        if not whole and parameter is not None:
            start = bindings[use.text] if use.text in bindings else self._parameter(parameter)
        return joined([start, *added]) if added else start

    def _definition(self, definition: Definition, bindings: Bindings) -> Value:
        value = self.value(definition.value, bindings)
        match definition.how:
            case "assign" | "augment" | "mutate":
                return value
            case "field":
                names = tuple(f"{name}.{definition.key}" for name in self.names.of(definition.value))
                return TAINTED if self._is_source(names) else without_text(value)
            case "element":
                # The positions of a list, the keys of a literal: constant where the whole is.
                return without_text(value)
            case _:
                return without_text(value)

    def _declared(self, declared: Declared) -> Value:
        if declared.definition is None:
            return UNKNOWN
        flow = self._at(declared.index)
        return flow._definition(declared.definition, _NONE) if flow is not None else UNKNOWN

    def _at(self, index: object) -> Flow | None:
        """The flow of another unit of the file, sharing this one's limits."""
        if index is self.index:
            return self
        unit = next((unit for unit in self.module.units if unit.index is index), None)
        if unit is None or len(self._busy) >= _MAX_DEPTH:
            return None
        flow = self._elsewhere.get(id(unit))
        if flow is None:
            flow = Flow(unit, self.module, Names(unit, self.module), self.policy)
            flow._elsewhere = self._elsewhere
            self._elsewhere[id(unit)] = flow
        # The same set: a chain through several units ends like one within a unit.
        flow._busy = self._busy
        return flow

    def _parameter(self, parameter: Parameter) -> Value:
        annotation = parameter.annotation.text if parameter.annotation is not None else ""
        if annotation and _TYPES_WITHOUT_TEXT.search(annotation) and not _TEXT_TYPES.search(annotation):
            return CONSTANT
        if self._from_request(parameter):
            return TAINTED
        scope = self.index.scope_of(parameter.node)
        calls = self._calls_of(scope.node, parameter)
        if calls:
            found = either(calls)
            outer = self.index.outer(scope)
            local = function_name(scope.node).startswith("_") or (outer is not None and outer.node is not self.index.root)
            # Of a function that other files can call, the calls in this one tell only the worst.
            if local or found.origin is Origin.TAINTED:
                return found
        if parameter.name in {"self", "cls"}:
            return CONFIGURED
        return UNKNOWN

    def _calls_of(self, function: Node, parameter: Parameter) -> list[Value]:
        """What the file's own calls give a parameter; empty where there are none or they cannot be told."""
        name = function_name(function)
        if not name or len(self._busy) > _MAX_DEPTH // 2:
            return []
        method = bool(self.index.owner) and self.index.language.id == "python"
        values: list[Value] = []
        for unit, call in self.module.callers(name):
            flow = self._at(unit.index)
            given = arguments(call, unit.index.shapes)
            if flow is None or given.spread:
                return []
            place = parameter.position - (1 if method else 0)
            argument = given.named.get(parameter.name)
            if argument is None and 0 <= place < len(given.positional):
                argument = given.positional[place]
            if argument is not None:
                values.append(flow.value(argument))
            elif parameter.default is not None:
                values.append(self.value(parameter.default))
            else:
                return []
        return values

    def _from_request(self, parameter: Parameter) -> bool:
        """Whether a framework fills the parameter from a request."""
        if any(re.match(r"@(Body|Query|Param|Headers|Cookies?)\b", text) for text in parameter.decorators):
            return True
        default = parameter.default.text if parameter.default is not None else ""
        annotation = parameter.annotation.text if parameter.annotation is not None else ""
        if re.match(r"(fastapi\.)?(Query|Path|Body|Form|Header|Cookie)\(", default):
            return True
        function = self.index.scope_of(parameter.node).node
        wrapper = function.parent
        if wrapper is None or wrapper.kind != "decorated_definition":
            return False
        if "Depends(" in default or "Depends(" in annotation or parameter.name in {"self", "cls", "request"}:
            return False
        if (
            annotation
            and not _TEXT_TYPES.search(annotation)
            and not re.search(
                r"(In|Create|Update|Request|Body|Payload|Dto|Schema|Form|Params?)\b", annotation
            )
        ):
            return False
        for decorator in wrapper.named_children:
            call = next(iter(decorator.named_children), None) if decorator.kind == "decorator" else None
            if call is not None and call.kind in self.index.shapes.calls:
                if self.policy.handlers.matches(self.names.callee(call)):
                    given = arguments(call, self.index.shapes).positional
                    return bool(given) and constant_text(given[0], self.index.shapes).startswith("/")
        return False

    def _call(self, node: Node, bindings: Bindings) -> Value:
        names = self.names.callee(node)
        if self._is_source(names) or self._is_source(self.names.of(node)):
            return TAINTED
        if _LOCAL_INPUT.matches(names):
            return UNKNOWN
        if self.policy.sanitizers.matches(names) or _HARMLESS.matches(names):
            return CONSTANT
        given = arguments(node, self.index.shapes)
        values = [self.value(argument, bindings) for argument in (*given.positional, *given.named.values())]
        method = last_name(node, self.index)
        target = node.child(self.index.shapes.calls[node.kind])
        if target is not None and target.kind in self.index.shapes.members:
            base = target.child(self.index.shapes.members[target.kind][0])
            if base is not None:
                return self._method(method, base, names, values, bindings, node)
        return self._function(method, names, values, node, bindings)

    def _method(
        self,
        method: str,
        base: Node,
        names: tuple[str, ...],
        values: list[Value],
        bindings: Bindings,
        node: Node,
    ) -> Value:
        receiver = self.value(base, bindings)
        if method == "format" and receiver.text:
            inserted = either(values)
            if inserted.origin is Origin.CONSTANT:
                return receiver
            return _filled(receiver, inserted)
        if method == "join" and values:
            inner = either(values)
            return Value(max(receiver.origin, inner.origin), inner.text, inner.built)
        if method in {"concat", "replace"} and values:
            return joined([receiver, *values])
        if method == "format" and values and names[:1] == ("util.format",):
            return Value(max(value.origin for value in values), values[0].text, either(values).origin > Origin.CONSTANT)
        if _HANDS_ON.matches(names):
            return either(values)
        if method in _OF_RECEIVER:
            return (
                receiver
                if method in {"strip", "trim", "toString", "lower", "upper"}
                else without_text(receiver)
            )
        if base.text in {"self", "this", "cls"}:
            return self._function(method, names, values, node, bindings)
        if receiver.origin is Origin.TAINTED and not _CLEANS.search(method):
            return TAINTED
        return self._unknown_call(method, names, values)

    def _function(
        self, name: str, names: tuple[str, ...], values: list[Value], node: Node, bindings: Bindings
    ) -> Value:
        if _HANDS_ON.matches(names):
            return either(values)
        key = f"{self.index.owner}.{name}" if "." in node.text.split("(")[0] and self.index.owner else name
        functions = (
            [found for found in self.module.declared(key) if found.function is not None] if name else []
        )
        if functions and not (_CLEANS.search(name) and either(values).origin is Origin.UNKNOWN):
            return either(self._returned(found, node, bindings) for found in functions)
        return self._unknown_call(name, names, values)

    def _unknown_call(self, name: str, names: tuple[str, ...], values: list[Value]) -> Value:
        """A function that is not in this file: hands on what is tainted, unless its name says that it cleans."""
        if _CLEANS.search(name):
            return CONSTANT
        return TAINTED if any(value.origin is Origin.TAINTED for value in values) else UNKNOWN

    def _returned(self, declared: Declared, call: Node, bindings: Bindings) -> Value:
        """What a function of this file returns for the arguments of this call."""
        flow = self._at(declared.index)
        function = declared.function
        if flow is None or function is None or len(self._busy) > _MAX_DEPTH // 2:
            return UNKNOWN
        given = arguments(call, self.index.shapes)
        bound: dict[str, Value] = {}
        scope = flow.index.scopes[id(function)]
        skip = 1 if scope.parameters and scope.parameters[0].name in {"self", "cls"} else 0
        for parameter in scope.parameters[skip:]:
            argument = given.named.get(parameter.name)
            if argument is None and 0 <= parameter.position - skip < len(given.positional):
                argument = given.positional[parameter.position - skip]
            if argument is not None:
                bound[parameter.name] = self.value(argument, bindings)
        results = [
            flow.value(child, bound)
            for statement in flow.index.of(flow.index.shapes.returns)
            if flow.index.scope_of(statement) is scope
            for child in statement.named_children
        ]
        body = function.child("body")
        if body is not None and body.kind not in flow.index.shapes.blocks:
            results.append(flow.value(body, bound))
        return either(results) if results else UNKNOWN

    def _is_source(self, names: tuple[str, ...]) -> bool:
        return self.policy.sources.matches(names) is not None

    def _is_imported(self, node: Node) -> bool:
        return (
            not self.names.reaching(node.text, node)
            and self.names.parameter(node.text, node) is None
            and self.module.imported(node.text, self.unit) is not None
        )


def _filled(template: Value, inserted: Value) -> Value:
    """A template's text with something put in where its own place-holders stand."""
    text = _PLACEHOLDERS.sub(HOLE, template.text)
    lead = inserted.origin if text.startswith(HOLE) else template.leading
    return Value(max(template.origin, inserted.origin), text, True, lead)


def _elements(container: Node, flow: Flow) -> list[Node]:
    """The values in a literal; of pairs the value alone."""
    shapes = flow.index.shapes
    found: list[Node] = []
    for child in container.named_children:
        if child.kind in shapes.pairs:
            value = child.child(shapes.pairs[child.kind][1])
            if value is not None:
                found.append(value)
        elif child.kind != "comment":
            found.append(child)
    return found
