"""Dismissing a finding: its fingerprint and the reason go into the workspace's file, and it is not shown again."""

from __future__ import annotations

import contextlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from oldhand.findings import Finding
from oldhand.lsp import from_proto, trust
from oldhand.lsp.capabilities import DISMISS
from oldhand.lsp.session import OpenFile

if TYPE_CHECKING:
    from oldhand.lsp.server import Server
    from oldhand.suppressions.dismissed import Dismissal

REASONS = ("Not a defect here", "Accepted risk", "Mended elsewhere")


def action(file: OpenFile, finding: Finding) -> types.CodeAction:
    """The action that dismisses a finding."""
    title = f"Dismiss {finding.rule} here for everybody"
    arguments = [{"uri": file.document.uri, "fingerprint": finding.fingerprint}]
    command = types.Command(title=title, command=DISMISS, arguments=arguments)
    return types.CodeAction(title, kind=types.CodeActionKind.QuickFix, command=command)


async def dismiss(ls: Server, file: OpenFile, finding: Finding) -> bool:
    """Ask why, write it down, and review under it; whether the finding is dismissed."""
    folder = ls.session.environment.folder_of(from_proto.path_of(file.document.uri))
    if folder is None:
        ls.say("Only findings in a workspace folder can be dismissed: there is the file that remembers it.")
        return False
    reason = ""
    if ls.client.asks:
        reason = await trust.chosen(ls, f"Why is {finding.rule} not to be shown here again?", REASONS)
        if not reason:
            return False
    from oldhand.suppressions.dismissed import Dismissal  # noqa: PLC0415 - YAML is slow to load

    entry = Dismissal(finding.fingerprint, finding.rule, reason, datetime.now(UTC).date().isoformat())
    path = ls.session.engine.dismissals_file(folder)
    try:
        await ls.worker.run(_write, folder, path, entry)
    except (OSError, UnicodeDecodeError) as error:
        ls.say(f"{path.name} could not be written ({type(error).__name__}); nothing was dismissed.")
        return False
    file.consulted.withdraw(finding.fingerprint)
    ls.consulting.on_change(file)
    await ls.session.refresh()
    return True


def _write(folder: Path, path: Path, entry: Dismissal) -> None:
    """Put the entry into the file, whole or not at all; never through a link that leads out of the folder."""
    from oldhand.suppressions.dismissed import added  # noqa: PLC0415

    path.parent.mkdir(exist_ok=True)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise PermissionError("the file lies outside of the workspace")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".dismissed-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(added(text, entry))
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path.resolve())
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
