"""Statements: where each begins and ends in a text of SQL, and what kind it is; what is inside is for other modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from oldhand.rules.sql.tokens import Token, TokenKind


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    `kind` is its words in lower case ("select", "create table", "alter table", "drop index", …), where WITH and
    EXPLAIN are looked through; `modifiers` are the words in upper case that stand between ("TEMPORARY", "UNIQUE",
    "CONCURRENTLY", "IF NOT EXISTS", …); `body` is the index of the first token behind them.
    `tokens` has no comments and not the terminator. `closing[i]` is the index of the `)` that closes a `(` at `i`
    (the number of tokens where none does), else 0.
    `after` is the offset behind the terminator, or behind the last token where there is none. `closed` is the offset
    behind what ends it whatever follows, a terminator or a line of GO; 0 where only what follows shows the end.
    """

    kind: str
    modifiers: frozenset[str]
    body: int
    tokens: tuple[Token, ...]
    closing: tuple[int, ...]
    after: int
    closed: int

    @property
    def start(self) -> int:
        """The offset of the first token."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """The offset behind the last token, before the terminator."""
        return self.tokens[-1].end

    @property
    def terminated(self) -> bool:
        """Whether a terminator follows."""
        return self.end < self.after

    @property
    def whole(self) -> bool:
        """Whether every parenthesis is closed: a half-typed statement says nothing about what it lacks."""
        return len(self.tokens) not in self.closing


def split_statements(text: str, tokens: Iterable[Token]) -> Iterator[Statement]:
    """The statements of `text`.

    They end at `;`, at a line of GO or `/`, and, so that a missing `;` costs one statement and not the file, before
    a line that begins with words like CREATE TABLE. The bodies of routines and triggers are not looked into.
    """
    current = _Open(text)
    for token in tokens:
        kind, key = token.kind, token.key
        if kind is TokenKind.COMMENT:
            continue
        if kind is TokenKind.META or kind is TokenKind.DATA:
            if current.tokens:
                yield current.statement(token.start)
                current = _Open(text)
        elif not current.tokens:
            if key not in _SEPARATORS:
                current.add(token)
        elif key in _ENDINGS and current.ends_at(token):
            closed = token.end if key in _SEPARATORS and (key != ";" or current.is_closed) else 0
            yield current.statement(token.end if key in (";", "/") else current.tokens[-1].end, closed)
            current = _Open(text)
            if key not in _SEPARATORS:
                current.add(token)
        else:
            if key in _ANEW and current.is_followed_by(token):
                yield current.statement(current.tokens[-1].end)
                current = _Open(text)
            current.add(token)
    if current.tokens:
        yield current.statement(current.tokens[-1].end)


_SEPARATORS = frozenset({";", "GO", "/"})
_ENDINGS = _SEPARATORS | {"BEGIN"}
_ANEW = frozenset({"CREATE", "ALTER", "DROP", "INSERT", "DELETE"})
_ROUTINES = frozenset({"FUNCTION", "PROCEDURE", "PROC", "TRIGGER", "EVENT", "PACKAGE"})
_HEAD = 20  # tokens of a CREATE within which the word that says what is created must stand
_STARTERS = frozenset({"CREATE", "ALTER", "DROP", "INSERT", "DELETE", "TRUNCATE", "SELECT", "UPDATE", "WITH", "COMMIT"})
_OBJECTS = frozenset(
    {
        "TABLE", "INDEX", "VIEW", "TYPE", "SCHEMA", "DATABASE", "EXTENSION", "SEQUENCE", "FUNCTION",
        "PROCEDURE", "TRIGGER", "UNIQUE", "OR", "TEMP", "TEMPORARY", "MATERIALIZED", "UNLOGGED", "POLICY",
        "ROLE", "USER", "DOMAIN",
    }
)  # fmt: skip
_INNER = frozenset({"WITH", "EXPLAIN", "PREPARE", "DECLARE", "GRANT", "REVOKE", "COPY", "IF", "EXECUTE", "MERGE"})
_BLOCK_ENDS_OTHERS = frozenset({"IF", "LOOP", "WHILE", "REPEAT", "FOR"})


class _Open:
    """The statement whose end has not been seen: its tokens, and how deep in parentheses and blocks it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.depth = 0
        self.blocks = 0
        self.routine = False

    def add(self, token: Token) -> None:
        self.tokens.append(token)
        key = token.key
        if key == "(":
            self.depth += 1
        elif key == ")":
            self.depth = max(0, self.depth - 1)
        elif key in _ROUTINES and len(self.tokens) < _HEAD and self.tokens[0].key in ("CREATE", "ALTER"):
            self.routine = True
        elif self.routine:
            self.blocks = _nested(self.blocks, key, self.tokens)

    def statement(self, after: int, closed: int = 0) -> Statement:
        """The statement that ends here; see there for the offsets."""
        tokens = self.tokens
        closing = [0] * len(tokens)
        opened: list[int] = []
        for index, token in enumerate(tokens):
            if token.key == "(":
                opened.append(index)
                closing[index] = len(tokens)
            elif token.key == ")" and opened:
                closing[opened.pop()] = index
        kind, modifiers, body = _kind(tokens)
        return Statement(kind, modifiers, body, tuple(tokens), tuple(closing), after, closed)

    @property
    def is_closed(self) -> bool:
        """Whether no parenthesis and no block of a routine is open."""
        return self.depth == 0 and self.blocks == 0

    def ends_at(self, token: Token) -> bool:
        """Whether this, one of _ENDINGS, ends the statement."""
        match token.key:
            case ";":
                return self.is_closed or _next_line_starts(self.text, token.end)
            case "BEGIN":
                return self.tokens[0].key in ("IF", "WHILE", "ELSE") and self.depth == 0
            case _:
                return _alone_on_line(self.text, token)

    def is_followed_by(self, token: Token) -> bool:
        """Whether a statement begins at this, one of _ANEW, although nothing ended the one before it."""
        return not self.routine and self.depth == 0 and _begins_anew(token, self.tokens, self.text)


