"""Markdown out of strings that nobody may trust: each is shown as it is written and can make no markup of its own."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from oldhand.review.explain import Explanation
from oldhand.text.visible import visible

# Everything that begins a construct inside a line, in CommonMark and in GitHub's extensions: code, emphasis, links,
# HTML, entities, and addresses that become links by themselves. An underscore inside of a word begins nothing.
_INLINE = re.compile(
    r"[\\`*\[\]<~]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])|&(?=#?\w+;)"
    r"|:(?=//)|(?<=www)\.|(?<=[\w.+-])@(?=[\w-])",
    re.IGNORECASE,
)
# What begins a block at the start of a line.
_BLOCK = re.compile(r"\A(?P<number>\d+)(?=[.)])|\A[#+=:>|-]")
_RUNS = re.compile(r"`+")


def text(words: str) -> str:
    """Words as one paragraph that contains no markup, no link, no HTML and no line break."""
    flat = " ".join(visible(words).split())
    escaped = _INLINE.sub(r"\\\g<0>", flat)
    return _BLOCK.sub(lambda match: f"{match[0]}\\" if match["number"] else f"\\{match[0]}", escaped)


def code(words: str) -> str:
    """Words in a code span."""
    flat = " ".join(visible(words).split())
    ticks = "`" * (_longest_run(flat) + 1)
    inner = f" {flat} " if flat.startswith("`") or flat.endswith("`") else flat
    return f"{ticks}{inner}{ticks}" if flat else ""


def fence(words: str, language: str) -> str:
    """Lines in a fenced block that nothing in them can close."""
    ticks = "`" * max(_longest_run(words) + 1, 3)
    return f"{ticks}{language}\n{visible(words)}\n{ticks}"


def link(url: str) -> str:
    """A web address that shows where it leads; nothing for any other kind of address, such as a command."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return ""
    return f"<{quote(url, safe=':/?#@!$&()*+,;=%~')}>"


def hover(explanations: list[Explanation]) -> str:
    """Findings as a hover shows them."""
    return "\n\n---\n\n".join(map(_finding, explanations))


def _finding(found: Explanation) -> str:
    parts = [f"**{text(found.what)}**", text(found.why), text(found.remedy), text(found.note)]
    if found.change:
        parts += ["Proposed change:", fence(found.change, "diff")]
    parts.append(text(found.proof))
    parts.append(" · ".join([code(found.facts[0]), *map(text, found.facts[1:])]))
    parts.append(link(found.url))
    return "\n\n".join(filter(None, parts))


def _longest_run(words: str) -> int:
    return max((len(run) for run in _RUNS.findall(words)), default=0)
