"""The analysis of a text in which a statement is half typed: that of the text in which it was whole, carried.

Nothing is said of what was typed before it parses. Everything else stays as it was; and where something else is typed
meanwhile, that is analysed in the text with the half-typed statement as it was when it was whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from oldhand.findings import Finding, Fix
from oldhand.rules.analysis import Analysis, Proof
from oldhand.syntax.half_typed import Changes
from oldhand.syntax.tree import SyntaxTree, parse
from oldhand.text.edits import TextEdit, changed_span
from oldhand.text.ranges import TextRange


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Carried(Analysis):
    """An analysis whose findings are those of `before`, an analysis of a whole parse, less what the changes touch.

    It has no tree and no units of its own.
    """

    before: Analysis
    changes: Changes

    @property
    def whole(self) -> Analysis:
        """The analysis that this one is carried from."""
        return self.before

    @property
    def half_typed(self) -> bool:
        """It is."""
        return True

    def fix(self, finding: Finding) -> Fix | None:
        """The fix as it has to be made in this text; None where the change touches what it edits."""
        if finding.fix is not None:
            return finding.fix
        proof = self.proof(finding)
        return self._later(proof.fix) if proof is not None else None

    def proof(self, finding: Finding) -> Proof | None:
        """A carried finding's fix is proved on the text that it was found in: nothing can be in a half-typed one."""
        if finding.fix is not None:
            return Proof(self, finding, finding.fix)
        place = self.changes.back(finding.range)
        for earlier in self.before.findings:
            if earlier.fingerprint == finding.fingerprint and earlier.range == place:
                return self.before.proof(earlier)
        return None

    def _later(self, fix: Fix) -> Fix | None:
        """A fix in the earlier text as it has to be made in this one; None where the change touches its edits."""
        edits: list[TextEdit] = []
        for edit in fix.edits:
            place = self.changes.forward(edit.range)
            if place is None:
                return None
            edits.append(replace(edit, range=place))
        return replace(fix, edits=tuple(edits))

    def syntax_errors(self) -> tuple[TextRange, ...]:
        """What does not parse of the statements around the change."""
        return tuple(error for change in self.changes.items for error in change.errors)

    def comments(self) -> list[TextRange]:
        """The comments of before, and those that now are in the statements around the change."""
        outside = [
            place
            for place in _moved(self.before.comments(), self.changes.forward)
            if not any(change.region.covers(place) for change in self.changes.items)
        ]
        return sorted([*outside, *(comment for change in self.changes.items for comment in change.comments)])

    def statement_at(self, place: TextRange) -> TextRange | None:
        """The statement of before, with what was typed inside it; None for a place that the change touches."""
        earlier = self.changes.back(place)
        statement = self.before.statement_at(earlier) if earlier is not None else None
        return self.changes.around(statement) if statement is not None else None

    def functions(self) -> list[TextRange]:
        """The functions of before, the one that is being typed in with what it has become."""
        return list(_moved(self.before.functions(), self.changes.around))

    def parsed(self) -> SyntaxTree:
        """The tree of the text, parsed when it is asked for."""
        return parse(self.language, self.text, self.before.tree)


def carried(before: Analysis, text: str, changes: Changes) -> Carried:
    """The analysis of `text`, which the changes have made of the text that was analysed before."""
    errors = [error for change in changes.items for error in change.errors]
    placed = []
    for finding, hit, start in before.placed:
        place = changes.forward(finding.range)
        if place is not None and not any(place.touches(error) for error in errors):
            placed.append((finding if place == finding.range else replace(finding, range=place), hit, start))
    return Carried(before.language, text, before.rules, placed, before.problems, before=before, changes=changes)


def apart(previous: Carried, text: str) -> Changes:
    """What was half typed before and has not been touched since, as changes of `previous.before` to `text`."""
    removed, added = changed_span(previous.text, text)
    growth = len(added) - len(removed)
    return Changes(
        tuple(
            change.moved(0, growth if change.region.start > removed.end else 0)
            for change in previous.changes.items
            if not change.region.touches(removed)
        )
    )


def with_changes(inner: Analysis, earlier: str, text: str, left: Changes) -> Carried | None:
    """The analysis of `text`, where `inner` is that of the text without the changes `left`, which are of `earlier`.

    None where what is half typed in that text takes in a place of these changes.
    """
    if isinstance(inner, Carried):
        for one in inner.changes.items:
            for other in left.items:
                if one.region.touches(other.removed.moved(one.growth if one < other else 0)):
                    return None
        own = (one.moved(0, sum(other.growth for other in left.items if other < one)) for one in inner.changes.items)
        return carried(inner.before, text, Changes(tuple(sorted([*own, *left.items]))))
    removed, added = changed_span(earlier, inner.text)
    growth = len(added) - len(removed)
    items = (one.moved(growth if one.removed.start > removed.start else 0, 0) for one in left.items)
    return carried(inner, text, Changes(tuple(items)))


def _moved(places: Iterable[TextRange], move: Callable[[TextRange], TextRange | None]) -> Iterator[TextRange]:
    return (moved for moved in map(move, places) if moved is not None)
