"""Values that the user writes, read: from YAML as they are, from the environment as strings.

Each reader raises ValueError with the end of a sentence that begins with the setting's name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from oldhand.claude.cost import Price
from oldhand.claude.models import resolve

PROVIDERS = ("anthropic", "bedrock", "bedrock-mantle", "vertex", "google-cloud", "foundry", "aws")

Read = Callable[[object], object]


def one_of(*choices: str) -> Read:
    """A reader of one of these words."""

    def read(value: object) -> str:
        # YAML reads `off` as a string, and people write it as false too.
        word = "off" if value is False else value
        if isinstance(word, str) and word.lower() in choices:
            return word.lower()
        raise ValueError(f"is not one of {', '.join(choices)}")

    return read


def boolean(value: object) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise ValueError("is not true or false")


def base_url(value: object) -> str:
    """The URL without `/v1` and slashes at its end; "" is none."""
    if not isinstance(value, str):
        raise ValueError("is not a URL")
    text = value.strip()
    if not text:
        return ""
    if any(character <= " " or character == "\x7f" for character in text):
        raise ValueError("is not a URL: it has a space or a control character in it")
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        raise ValueError("is not a URL") from None
    if url.scheme not in ("http", "https") or not host:
        raise ValueError("is not a URL that begins with https://")
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("has credentials, a query or a fragment in it, where only a server and a path belong")
    if url.scheme == "http" and not _is_this_machine(host):
        raise ValueError("begins with http://, which anybody on the way can read; only this machine is asked like that")
    return text.rstrip("/").removesuffix("/v1").rstrip("/")


def model(value: object) -> str:
    """A model's alias or id, as it was written."""
    if isinstance(value, str) and value.strip() and not any(map(str.isspace, value.strip())):
        return value.strip()
    raise ValueError("is not the name of a model")


def models(value: object) -> tuple[str, ...]:
    """The ids of several models."""
    items = value if isinstance(value, list) else [value]
    try:
        return tuple(dict.fromkeys(resolve(model(item), "sonnet") for item in items))
    except ValueError:
        raise ValueError("is not a list of names of models") from None


def prices(value: object) -> Mapping[str, Price]:
    """Prices by the models' ids; what is read from the cache costs as much as other input where nothing is said."""
    if not isinstance(value, Mapping):
        raise ValueError("is not a mapping of models to prices")
    return {resolve(str(name), "sonnet"): _price(str(name), given) for name, given in value.items()}


def dollars(value: object) -> Decimal:
    """An amount in US dollars, 0 or more."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            amount = Decimal(str(value).strip().removeprefix("$"))
        except InvalidOperation:
            amount = Decimal(-1)
        if amount.is_finite() and 0 <= amount <= 1_000_000:
            return amount
    raise ValueError("is not an amount of dollars, such as 0.50")


def folders(value: object) -> tuple[str, ...]:
    """Absolute paths of folders; a string may hold several, as `PATH` does."""
    items = value.split(os.pathsep) if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ValueError("is not a list of folders")
    paths = [Path(item).expanduser() for item in items if item.strip()]
    for path in paths:
        if not path.is_absolute():
            raise ValueError(f"has `{path}` in it, which is not an absolute path")
    return tuple(map(str, paths))


def trust(value: object) -> bool:
    """Whether everything is trusted."""
    return one_of("ask", "all")(value) == "all"


def concurrency(value: object) -> int:
    """A number of calls."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 64:
        return value
    raise ValueError("is not a whole number from 1 to 64")


def _price(name: str, given: object) -> Price:
    if not isinstance(given, Mapping):
        raise ValueError(f"has no mapping of prices for `{name}`")
    unknown = sorted(set(given) - _PARTS)
    if unknown or not {"input", "output"} <= set(given):
        raise ValueError(f"needs `input` and `output` for `{name}`, and besides only `cache-read` and `cache-write`")
    try:
        read = {part: dollars(amount) for part, amount in given.items()}
    except ValueError as error:
        raise ValueError(f"has a price for `{name}` that {error}") from None
    ordinary = read["input"]
    written = ordinary * Decimal("1.25")
    return Price(ordinary, read["output"], read.get("cache-read", ordinary), read.get("cache-write", written))


_PARTS = {"input", "output", "cache-read", "cache-write"}


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
