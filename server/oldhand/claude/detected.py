"""Secrets that detect-secrets knows: its detectors for the keys of many services, and its measure of randomness.

They are called on text in memory alone: nothing is verified, read, logged or sent. Its detector of keywords is left
out, since `oldhand.secrets` reads assignments, and that of addresses, which are no secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from oldhand.text.ranges import TextRange

_LEFT_OUT = {"IPPublicDetector", "KeywordDetector"}
_LONGEST = 400
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def find(text: str, *, random: bool) -> Iterator[TextRange]:
    """Where its detectors see secrets in the text; with `random`, also quoted strings that are too random for words."""
    keys, measures = _detectors()
    values = {value for detector in keys for value in detector.analyze_string(text)}
    if random:
        for detector in measures:
            quoted = (match for match in detector.regex.findall(text))
            texts = (one if isinstance(one, str) else max(one, key=len) for one in quoted)
            values |= {one for one in texts if _is_random(detector, one)}
    for value in values:
        if 6 <= len(value) <= _LONGEST:
            for match in re.finditer(re.escape(value), text):
                yield TextRange(*match.span())


def _is_random(detector: Any, value: str) -> bool:
    """By the library's own limits: 4.5 bits a character for base64, 3.0 for hexadecimal digits."""
    if len(value) < 20 or _UUID.fullmatch(value) or not any(one.isdigit() for one in value):
        return False
    return bool(detector.calculate_shannon_entropy(value) > detector.entropy_limit)


@cache
def _detectors() -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Those that know a service's keys, and those that measure; the library takes a sixth of a second to load."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class  # noqa: PLC0415
    from detect_secrets.plugins.high_entropy_strings import HighEntropyStringsPlugin  # noqa: PLC0415

    kinds: Iterable[Any] = get_mapping_from_secret_type_to_class().values()
    made = [kind() for kind in kinds if kind.__name__ not in _LEFT_OUT]
    measures = tuple(one for one in made if isinstance(one, HighEntropyStringsPlugin))
    return tuple(one for one in made if not isinstance(one, HighEntropyStringsPlugin)), measures
