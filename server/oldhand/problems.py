"""Problems: what is wrong with a file that a user wrote for Oldhand (a rule, a persona, a setting)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One complaint about an input file; the rest of the file and all other files stay in use.

    `path` is as the user named it, or empty for text with no file; `line` is 1-based, 0 where no line applies.
    `message` is one sentence that says what is wrong; `hint` says what to do and may be empty.
    `fatal` says that the thing described (the rule, the persona) could not be used at all; `note` that nothing is
    wrong and the user should merely know.
    """

    path: str
    line: int
    message: str
    hint: str = ""
    fatal: bool = False
    note: bool = False

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}: " if self.line else f"{self.path}: " if self.path else ""
        return f"{place}{self.message}" + (f" {self.hint}" if self.hint else "")
