"""Regular expressions of rules: Rust's dialect as far as RE2 has it, in time linear in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

import re2

MAX_LENGTH = 20_000


@lru_cache(maxsize=2048)
def search(pattern: str) -> Callable[[str], bool]:
    """Whether the expression is found anywhere in a text.

    Raises ValueError for what RE2 can not read, look-around and back references among it.
    """
    if len(pattern) > MAX_LENGTH:
        raise ValueError(f"A regular expression is longer than {MAX_LENGTH} characters.")
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        compiled = re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise ValueError(f'The regular expression "{pattern}" can not be used: {_reason(error)}.') from None

    plain = _PLAIN.fullmatch(pattern)
    if plain is not None:
        return _plain(re.sub(r"\\(.)", r"\1", plain["text"]), starts=bool(plain["start"]), ends=bool(plain["end"]))

    def found(text: str) -> bool:
        # Surrogates, which an editor may send alone, have no UTF-8.
        return compiled.search(text.encode("utf-8", "replace")) is not None

    return found


# An expression that is a text, perhaps anchored: half of all that rules write.
_PLAIN = re.compile(r"(?P<start>\^)?(?P<text>(?:[\w /:,@\-'\"=<>]|\\[./()\[\]-])+)(?P<end>\$)?")


def _plain(sought: str, *, starts: bool, ends: bool) -> Callable[[str], bool]:
    if starts and ends:
        return lambda text: text == sought
    if starts:
        return lambda text: text.startswith(sought)
    return (lambda text: text.endswith(sought)) if ends else (lambda text: sought in text)


def words(pattern: str) -> frozenset[str]:
    """Texts of which one stands in every text that the expression is found in; empty where none is plain to see."""
    if re.search(r"\(\?(?!:)", pattern):
        # Flags: letters may be large or small, blanks may count for nothing.
        return frozenset()
    found = [max(runs, key=len, default="") for runs in _alternatives(pattern)]
    return frozenset(found) if all(len(run) >= _TELLING for run in found) else frozenset()


_TELLING = 3
_PIECES = re.compile(
    r"(?P<group>\((?:[^()\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])*\))|(?P<set>\[\^?\]?(?:[^\]\\]|\\.)*\])"
    r"|\\(?P<mark>\W)|(?P<other>\\.|\{[\d,]+\}|[.^$()\[\]{}*?+])|(?P<bar>\|)|(?P<plain>.)",
    re.DOTALL,
)
_LESS = re.compile(r"[*?]|\{")


def _alternatives(pattern: str) -> Iterator[list[str]]:
    """The texts that stand as they are in each of an expression's alternatives, outside of its groups."""
    runs = [""]
    depth = 0
    for piece in _PIECES.finditer(pattern):
        kind, text = piece.lastgroup, piece[0]
        depth += (text == "(") - (text == ")")
        if kind == "bar" and depth == 0:
            yield runs
            runs = [""]
        elif kind in {"plain", "mark"} and depth == 0 and not _LESS.match(pattern, piece.end()):
            runs[-1] += text[-1]
        else:
            runs.append("")
    yield runs


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else error
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
