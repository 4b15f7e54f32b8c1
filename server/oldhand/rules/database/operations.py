"""The database operations of a unit as values: what each call does to which model, with which values.

What counts as an operation is data (the catalog's `db-…` lists); what becomes of a result is in `database.results`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from oldhand.rules.context import Context
from oldhand.rules.database.chains import Link, chain, continued, plain, receiver
from oldhand.rules.database.patterns import Kind, OperationPatterns, Recognized, fits
from oldhand.rules.database.sql_text import SqlOperation, read_sql
from oldhand.rules.database.statement_text import statement_text
from oldhand.rules.facts.module import last_name
from oldhand.rules.facts.shapes import arguments, constant_text
from oldhand.syntax.node import Node


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation: what `call` does to the rows of `model` ("" where nothing names it).

    `row` is the object that is written or whose method `call` is, `made` the constructor's call where that object is a
    new one, and `sql` what the statement says where the operation is one of SQL.
    """

    kind: Kind
    call: Node
    model: str
    row: Node | None = None
    made: Node | None = None
    sql: SqlOperation | None = None

    @property
    def table(self) -> str:
        """The model's name for comparisons: `User` and `user`, from `userRepository`, are the same."""
        return self.model.lower()

    @property
    def writes(self) -> bool:
        """Whether it changes rows."""
        return self.kind in _WRITES


_AWAITS = frozenset(
    {"await_expression", "yield_expression", "return_statement", "arrow_function", "expression_statement", "array"}
)
_TABLE_MAKERS = frozenset({"getRepository", "getCustomRepository", "getCollection", "collection", "model"})
_BETWEEN = frozenset({"parenthesized_expression", "binary_expression", "ternary_expression", "as_expression"})
_COLLECTS = re.compile(r"^Promise\.|\.push$")
_OF_MODEL = re.compile(
    r"(?<=.)(?:Repository|Repo|Collection|Model|Serializer|_repository|_repo|_collection|_model)_?\Z"
)
_WRITES = frozenset({Kind.CREATE, Kind.UPDATE, Kind.DELETE, Kind.UPSERT, Kind.SAVE})

_WRITTEN = re.compile(r"[\w$.]+\Z")

_found: WeakKeyDictionary[Context, dict[int, list[Operation]]] = WeakKeyDictionary()


def operations(context: Context, patterns: OperationPatterns) -> list[Operation]:
    """The operations of the unit, in the order in which they are made."""
    known = _found.setdefault(context, {})
    if id(patterns) not in known:
        known[id(patterns)] = _Finder(context, patterns).find()
    return known[id(patterns)]


