"""The edits behind actions and commands, each made for exactly the text that is there, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oldhand.findings import Accepted
from oldhand.lsp import ignores
from oldhand.lsp.session import OpenFile, Session
from oldhand.text.edits import TextEdit

FIX = "fix"
FIX_EVERYTHING = "fixAll"
IGNORE_LINE = "ignoreLine"
IGNORE_FILE = "ignoreFile"

NAMES = frozenset({FIX, FIX_EVERYTHING, IGNORE_LINE, IGNORE_FILE})


@dataclass(frozen=True, slots=True)
class Action:
    """What an edit is for: one of `NAMES`, a version of a document, and, but for fixing everything, a finding in it."""

    name: str
    uri: str
    version: int | None
    fingerprint: str

    def written(self) -> dict[str, Any]:
        """The action as JSON."""
        return {"action": self.name, "uri": self.uri, "version": self.version, "fingerprint": self.fingerprint}

    @classmethod
    def read(cls, data: object) -> Action | None:
        """The action that JSON describes; None for anything else."""
        if not isinstance(data, dict):
            return None
        name, uri, fingerprint = (data.get(key) for key in ("action", "uri", "fingerprint"))
        version = data.get("version")
        if name not in NAMES or not isinstance(uri, str) or not isinstance(fingerprint, str):
            return None
        if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
            return None
        return cls(name, uri, version, fingerprint)


async def edits_of(session: Session, file: OpenFile, action: Action) -> Sequence[TextEdit] | None:
    """The edits on the file's text as it is once it is reviewed; None where the finding or its proof is not there."""
    review = await session.reviewed(file)
    if review is None:
        return None
    if action.name == FIX_EVERYTHING:
        context = file.context
        return await session.worker.run(session.engine.fix_all, review, context.rules, context.settings) or None
    listed = (one.finding for one in file.listed)
    finding = next((one for one in listed if one.fingerprint == action.fingerprint), None)
    if finding is None:
        return None
    if action.name == FIX:
        finding = await session.verified(file, review, finding)
        return finding.fix.edits if finding.fix is not None and isinstance(finding.verdict, Accepted) else None
    make = ignores.ignore_here if action.name == IGNORE_LINE else ignores.ignore_in_file
    edit = await session.worker.run(make, session.engine, review, file.context, finding)
    return (edit,) if edit is not None else None
