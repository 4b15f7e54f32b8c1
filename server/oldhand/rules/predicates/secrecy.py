"""Predicates on secrets in code: strings that are one, and values that are one by their name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from oldhand import secrets
from oldhand.rules.context import Context
from oldhand.rules.dialect.match import Check, Env, Matcher, Run
from oldhand.rules.facts.index import constant_key
from oldhand.rules.facts.module import last_name
from oldhand.rules.facts.shapes import Shapes, constant_text, shapes_of
from oldhand.rules.flow.known import cleans
from oldhand.rules.key_values import context_of, read_regex, strings
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node

_HOW = {"shaped", "local", "named", "password"}

_NAMED_BY = {
    "assignment": "left",
    "variable_declarator": "name",
    "assignment_expression": "left",
    "keyword_argument": "name",
    "pair": "key",
    "default_parameter": "name",
    "typed_default_parameter": "name",
    "public_field_definition": "name",
    "field_definition": "property",
    "assignment_pattern": "left",
    "required_parameter": "pattern",
}
_COMPARED = frozenset({"comparison_operator", "binary_expression"})
_PASSWORD_NAME = re.compile(r"(?i)(^|[_.\-]|[a-z](?=P))(passwords?|passwd|passphrase|pwd|pass)$")
# What stands in the place of a secret: a label, a path, a placeholder, a name of the secret.
_NO_SECRET = re.compile(
    r"""(?ix) \W*
      | .*(example|change[-_ ]?me|placeholder|dummy|sample|insert|replace|your[-_ ]|<[^>]+>|xxx|\*\*\*|\.\.\.|todo
           |redacted|not[-_ ]?(set|used|a)|fake|mock|undefined|unused|required|invalid|missing|forgot|reset|incorrect
           |wrong|update|confirm).*
      | none|null|nil|true|false|string|text|hidden|bearer|basic|secret|token|key|passwo?r?d|pass|pwd|default|empty
      | test\w* | [a-z]+([._:/][a-z]+)+ | [a-z]+-[a-z]+ | [a-z]+(_[a-z]+)*_123
      | @?[a-z]+(-[a-z]+)*(/[a-z]+(-[a-z]+)*)+ | /.* | https?://.* | \$.* | .*\{.*\}.* | \w+\(\) | [#.][\w-]+
      | .*\[.*=.*\].* | .*(abc123|xyz789|123456789|abcdefgh|qwerty).*
      | (?-i:[A-Z][a-z]+ | [A-Z]+(_[A-Z]+)*) | [\w.-]+@[\w.-]+"""
)


def hardcoded(value: object, language: Language) -> Matcher:
    """`hardcoded: [shaped, local, named, password]`: a string that is a secret.

    `shaped`: it has the form of some provider's key; `local`: so it has, but opens only what runs on the same machine;
    `named`: it looks random and something named like a secret is set
    to it; `password`: something named like a password is, though it looks like a word.
    """
    ways = strings(value, "hardcoded")
    if not ways or set(ways) - _HOW:
        raise ValueError(f"`hardcoded` takes some of {', '.join(sorted(_HOW))}.")
    shapes = shapes_of(language)
    if shapes is None:
        raise ValueError(f"`hardcoded` is not known for {language.id}.")

    wanted = frozenset(ways)

    def check(node: Node, env: Env, run: Run) -> bool:
        if node.end - node.start > 10_000 or (node.parent is not None and node.parent.kind in shapes.strings):
            return False
        if any(child.kind in shapes.interpolations for child in node.children) or _is_statement(node):
            return False
        run.spend(1 + (node.end - node.start >> 4))
        return not context_of(run).answer(_kinds, node, lambda: _kinds(node, shapes)).isdisjoint(wanted)

    return Matcher(check, shapes.strings)


# Keys that their providers mean to be seen: they stand in web pages.
_PUBLIC = re.compile(r"pk_(live|test)_|phc_|pub_|public-|pk\.eyJ|ssh-(rsa|ed25519) ")


# A URL of what runs on the same machine.
_LOCAL = re.compile(
    r"[a-z][a-z0-9+.-]*://[^@/\s]+@(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.docker\.internal)([:/?]|$)"
)

# A link to nowhere, such as a page for trying out a letter has it.
_MADE_UP = re.compile(r"https?://([\w-]+\.)*example\.(com|org|net)(?=[:/])")

_FOR_READERS = re.compile(r"(?i)['\"]?(open_?api_?)?(example|description|placeholder|help)s?(_text)?['\"]?$")


def _kinds(string: Node, shapes: Shapes) -> frozenset[str]:
    """In which ways a string is a secret."""
    text = constant_text(string, shapes)
    kinds = set()
    if len(text) >= 16 and _shaped(text):
        kinds.add("local" if _LOCAL.match(text) else "shaped")
    name = _name_of(string, shapes) if len(text) >= 4 else ""
    if name and not _NO_SECRET.fullmatch(text) and not _same_words(name, text):
        if len(text) >= 8 and _is_secret(name, text):
            kinds.add("named")
        if _PASSWORD_NAME.search(name) and " " not in text:
            kinds.add("password")
    if kinds and ((len(text) >= 16 and _PUBLIC.match(text)) or _MADE_UP.match(text) or _is_example(string)):
        return frozenset()
    return frozenset(kinds)


def _is_statement(node: Node) -> bool:
    """Whether a string stands for itself, as the documentation of a function does."""
    return node.parent is not None and node.parent.kind == "expression_statement"


def _is_example(node: Node) -> bool:
    """Whether a string is an example for a reader: `Field(examples=["…"])`."""
    return any(
        target is not None and _FOR_READERS.match(target.text)
        for ancestor in node.ancestors()
        if ancestor.kind in {"keyword_argument", "pair"}
        for target in (ancestor.child(_NAMED_BY[ancestor.kind]),)
    )


def _shaped(text: str) -> bool:
    """Whether a text holds a key of some provider's form, a private key, or a URL with a password."""
    return any(not _NO_SECRET.fullmatch(text[found.start : found.end]) for found in secrets.find(f"'{text}'"))


