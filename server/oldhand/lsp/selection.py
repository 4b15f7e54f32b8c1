"""Which findings a request for code actions is about; clients say it in very different ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lsprotocol import types

from oldhand.findings import Finding
from oldhand.lsp import from_proto
from oldhand.lsp.session import OpenFile
from oldhand.lsp.to_proto import SOURCE
from oldhand.text.lines import PositionEncoding
from oldhand.text.ranges import TextRange


@dataclass(frozen=True, slots=True)
class Chosen:
    """A finding of the current text, and the diagnostic with which the client spoke of it, if it did.

    `pointed_at` says that the request is about the finding's own lines and no more of the file.
    """

    finding: Finding
    echoed: types.Diagnostic | None
    pointed_at: bool


def chosen(
    file: OpenFile, diagnostics: Sequence[types.Diagnostic], place: TextRange, encoding: PositionEncoding
) -> list[Chosen]:
    """The findings that are meant; only where the current text is reviewed.

    A diagnostic with a fingerprint means that finding wherever it stands now, or nothing if it has gone. One without,
    since some clients leave it out, means the findings that it touches. Where no diagnostic is ours the range decides.
    """
    findings = [one.finding for one in file.listed] if file.review is not None else []
    meant: dict[str, Chosen] = {}
    ours = False
    for diagnostic in diagnostics:
        if not _may_be_ours(diagnostic, findings):
            continue
        ours = ours or diagnostic.data is not None
        for finding in _meant(file, findings, diagnostic, encoding):
            meant.setdefault(finding.fingerprint, Chosen(finding, diagnostic, _is_pointed_at(file, finding, place)))
    if meant or ours:
        return list(meant.values())
    touched = (finding for finding in findings if finding.range.touches(place))
    return [Chosen(finding, None, _is_pointed_at(file, finding, place)) for finding in touched]


def _may_be_ours(diagnostic: types.Diagnostic, findings: Sequence[Finding]) -> bool:
    """ALE leaves source and data out; then the code has to be one of ours."""
    if diagnostic.source is not None:
        return diagnostic.source == SOURCE
    return diagnostic.data is not None or any(finding.rule == diagnostic.code for finding in findings)


def _meant(
    file: OpenFile, findings: Sequence[Finding], diagnostic: types.Diagnostic, encoding: PositionEncoding
) -> Iterator[Finding]:
    if diagnostic.data is not None:
        yield from (finding for finding in findings if finding.fingerprint == diagnostic.data)
        return
    place = from_proto.range_in(file.document, diagnostic.range, encoding)
    for finding in findings:
        if finding.range.touches(place) and diagnostic.code in {None, finding.rule}:
            yield finding


def _is_pointed_at(file: OpenFile, finding: Finding, place: TextRange) -> bool:
    """Whether the request lies on the finding's lines. Kate asks for the whole file and then does all it is offered."""
    index = file.document.index
    first, last = index.line_of(finding.range.start), index.line_of(finding.range.end)
    return first <= index.line_of(place.start) and index.line_of(place.end) <= last
