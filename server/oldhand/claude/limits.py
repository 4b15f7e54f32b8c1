"""How many calls at once a server's own words leave room for."""

from __future__ import annotations

from collections.abc import Mapping

_LIMITED = ("requests", "tokens", "input-tokens", "output-tokens")


def allowed(headers: Mapping[str, str], most: int) -> int:
    """Calls at once, from 1 to `most`: fewer as less of a limit is left, one where a tenth or less is.

    Headers that are missing or no numbers say nothing.
    """
    shares = []
    for name in _LIMITED:
        left, limit = (_number(headers, f"anthropic-ratelimit-{name}-{what}") for what in ("remaining", "limit"))
        if left is not None and limit:
            shares.append(left / limit)
    share = min(shares, default=1.0)
    return 1 if share <= 0.1 else max(1, min(most, round(most * share * 2)))


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        return float(headers.get(name, ""))
    except ValueError:
        return None
