"""SQL as tokens: a reader for every dialect at once that accepts any text and never fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from oldhand.rules.sql.dialect import Dialect


class TokenKind(Enum):
    """What a token is; everything that no other kind takes is an operator."""

    WORD = "word"
    QUOTED = "quoted"
    STRING = "string"
    NUMBER = "number"
    PLACEHOLDER = "placeholder"
    OPERATOR = "operator"
    COMMENT = "comment"
    META = "meta"
    DATA = "data"


class Token(NamedTuple):
    """One token: a tuple and not a dataclass, since a file has tens of thousands.

    `start` and `end` are code-point offsets. `key` is what to compare with: a word in upper case, an operator as it
    stands, and "" for all else, so that a quoted identifier is never taken for a key word.
    """

    kind: TokenKind
    text: str
    key: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """The identifier in lower case and without its quotes; two spellings of one name are equal."""
        if self.kind is not TokenKind.QUOTED:
            return self.text.lower()
        quoted = self.text.lstrip("uU&")
        closing = "]" if quoted[0] == "[" else quoted[0]
        return quoted[1:].removesuffix(closing).replace(closing * 2, closing).lower()


# Stands for every character of a value that a host program puts into its SQL; see `embedded`.
INTERPOLATED = "\x1a"


def tokenize(text: str, dialect: Dialect) -> Iterator[Token]:
    """The tokens of any text, in order; between them there is only white space.

    What is open at the end (a string, a comment, a dollar quote) ends with the text. The dialect decides only where
    databases disagree on one spelling: backslashes in strings, `"`, `#`, and `[`.
    """
    return Scanner(text, dialect).tokens()


_DOUBLE_QUOTED = r'"(?:[^"]++|"")*+"?'
_PATTERN = r"""
    \s*+ (?:
    (?P<word> (?![eEnNbBxX]'|[uU]&['"]) [^\W\d][\w$]*+ )
  | (?P<mark> [(),;] )
  | (?P<comment> --[^\r\n]*+ )
  | (?P<block> /\* )
  | (?P<hash> \# )
  | (?P<string> [eE]'(?:[^'\\]++|''|\\.?)*+'? | @STRINGS )
  | (?P<dollar> \$(?:[^\W\d]\w*+)?\$ )
  | (?P<quoted> `(?:[^`]++|``)*+`? @IDENTIFIERS )
  | (?P<number> 0[xX][0-9a-fA-F]++ | (?:\d++(?:\.(?!\.)\d*+)?|\.\d++)(?:[eE][+-]?\d++)? )
  | (?P<placeholder>
        \x1a++
      | %\([^()\r\n]*+\)[a-zA-Z] | %[sdifbtr](?!\w)
      | \$\d++ | \$\{[^{}\r\n]*+\} | \$[^\W\d]\w*+
      | \{\{[^{}]*+\}\} | \{%[^%{}]*+%\} | \{[^{}\s;'",()]*+\}
      | \?(?![|&])\d*+
      | :(?:[^\W\d]\w*+|'[^'\r\n]*+'|"[^"\r\n]*+"|\d++)
      | @@?[^\W\d]\w*+ )
  | (?P<meta> \\ )
  | (?P<bracket> \[ )
  | (?P<operator>
        :: | := | <=> | <> | != | <= | >= | \|\| | ->> | -> | @> | <@ | @@ | @\? | \?\| | \?& | && | \*=
      | !~~\*? | !~\*? | ~~\*? | ~\* | => | \S )
    )
"""


def _master(strings: str, identifiers: str) -> re.Pattern[str]:
    """One pattern for a whole pass. All its repetitions are possessive, so no text makes it step back."""
    pattern = _PATTERN.replace("@STRINGS", strings).replace("@IDENTIFIERS", identifiers)
    return re.compile(pattern, re.VERBOSE | re.DOTALL)


_STANDARD = _master(r"(?:[nNbBxX]|[uU]&)?'(?:[^']++|'')*+'?", rf"| (?:[uU]&)?{_DOUBLE_QUOTED}")
_MYSQL = _master(r"(?:[nNbBxX])?'(?:[^'\\]++|''|\\.?)*+'?" + "\n" + r'| "(?:[^"\\]++|""|\\.?)*+"?', "")

_KINDS = {kind.value: kind for kind in TokenKind}
_BRACKETED = re.compile(r"\[[^\W\d][\w $.#-]*+(?:\]\][\w $.#-]*+)*+\]")
_HASH_WORD = re.compile(r"#{1,2}[^\W\d]\w*+")
_HASH_OPERATOR = re.compile(r"#(?:>>?|-|=)")
_HASH_PLACEHOLDER = re.compile(r"#\{[^{}\r\n]*+\}")
_LINE = re.compile(r"[^\r\n]*+")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_DELIMITER = re.compile(r"DELIMITER[ \t]+(\S++)[^\r\n]*+", re.IGNORECASE)
_COPY_END = re.compile(r"^\\\.[ \t]*$", re.MULTILINE)
_BEFORE_BRACKETED = frozenset({".", "(", ",", "=", ";", "<", ">", "<>", "+", "-", "*", "/", "<=", ">="})
_TORN = re.compile(r"\{(?:\{[^{}]*+|%[^%{}]*+)")
_INDENT = 200  # characters before a token that are looked at to see whether it starts its line


class Scanner:
    """The state of one pass: what the text before the current place says about how to read on."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text = text
        self.dialect = dialect
        self.nesting = dialect is not Dialect.MYSQL
        self.delimiter = ""
        self.brackets = 0
        self.copying = False
        self.endless = False  # no end of copied rows stands in the rest
        self.torn = 0  # up to where was read to see that what begins like a template's value is none
        self.before: Token | None = None

    @property
    def clean(self) -> bool:
        """Whether what follows is read as it would be by itself, and what was read as it is where more follows."""
        nests = self.dialect is not Dialect.MYSQL
        torn = self.before is not None and self.before.end < self.torn
        carried = self.delimiter or self.brackets or self.copying or self.endless or torn
        return not carried and self.nesting is nests

    def tokens(self) -> Iterator[Token]:
        """All tokens of the text; the state is that behind the last one."""
        text, place = self.text, 0
        match = (_MYSQL if self.dialect is Dialect.MYSQL else _STANDARD).match
        while (found := match(text, place)) is not None:
            group = found.lastgroup or ""
            place = found.start(group)
            if self.delimiter and text.startswith(self.delimiter, place):
                token = Token(TokenKind.OPERATOR, self.delimiter, ";", place, place + len(self.delimiter))
            elif group == "word":
                token = self._word(found[group], place, found.end())
            else:
                token = self._token(group, found[group], place)
            place = token.end
            yield token
            if token.kind is TokenKind.COMMENT:
                continue
            self.before = token
            if self.copying and token.key == ";":
                self.copying = False
                data = self._data(place)
                if data is not None:
                    place = data.end
                    yield data

    def _token(self, group: str, found: str, place: int) -> Token:
        """The token at `place`, where the master pattern found `found` as `group`."""
        match group:
            case "mark" | "operator":
                if found == "]" and self.brackets:
                    self.brackets -= 1
                elif found == "{" and (torn := _TORN.match(self.text, place)):
                    self.torn = torn.end() + len("}}")
                key = "" if found == ";" and self.delimiter else found
                return Token(TokenKind.OPERATOR, found, key, place, place + len(found))
            case "block":
                return self._made(TokenKind.COMMENT, place, self._block_end(place))
            case "hash":
                return self._hash(place)
            case "bracket":
                return self._bracket(place)
            case "dollar":
                return self._made(TokenKind.STRING, place, self._dollar_end(found, place))
            case "meta":
                return self._backslash(place)
            case _:
                return Token(_KINDS[group], found, "", place, place + len(found))

    def _made(self, kind: TokenKind, start: int, end: int) -> Token:
        return Token(kind, self.text[start:end], "", start, end)

    def _keyed(self, kind: TokenKind, found: str, place: int) -> Token:
        return Token(kind, found, found.upper(), place, place + len(found))

    def _word(self, found: str, place: int, end: int) -> Token:
        key = found.upper()
        if key == "DELIMITER" and self._starts_line(place):
            line = _DELIMITER.match(self.text, place)
            if line is not None:
                self.delimiter = "" if line.group(1) == ";" else line.group(1)
                return self._made(TokenKind.META, place, line.end())
        elif key == "STDIN":
            self.copying = True
        return Token(TokenKind.WORD, found, key, place, end)

    def _block_end(self, place: int) -> int:
        """Behind the comment that opens at `place`.

        Nested comments are Postgres' alone: once one of them turns out to be open to the text's end, comments of the
        rest are read as all others read them, which also keeps the time linear.
        """
        if self.nesting:
            depth = 0
            for edge in _COMMENT_EDGE.finditer(self.text, place):
                depth += 1 if edge.group() == "/*" else -1
                if depth == 0:
                    return edge.end()
            self.nesting = False
        closed = self.text.find("*/", place + 2)
        return len(self.text) if closed < 0 else closed + 2

    def _dollar_end(self, tag: str, place: int) -> int:
        closed = self.text.find(tag, place + len(tag))
        return len(self.text) if closed < 0 else closed + len(tag)

    def _hash(self, place: int) -> Token:
        """MySQL's comment, T-SQL's temporary table, a template's placeholder, or a Postgres operator."""
        value = _HASH_PLACEHOLDER.match(self.text, place)
        if value is not None:
            return self._made(TokenKind.PLACEHOLDER, place, value.end())
        operator = _HASH_OPERATOR.match(self.text, place)
        if operator is not None and self.dialect is not Dialect.MYSQL:
            return self._keyed(TokenKind.OPERATOR, operator.group(), place)
        word = _HASH_WORD.match(self.text, place)
        if word is not None and self.dialect is Dialect.MSSQL:
            return self._keyed(TokenKind.WORD, word.group(), place)
        following = self.text[place + 1 : place + 2]
        if self.dialect is Dialect.MYSQL or not following.strip() or self._starts_line(place):
            line = _LINE.match(self.text, place)
            return self._made(TokenKind.COMMENT, place, place + len(line.group()) if line else place)
        if word is not None:
            return self._keyed(TokenKind.WORD, word.group(), place)
        return self._keyed(TokenKind.OPERATOR, "#", place)

    def _bracket(self, place: int) -> Token:
        """T-SQL's `[name]`, or the bracket of an array: those stand after a value, after ARRAY, or in each other."""
        before = self.before
        named = None if self.brackets or self.dialect in _ARRAYS else _BRACKETED.match(self.text, place)
        if named is not None:
            after_value = before is not None and before.end == place and before.key not in _BEFORE_BRACKETED
            if not after_value and (before is None or before.key != "ARRAY"):
                return self._made(TokenKind.QUOTED, place, named.end())
        self.brackets += 1
        return self._keyed(TokenKind.OPERATOR, "[", place)

    def _backslash(self, place: int) -> Token:
        """A psql command takes its line; anywhere else a backslash is only a character."""
        line = _LINE.match(self.text, place)
        if line is not None and self._starts_line(place):
            return self._made(TokenKind.META, place, line.end())
        return self._keyed(TokenKind.OPERATOR, "\\", place)

    def _starts_line(self, place: int) -> bool:
        before = self.text[max(0, place - _INDENT) : place].rstrip(" \t")
        return before.endswith(("\n", "\r")) if before else place < _INDENT

    def _data(self, place: int) -> Token | None:
        """The rows after `COPY … FROM stdin;` up to their `\\.`, as pg_dump writes them."""
        if self.text[place : place + 1] not in ("\n", "\r") or self.endless:
            return None
        closed = _COPY_END.search(self.text, place)
        self.endless = closed is None
        return None if closed is None else self._made(TokenKind.DATA, place, closed.end())


_ARRAYS = frozenset({Dialect.POSTGRES, Dialect.COCKROACH, Dialect.MYSQL, Dialect.ORACLE})
