"""The statement around a place in a file of SQL."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

from oldhand.rules.sql.dialect import guess_dialect
from oldhand.rules.sql.statements import split_statements
from oldhand.rules.sql.tokens import tokenize
from oldhand.text.ranges import TextRange


def statement_at(text: str, place: TextRange) -> TextRange | None:
    """The statement that `place` begins in, its terminator included; None between statements."""
    statements = _statements(text)
    index = bisect_right(statements, place.start, key=lambda statement: statement.start) - 1
    return statements[index] if index >= 0 and place.start <= statements[index].end else None


@lru_cache(maxsize=4)
def _statements(text: str) -> tuple[TextRange, ...]:
    """All statements of a text; kept for the next question, since one is asked for each finding of a file."""
    found = split_statements(text, tokenize(text, guess_dialect(text, "")))
    return tuple(TextRange(statement.start, statement.after) for statement in found)
