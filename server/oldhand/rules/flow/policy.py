"""What a flow is asked about: the lists of sources and sanitizers, and the values that parameters are bound to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from oldhand.rules.facts.values import Value
from oldhand.rules.name_sets import NameSet


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts as coming from outside, and what makes it harmless; shared by the rules that name the same lists.

    `handlers` are the decorators that make a function's parameters come from a request.
    """

    sources: NameSet
    sanitizers: NameSet
    handlers: NameSet


Bindings: TypeAlias = Mapping[str, Value]
UNBOUND: Bindings = {}
