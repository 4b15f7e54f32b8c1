"""Hover: the findings under the pointer, each with what, why, what to do and the proposed change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from oldhand.findings import Finding
from oldhand.lsp import from_proto, markdown, to_proto, unit_review
from oldhand.lsp.session import OpenFile, Standing
from oldhand.review.explain import Explanation, explain, plain
from oldhand.text.visible import visible

if TYPE_CHECKING:
    from oldhand.lsp.server import Server
    from oldhand.review.run import Review

LIMIT = 5
"""Findings in one hover; more than that are not read."""

PATIENCE = 0.03
"""Seconds that a hover waits for the proof of a fix; where that takes longer the next hover has it."""

BUSY_PATIENCE = 0.002
"""Seconds that it waits while something else is being reviewed, which may take any time: enough for what is proved."""


async def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    """The findings at the position, the worst first, and what a persona says of the unit there; None for neither."""
    file = ls.session.files.get(from_proto.key_of(params.text_document.uri))
    review = file.last_review if file is not None else None
    if file is None or review is None:
        return None
    document = file.document
    offset = from_proto.offset_at(document, params.position, ls.client.encoding)
    here = sorted((one for one in file.listed if one.place.contains(offset)), key=_worst_first)[:LIMIT]
    about = unit_review.of(ls, file, offset)
    ls.resting.rests(file, offset)
    if not here and not about.words:
        return None
    narrowest = min((one.place for one in here), key=len, default=about.place)
    findings = await _judged(ls, file, review, here)
    explanations = [explain(finding, file.text_of(finding)) for finding in findings]
    content = rendered(ls, explanations, about.words)
    return types.Hover(content, to_proto.range_of(document, narrowest, ls.client.encoding))


def rendered(ls: Server, explanations: list[Explanation], about: Sequence[str] = ()) -> types.MarkupContent:
    """Explanations, and paragraphs about what they stand in, in the form that the client prefers."""
    if ls.client.markdown:
        parts = filter(None, (markdown.hover(explanations), *map(markdown.text, about)))
        return types.MarkupContent(types.MarkupKind.Markdown, "\n\n".join(parts))
    words = "\n\n".join([*map(plain, explanations), *about])
    return types.MarkupContent(types.MarkupKind.PlainText, visible(words))


async def _judged(ls: Server, file: OpenFile, review: Review, here: list[Standing]) -> list[Finding]:
    """The findings, with the verdicts on their fixes that are there in time."""
    if not here:
        return []
    work = [asyncio.ensure_future(ls.session.verified(file, review, one.finding)) for one in here]
    done, _ = await asyncio.wait(work, timeout=BUSY_PATIENCE if ls.worker.busy else PATIENCE)
    return [
        task.result() if task in done and task.exception() is None else one.finding
        for one, task in zip(here, work, strict=True)
    ]


def _worst_first(standing: Standing) -> tuple[int, int]:
    return -standing.finding.severity, len(standing.place)
