"""Predicates on what things are called: the words in a name, the function around a node, the members of its class."""

from __future__ import annotations

from collections.abc import Mapping

from oldhand.rules.context import Context
from oldhand.rules.dialect.match import Check, Env, Run
from oldhand.rules.facts.module import function_name
from oldhand.rules.key_values import read_regex, strings
from oldhand.rules.sql.names import words_of
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node


def words(value: object, language: Language) -> Check:
    """`words: {any: [price], none: [rate]}`: a name, or a string, with one of these words and none of those.

    `unitPrice` and `unit_prices` have the words unit and price.
    """
    if not isinstance(value, Mapping) or "any" not in value or set(value) - {"any", "none"}:
        raise ValueError("`words` takes a mapping of `any` and `none`.")
    wanted, unwanted = frozenset(strings(value["any"], "any")), frozenset(strings(value.get("none", []), "none"))

    def check(node: Node, env: Env, run: Run) -> bool:
        run.spend(1 + (node.end - node.start >> 8))
        found = {form for word in words_of(node.text) for form in (word, word.removesuffix("s"))}
        return not found.isdisjoint(wanted) and found.isdisjoint(unwanted)

    return check


def in_function(value: object, language: Language) -> Check:
    """`in-function: regex`: the innermost function around the node that has a name has one that matches.

    A function has the name that it is declared with, or that of the variable, key or field it is the value of.
    """
    pattern = read_regex(value, "in-function")

    def check(node: Node, env: Env, run: Run) -> bool:
        assert isinstance(run.context, Context), "rules of ours run with a context"
        functions = run.context.index.language.functions
        for ancestor in node.ancestors():
            if ancestor.kind in functions and (name := function_name(ancestor) or _field(ancestor)):
                return pattern.search(name) is not None
        return False

    return check


def class_declares(value: object, language: Language) -> Check:
    """`class-declares: [initial]`: the class around the node has a member of one of these names."""
    names = strings(value, "class-declares")

    def check(node: Node, env: Env, run: Run) -> bool:
        assert isinstance(run.context, Context), "rules of ours run with a context"
        owner = run.context.index.owner
        return bool(owner) and any(run.context.module.declared(f"{owner}.{name}") for name in names)

    return check


def _field(function: Node) -> str:
    """The field of another object that the function is assigned to, as in `exports.up = () => …`; else ""."""
    parent = function.parent
    if parent is None or parent.kind != "assignment_expression":
        return ""
    target = parent.child("left")
    part = target.child("property") if target is not None else None
    return part.text if part is not None else ""
