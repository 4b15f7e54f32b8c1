"""Diagnostics: pushed with their version, or pulled by clients that can be told to pull again; never both."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from oldhand.lsp import from_proto, to_proto
from oldhand.lsp.features import status
from oldhand.lsp.protocol import RefusedError
from oldhand.lsp.session import OpenFile, Standing
from oldhand.problems import Problem
from oldhand.secrets import mask

if TYPE_CHECKING:
    from oldhand.lsp.server import Server

LIMIT = 500
"""Findings that are shown of one file. Editors slow down with thousands, and nobody reads them."""


class Diagnostics:
    """What the client shows, so that it is told again only when that is no longer right."""

    def __init__(self, ls: Server) -> None:
        self._ls = ls
        self._shown: dict[str, tuple[OpenFile | None, list[types.Diagnostic]]] = {}
        self._refreshing = False
        self.problems: dict[str, tuple[Problem, ...]] = {}
        self.problems_changed = asyncio.Event()
        self.workspace_pulled = False
        ls.session.on_result = self.checked
        ls.session.on_problems = self.problems_found

    def opened(self, key: str) -> None:
        """A document was opened, in which a file's problems may have been shown before."""
        if key in self.problems:
            self._update(key)

    def closed(self, key: str) -> None:
        """A document was closed; what is wrong with its file as such stays."""
        self._update(key)

    def checked(self, file: OpenFile) -> None:
        """A document was reviewed."""
        self._update(from_proto.key_of(file.document.uri))
        self._ls.lenses.checked(file)
        self._ls.session.spawn(status.compare(self._ls, file))

    def consulted(self, file: OpenFile) -> None:
        """A persona has said something of a document."""
        self._update(from_proto.key_of(file.document.uri))

    def problems_found(self) -> None:
        """Other things are wrong with rules, personas and settings than before."""
        before, self.problems = self.problems, self._by_key()
        for key in {**before, **self.problems}:
            if before.get(key) != self.problems.get(key):
                self._update(key)
        self.problems_changed.set()
        self.problems_changed = asyncio.Event()

    def of(self, key: str) -> list[types.Diagnostic]:
        """Everything to be shown in one file, open or not."""
        file = self._ls.session.files.get(key)
        found = [to_proto.problem(problem) for problem in self.problems.get(key, ()) if file or not problem.note]
        return found if file is None else [*self._notes(file), *found, *self._findings(file)]

    def remember(self, key: str, items: list[types.Diagnostic]) -> None:
        """The client was told this of the file as it is."""
        file = self._ls.session.files.get(key)
        if file is not None:
            file.touched = False
        self._shown[key] = (file, items)

    def is_shown(self, key: str, items: list[types.Diagnostic]) -> bool:
        """Whether the client shows just this, and no edit since has met what it shows."""
        file = self._ls.session.files.get(key)
        shown = self._shown.get(key, (None, []))
        return shown == (file, items) and not (file is not None and file.touched)

    def _update(self, key: str) -> None:
        items = self.of(key)
        if self.is_shown(key, items) or (not items and key not in self._shown):
            return
        if self._ls.client.pull_diagnostics:
            self._refresh_if_pulled(key)
        else:
            self._publish(key, items)

    def _publish(self, key: str, items: list[types.Diagnostic]) -> None:
        file = self._ls.session.files.get(key)
        uri = file.document.uri if file is not None else self._uri_of(key)
        version = file.document.version if file is not None else None
        self.remember(key, items)
        if file is None and not items:
            del self._shown[key]
        self._ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, items, version))

    def _refresh_if_pulled(self, key: str) -> None:
        """Have the client pull again where it has pulled this very text before; else it will do so by itself."""
        file = self._ls.session.files.get(key)
        if key not in self._shown or self._refreshing:
            return
        if file is None:
            del self._shown[key]
        elif file.reported is file.document:
            self._refreshing = True
            self._ls.session.spawn(self._refresh())

    async def _refresh(self) -> None:
        try:
            await self._ls.protocol.ask(types.WORKSPACE_DIAGNOSTIC_REFRESH, None)
        except RefusedError:
            pass
        finally:
            self._refreshing = False

    def _findings(self, file: OpenFile) -> list[types.Diagnostic]:
        client = self._ls.client
        return [
            to_proto.diagnostic(file.document, standing.finding, standing.place, client)
            for standing in _worst(file.listed)
        ]

    def _notes(self, file: OpenFile) -> list[types.Diagnostic]:
        review = file.last_review
        notes = [to_proto.note(str(problem.message)) for problem in review.problems] if review is not None else []
        hidden = len(file.listed) - LIMIT
        if hidden > 0:
            notes.append(to_proto.note(f"Oldhand found {hidden} more here; only the {LIMIT} worst findings are shown."))
        return notes

    def _by_key(self) -> dict[str, tuple[Problem, ...]]:
        """The problems of files that are open or in the workspace, by key; others are told in one message."""
        found: dict[str, tuple[Problem, ...]] = {}
        elsewhere: list[Problem] = []
        for path, problems in self._ls.session.problems.items():
            key = from_proto.key_of(to_proto.uri_of(Path(path))) if path else ""
            inside = any(Path(path).is_relative_to(folder) for folder in self._ls.folders)
            if path and (inside or key in self._ls.session.files):
                found[key] = problems
            elif path:
                elsewhere += [problem for problem in problems if not problem.note]
            else:
                self._tell_settings(problems)
        if elsewhere:
            more = f" There are {len(elsewhere)} such problems; `oldhand rules` lists them." if elsewhere[1:] else ""
            self._ls.tell("problems elsewhere", f"Oldhand: {mask(str(elsewhere[0]))}{more}")
        return found

    def _tell_settings(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            if not problem.note:
                self._ls.tell(f"setting: {problem.message}", f"Oldhand: {mask(problem.message)}")

    def _uri_of(self, key: str) -> str:
        path = from_proto.path_of(key)
        return to_proto.uri_of(path) if path is not None else key


async def pull(
    ls: Server, params: types.DocumentDiagnosticParams
) -> types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport:
    """What is to be shown in one document, once it is reviewed as it is."""
    key = from_proto.key_of(params.text_document.uri)
    file = ls.session.files.get(key)
    if file is not None:
        await ls.session.reviewed(file)
        file.reported = file.document
    items = ls.diagnostics.of(key)
    name = _name(items)
    if params.previous_result_id == name and ls.diagnostics.is_shown(key, items):
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id=name)
    ls.diagnostics.remember(key, items)
    return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=name)


