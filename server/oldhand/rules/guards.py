"""Guards: whether a value was compared with a list of allowed ones before it is used."""

from __future__ import annotations

import re

from oldhand.rules.index import Index
from oldhand.syntax.node import Node

_LEAVES = frozenset(
    {
        "return_statement",
        "raise_statement",
        "throw_statement",
        "continue_statement",
        "break_statement",
    }
)
_LEAVING_CALLS = re.compile(
    r"^(await\s+)?(flask\.)?(abort|sys\.exit|exit|process\.exit|next|notFound|redirect)\b|\.(send|json|end|status|sendStatus|fail)\("
)


def guarded(use: Node, index: Index) -> bool:
    """Whether an `if` lets `use`, a name, through only where it is one of some allowed values.

    Counts: membership (`in`, `includes`, `has`), equality with a constant, a full match of a pattern, `isdigit` and
    the like; the use stands in that `if`, or after one that leaves the function otherwise.
    """
    tests = _tests(use.text)
    for statement in index.by_kind.get("if_statement", ()):
        if statement.start >= use.start:
            continue
        condition = statement.child("condition")
        if condition is None or use.text not in condition.text or not tests.search(condition.text):
            continue
        if index.scope_of(statement) is not index.scope_of(use):
            continue
        if use.end <= statement.end or leaves(statement.child("consequence")):
            return True
    return False


def _tests(name: str) -> re.Pattern[str]:
    escaped = re.escape(name)
    return re.compile(
        rf"\b{escaped}\s+(not\s+)?in\s+[\w.({{\[]|\.(includes|has|get|test|match|fullmatch)\([^)]*\b{escaped}\b"
        rf"|re\.(match|fullmatch)\([^)]*\b{escaped}\b|\b{escaped}\.(isdigit|isalnum|isidentifier|isdecimal|isnumeric)\("
        rf"|\b{escaped}\s*[!=]==?\s*['\"]|isinstance\(\s*{escaped}\s*,\s*(int|float|bool)"
        rf"|\w*(valid|safe|allow|check|verif|permit|trusted)\w*\([^)]*\b{escaped}\b"
        rf"|\b{escaped}\.startswith\(|\b{escaped}\.startsWith\(|Number\.isInteger\(\s*{escaped}"
    )


def leaves(block: Node | None) -> bool:
    """Whether a block ends by leaving: a return, a raise, or a call that answers and stops."""
    if block is None:
        return False
    statements = [child for child in block.named_children if child.kind != "comment"] or [block]
    last = statements[-1] if block.kind not in _LEAVES else block
    return last.kind in _LEAVES or _LEAVING_CALLS.search(last.text) is not None
