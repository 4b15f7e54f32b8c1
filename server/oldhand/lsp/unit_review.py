"""What a persona says of the function under the pointer, or how to ask it; answered from what is known, at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oldhand.lsp.session import OpenFile
from oldhand.lsp.states import State, UnitState, unit_states
from oldhand.syntax.scopes import enclosing
from oldhand.text.ranges import TextRange

if TYPE_CHECKING:
    from oldhand.lsp.server import Server


@dataclass(frozen=True, slots=True)
class About:
    """Paragraphs about a unit, none where nothing is to be said, and where its name or itself stands."""

    words: Sequence[str]
    place: TextRange


def of(ls: Server, file: OpenFile, offset: int) -> About:
    """What there is to say at that place of the text."""
    consulted = file.consulted
    if not ls.consulting.has_key and not consulted.units:
        return About((), TextRange(offset, offset))
    name = _name_at(file, offset)
    for one in unit_states(consulted, consulted.now):
        if one.unit.range.contains(offset):
            if one.state is not State.NOT_REVIEWED:
                return About(_reviewed(file, one), name or one.unit.range)
            break
    if name is None:
        return About((), TextRange(offset, offset))
    asking = "“Review function with …” among the code actions has a persona look at it."
    return About((f"Not reviewed by a persona. {asking}",), name)


def _reviewed(file: OpenFile, one: UnitState) -> list[str]:
    known = file.consulted.units.get(one.unit.name)
    words = [known.summary] if known is not None and known.summary else []
    state = f"Review: {one.state.value}" + (f", {one.reason}" if one.reason else "")
    words.append(state + (f" · {file.consulted.paid}" if file.consulted.paid and known is not None else ""))
    return words


def _name_at(file: OpenFile, offset: int) -> TextRange | None:
    """The name of the function whose name stands there; only where the text is checked as it is."""
    review = file.review
    tree = review.analysis.parsed() if review is not None and review.analysis is not None else None
    scope = enclosing(tree, offset) if tree is not None else None
    return (
        scope.name_range if scope is not None and len(scope.name_range) and scope.name_range.contains(offset) else None
    )
