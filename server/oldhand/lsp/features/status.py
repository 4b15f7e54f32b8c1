"""`oldhand/state`: a notification of ours that says where the persona's review of a document stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oldhand.lsp.session import OpenFile
from oldhand.lsp.states import document_state, unit_states

if TYPE_CHECKING:
    from oldhand.lsp.server import Server

METHOD = "oldhand/state"


def tell(ls: Server, file: OpenFile) -> None:
    """Tell the client, if that is news to it."""
    said = state_of(ls, file)
    if file.consulted.told != said:
        file.consulted.told = said
        ls.protocol.notify_client(METHOD, said)


async def compare(ls: Server, file: OpenFile) -> None:
    """After a check: see which units are still as they were when they were reviewed."""
    consulted, review = file.consulted, file.review
    if review is None or review.analysis is None or review.analysis.half_typed:
        return
    if not (consulted.units or consulted.claims or consulted.running or consulted.waiting):
        return
    from oldhand.review.units import units  # noqa: PLC0415 - not before a persona has been asked

    now = await ls.worker.run(units, review.analysis)
    if file.review is review:
        consulted.mark_stale(now)
        ls.diagnostics.consulted(file)
        tell(ls, file)


def state_of(ls: Server, file: OpenFile) -> dict[str, Any]:
    """The state as JSON: of the document, and of each unit that is of interest."""
    consulted, document = file.consulted, file.document
    units = unit_states(consulted, consulted.now)
    state, reason = document_state(consulted, units)
    done = consulted.done
    return {
        "uri": document.uri,
        "state": state.value,
        "reason": reason,
        "persona": done.persona if done is not None else "",
        "model": done.model if done is not None else "",
        "when": done.when if done is not None else "",
        "cost": str(done.cost) if done is not None and done.cost is not None else None,
        "findings": sum(one.told for one in consulted.claims.values()),
        "units": [
            {
                "name": one.unit.name,
                "state": one.state.value,
                "reason": one.reason,
                "line": document.index.line_of(min(one.unit.range.start, len(document.text))),
            }
            for one in units
        ],
    }