_LINE = 200  # characters to either side that are looked at for a line's end


def _next_line_starts(text: str, place: int) -> bool:
    """Whether a statement seems to begin on the line after `place`, in column 0: then something was left open."""
    line = text.find("\n", place, place + _LINE)
    if line < 0 or text[place:line].strip():
        return False
    word = text[line + 1 : line + 20].split(None, 1)
    return bool(word) and not text[line + 1].isspace() and word[0].upper() in _STARTERS


def _alone_on_line(text: str, token: Token) -> bool:
    before = text[max(0, token.start - _LINE) : token.start].rpartition("\n")[2]
    after = text[token.end : token.end + _LINE].partition("\n")[0]
    return not before.strip() and not after.strip()


def _begins_anew(token: Token, current: Sequence[Token], text: str) -> bool:
    """Whether a statement begins at `token` although nothing ended the one before it."""
    if current[0].key in _INNER:
        return False
    before = text[current[-1].end : token.start]
    if "\n" not in before and "\r" not in before:
        return False
    following = text[token.end : token.end + 40].split(None, 1)
    word = following[0].upper() if following else ""
    if token.key == "INSERT":
        return word == "INTO" and current[-1].key not in _CONTINUED
    if token.key == "DELETE":
        return word == "FROM" and current[-1].key not in _CONTINUED
    if token.key == "DROP" and current[0].key == "ALTER":
        return word in ("TABLE", "VIEW", "TYPE", "SCHEMA")
    if token.key == "ALTER":
        return word == "TABLE"
    return (word in _OBJECTS and current[0].key != "CREATE") or word in ("TABLE", "INDEX", "UNIQUE")


_CONTINUED = frozenset(
    {"DO", "INSTEAD", "ALSO", "ON", "OR", "BEFORE", "AFTER", "OF", "THEN", ",", "AS", "FOR", "EXPLAIN"}
)


