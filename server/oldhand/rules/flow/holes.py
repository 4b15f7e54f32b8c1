"""Where the parts of a text stand that are not constant: in a URL's host, in SQL where only a name can stand."""

from __future__ import annotations

import re2

from oldhand.rules.facts.values import Origin, Value

SQL = re2.compile(
    r"(?is)^[\s({;]*(select\b.*\bfrom\b|select\b|insert\s+(ignore\s+)?into\b|update\b.*\bset\b|delete\s+from\b|with\b.*\bas\s*\(|"
    r"create\s+(or\s+replace\s+)?(table|index|view|unique|database|user|role|function|schema)|alter\s+(table|user|role|database)\b|"
    r"drop\s+(table|index|view|database|schema|user|role)\b|truncate\b|grant\b|merge\s+into\b|replace\s+into\b|"
    r"call\s+\w|exec(ute)?\s+\w|explain\b|copy\s+\w|set\s+\w|pragma\b|use\s+\w|(order\s+by|where|group\s+by|having|limit)\b)"
)

_IN_HOST = re2.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#]*$")
_NAME_FOLLOWS = re2.compile(
    r"(?is)\b(from|join|into|update|table|database|schema|role|user|owner\s+to|owned\s+by|index|view|sequence|trigger|extension"
    r"|column|constraint|references|exists|only|to|by|grant|revoke|analyze|vacuum|reindex|truncate|rename|privileges\s+on"
    r"|index\s+\S+\s+on|add|drop|pragma|use|type|returning|asc|desc)\s+[\"`\[]?$"
    r"|(?:\.|\.[\"`\[])$|\binsert\s+into\s+[^\s(]+\s*\($|[^:]:(\.\.\.)?\w*$"
)
# What stands before the name of a column is the name of a table.
_QUALIFIES = re2.compile(r"[\"`\]]?\.[\"`\[]?[a-zA-Z_]")


def leading_origin(value: Value) -> Origin:
    """Who decides where a URL or a path leads: what it begins with, or a part of its host."""
    origin = value.leading
    for before, piece, _ in value.pieces():
        if before == "" or _IN_HOST.search(before):
            origin = max(origin, piece)
    return origin


def only_names(value: Value) -> bool:
    """Whether every part of a statement that is not constant stands where SQL has a name: a table, a role, a column."""
    open_parts = [(before, after) for before, origin, after in value.pieces() if origin >= Origin.UNKNOWN]
    return bool(open_parts) and all(
        (_NAME_FOLLOWS.search(before) is not None or _QUALIFIES.match(after) is not None) and before.count("'") % 2 == 0
        for before, after in open_parts
    )
