"""Regular expressions of rules: Rust's dialect as far as RE2 has it, in time linear in the text."""

from __future__ import annotations

from collections.abc import Callable
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

    def found(text: str) -> bool:
        # Surrogates, which an editor may send alone, have no UTF-8.
        return compiled.search(text.encode("utf-8", "replace")) is not None

    return found


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else error
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
