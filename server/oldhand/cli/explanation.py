"""Everything about a rule, for people: what it finds, why, what to do, an example of each kind, its other names.

Examples stand in the rule's file, under `metadata: {examples: {bad: …, good: …}}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from oldhand.cli.console import ADDED, QUIET, REMOVED, SEVERITY_STYLES, STRONG, unicode_output
from oldhand.cli.escape import harmless
from oldhand.rules.rule import Rule
from oldhand.yaml_lines import YamlError, documents


@dataclass(frozen=True, slots=True)
class Examples:
    """Code that a rule finds something in, and code that it is right to be silent about; either may be empty."""

    bad: str = ""
    good: str = ""


def show(variants: Sequence[Rule], console: Console) -> None:
    """Print everything about one rule, whose documents for different languages are `variants`."""
    first = variants[0]
    severity = (f"  {first.severity.label}", SEVERITY_STYLES[first.severity])
    console.print(Text.assemble((first.id, STRONG), severity, (f"  {first.confidence.label} confidence", QUIET)))
    console.print()
    said: set[str] = set()
    for rule in variants:
        parts = (("", rule.message), ("why", rule.why), ("do", rule.remedy), ("fix", _fix(rule)), ("note", rule.note))
        for label, text in parts:
            if text and text not in said:
                said.add(text)
                _prose(console, label, text)
    for given, languages in _by_example(variants).items():
        _examples(console, given, languages)
    console.print()
    for label, text in _facts(variants):
        _prose(console, label, text)
    for place in dict.fromkeys(rule.path for rule in variants if rule.path):  # whole, so that it can be copied
        console.print(Text.assemble(("  file       ", QUIET), harmless(place)))


def examples(rule: Rule) -> Examples:
    """The examples in the rule's file; none where it has gone or says none."""
    try:
        found = list(documents(Path(rule.path).read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError, YamlError):
        return Examples()
    for document in found:
        match document.value:
            case {"metadata": {"examples": Mapping() as given}} if document.line == rule.line:
                return Examples(*(str(given.get(key) or "") for key in ("bad", "good")))
    return Examples()


def _by_example(variants: Sequence[Rule]) -> dict[Examples, list[str]]:
    """The different examples, each with the languages of the documents that have it."""
    found: dict[Examples, list[str]] = {}
    for rule in variants:
        found.setdefault(examples(rule), []).extend(rule.languages)
    return found


def _examples(console: Console, given: Examples, languages: Sequence[str]) -> None:
    bar = "│" if unicode_output(console) else "|"
    for title, style, code in (("found", REMOVED, given.bad), ("not found", ADDED, given.good)):
        if code:
            console.print()
            names = ", ".join(dict.fromkeys(languages))
            console.print(Text.assemble((f"  {title}", style), (f"  {names}", QUIET)))
            for line in code.rstrip().split("\n"):
                console.print(Text.assemble((f"  {bar} ", QUIET), harmless(line.rstrip("\r")).expandtabs(4)))


def _facts(variants: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    yield "languages", ", ".join(dict.fromkeys(name for rule in variants for name in rule.languages))
    if weaknesses := dict.fromkeys(code for rule in variants for code in rule.cwe):
        yield "weakness", ", ".join(weaknesses)
    if others := dict.fromkeys(code for rule in variants for code in rule.also):
        yield "also", f"{', '.join(others)} of other tools; a comment that ignores one of these counts here too"
    for url in dict.fromkeys(rule.url for rule in variants if rule.url):
        yield "more", url
    yield "ignore", f"with a comment on the line or above it: oldhand: ignore[{variants[0].id}] and the reason"


def _fix(rule: Rule) -> str:
    """What the rule's fix does, and whether --fix makes it."""
    if rule.fix is None:
        return ""
    title, safety = "A fix is offered", "suggested"
    if isinstance(rule.fix, Mapping):
        title, safety = str(rule.fix.get("title") or title), str(rule.fix.get("safety") or safety)
    last = "safe: --fix makes it" if safety == "safe" else "to be looked over: it may change what the program does"
    return f"{title.rstrip('.')} ({last})"


def _prose(console: Console, label: str, text: str) -> None:
    indent = 13 if label else 2
    paragraphs = [" ".join(paragraph.split()) for paragraph in harmless(text).split("\n\n")]
    lead = f"  {label:<{indent - 2}}"
    for paragraph in filter(None, paragraphs):
        for line in Text(paragraph).wrap(console, console.width - indent):
            console.print(Text.assemble((lead, QUIET), line.plain.rstrip()))
            lead = " " * indent
