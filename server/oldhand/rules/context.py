"""What rules of ours may ask while a unit is checked: names, values, the functions and loops around a node."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from oldhand.findings import Confidence, Severity
from oldhand.rules.facts.handlers import is_registered, is_view
from oldhand.rules.facts.index import Index
from oldhand.rules.facts.module import Module, UnitFacts, function_name, last_name
from oldhand.rules.facts.names import Names
from oldhand.rules.facts.parameters import Parameter
from oldhand.rules.facts.shapes import arguments, constant_text
from oldhand.rules.flow import Flow, Policy
from oldhand.rules.name_sets import NameSet
from oldhand.syntax.node import Node
from oldhand.text.ranges import TextRange

T = TypeVar("T")

# How Express, Fastify and their kin name what a handler gets, and the names of Next's route handlers.
_FIRST = (["req", "res"], ["_req", "res"], ["request", "response"], ["request", "reply"], ["req", "reply"])
_VERBS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
# Array methods that call their argument for every element.
_EACH = frozenset({"forEach", "map", "flatMap", "filter", "reduce", "some", "every", "find"})


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A rule's hit in a unit, in the unit's offsets.

    `values` fill the `$NAME`s of the rule's texts. `node` is what a fix works on; `captures` are nodes by name.
    `severity` and `confidence` are the rule's own where None.
    """

    node: Node
    range: TextRange
    values: Mapping[str, str] = field(default_factory=dict)
    severity: Severity | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop around a node, with the names that differ each time round and what it runs over."""

    node: Node
    variables: frozenset[str]
    over: Node | None


class Context:
    """One unit of a file as rules see it."""

    def __init__(self, unit: UnitFacts, module: Module, policy: Policy) -> None:
        self.unit = unit
        self.module = module
        self.policy = policy
        self.names = Names(unit, module)
        self._flows: dict[int, Flow] = {}
        self._answers: dict[tuple[int, int], object] = {}

    @property
    def index(self) -> Index:
        """The unit's index."""
        return self.unit.index

    def flow(self, policy: Policy | None = None) -> Flow:
        """Values under a policy; that of the catalog's own lists where none is given."""
        policy = policy or self.policy
        flow = self._flows.get(id(policy))
        if flow is None:
            flow = self._flows[id(policy)] = Flow(self.unit, self.module, self.names, policy)
        return flow

    def answer(self, question: object, subject: object, find: Callable[[], T]) -> T:
        """What `find` says, kept for when the same is asked of the same subject again: several rules ask alike."""
        key = (id(question), id(subject))
        if key not in self._answers:
            self._answers[key] = find()
        return cast("T", self._answers[key])

    def imports(self, wanted: NameSet) -> bool:
        """Whether the file imports one of these."""
        return self.answer(Context.imports, wanted, lambda: wanted.matches(self.module.imported_modules()) is not None)

    @cached_property
    def _calls_by_name(self) -> dict[str, dict[int, Node]]:
        """Call nodes by the last name of what they call, as written and as resolved."""
        found: dict[str, dict[int, Node]] = {}
        for name, calls in self.unit.called.items():
            found.setdefault(name, {}).update((id(call), call) for call in calls)
            for call in calls:
                target = call.child(self.index.shapes.calls[call.kind])
                # Only a plain name can hide another one (an alias, an import under a new name), or `getattr(…)`.
                if target is not None and (
                    target.kind in self.index.shapes.names or target.kind in self.index.shapes.calls
                ):
                    for dotted in self.names.of(target):
                        last = dotted.rsplit(".", 1)[-1]
                        if last != name:
                            found.setdefault(last, {})[id(call)] = call
        return found

    def call_names(self) -> Iterable[str]:
        """The last names that the unit's callees may have."""
        return self._calls_by_name.keys()

    def calls_named(self, last_names: frozenset[str] | None) -> list[Node]:
        """The unit's calls whose callee may have one of these last names, in text order; None asks for all calls."""
        if last_names is None:
            return sorted(self.index.calls, key=lambda call: call.start)
        by_name = self._calls_by_name
        wanted: dict[int, Node] = {}
        for name in last_names & by_name.keys():
            wanted.update(by_name[name])
        return sorted(wanted.values(), key=lambda call: call.start)

    def function(self, node: Node) -> Node | None:
        """The innermost function around a node; None at the file's or class's own level."""
        scope = self.index.scope_of(node)
        return None if scope.node is self.index.root else scope.node

    def decorators(self, function: Node) -> list[Node]:
        """The expressions of a function's decorators."""
        holder = function.parent
        if holder is not None and holder.kind == "decorated_definition":
            found = [child for child in holder.children if child.kind == "decorator"]
        else:
            found = []
            before = function.previous()
            while before is not None and before.kind == "decorator":
                found.append(before)
                before = before.previous()
        return [child for decorator in found for child in decorator.named_children[:1]]

    def is_handler(self, function: Node) -> bool:
        """Whether a framework calls the function for a request: by its decorators, its registration, its parameters."""
        shapes = self.index.shapes
        for decorator in self.decorators(function):
            names = self.names.callee(decorator) if decorator.kind in shapes.calls else self.names.of(decorator)
            if self.policy.handlers.matches(names):
                return True
        parameters = self.index.scopes[id(function)].parameters
        if self._is_registered(function):
            return True
        first = [parameter.name for parameter in parameters if parameter.name not in {"self", "cls"}][:2]
        if self.index.language.id == "python":
            return first[:1] == ["request"] or is_view(function, self.index)
        if function_name(function) in _VERBS and first[:1] in (["request"], ["req"], ["_request"], ["_req"], ["_"]):
            return True
        return first[:2] in _FIRST or is_registered(function, self.index)

    def _is_registered(self, function: Node) -> bool:
        """Whether the function is an argument of `app.get("/path", …)` or its like."""
        holder = function.parent
        call = holder.parent if holder is not None and holder.kind == self.index.shapes.arguments else None
        if call is None or call.kind not in self.index.shapes.calls:
            return False
        given = arguments(call, self.index.shapes).positional
        if not given or given[0].kind not in self.index.shapes.strings:
            return False
        path = constant_text(given[0], self.index.shapes)
        return path.startswith("/") and self.policy.handlers.matches(self.names.callee(call)) is not None

    def loops(self, node: Node) -> Iterator[Loop]:
        """The loops around a node within its function, nearest first; callbacks of array methods count."""
        shapes = self.index.shapes
        inner = node
        for ancestor in node.ancestors():
            if ancestor.kind in shapes.loops:
                target, over = (ancestor.child(part) if part else None for part in shapes.loops[ancestor.kind])
                # What a loop runs over is evaluated once.
                if inner is not over and inner is not target:
                    yield Loop(ancestor, _names(target), over)
            elif ancestor.kind in shapes.comprehensions:
                for clause in ancestor.named_children:
                    if clause.kind == "for_in_clause" and clause is not inner:
                        yield Loop(clause, _names(clause.child("left")), clause.child("right"))
            elif ancestor.kind in self.index.language.functions:
                each = self._each_call(ancestor)
                if each is None:
                    return
                variables = frozenset(p.name for p in self.index.scopes[id(ancestor)].parameters)
                target = each.child("function")
                over = target.child("object") if target is not None else None
                yield Loop(ancestor, variables, over)
            inner = ancestor

    def _each_call(self, function: Node) -> Node | None:
        holder = function.parent
        call = holder.parent if holder is not None and holder.kind == self.index.shapes.arguments else None
        if call is None or call.kind != "call_expression" or last_name(call, self.index) not in _EACH:
            return None
        return call

    def parameter_of(self, function: Node, name: str) -> Parameter | None:
        """A function's parameter by name."""
        return next((p for p in self.index.scopes[id(function)].parameters if p.name == name), None)


def _names(target: Node | None) -> frozenset[str]:
    if target is None:
        return frozenset()
    return frozenset(re.findall(r"[^\W\d]\w*", target.text)) - {"const", "let", "var", "await", "of", "in"}