class _Finder:
    def __init__(self, context: Context, patterns: OperationPatterns) -> None:
        self.context = context
        self.names = context.names
        self.shapes = context.index.shapes
        self.patterns = patterns

    def find(self) -> list[Operation]:
        found: list[Operation] = []
        for call in self.context.index.calls:
            if self.patterns.may_match(last_name(call, self.context.index)):
                found.extend(self.of_call(call))
        whole = {id(operation.call) for operation in found}
        # `.filter(…)` and `.first()` of one expression are one operation, the last.
        found = [
            operation
            for operation in found
            if not any(id(later) in whole for later in continued(operation.call, self.names))
        ]
        return sorted(found, key=lambda operation: operation.call.end)

    def of_call(self, call: Node) -> list[Operation]:
        for recognized in self.patterns.recognize(self.callee(call)):
            kind = recognized.pattern.kind
            if recognized.pattern.needs and recognized.pattern.needs not in arguments(call, self.shapes).named:
                continue
            if kind is Kind.BUILD:
                if not self.awaited(call):
                    return []
                continue
            if kind in _WRITES and not self.awaited(call):
                continue
            made = list(self.operation(call, recognized))
            if made:
                return made
        return []

    def callee(self, call: Node) -> tuple[str, ...]:
        """The names of what is called, as written first: an imported module's file name would be no model's."""
        target = call.child(self.shapes.calls[call.kind])
        written = target.text.replace("?.", ".").replace("!.", ".") if target is not None else ""
        names = self.names.callee(call)
        return (written, *names) if _WRITTEN.match(written) else names

    def operation(self, call: Node, recognized: Recognized) -> Iterator[Operation]:
        pattern = recognized.pattern
        if pattern.argument == "statement":
            yield from self.statement(call)
        elif pattern.argument == "object":
            given = arguments(call, self.shapes).positional
            # `save(User, user)`
            for written in given[1 if len(given) > 1 and _is_class(given[0].text) else 0 :][:1]:
                for row in self.elements(written):
                    yield from self.written(pattern.kind, call, row)
        elif pattern.on_object:
            base = receiver(call, self.names)
            if base is not None:
                yield from self.written(pattern.kind, call, base)
        else:
            model = self.model(call, recognized)
            if model and fits(pattern.argument, model):
                yield Operation(pattern.kind, call, _OF_MODEL.sub("", model))

    def model(self, call: Node, recognized: Recognized) -> str:
        """What the pattern says that the model is, or else what the method is called on."""
        if recognized.pattern.argument:
            return self.model_in(call, recognized.pattern.of)
        base = receiver(call, self.names)
        if base is None:
            return recognized.model
        if recognized.model and not recognized.model.endswith("[]"):
            return self.made_for(base) or recognized.model
        return self.made_for(base) or label(base, self.context) or recognized.model

    def statement(self, call: Node) -> Iterator[Operation]:
        """What the SQL that is handed to a call does."""
        given = arguments(call, self.shapes).positional
        text = statement_text(given[0], self.context) if given else ""
        sql = read_sql(text) if text else None
        if sql is not None:
            yield Operation(sql.kind, call, sql.table, sql=sql)

    def written(self, kind: Kind, call: Node, row: Node) -> Iterator[Operation]:
        """What writing an object does: it creates a row where the object is, or may be, a new one."""
        constructors = list(self.constructors(row))
        for made in constructors:
            yield Operation(Kind.CREATE, call, _OF_MODEL.sub("", self.model_of_constructor(made)), row, made)
        if not constructors:
            yield Operation(kind, call, "", row)

    def constructors(self, row: Node) -> Iterator[Node]:
        """The calls that make the object: `row` itself, or what its variable may hold."""
        row = plain(row, self.names)
        values = [row]
        if row.kind in self.shapes.names:
            values = [found.value for found in self.names.reaching(row.text, row) if found.how == "assign"]
        for value in values:
            for choice in self.choices(plain(value, self.names)):
                if choice.kind in self.shapes.calls and self.is_constructor(choice):
                    yield choice

    def choices(self, value: Node) -> list[Node]:
        """The alternatives of `found or User(…)`, or the value itself."""
        if value.kind in self.shapes.conditionals or value.kind == "binary_expression":
            return [plain(child, self.names) for child in value.named_children]
        return [value]

    def is_constructor(self, call: Node) -> bool:
        if self.context.index.language.id != "python":
            return call.kind == "new_expression" or self.builds(call)
        name = last_name(call, self.context.index)
        given = arguments(call, self.shapes)
        # A serializer of Django REST framework that is given an object changes that.
        return _is_class(name) and not (name.endswith("Serializer") and (given.positional or "instance" in given.named))

    def builds(self, call: Node) -> bool:
        return self.patterns.may_match(last_name(call, self.context.index)) and any(
            recognized.pattern.kind is Kind.BUILD for recognized in self.patterns.recognize(self.callee(call))
        )

    def model_of_constructor(self, call: Node) -> str:
        if self.builds(call):
            given = arguments(call, self.shapes).positional
            if given and _is_class(given[0].text):
                return given[0].text
            base = receiver(call, self.names)
            return self.made_for(base) or label(base, self.context) if base is not None else ""
        return last_name(call, self.context.index)

    def model_in(self, call: Node, of: str) -> str:
        """The model that the first argument of the chain's call `of` names."""
        for link in (*chain(call, self.names), *self.following(call)):
            if link.call is None or link.name not in {of, "select_from", "from"}:
                continue
            given = arguments(link.call, self.shapes).positional
            if given and (model := label(given[0], self.context)):
                return model
        return ""

    def made_for(self, base: Node) -> str:
        """The model that a repository or collection was made for: `getRepository(User)`, `db.collection("users")`."""
        for link in chain(base, self.names):
            given = arguments(link.call, self.shapes).positional if link.call is not None else ()
            if link.name in _TABLE_MAKERS and given:
                return label(given[-1], self.context)
        return ""

    def following(self, call: Node) -> Iterator[Link]:
        for later in continued(call, self.names):
            yield Link(last_name(later, self.context.index), later, None)

    def elements(self, node: Node) -> list[Node]:
        return node.named_children if node.kind in self.shapes.containers and node.kind != "object" else [node]

    def awaited(self, call: Node) -> bool:
        """Whether something waits for the call; a call in JavaScript that nothing waits for writes nothing."""
        if self.context.index.language.id == "python":
            return True
        for node in (call, *continued(call, self.names)):
            parent = node.parent
            while parent is not None and parent.kind in _BETWEEN:
                parent = parent.parent
            if parent is None or parent.kind in _AWAITS:
                return True
            if parent.kind == "arguments" and parent.parent is not None:
                return _COLLECTS.search(parent.parent.text.split("(")[0]) is not None
        return False


def label(node: Node, context: Context) -> str:
    """The name of a model or table that an expression stands for: a class, a table's name, a column's class."""
    shapes = context.index.shapes
    node = plain(node, context.names)
    if node.kind in shapes.strings:
        return constant_text(node, shapes)
    if node.kind in shapes.names:
        return node.text
    if node.kind in shapes.subscripts:
        key = node.child(shapes.subscripts[node.kind][1])
        return label(key, context) if key is not None else ""
    if node.kind in shapes.members:
        parts = node.text.split(".")
        if len(parts) > 1 and _is_class(parts[-2]):
            return parts[-2]
        return parts[-1]
    if node.kind not in shapes.calls:
        return ""
    named = (part.text for part in node.descendants() if part.kind in shapes.names and _is_class(part.text))
    return next(named, "")


def _is_class(name: str) -> bool:
    return fits("Model", name.rsplit(".", 1)[-1])
