"""What is honestly known of a document and of each of its units: what was not reviewed never looks clean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from oldhand.lsp.consulted import Consulted

if TYPE_CHECKING:
    from oldhand.review.units import Unit


class State(Enum):
    """Where the persona's review of something stands; the values are those of `oldhand/state`."""

    NOT_REVIEWED = "not reviewed"
    WAITING = "waiting"
    REVIEWING = "reviewing"
    REVIEWED = "reviewed"
    STALE = "stale"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class UnitState:
    """One unit's state; `reason` is one line, or ""."""

    unit: Unit
    state: State
    reason: str = ""


def unit_states(consulted: Consulted, units: Sequence[Unit]) -> tuple[UnitState, ...]:
    """The state of each unit of the text as it is."""
    running = {unit.name for unit in consulted.running.units} if consulted.running is not None else set()
    return tuple(UnitState(unit, *_unit(consulted, unit, running)) for unit in units)


def document_state(consulted: Consulted, units: Sequence[UnitState]) -> tuple[State, str]:
    """The state of the whole and the reason, one line or ""."""
    if consulted.running is not None:
        return State.REVIEWING, f"{consulted.running.persona} is reviewing"
    if consulted.failure:
        return State.FAILED, consulted.failure
    if consulted.skipped:
        return State.SKIPPED, consulted.skipped
    if consulted.waiting:
        return State.WAITING, "what does not parse is reviewed after the next save"
    states = {one.state for one in units}
    if State.STALE in states:
        return State.STALE, "code has changed since it was reviewed"
    if not states - {State.REVIEWED} and states:
        return State.REVIEWED, ""
    if State.REVIEWED in states:
        count = sum(one.state is State.REVIEWED for one in units)
        return State.REVIEWED, f"{count} of {len(units)} parts; the rest was not reviewed"
    return State.NOT_REVIEWED, ""


def _unit(consulted: Consulted, unit: Unit, running: set[str]) -> tuple[State, str]:
    known = consulted.units.get(unit.name)
    if unit.name in running:
        return State.REVIEWING, ""
    if unit.name in consulted.waiting:
        return State.WAITING, "it does not parse"
    if known is None:
        return State.NOT_REVIEWED, ""
    if known.digest != unit.digest:
        return State.STALE, f"changed since {known.persona} reviewed it"
    return State.REVIEWED, f"by {known.persona} ({known.model}), {known.when}"
