"""The predicate `loads-lazily`: in a loop over rows, a relation of the row that each turn has to query for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oldhand.rules.context import Context, Loop
from oldhand.rules.database.chains import Link, chain, plain
from oldhand.rules.dialect.match import Env, Matcher, Run
from oldhand.rules.facts.shapes import arguments
from oldhand.rules.key_values import context_of, shapes_for, strings
from oldhand.rules.name_sets import NameSet
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node

_RUNNERS = frozenset({"scalars", "execute", "exec", "stream_scalars"})
_STATEMENTS = frozenset({"query", "select"})
# Links after which what the loop runs over are not rows any more.
_OTHER_ROWS = frozenset(
    """values values_list in_bulk aggregate dates datetimes raw group_by with_entities mappings columns
    iterator_of""".split()
)


def loads_lazily(value: object, language: Language) -> Matcher:
    """`loads-lazily: {relations: […], eager: [select_related], managers: [all]}`: `order.customer.name` or
    `author.books.all()` in a loop over rows of the model.

    `relations` are what declares a relation, which has to be in the same file; `eager` are the links of the query that
    load relations with the rows; `managers` are the methods that query for the rows of a related manager.
    """
    if not isinstance(value, Mapping) or set(value) != {"relations", "eager", "managers"}:
        raise ValueError("`loads-lazily` takes a mapping of `relations`, `eager` and `managers`.")
    relations = NameSet(strings(value["relations"], "relations"))
    eager = frozenset(strings(value["eager"], "eager"))
    managers = frozenset(strings(value["managers"], "managers"))
    shapes = shapes_for(language, "loads-lazily")

    def check(node: Node, env: Env, run: Run) -> bool:
        context = context_of(run)
        fields = shapes.members[node.kind]
        inner, part = node.child(fields[0]), node.child(fields[1])
        if inner is None or part is None or inner.kind not in shapes.members:
            return False
        row, relation = inner.child(fields[0]), inner.child(fields[1])
        if row is None or relation is None or row.kind not in shapes.names:
            return False
        loop = _loop_of(row, context)
        if loop is None or loop.over is None:
            return False
        links = list(_links(loop.over, context))
        model = next((found for link in links if (found := _model(link, context))), "")
        names = {link.name for link in links}
        if not model or names & _OTHER_ROWS or names & eager or _seen_before(inner, loop):
            return False
        if not (
            _is_manager(node, part.text, managers, links) or _is_declared(model, relation.text, relations, context)
        ):
            return False
        env.single.update(ROW=row, RELATION=inner, OVER=loop.over)
        return True

    return Matcher(check, frozenset(shapes.members), captures=frozenset({"ROW", "RELATION", "OVER"}))


def _loop_of(row: Node, context: Context) -> Loop | None:
    """The loop that the variable is of; None where something inside of it gives the variable another value."""
    return next((loop for loop in context.loops(row) if row.text in loop.variables and len(loop.variables) == 1), None)


def _links(over: Node, context: Context) -> Iterator[Link]:
    """The steps of the query that a loop runs over, those of a statement that is handed to the session included."""
    for link in chain(plain(over, context.names), context.names):
        yield link
        if link.call is not None and link.name in _RUNNERS:
            for given in arguments(link.call, context.index.shapes).positional[:1]:
                yield from chain(given, context.names)


def _model(link: Link, context: Context) -> str:
    """The model that a query is of, where this link says it."""
    if link.name == "objects" and link.call is None and link.base is not None:
        return link.base.text
    if link.name in _STATEMENTS and link.call is not None:
        given = arguments(link.call, context.index.shapes).positional
        return given[0].text if len(given) == 1 and given[0].text[:1].isupper() else ""
    return ""


def _seen_before(relation: Node, loop: Loop) -> bool:
    """Whether the relation was loaded further up in the loop: one finding for each is enough."""
    return relation.source.find(relation.text + ".", loop.node.start, relation.start) >= 0


def _is_manager(node: Node, method: str, managers: frozenset[str], links: list[Link]) -> bool:
    """Whether `row.relation.method()` queries by Django's conventions."""
    if method not in managers or not any(link.name == "objects" for link in links):
        return False
    call = node.parent
    holder = call.child("arguments") if call is not None and call.child("function") is node else None
    # `count(x)` is that of a list.
    return holder is not None and (method != "count" or not holder.named_children)


def _is_declared(model: str, field: str, relations: NameSet, context: Context) -> bool:
    shapes = context.index.shapes
    for declared in context.module.declared(f"{model.rsplit('.', 1)[-1]}.{field}"):
        value = declared.definition.value if declared.definition is not None else None
        if value is not None and value.kind in shapes.calls and "lazy=" not in value.text.replace(" ", ""):
            target = value.child(shapes.calls[value.kind])
            written = target.text if target is not None else ""
            if written in relations or relations.matches(context.names.of(target) if target is not None else ()):
                return True
    return False
