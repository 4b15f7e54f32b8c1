"""What would be sent, before it is: the exact bytes, and the same for people with what it would cost; sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from oldhand.claude.cost import estimate_tokens, shown
from oldhand.claude.job import Job
from oldhand.claude.models import Model
from oldhand.claude.prompt import Prompt
from oldhand.claude.request import Block, Request
from oldhand.claude.spending import estimate, tokens


@dataclass(frozen=True, slots=True)
class Part:
    """One block of the request: a heading of ours, its text, about how many tokens it has, whether it may be kept."""

    heading: str
    text: str
    tokens: int
    cached: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A request that was not sent.

    `body` is exactly what would go over the wire. `masked` are the lines, from 1, where something is taken out or
    written differently; `left_out` what there was no room for. `cost` is in US dollars, None where no price is known.
    """

    body: str
    model: str
    parts: tuple[Part, ...]
    tokens: int
    cost: Decimal | None
    masked: tuple[int, ...]
    checklists: tuple[str, ...]
    left_out: tuple[str, ...]

    def written(self) -> str:
        """All of it for people."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"Model: {self.model}"
        yield f"About {self.tokens:,} tokens, some {shown(self.cost)} with an answer of usual length. Nothing was sent."
        lines = ", ".join(map(str, self.masked)) or "none"
        yield f"Lines with something masked or escaped: {lines}"
        yield f"Checklists: {', '.join(self.checklists) or 'none'}"
        yield f"Left out for want of room: {', '.join(self.left_out) or 'nothing'}"
        for part in self.parts:
            kept = ", may be kept by the server for the next request" if part.cached else ""
            yield ""
            yield f"=== {part.heading} (about {part.tokens:,} tokens{kept})"
            yield part.text


def preview(job: Job, prompt: Prompt, model: Model) -> Preview:
    """The first request of a review, with all that there is to say about it."""
    request = prompt.find(model, job.persona.effort or "")
    index = job.basis.document.index
    return Preview(
        body=request.written(),
        model=model.id,
        parts=tuple(_parts(request)),
        tokens=tokens(request),
        cost=estimate(request, model),
        masked=tuple(sorted({index.line_of(place.start) + 1 for place in prompt.shown.masked})),
        checklists=tuple(one.id for one in job.checklists),
        left_out=job.material.left_out,
    )


def _parts(request: Request) -> Iterator[Part]:
    names = ["Persona and protocol", *["Checklists"] * (len(request.system) - 1)]
    for name, block in zip(names, request.system, strict=True):
        yield _part(name, block)
    headings = [*["Context"] * (len(request.user) - 2), "Code", "Task"]
    for name, block in zip(headings, request.user, strict=True):
        yield _part(name, block)


def _part(heading: str, block: Block) -> Part:
    return Part(heading, block.text, estimate_tokens(block.text), block.cached)