async def pull_workspace(ls: Server, params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
    """What is wrong with rules, personas and settings that are not open.

    Clients ask again as soon as they are answered, so after the first time an answer waits until there is news.
    """
    known = {from_proto.key_of(previous.uri): previous.value for previous in params.previous_result_ids}
    while True:
        reports = _reports(ls, known)
        if reports or not ls.diagnostics.workspace_pulled:
            ls.diagnostics.workspace_pulled = True
            return types.WorkspaceDiagnosticReport(reports)
        await ls.diagnostics.problems_changed.wait()


def _reports(ls: Server, known: dict[str, str]) -> list[types.WorkspaceDocumentDiagnosticReport]:
    """What has changed since the client was told the results that it knows."""
    reports: list[types.WorkspaceDocumentDiagnosticReport] = []
    for key in {**dict.fromkeys(ls.diagnostics.problems), **dict.fromkeys(known)}:
        items = ls.diagnostics.of(key)
        path = from_proto.path_of(key)
        if key in ls.session.files or path is None or known.get(key) == _name(items):
            continue
        uri = to_proto.uri_of(path)
        reports.append(types.WorkspaceFullDocumentDiagnosticReport(uri=uri, items=items, result_id=_name(items)))
    return reports


def _worst(standing: Sequence[Standing]) -> Sequence[Standing]:
    """The findings that are shown, in text order."""
    if len(standing) <= LIMIT:
        return standing
    worst = sorted(standing, key=lambda one: -one.finding.severity)[:LIMIT]
    return sorted(worst, key=lambda one: (one.place.start, one.place.end))


def _name(items: list[types.Diagnostic]) -> str:
    """A result's id: equal for equal diagnostics."""
    return hashlib.sha256(repr(items).encode("utf-8", "backslashreplace")).hexdigest()[:16]