def _is_secret(name: str, text: str) -> bool:
    if not any(character.isdigit() or not character.isalnum() for character in text):
        return False
    return bool(secrets.find(f'{name} = "{text}"'))


def _same_words(name: str, text: str) -> bool:
    """Whether the text only says the name again: `PASSWORD_FIELD = "password_field"`."""
    short, other = (re.sub(r"[\W_]", "", word).lower() for word in (name, text))
    return (short in other and len(other) < len(short) + 4) or other in short


def _name_of(node: Node, shapes: Shapes) -> str:
    """The name of what a string is given to, or compared with; its last part alone."""
    inner = node
    for parent in node.ancestors():
        if parent.kind in _NAMED_BY:
            target = parent.child(_NAMED_BY[parent.kind])
            if target is None or target is inner:
                return ""
            if target.kind in shapes.members or target.kind in shapes.subscripts:
                return constant_key(target)
            return target.text.strip("\"'`[]")
        if parent.kind in _COMPARED:
            others = [child for child in parent.named_children if child is not inner]
            if len(others) == 1 and any(child.kind in {"==", "===", "!=", "!=="} for child in parent.children):
                other = others[0]
                if other.kind in shapes.members:
                    return constant_key(other)
                return other.text if other.kind in shapes.names else ""
            return ""
        if parent.kind not in shapes.transparent:
            return ""
        inner = parent
    return ""


def mentions(value: object, language: Language) -> Check:
    """`mentions: {any: regex, none: regex}`: a call is given the value of something of such a name.

    What is made of it by a call that hides or measures it does not count, nor a comparison, nor the beginning of it.
    """
    if not isinstance(value, Mapping) or "any" not in value or set(value) - {"any", "none"}:
        raise ValueError("`mentions` takes a mapping of `any` and `none`.")
    wanted, unwanted = read_regex(value["any"], "any"), read_regex(value.get("none", "$^"), "none")
    shapes = shapes_of(language)
    if shapes is None:
        raise ValueError(f"`mentions` is not known for {language.id}.")

    def check(node: Node, env: Env, run: Run) -> bool:
        context = run.context
        assert isinstance(context, Context), "rules of ours run with a context"
        holder = node.child("arguments")
        if holder is None:
            return False
        for found in (found for argument in holder.named_children for found in _shown(argument, shapes, context)):
            run.spend(1)
            name = found.text if found.kind in shapes.names else constant_key(found)
            if wanted.search(name) is not None and unwanted.search(name) is None:
                env.single.setdefault("SECRET", found)
                return True
        return False

    return check


_HIDING = re.compile(
    r"(?i)mask|redact|hide|obfus|trunc|len$|bool|type|isinstance|count|fingerprint|summar|strip_|censor|filter|hash"
)
_UNSHOWN = frozenset(
    "comparison_operator not_operator slice unary_expression lambda arrow_function function_expression".split()
)
_COMPARING = frozenset({"===", "!==", "==", "!=", "<", ">", "instanceof", "in"})
_OF_RECEIVER = frozenset({"decode", "encode", "strip", "toString", "trim", "get_secret_value", "reveal", "format"})
_OF_ARGUMENTS = frozenset({"get", "str", "String", "repr", "stringify", "dumps", "format", "getenv"})


def _shown(node: Node, shapes: Shapes, context: Context) -> Iterator[Node]:
    """The names and members whose whole value an expression shows."""
    kind = node.kind
    if kind in _UNSHOWN or any(child.kind in _COMPARING for child in node.children):
        return
    parts: list[Node]
    if kind in shapes.names:
        yield node
        return
    if kind in shapes.members or kind in shapes.subscripts:
        if constant_key(node):
            yield node
        return
    if kind in shapes.calls:
        parts = _handed_on(node, shapes, context)
    elif kind in shapes.keyword_arguments or kind in shapes.pairs:
        parts = node.children_in("value")
    elif kind in shapes.conditionals:
        parts = node.named_children[1:] if kind == "ternary_expression" else node.named_children[::2]
    else:
        parts = node.named_children
    for part in parts:
        yield from _shown(part, shapes, context)


def _handed_on(call: Node, shapes: Shapes, context: Context) -> list[Node]:
    """The parts of a call whose value its result shows."""
    name = last_name(call, context.index)
    if cleans(name) or _HIDING.search(name):
        return []
    target, holder = call.child(shapes.calls[call.kind]), call.child("arguments")
    parts: list[Node] = []
    if name in _OF_RECEIVER and target is not None and target.kind in shapes.members:
        parts.extend(target.children_in(shapes.members[target.kind][0]))
    if name in _OF_ARGUMENTS and holder is not None:
        parts.extend(holder.named_children)
    return parts
