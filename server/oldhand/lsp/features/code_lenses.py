"""Code lenses: above each function that has findings, how many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from oldhand.findings import Finding
from oldhand.lsp import from_proto, to_proto
from oldhand.lsp.capabilities import REVIEW, SHOW
from oldhand.lsp.protocol import RefusedError
from oldhand.lsp.session import OpenFile
from oldhand.lsp.states import State, unit_states
from oldhand.review.document import Document
from oldhand.text.ranges import TextRange

if TYPE_CHECKING:
    from oldhand.lsp.server import Server
    from oldhand.review.run import Review


class Lenses:
    """For which texts the client has lenses, so that it is told when those are no longer right."""

    def __init__(self, ls: Server) -> None:
        self._ls = ls
        self._shown: dict[str, tuple[Document, list[types.CodeLens]]] = {}
        self._refreshing = False

    def remember(self, key: str, document: Document, lenses: list[types.CodeLens]) -> None:
        """The client was given these."""
        self._shown[key] = (document, lenses)

    def closed(self, key: str) -> None:
        """The document was closed."""
        self._shown.pop(key, None)

    def checked(self, file: OpenFile) -> None:
        """Have the client ask again where a text that it has lenses for was reviewed anew, under other settings say."""
        shown = self._shown.get(from_proto.key_of(file.document.uri))
        if shown is not None and shown[0] is file.document and self._ls.client.refresh_lenses and not self._refreshing:
            self._refreshing = True
            self._ls.session.spawn(self._refresh())

    async def _refresh(self) -> None:
        try:
            await self._ls.protocol.ask(types.WORKSPACE_CODE_LENS_REFRESH, None)
        except RefusedError:
            pass
        finally:
            self._refreshing = False


async def code_lenses(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens] | None:
    """The lenses of the document as it is when it is reviewed."""
    key = from_proto.key_of(params.text_document.uri)
    file = ls.session.files.get(key)
    review = await ls.session.reviewed(file) if file is not None else None
    if review is None:
        return None
    document = review.document
    findings = [one.finding for one in file.listed] if file is not None else []
    functions = await ls.worker.run(_functions, review)
    lenses = [_lens(ls, document, place, here) for place, here in grouped_by_function(functions, findings)]
    if file is not None and ls.consulting.has_key:
        lenses += [_review_lens(ls, file, place) for place in functions]
    ls.lenses.remember(key, document, lenses)
    return lenses


def _functions(review: Review) -> list[TextRange]:
    return review.analysis.functions() if review.analysis is not None else []


def grouped_by_function(
    functions: Sequence[TextRange], findings: Sequence[Finding]
) -> list[tuple[TextRange, list[Finding]]]:
    """The innermost functions around findings, each with its own, in text order."""
    grouped: dict[TextRange, list[Finding]] = {}
    for finding in findings:
        around = [function for function in functions if function.covers(finding.range)]
        if around:
            grouped.setdefault(min(around, key=len), []).append(finding)
    return sorted(grouped.items(), key=lambda pair: pair[0])


def _lens(ls: Server, document: Document, function: TextRange, findings: list[Finding]) -> types.CodeLens:
    line = document.index.line_of(function.start)
    heading = TextRange(function.start, max(document.index.line_end(document.text, line), function.start))
    title = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
    arguments = [{"uri": document.uri, "fingerprints": [finding.fingerprint for finding in findings]}]
    return types.CodeLens(
        range=to_proto.range_of(document, heading, ls.client.encoding),
        command=types.Command(title=f"Oldhand: {title}", command=SHOW, arguments=arguments),
    )


def _review_lens(ls: Server, file: OpenFile, function: TextRange) -> types.CodeLens:
    """Where the persona's review of a function stands, and a way to have one."""
    document = file.document
    states = [one for one in unit_states(file.consulted, file.consulted.now) if one.unit.range.touches(function)]
    state = states[0].state if states else State.NOT_REVIEWED
    title = "Review" if state is State.NOT_REVIEWED else f"{state.value} · Review again"
    line = document.index.line_of(function.start)
    heading = TextRange(function.start, max(document.index.line_end(document.text, line), function.start))
    where = to_proto.json_range(to_proto.range_of(document, function, ls.client.encoding))
    arguments = [{"uri": document.uri, "scope": "function", "range": where}]
    return types.CodeLens(
        range=to_proto.range_of(document, heading, ls.client.encoding),
        command=types.Command(title=title, command=REVIEW, arguments=arguments),
    )
