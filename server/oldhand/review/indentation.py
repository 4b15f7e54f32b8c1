"""New lines moved to the indentation of the place where they are put, in the document's tabs or blanks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd

_BLANKS = re.compile(r"[ \t]*")
_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Indentation:
    """`base` is the blanks that the new lines' first has, `place` those that it gets; a level is one of `unit`.

    `step` is how many columns a level takes in the new lines.
    """

    base: str
    place: str
    unit: str
    step: int

    @classmethod
    def of(cls, text: str, there: Sequence[str], old: Sequence[str], new: Sequence[str]) -> Indentation:
        """What has to be done to `new`, which is written as `old` is, of the lines that are `there` in the text.

        New lines that begin at the margin, as the old ones do not, were taken out of their indentation as a whole.
        """
        base, first = blanks(old[0]), blanks(new[0])
        written = [line for line in (*old, *new) if line.strip()]
        unit = _unit(text)
        return cls(base if first else first, blanks(there[0]), unit, _step(map(blanks, written), len(unit)))

    def moved(self, line: str) -> str:
        """The line where it belongs; a blank one is empty."""
        if not line.strip():
            return ""
        lead = blanks(line)
        if lead.startswith(self.base):
            deeper, shallower = _columns(lead[len(self.base) :], self.step), 0
            if self.unit != "\t" and "\t" not in lead:
                return self.place + line[len(self.base) :]
        else:
            difference = _columns(lead, self.step) - _columns(self.base, self.step)
            deeper, shallower = max(difference, 0), max(-difference, 0)
        levels, rest = divmod(deeper, self.step)
        place = self.place
        if shallower:
            size = 1 if place.endswith("\t") else len(self.unit.expandtabs(_WIDTH))
            place = place[: max(len(place) - -(-shallower // self.step) * size, 0)]
        return place + self.unit * levels + " " * rest + line[len(lead) :]


def blanks(line: str) -> str:
    """The blanks and tabs that the line begins with."""
    found = _BLANKS.match(line)
    return found[0] if found else ""


def _columns(lead: str, step: int) -> int:
    return len(lead.replace("\t", " " * step))


def _unit(text: str) -> str:
    """A level of the document's indentation: a tab, or as many blanks as its indented lines have in common."""
    leads = re.findall(r"^([ \t]+)\S", text, re.MULTILINE)[:400]
    if not leads:
        return " " * _WIDTH
    if sum("\t" in lead for lead in leads) * 2 > len(leads):
        return "\t"
    return " " * _step((lead for lead in leads if "\t" not in lead), _WIDTH)


def _step(leads: Iterable[str], default: int) -> int:
    """How many columns a level takes: the greatest common divisor where that is a usual number, or a usual default."""
    depth = gcd(*(len(lead) for lead in leads if "\t" not in lead))
    if depth in {2, 3, 4, 8}:
        return depth
    return default if default > 1 else _WIDTH
