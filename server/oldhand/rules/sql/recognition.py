"""Whether a text is SQL, or only begins like it."""

from __future__ import annotations

import re

from oldhand.rules.sql.tokens import INTERPOLATED


def is_sql(text: str) -> bool:
    """Whether `text` begins with a statement and not with a sentence like "Select an item from the list".

    The shape of a statement is asked of all; of `Select …`, as sentences begin, also something only SQL has; and what
    reads as prose is none.
    """
    leading = _LEADING.match(text)
    start = leading.end() if leading is not None else 0
    verb = _VERB.match(text, start)
    shaped = _SHAPED.get(verb.group().lower()) if verb is not None else None
    found = shaped.match(text, start) if shaped is not None else None
    if verb is None or found is None or _reads_as_prose(text[start : found.end() + 20], verb.group()):
        return False
    rest = text[verb.end() : found.end() + 40]
    if verb.group().lower() == "select":
        listed = text[verb.end() : found.end()]
        if _PLAIN_RUN.match(listed.lstrip()) and not _SELECT_WORDS.search(listed) and not verb.group().isupper():
            return False
    if verb.group().isupper() or verb.group().islower():
        return True
    return bool(_EVIDENCE.search(rest))


def _reads_as_prose(text: str, verb: str) -> bool:
    """Whether an article or pronoun stands where a name would, and no clause goes on behind it.

    Tables do get called `a`: beside key words in capitals a small one is a name.
    """
    for found in _PROSE.finditer(text):
        article = found["article"]
        if found["next"].lower() not in _AFTER_A_NAME and not (article and article.islower() and verb.isupper()):
            return True
    return False


# Not possessive: before Python 3.11.4 a possessive group loses its place after a possessive part in it.
_LEADING = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/|explain\b|analyze\b)*", re.IGNORECASE)

_NAME = rf"""(?:[\w$.{INTERPOLATED}]|"[^"\n]*"|`[^`\n]*`|\[[^\]\n]*\]|[$\#]?\{{[^{{}}\n]*\}}|%s|%\(\w+\)s|[?:@]\w*)+"""
_TABLE = rf"{_NAME}(?:\s+(?:as\s+)?\w+)?"
_SHAPES = {
    "select": rf"select\b.*?\bfrom\s*(?:{_NAME}|\()",
    "insert": rf"""insert\s+(?:or\s+\w+\s+|ignore\s+)?into\s+{_TABLE}\s*
        (?:\(|values\b|select\b|default\s+values|with\b|{INTERPOLATED}|$)""",
    "replace": rf"replace\s+into\s+{_NAME}\s*(?:\(|values\b|select\b)",
    "update": rf"""update\s+(?:only\s+|or\s+\w+\s+)?{_TABLE}(?:\s+(?:inner|left|cross)?\s*join\b.*?)?\s+set\s+
        (?:{_NAME}|\([^()]*\))\s*(?:=|{INTERPOLATED}|,|$)""",
    "delete": rf"""delete\s+(?:\w+\s+)?from\s+(?:only\s+)?{_TABLE}\s*
        (?:$|;|\b(?:where|using|returning|inner|left|join|order|limit)\b|{INTERPOLATED}|%s)""",
    "with": rf"with\s+(?:recursive\s+)?{_NAME}\s*(?:\([^()]*\)\s*)?as\s+(?:(?:not\s+)?materialized\s+)?\(",
    "merge": rf"merge\s+into\s+{_NAME}",
    "create": rf"""create\s+(?:or\s+replace\s+)?
        (?:(?:global|local|temp|temporary|unlogged|unique|materialized|virtual)\s+)*
        (?:table|index|view|trigger|function|type|extension|schema)\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?
        {_NAME}\s*(?:\(|as\b|on\b|using\b|partition\b|;|$)""",
    "alter": rf"""alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?{_NAME}\s+
        (?:add|drop|alter|rename|modify|change|set|validate|enable|disable|owner|attach|detach)\b""",
    "drop": rf"""drop\s+(?:table|index|view|materialized\s+view|type|trigger|function|schema)\s+(?:concurrently\s+)?
        (?:if\s+exists\s+)?{_NAME}\s*(?:,|;|$|\bcascade\b|\bon\b)""",
    "truncate": rf"truncate\s+(?:table\s+)?{_NAME}\s*(?:,|;|$|\b(?:cascade|restart)\b)",
}
_SHAPED = {verb: re.compile(shape, re.IGNORECASE | re.DOTALL | re.VERBOSE) for verb, shape in _SHAPES.items()}
_VERB = re.compile(r"[A-Za-z]+")
_PROSE = re.compile(
    r"\b(?:select|from|update|into|table|delete)\s+"
    r"(?:the|your|this|that|these|those|our|my|its|their|one|any|some|each|every|which|what|how|more|other|another"
    r"|it|them|here|there|all\s+(?:the|of)|(?P<article>an?))\s+(?P<next>[a-z]+)",
    re.IGNORECASE,
)
_AFTER_A_NAME = frozenset(
    {
        "as", "set", "from", "where", "join", "left", "right", "inner", "full", "cross", "natural", "on", "using",
        "group", "order", "limit", "offset", "union", "values", "select", "default", "returning", "with", "add", "drop",
        "alter", "rename", "modify", "change", "for", "having", "cascade", "tablesample", "window", "fetch",
        "except", "intersect",
    }
)  # fmt: skip
_PLAIN_RUN = re.compile(r"(?:[A-Za-z']+\s+){3,}from\b", re.IGNORECASE)
_SELECT_WORDS = re.compile(
    r"\b(?:distinct|as|case|when|then|else|end|all|and|or|not|is|in|null|over|on|by)\b", re.IGNORECASE
)
_EVIDENCE = re.compile(
    rf"[*=(]|\b(?:where|join|limit|order\s+by|group\s+by)\b|[%:$@?]\w*|{INTERPOLATED}", re.IGNORECASE
)
