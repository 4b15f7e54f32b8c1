"""What calls cost: tokens, prices, dollars, and how many tokens a text will be, roughly."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one call, or of several: `input` are those that were neither read from nor written to the cache."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
        )

    @property
    def prompt(self) -> int:
        """All tokens that were sent."""
        return self.input + self.cache_read + self.cache_write


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens; `cache_write` is for a cache of five minutes.

    A call whose prompt has more than `up_to` tokens costs `above` for all of its tokens.
    """

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal
    up_to: int | None = None
    above: Price | None = None

    def at(self, prompt: int) -> Price:
        """The price of a call whose prompt has that many tokens."""
        if self.above is None or self.up_to is None or prompt <= self.up_to:
            return self
        return self.above.at(prompt)


def cost(usage: Usage, price: Price | None) -> Decimal | None:
    """What one call cost in US dollars, None where its price is not known.

    Calls are summed after this, not before: a price may depend on the size of each prompt.
    """
    if price is None:
        return None
    own = price.at(usage.prompt)
    total = usage.input * own.input + usage.output * own.output
    return (total + usage.cache_read * own.cache_read + usage.cache_write * own.cache_write) / _MILLION


def shown(amount: Decimal | None) -> str:
    """An amount for people: whole cents, below a dollar hundredths of a cent, and never rounded down to nothing."""
    if amount is None:
        return "unknown cost"
    fine = amount.quantize(_HUNDREDTH, ROUND_HALF_UP if amount >= _HUNDREDTH else ROUND_UP)
    whole = fine.quantize(_CENT, ROUND_HALF_UP)
    return f"${whole}" if fine >= 1 or fine == whole else f"${fine}"


_CENT, _HUNDREDTH = Decimal("0.01"), Decimal("0.0001")


def estimate_tokens(text: str) -> int:
    """How many tokens a text is, without a tokenizer, rather too many than too few.

    Pieces are counted: up to six letters, two digits or two marks of punctuation, a line's end with its indentation,
    any other character. Measured on 450 files of Python, TypeScript, Go, SQL, YAML and Markdown, that is 0.93 to 1.30
    times (median 1.10) the count of the last tokenizer of Claude that was published; models since 4.7 make some 30 %
    more tokens of the same text.
    """
    return math.ceil(1.3 * sum(1 for _ in _PIECE.finditer(text)))


_PIECE = re.compile(r"[A-Za-z]{1,6}|[0-9]{1,2}|[!-/:-@\[-`{-~]{1,2}|[\r\n]+[ \t]*|[^\x00-\x7f]")