def _nested(blocks: int, key: str, current: Sequence[Token]) -> int:
    """How many BEGIN and CASE of a routine are open behind the last of `current`."""
    if key in ("BEGIN", "CASE"):
        return blocks if key == "CASE" and current[-2].key == "END" else blocks + 1
    if key == "END":
        return max(0, blocks - 1)
    if key in _BLOCK_ENDS_OTHERS and len(current) > 1 and current[-2].key == "END":
        return blocks + 1  # END IF closed no BEGIN
    return blocks


_VERBS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "VALUES"})
_MODIFIERS = frozenset(
    {
        "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "EXTERNAL", "FOREIGN", "VIRTUAL", "UNIQUE",
        "CLUSTERED", "NONCLUSTERED", "COLUMNSTORE", "MATERIALIZED", "RECURSIVE", "FULLTEXT", "SPATIAL",
        "CONSTRAINT", "TRANSIENT", "ONLINE", "EDITIONABLE", "FORCE", "HYPERTABLE", "VECTOR", "SNAPSHOT",
        "DYNAMIC", "PUBLIC",
    }
)  # fmt: skip


def _kind(tokens: Sequence[Token]) -> tuple[str, frozenset[str], int]:
    """The statement's kind, the modifiers in it, and the index of the first token behind both."""
    first = tokens[0].key
    if first in ("CREATE", "ALTER", "DROP"):
        return _object_kind(tokens)
    if first in ("WITH", "("):
        depth = 0
        for index, token in enumerate(tokens):
            depth += (token.key == "(") - (token.key == ")")
            if token.key in _VERBS and (depth == 0 or first == "("):
                return token.key.lower(), frozenset(), index + 1
        return "with", frozenset(), 1
    second = tokens[1].key if len(tokens) > 1 else ""
    if first == "RENAME" and second == "TABLE":
        return "rename table", frozenset(), 2
    if first == "TRUNCATE":
        return "truncate", frozenset(), 2 if second == "TABLE" else 1
    if first == "START" and second == "TRANSACTION":
        return "begin", frozenset(), 2
    return first.lower(), frozenset(), 1


def _object_kind(tokens: Sequence[Token]) -> tuple[str, frozenset[str], int]:
    verb = tokens[0].key.lower()
    modifiers: set[str] = set()
    index = 1
    if _keys(tokens, index, 2) in (("OR", "REPLACE"), ("OR", "ALTER")):
        modifiers.add("OR REPLACE")
        index += 2
    while index < len(tokens) and (tokens[index].key in _MODIFIERS or _sets_option(tokens, index)):
        if tokens[index].key in _MODIFIERS:
            modifiers.add("TEMPORARY" if tokens[index].key == "TEMP" else tokens[index].key)
            index += 1
        else:
            index = _behind_option(tokens, index)
    if index == len(tokens):
        return verb, frozenset(modifiers), index
    kind = f"{verb} {tokens[index].key.lower()}"
    index += 1
    while index < len(tokens):
        if tokens[index].key in ("CONCURRENTLY", "ONLY"):
            modifiers.add(tokens[index].key)
            index += 1
        elif _keys(tokens, index, 3) == ("IF", "NOT", "EXISTS"):
            modifiers.add("IF NOT EXISTS")
            index += 3
        elif _keys(tokens, index, 2) == ("IF", "EXISTS"):
            modifiers.add("IF EXISTS")
            index += 2
        else:
            break
    return kind, frozenset(modifiers), index


def _keys(tokens: Sequence[Token], index: int, count: int) -> tuple[str, ...]:
    return tuple(token.key for token in tokens[index : index + count])


def _sets_option(tokens: Sequence[Token], index: int) -> bool:
    """Whether MySQL's `DEFINER = …`, `ALGORITHM = …` or `SQL SECURITY …` stands here."""
    return tokens[index].key in ("DEFINER", "ALGORITHM", "SQL")


def _behind_option(tokens: Sequence[Token], index: int) -> int:
    end = min(len(tokens), index + 8)
    while index < end and tokens[index].key not in _ROUTINES and tokens[index].key not in ("VIEW", "SQL", "TABLE"):
        index += 1
    return index + 2 if index < end and tokens[index].key == "SQL" else index
