"""Hover: everything there is to say of a finding, and nothing that the code says to the editor."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsp_client import LocalClient
from lsp_fake_server import FakeEngine, options
from markdown_it import MarkdownIt
from oldhand.findings import Finding
from oldhand.lsp import markdown
from oldhand.lsp.debounce import Debounce
from oldhand.lsp.server import Options
from oldhand.review.document import Document
from oldhand.review.run import Review
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.text.visible import visible

URI = "file:///w/a.py"
MARKDOWN = {"textDocument": {"hover": {"contentFormat": ["markdown", "plaintext"]}}}


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a proof takes longer than a hover waits."""
    monkeypatch.setattr("oldhand.lsp.features.hover.PATIENCE", 10.0)


@pytest.fixture
def client() -> Iterator[LocalClient]:
    with LocalClient(options()) as client:
        yield client


def hover(client: LocalClient, character: int, line: int = 0) -> Any:
    position = {"line": line, "character": character}
    return client.call("textDocument/hover", {"textDocument": {"uri": URI}, "position": position})


def test_hover_says_what_why_and_what_to_do(client: LocalClient) -> None:
    client.initialize(MARKDOWN)
    client.open(URI, "one teh two")
    client.diagnostics(URI)
    shown = hover(client, 5)
    assert shown["range"] == {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 7}}
    assert shown["contents"] == {
        "kind": "markdown",
        "value": """**The word teh is wrong.**

Readers stumble over it.

Write the.

Proposed change:

```diff
@@ -1,1 +1,1 @@
-one teh two
+one the two
```

The change was checked: it removes the finding and is safe to apply.

`words/teh` · CWE-1 · warning, high confidence

<https://example.org/words>""",
    }


def test_client_without_markdown_gets_plain_text(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "bug")
    client.diagnostics(URI)
    assert hover(client, 0)["contents"] == {
        "kind": "plaintext",
        "value": """The word bug is wrong.
Readers stumble over it.
Write feature.

Proposed change:
@@ -1,1 +1,1 @@
-bug
+feature
The change was checked: it removes the finding. It may change behaviour, so look at it first.

words/bug · CWE-1 · error, high confidence""",
    }


def test_rejected_change_is_shown_with_the_reason(client: LocalClient) -> None:
    client.initialize(MARKDOWN)
    client.open(URI, "sketchy")
    client.diagnostics(URI)
    text = hover(client, 0)["contents"]["value"]
    assert "+sound" in text
    assert "can not be applied: it does not hold water." in text


def test_hover_beside_findings_is_empty(client: LocalClient) -> None:
    client.initialize(MARKDOWN)
    client.open(URI, "teh   \n")
    client.diagnostics(URI)
    assert hover(client, 3) is not None
    assert hover(client, 4) is None
    assert hover(client, 0, line=1) is None
    assert hover(client, 99, line=99) is None


def test_worst_finding_at_a_place_comes_first(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "hmmbug")
    client.diagnostics(URI)
    text = hover(client, 3)["contents"]["value"]
    assert text.index("words/bug") < text.index("words/hmm")


def test_hover_between_results_speaks_of_where_the_finding_is_now(client: LocalClient) -> None:
    client.initialize(MARKDOWN)
    client.open(URI, "teh")
    client.diagnostics(URI)
    client.change(URI, 2, (0, 0, 0, 0, "\n\n  boom "))
    client.next("window/showMessage")
    shown = hover(client, 8, line=2)
    assert shown["range"]["start"] == {"line": 2, "character": 7}
    assert "-teh\n+the" in shown["contents"]["value"]


class SlowProof(FakeEngine):
    go = threading.Event()

    def verify(self, review: Review, finding: Finding, rules: RuleSet, settings: Settings) -> Finding:
        self.go.wait(10)
        return super().verify(review, finding, rules, settings)


