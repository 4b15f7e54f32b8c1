"""The verbs of fixes: `template`, `wrap`, `add-arg`, `remove-arg`, `replace-arg` and `replace-callee`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from oldhand.rules.dialect.match import Env, Run
from oldhand.rules.dialect.matchers import compile_rule
from oldhand.rules.fixes import arguments
from oldhand.rules.fixes.templates import Source, captured, compile_template
from oldhand.rules.rule import Rule
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange

Edits: TypeAlias = Callable[[Node, Env, Source], tuple[TextEdit, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Verb:
    """What a fix does: its edits for a match, none where it can not be done; and the title that it has by itself."""

    edits: Edits
    title: str


def read_verb(keys: Mapping[str, object], rule: Rule, language: Language, names: frozenset[str] | None) -> Verb:
    """The one verb among the keys of a fix.

    Raises ValueError for keys that are not one verb, and for a value that it can not have.
    """
    for key in keys:
        if key not in _TEMPLATE_KEYS and key not in _READERS:
            raise ValueError(f"The key {key} is not known in a fix.")
    if "template" in keys and set(keys) <= _TEMPLATE_KEYS:
        return _template(keys, rule, language, names)
    if len(keys) != 1 or "template" in keys:
        raise ValueError(
            f"A fix has one of template, {', '.join(_READERS)}; expandStart and expandEnd go with template."
        )
    ((verb, value),) = keys.items()
    if verb not in _READERS:
        raise ValueError(f"A fix has no {verb} without template.")
    return _READERS[verb](value, names)


def _template(keys: Mapping[str, object], rule: Rule, language: Language, names: frozenset[str] | None) -> Verb:
    text = _string("template", keys["template"])
    template = compile_template(text, names)
    before = _expansion(keys.get("expandStart"), rule, language, Node.previous)
    after = _expansion(keys.get("expandEnd"), rule, language, Node.next)

    def edits(node: Node, env: Env, source: Source) -> tuple[TextEdit, ...]:
        start, end = source.start(before(node, env)), source.end(after(node, env))
        new_text = template.fill(source, captured(node, env), source.indent(source.start(node)))
        return (TextEdit(TextRange(start, end), new_text),)

    return Verb(edits, f"Replace with {text.strip()}" if text.strip() else "Remove $SELF")


Expand: TypeAlias = Callable[[Node, Env], Node]


def _expansion(spec: object, rule: Rule, language: Language, step: Callable[[Node], Node | None]) -> Expand:
    """From a match to the sibling up to which it is replaced, or itself where none matches."""
    if spec is None:
        return lambda node, env: node
    if not isinstance(spec, Mapping):
        raise ValueError("The value of expandStart and expandEnd is a rule.")
    stop = spec.get("stopBy", "neighbor")
    wanted = compile_rule(
        {key: value for key, value in spec.items() if key not in {"stopBy", "field"}}, language, rule.utils
    )
    until = compile_rule(stop, language, rule.utils) if isinstance(stop, Mapping) else None

    def expand(node: Node, env: Env) -> Node:
        run = Run()
        there = step(node)
        while there is not None:
            if wanted.match(there, env.copy(), run):
                return there
            if stop == "neighbor" or (until is not None and until.match(there, Env(), run)):
                break
            there = step(there)
        return node

    return expand


def _wrap(value: object, names: frozenset[str] | None) -> Verb:
    template = compile_template(_string("wrap", value), names)
    if not any(name == "SELF" for name in template.names):
        raise ValueError("The template of wrap has $SELF where the code itself goes.")

    def edits(node: Node, env: Env, source: Source) -> tuple[TextEdit, ...]:
        start, end = source.start(node), source.end(node)
        return (TextEdit(TextRange(start, end), template.fill(source, captured(node, env), source.indent(start))),)

    return Verb(edits, f"Replace with {value}")


def _add_arg(value: object, names: frozenset[str] | None) -> Verb:
    """A text that goes behind the other arguments, or `[place, text]` where it may go nowhere else."""
    place, text = value if isinstance(value, list) and len(value) == 2 else (None, value)
    if place is not None and (isinstance(place, bool) or not isinstance(place, int)):
        raise ValueError("The value of add-arg is a text, or an argument's place, from 0, and a text.")
    template = compile_template(_string("add-arg", text), names)

    def edits(node: Node, env: Env, source: Source) -> tuple[TextEdit, ...]:
        return arguments.add(node, template.fill(source, captured(node, env), ""), source, place)

    return Verb(edits, f"Add {text}")


def _remove_arg(value: object, names: frozenset[str] | None) -> Verb:
    which = _which(value)

    def edits(node: Node, env: Env, source: Source) -> tuple[TextEdit, ...]:
        argument = arguments.find(node, which)
        return arguments.remove(argument, source) if argument is not None else ()

    return Verb(edits, f"Remove argument {which + 1}" if isinstance(which, int) else f"Remove {which}")


def _replace_arg(value: object, names: frozenset[str] | None) -> Verb:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("The value of replace-arg is an argument's place or name, and a text.")
    which = _which(value[0])
    text = _string("replace-arg", value[1])
    template = compile_template(text, names)

    def edits(node: Node, env: Env, source: Source) -> tuple[TextEdit, ...]:
        argument = arguments.find(node, which)
        if argument is None:
            return ()
        old = argument.value
        new_text = template.fill(source, captured(old, env), source.indent(source.start(old)))
        return (TextEdit(TextRange(source.start(old), source.end(old)), new_text),)

    name = f"argument {which + 1}" if isinstance(which, int) else which
    return Verb(edits, f"Replace {name}" if "SELF" in template.names else f"Set {name} to {text}")


def _replace_callee(value: object, names: frozenset[str] | None) -> Verb:
    template = compile_template(_string("replace-callee", value), names)

    def edits(node: Node, env: Env, source: Source) -> tuple[TextEdit, ...]:
        parts = [part for field in _CALLEE_FIELDS if (part := node.child(field)) is not None]
        if not parts or node.child("arguments") is None:
            return ()
        first, last = parts[0], parts[-1]
        new_text = template.fill(source, captured(node, env), source.indent(source.start(first)))
        return (TextEdit(TextRange(source.start(first), source.end(last)), new_text),)

    return Verb(edits, f"Call {value}")


# What a call is of, in the grammars: Java's has an object and a name.
_CALLEE_FIELDS = ("function", "constructor", "type", "object", "name")

_READERS: dict[str, Callable[[object, frozenset[str] | None], Verb]] = {
    "wrap": _wrap,
    "add-arg": _add_arg,
    "remove-arg": _remove_arg,
    "replace-arg": _replace_arg,
    "replace-callee": _replace_callee,
}
_TEMPLATE_KEYS = frozenset({"template", "expandStart", "expandEnd"})


def _string(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"The value of {key} is a text.")
    return value


def _which(value: object) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("An argument is named by its place, from 0, or by its name.")
    return value
