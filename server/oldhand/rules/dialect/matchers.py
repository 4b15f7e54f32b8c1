"""Rules compiled: from a mapping in ast-grep's dialect to one function over nodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from oldhand.rules.dialect import positions, regexes, relations
from oldhand.rules.dialect.composites import all_of, any_of, constrained, not_, recursive
from oldhand.rules.dialect.match import CHEAP, FAIR, FREE, Check, Env, Matcher, Run
from oldhand.rules.dialect.pattern import check_kind, compile_pattern
from oldhand.rules.dialect.relations import Stop
from oldhand.rules.dialect.selectors import selector_rule
from oldhand.rules.dialect.strictness import Strictness
from oldhand.syntax.languages import Language, grammar
from oldhand.syntax.node import Node

Predicate: TypeAlias = Callable[[object, Language], Check | Matcher]
"""A rule key of ours: from its value to a check, or to a matcher where kinds, words or captures are known.

Raises ValueError with a sentence for a value that it can not read.
"""

# In the order in which ast-grep looks at them, as captures of one are seen by the next.
_ATOMIC = ("pattern", "kind", "regex", "nthChild")
_COMPOSITE = ("all", "any", "not", "matches")
_RELATIONAL = ("inside", "has", "precedes", "follows")
_KEYS = frozenset((*_ATOMIC, *_COMPOSITE, *_RELATIONAL))

_PLAIN_KIND = re.compile(r"\w+\Z")
_CAPTURE = re.compile(r"\$+([A-Z][A-Z0-9_]*)")


def compile_rule(
    rule: Mapping[str, object],
    language: Language,
    utils: Mapping[str, object] | None = None,
    constraints: Mapping[str, object] | None = None,
    predicates: Mapping[str, Predicate] | None = None,
) -> Matcher:
    """The matcher of a rule for one language.

    Raises ValueError with a sentence for what the rule can not mean: an unknown key, kind, field or utility, code
    that does not parse, a wrong type.
    """
    compiler = _Compiler(language, utils or {}, predicates or {})
    matcher = compiler.rule(rule)
    for name in compiler.utils:
        compiler.util(name)
    found = {name: compiler.rule(constraint) for name, constraint in (constraints or {}).items()}
    return constrained(matcher, found)


class _Compiler:
    """Compiles the parts of one rule; a utility once, when it is first named."""

    def __init__(self, language: Language, utils: Mapping[str, object], predicates: Mapping[str, Predicate]) -> None:
        self.language = language
        self.utils = utils
        self.predicates = predicates
        self.compiled: dict[str, Matcher] = {}
        # The utilities being compiled, each with the number of relations around it.
        self.open: dict[str, int] = {}
        self.relations = 0

    def rule(self, rule: object) -> Matcher:
        """A mapping of rule keys, all of which have to match."""
        if not isinstance(rule, Mapping):
            raise ValueError(f'A rule is a mapping of keys such as "pattern" and "kind", not {_shown(rule)}.')
        for key in rule:
            if key not in _KEYS and key not in self.predicates:
                raise ValueError(f"The key {key} is not known in a rule.")
        if not rule:
            raise ValueError("A rule, or a part of one, is empty.")
        order = (*_ATOMIC, *self.predicates, *_COMPOSITE, *_RELATIONAL)
        return all_of([self._key(key, rule[key]) for key in order if key in rule])

    def _key(self, key: str, value: object) -> Matcher:
        if key in self.predicates:
            made = self.predicates[key](value, self.language)
            return made if isinstance(made, Matcher) else Matcher(made, reads=True)
        if key in _RELATIONAL:
            return self._relation(key, value)
        match key:
            case "pattern":
                return self._pattern(value)
            case "kind":
                return self._kind(value)
            case "regex":
                return _regex(_string(key, value))
            case "nthChild":
                return self._nth_child(value)
            case "all":
                return self._all(value)
            case "any":
                return any_of([self.rule(part) for part in _list(key, value)])
            case "not":
                return not_(self.rule(value))
        return self.util(_string(key, value))

    def _all(self, value: object) -> Matcher:
        parts = [self.rule(part) for part in _list("all", value)]
        return all_of(parts) if parts else Matcher(lambda node, env, run: True)

    def _pattern(self, value: object) -> Matcher:
        if isinstance(value, str):
            return compile_pattern(value, self.language)
        if not isinstance(value, Mapping) or not set(value) <= {"context", "selector", "strictness"}:
            raise ValueError("A pattern is code, or a mapping with context, selector and strictness.")
        context = _string("context", value.get("context"))
        selector = _string("selector", value.get("selector", ""))
        strictness = _string("strictness", value.get("strictness", "smart"))
        levels = [level.value for level in Strictness]
        if strictness not in levels:
            raise ValueError(f"The strictness {strictness} is none of {', '.join(levels)}.")
        return compile_pattern(context, self.language, selector, Strictness(strictness))

    def _kind(self, value: object) -> Matcher:
        kind = _string("kind", value)
        if not _PLAIN_KIND.match(kind):
            return self.rule(selector_rule(kind))
        check_kind(kind, self.language)
        return Matcher(lambda node, env, run: node.kind == kind and node.named, frozenset({kind}), cost=FREE)

    def _nth_child(self, value: object) -> Matcher:
        if not isinstance(value, Mapping):
            return Matcher(positions.nth_child(value, None, reverse=False))
        if not set(value) <= {"position", "ofRule", "reverse"}:
            raise ValueError("nthChild has position, ofRule and reverse.")
        of = self.rule(value["ofRule"]) if "ofRule" in value else None
        check = positions.nth_child(value.get("position"), of, reverse=value.get("reverse") is True)
        return Matcher(check, of.kinds if of else None, captures=of.captures if of else frozenset())

    def _relation(self, key: str, value: object) -> Matcher:
        if not isinstance(value, Mapping):
            raise ValueError(f"The value of {key} is a mapping of rule keys, not {_shown(value)}.")
        field = _string("field", value.get("field", ""))
        if field and key in {"precedes", "follows"}:
            raise ValueError(f"{key} has no field.")
        if field and grammar(self.language).field_id_for_name(field) is None:
            raise ValueError(f"{self.language.id} has no field {field}.")
        self.relations += 1
        stop = self._stop(value.get("stopBy", "neighbor"))
        other = self.rule({name: part for name, part in value.items() if name not in {"stopBy", "field"}})
        self.relations -= 1
        # What is around the node may stand outside the part of a file that is looked through for words.
        words = other.words if key == "has" else frozenset[frozenset[str]]()
        near = stop is False and other.cost <= CHEAP
        return Matcher(
            _related(key, other, stop, field),
            words=words,
            captures=other.captures,
            reads=other.reads or (isinstance(stop, Matcher) and stop.reads),
            cost=CHEAP if near else max(FAIR, other.cost),
        )

    def _stop(self, value: object) -> Stop:
        if isinstance(value, Mapping):
            return self.rule(value)
        if value not in ("neighbor", "end"):
            raise ValueError(f"stopBy is neighbor, end or a rule, not {_shown(value)}.")
        return value == "end"

    def util(self, name: str) -> Matcher:
        """The utility of that name; one that names itself behind a relation is looked up when it is used."""
        if name in self.compiled:
            return self.compiled[name]
        if name not in self.utils:
            raise ValueError(f"There is no utility {name}.")
        if name in self.open:
            if self.open[name] == self.relations:
                raise ValueError(f"The utility {name} is defined by itself.")
            return recursive(name, self.compiled, frozenset(_CAPTURE.findall(repr(self.utils))))
        self.open[name] = self.relations
        self.compiled[name] = self.rule(self.utils[name])
        del self.open[name]
        return self.compiled[name]


def _related(key: str, other: Matcher, stop: Stop, field: str) -> Check:
    match key:
        case "inside":
            return relations.inside(other, stop, field)
        case "has":
            return relations.has(other, stop, field)
        case "follows":
            return relations.follows(other, stop)
    return relations.precedes(other, stop)


def _regex(pattern: str) -> Matcher:
    found = regexes.search(pattern)

    def match(node: Node, env: Env, run: Run) -> bool:
        # A step for each quarter of a kilobyte: the text of an outer node is long, and many nodes are outer ones.
        run.spend(1 + (node.end - node.start >> 8))
        return found(node.text)

    words = regexes.words(pattern)
    return Matcher(match, words=frozenset({words} if words else ()), cost=CHEAP)


def _string(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"The value of {key} is a string, not {_shown(value)}.")
    return value


def _list(key: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(f"The value of {key} is a list of rules, not {_shown(value)}.")
    return value


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    return f"a {'mapping' if isinstance(value, Mapping) else 'list' if isinstance(value, list) else 'scalar'}"
