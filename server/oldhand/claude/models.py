"""The models that Claude is asked through: what each can do and costs, as of `TABLE_DATE`.

A server that answers `models.retrieve` knows better, and `from_info` lets it; prices it does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from oldhand.claude.cost import Price

TABLE_DATE = date(2026, 11, 24)

ALIASES: Mapping[str, str] = {
    "sonnet": "claude-sonnet-5-5",
    "opus": "claude-opus-5-5",
    "haiku": "claude-haiku-5-5",
    "fable": "claude-fable-5-2",
}


@dataclass(frozen=True, slots=True)
class Model:
    """What one model can do.

    `context` and `max_output` are in tokens, `cache_minimum` is the shortest prefix that is cached, in tokens.
    `thinking` says how thinking can be held down: "always" (adaptive, it can not), "between_tools" (adaptive, that
    type is the least), "optional" (adaptive, `disabled` is accepted up to effort high), "manual" (off unless given a
    budget), "none" (it does not think), "" (not known: leave the field out).
    `efforts` are the levels that a request may name, the lowest first, and `effort_default` is what counts where it
    names none. `structured` says whether an answer can be bound to a schema.
    `price` is None where it is not known.
    """

    id: str
    context: int
    max_output: int
    thinking: str
    effort_default: str | None
    efforts: tuple[str, ...]
    cache_minimum: int
    structured: bool
    price: Price | None


def resolve(name: str, default: str) -> str:
    """The model's id that `name` stands for: an alias, a full id, or "inherit" or "" for `default`."""
    asked = name.strip().removesuffix("[1m]")
    if asked.lower() in ("", "inherit"):
        asked = default.strip().removesuffix("[1m]")
    if asked.lower() in ("", "inherit"):
        asked = "sonnet"
    return ALIASES.get(asked.lower(), asked)


def known(model_id: str) -> Model:
    """What is known of a model, under the id that was given.

    A provider's prefix, a date and a version are looked past; of a model that is not in the table little is taken
    for granted.
    """
    row = _TABLE.get(_row_of(model_id))
    if row is not None:
        return replace(row, id=model_id)
    return Model(model_id, 128_000, 8_192, "", None, (), 4_096, "claude" in model_id, None)


def is_known(model_id: str) -> bool:
    """Whether the table has a row for the model."""
    return _row_of(model_id) in _TABLE


def priced(model: Model, prices: Mapping[str, Price]) -> Model:
    """The model with the user's own price for it, where there is one: by its id, or by an id of the same row."""
    own = prices.get(model.id) or prices.get(_row_of(model.id))
    return replace(model, price=own) if own else model


def from_info(model: Model, info: Mapping[str, object]) -> Model:
    """The model as the server describes it in its answer to `models.retrieve`, JSON as it came.

    What is missing, or of another type than it should be, stays as it was.
    """
    capabilities = _mapping(info, "capabilities")
    effort = _mapping(capabilities, "effort")
    efforts = _efforts(effort, model.efforts)
    return replace(
        model,
        context=_count(info, "max_input_tokens", model.context),
        max_output=_count(info, "max_tokens", model.max_output),
        thinking=_thinking(_mapping(capabilities, "thinking"), model.thinking),
        efforts=efforts,
        effort_default=model.effort_default if model.effort_default in efforts else None,
        structured=_flag(_mapping(capabilities, "structured_outputs"), model.structured),
    )


def _row_of(model_id: str) -> str:
    """The id as in the table: `us.anthropic.claude-haiku-4-5-20251001-v1:0` is `claude-haiku-4-5` there."""
    found = _ID.search(model_id.lower())
    return found.group() if found else model_id


# Family and version; a date after them has more digits than a minor version.
_ID = re.compile(r"claude-[a-z]+-\d{1,2}(?!\d)(?:-\d{1,2}(?!\d))?")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")


def _mapping(values: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = values.get(key)
    return value if isinstance(value, Mapping) else {}


def _count(values: Mapping[str, object], key: str, default: int) -> int:
    value = values.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else default


def _flag(values: Mapping[str, object], default: bool) -> bool:
    value = values.get("supported")
    return value if isinstance(value, bool) else default


def _efforts(effort: Mapping[str, object], default: tuple[str, ...]) -> tuple[str, ...]:
    if not _flag(effort, default=True):
        return ()
    told = {level for level in _EFFORTS if isinstance(_mapping(effort, level).get("supported"), bool)}
    if not told:
        return default
    return tuple(level for level in _EFFORTS if _flag(_mapping(effort, level), level in default))


def _thinking(thinking: Mapping[str, object], default: str) -> str:
    if not _flag(thinking, default=True):
        return "none"
    types = _mapping(thinking, "types")

    def accepted(kind: str) -> bool:
        return _flag(_mapping(types, kind), default=False)

    if accepted("adaptive"):
        return "optional" if accepted("disabled") else "between_tools" if accepted("between_tools") else "always"
    return "manual" if accepted("enabled") else default


def _price(input_: str, output: str, read: str, *, above: Price | None = None, up_to: int | None = None) -> Price:
    """Tokens that are written to the cache for five minutes cost a quarter more than others, with every model."""
    dollars = Decimal(input_)
    return Price(dollars, Decimal(output), Decimal(read), dollars * Decimal("1.25"), up_to, above)


def _rows() -> Iterator[Model]:
    """The documented facts; where a fact is not documented, the careful value."""
    million, long = 1_000_000, 128_000
    fable = ("always", "high", _EFFORTS)
    yield Model("claude-fable-5-2", million, long, *fable, 4_096, True, _price("8", "40", "0.20"))
    yield Model("claude-fable-5-1", million, long, *fable, 512, True, _price("10", "50", "0.25"))
    yield Model("claude-fable-5", million, long, *fable, 4_096, True, _price("10", "50", "1"))
    opus = _price("5", "25", "0.50")
    yield Model("claude-opus-5-5", million, long, "always", "medium", _EFFORTS, 512, True, _price("4", "20", "0.20"))
    yield Model("claude-opus-5", million, long, "optional", "high", _EFFORTS, 512, True, opus)
    # Since 7 October 2026 a token read from the cache costs half of what it did before.
    sonnet = ("between_tools", "high", _EFFORTS)
    yield Model("claude-sonnet-5-5", million, long, *sonnet, 512, True, _price("2", "10", "0.10"))
    yield Model("claude-sonnet-5", million, long, "optional", "high", _EFFORTS, 1_024, True, _price("2", "10", "0.20"))
    haiku = _price("0.10", "0.50", "0.01", up_to=100_000, above=_price("0.50", "2.50", "0.05"))
    yield Model("claude-haiku-5-5", million, long, "optional", "medium", _EFFORTS, 4_096, True, haiku)
    yield Model("claude-haiku-4-5", 200_000, 64_000, "manual", None, (), 4_096, True, _price("1", "5", "0.10"))
    for version in ("4-8", "4-7", "4-6", "4-5"):
        yield Model(f"claude-opus-{version}", 200_000, 32_000, "", None, (), 4_096, True, opus)
    for version in ("4-6", "4-5"):
        price = _price("3", "15", "0.30")
        yield Model(f"claude-sonnet-{version}", 200_000, 64_000, "", None, (), 4_096, True, price)


_TABLE = {model.id: model for model in _rows()}
