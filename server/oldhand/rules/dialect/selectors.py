"""Selectors, CSS's notation in the key `kind`, as mappings of the rule dialect.

`a > b`, `a b`, `a + b`, `a ~ b`, lists with `,`, and `:has()`, `:not()`, `:is()`, `:nth-child()`,
`:nth-last-child()`, as ast-grep has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_Rule = dict[str, object]

_TOKEN = re.compile(r"\s*[>+~,()]\s*|:[a-z-]+\(\s*|[A-Za-z_-][A-Za-z0-9_-]*|\s+")
_POSITION = re.compile(r"[0-9nN+\- ]*")

_COMBINATORS: dict[str, Callable[[_Rule], _Rule]] = {
    ">": lambda left: {"inside": left},
    " ": lambda left: {"inside": {**left, "stopBy": "end"}},
    "+": lambda left: {"follows": left},
    "~": lambda left: {"follows": {**left, "stopBy": "end"}},
}


def selector_rule(text: str) -> _Rule:
    """The rule that a selector stands for; a plain kind stands for itself.

    Raises ValueError with a sentence where it is none.
    """
    reader = _Reader(text.strip())
    rule = reader.list()
    if reader.ahead:
        raise reader.wrong()
    return rule


class _Reader:
    """Reads a selector from left to right; `ahead` is what comes next, "" at the end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.ahead = ""
        self.next()

    def next(self) -> str:
        """Take the next token: a sign, a kind, `:name(`, or a blank."""
        taken = self.ahead
        if self.at == len(self.text):
            self.ahead = ""
            return taken
        found = _TOKEN.match(self.text, self.at)
        if not found:
            raise self.wrong()
        self.at = found.end()
        self.ahead = found[0].strip() or " "
        return taken

    def wrong(self) -> ValueError:
        return ValueError(f'The kind "{self.text}" is neither a node kind nor a selector that is supported.')

    def list(self) -> _Rule:
        rules = [self.complex()]
        while self.ahead == ",":
            self.next()
            rules.append(self.complex())
        return rules[0] if len(rules) == 1 else {"any": rules}

    def complex(self) -> _Rule:
        rule = self.compound()
        while self.ahead in _COMBINATORS:
            relation = _COMBINATORS[self.next()](rule)
            rule = {"all": [self.compound(), relation]}
        return rule

    def compound(self) -> _Rule:
        rules = list(self._parts())
        if not rules:
            raise self.wrong()
        return rules[0] if len(rules) == 1 else {"all": rules}

    def _parts(self) -> Iterator[_Rule]:
        if self.ahead and self.ahead[0] not in ">+~,() :":
            yield {"kind": self.next()}
        while self.ahead.startswith(":"):
            yield self._pseudo()

    def _pseudo(self) -> _Rule:
        name = self.ahead[1:-1].strip()
        if name in {"nth-child", "nth-last-child"}:
            rule = self._position(name == "nth-last-child")
        else:
            self.next()
            rule = self._argument(name)
        if self.ahead != ")":
            raise self.wrong()
        self.next()
        return rule

    def _argument(self, name: str) -> _Rule:
        match name:
            case "is":
                return self.list()
            case "not":
                return {"not": self.complex()}
            case "has" if self.ahead == ">":
                self.next()
                return {"has": self.complex()}
            case "has":
                return {"has": {**self.complex(), "stopBy": "end"}}
        raise self.wrong()

    def _position(self, reverse: bool) -> _Rule:
        found = _POSITION.match(self.text, self.at)
        position = found[0].strip() if found else ""
        self.at = found.end() if found else self.at
        self.next()
        nth: _Rule = {"position": position, "reverse": reverse}
        if self.ahead == "of":
            self.next()
            if self.next() != " ":
                raise self.wrong()
            nth["ofRule"] = self.complex()
        return {"nthChild": nth}
