"""From Oldhand to LSP: offsets become positions, findings and problems become diagnostics, edits become edits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from lsprotocol import types

from oldhand.findings import Finding, Severity
from oldhand.lsp.capabilities import Client
from oldhand.problems import Problem
from oldhand.review.document import Document
from oldhand.review.explain import said_by
from oldhand.secrets import mask
from oldhand.text.edits import TextEdit
from oldhand.text.lines import PositionEncoding, position_of
from oldhand.text.ranges import TextRange

SOURCE = "oldhand"

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}

_PROPOSED = "proposed"

_WHOLE_LINE = 1 << 10
"""Characters; a problem is shown on its whole line, whose length is not known, and editors clamp."""


def uri_of(path: Path) -> str:
    """The `file:` URI of an absolute path."""
    name = os.fspath(path)
    if os.name == "nt":
        name = "/" + name.replace("\\", "/")
    return "file://" + quote(name, safe="/:~")


def range_of(document: Document, place: TextRange, encoding: PositionEncoding) -> types.Range:
    """The positions of a range of the document's text."""
    start, end = (
        types.Position(*position_of(document.text, document.index, offset, encoding))
        for offset in (place.start, place.end)
    )
    return types.Range(start, end)


def json_range(place: types.Range) -> dict[str, dict[str, int]]:
    """A range as JSON, for the arguments of a command."""
    return {
        name: {"line": end.line, "character": end.character}
        for name, end in (("start", place.start), ("end", place.end))
    }


def diagnostic(document: Document, finding: Finding, place: TextRange, client: Client) -> types.Diagnostic:
    """A finding that now stands at `place`; says what is wrong and what to do, and carries its fingerprint alone."""
    described = client.code_description and finding.url.startswith("https://")
    return types.Diagnostic(
        range=range_of(document, place, client.encoding),
        severity=_SEVERITIES[finding.severity],
        code=finding.rule,
        code_description=types.CodeDescription(finding.url) if described else None,
        source=SOURCE,
        message=message_of(finding),
        data=finding.fingerprint,
    )


def message_of(finding: Finding) -> str:
    """What is wrong and what to do, secrets masked; of a persona's finding also who says so, and how sure that is.

    Masking hundreds of messages takes longer than the loop may; so a review has them made beforehand, on its thread.
    """
    what = finding.message
    if finding.opinion is not None:
        what = f"{what} ({said_by(finding.opinion)})"
    return _masked("\n".join(filter(None, (what, finding.remedy))))


_masked = lru_cache(maxsize=4096)(mask)


def note(message: str, severity: types.DiagnosticSeverity = types.DiagnosticSeverity.Information) -> types.Diagnostic:
    """Something said about the whole file, on its first line."""
    start = types.Position(0, 0)
    return types.Diagnostic(types.Range(start, start), message, severity=severity, source=SOURCE)


def problem(found: Problem) -> types.Diagnostic:
    """What is wrong with a file that the user wrote for Oldhand, as a diagnostic in that file."""
    line = max(found.line - 1, 0)
    if found.note:
        severity = types.DiagnosticSeverity.Information
    else:
        severity = types.DiagnosticSeverity.Error if found.fatal else types.DiagnosticSeverity.Warning
    return types.Diagnostic(
        range=types.Range(types.Position(line, 0), types.Position(line, _WHOLE_LINE)),
        severity=severity,
        source=SOURCE,
        message=mask(" ".join(filter(None, (found.message, found.hint)))),
    )


def text_edits(document: Document, edits: Sequence[TextEdit], encoding: PositionEncoding) -> list[types.TextEdit]:
    """Edits of the document's text."""
    return [types.TextEdit(range_of(document, edit.range, encoding), edit.new_text) for edit in edits]


def workspace_edit(
    document: Document, edits: Sequence[TextEdit], client: Client, why: Finding | None = None
) -> types.WorkspaceEdit:
    """Edits of the document in exactly this version, where the client takes versions at all.

    With `why`, a finding of a persona, the client is to have the user confirm them, if it can.
    """
    changes = text_edits(document, edits, client.encoding)
    if not client.document_changes:
        return types.WorkspaceEdit(changes={document.uri: changes})
    place = types.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
    if why is None or not client.annotations:
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(text_document=place, edits=list(changes))])
    annotated = [types.AnnotatedTextEdit(_PROPOSED, change.range, change.new_text) for change in changes]
    reason = types.ChangeAnnotation(mask(why.message), needs_confirmation=True, description=mask(why.why) or None)
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(text_document=place, edits=list(annotated))],
        change_annotations={_PROPOSED: reason},
    )