def test_hover_does_not_wait_for_a_slow_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oldhand.lsp.features.hover.PATIENCE", 0.001)
    with LocalClient(Options(SlowProof, Debounce.fixed(0))) as client:
        client.initialize(MARKDOWN)
        client.open(URI, "teh")
        client.diagnostics(URI)
        assert "has not been checked yet" in hover(client, 0)["contents"]["value"]
        SlowProof.go.set()
        start = {"line": 0, "character": 0}
        place = {"start": start, "end": start}
        params = {"textDocument": {"uri": URI}, "range": place, "context": {"diagnostics": []}}
        assert client.call("textDocument/codeAction", params)
        assert "safe to apply" in hover(client, 0)["contents"]["value"]


HOSTILE = (
    "[a](command:evil) <img src=x onerror=y> `` ```\n```\n# h\n| a | b |\n|--|--|\n"
    "&lt; *b* _i_ https://x.y www.x.y a@b.cd \u202e"
)


class Hostile(FakeEngine):
    """Finds what a repository would write that means the editor harm."""

    def review(self, document: Document, rules: RuleSet, settings: Settings, previous: Review | None) -> Review:
        review = super().review(document, rules, settings, previous)

        def poisoned(finding: Finding) -> Finding:
            return replace(
                finding, message=HOSTILE, why=HOSTILE, remedy=HOSTILE, rule=HOSTILE, cwe=(HOSTILE,), url="command:evil"
            )

        return Review(document, tuple(map(poisoned, review.findings)))


def tokens_of(text: str) -> list[str]:
    """The kinds of all tokens that a Markdown renderer with every extension that editors have finds in a text."""
    parser = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"])
    found = []
    for token in parser.parse(text):
        found.append(token.type)
        found += [child.type for child in token.children or []]
    return found


def test_nothing_in_code_or_rules_becomes_markup() -> None:
    with LocalClient(Options(Hostile, Debounce.fixed(0))) as client:
        client.initialize(MARKDOWN)
        client.open(URI, f"{HOSTILE} teh ````")
        client.diagnostics(URI)
        place = f"{HOSTILE} teh".rpartition("\n")[2].index("teh")
        text = hover(client, place, line=HOSTILE.count("\n"))["contents"]["value"]
    found = set(tokens_of(text))
    assert found <= {
        "paragraph_open", "paragraph_close", "inline", "text", "text_special", "strong_open", "strong_close",
        "code_inline", "fence",
    }  # fmt: skip
    assert "\u202e" not in text
    assert len([token for token in tokens_of(text) if token == "fence"]) == 1


words = st.text(st.sampled_from("ab1 \\`*_{}[]()<>#+-.!|~&:/@=\"'\n\t\u202e;w"), max_size=40)


@given(words)
def test_escaped_words_are_shown_as_they_are_written(text: str) -> None:
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown.text(text))
    shown = "".join(child.content for token in rendered if token.type == "inline" for child in token.children or [])
    assert shown == " ".join(visible(text).split())
    assert {token.type for token in rendered} <= {"paragraph_open", "inline", "paragraph_close"}
    kinds = {child.type for token in rendered for child in token.children or []}
    assert kinds <= {"text", "text_special"}


@given(words)
def test_words_in_a_code_span_are_shown_as_they_are_written(text: str) -> None:
    flat = " ".join(visible(text).split())
    rendered = [token for token in MarkdownIt("commonmark").parse(markdown.code(text)) if token.type == "inline"]
    shown = [child for token in rendered for child in token.children or []]
    assert [child.content for child in shown] == ([flat] if flat else [])
    assert {child.type for child in shown} <= {"code_inline"}


@given(st.lists(words, max_size=5))
def test_nothing_inside_closes_a_fence(lines: list[str]) -> None:
    text = "\n".join(lines)
    rendered = MarkdownIt("commonmark").parse(markdown.fence(text, "diff"))
    assert [token.type for token in rendered] == ["fence"]
    assert rendered[0].content == visible(text) + "\n"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a?b=c#d", "<https://example.org/a?b=c#d>"),
        ("https://example.org/a b>c", "<https://example.org/a%20b%3Ec>"),
        ("command:workbench.action", ""),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("https:", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(url: str, expected: str) -> None:
    assert markdown.link(url) == expected
