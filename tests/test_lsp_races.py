"""Edits and requests cross each other on the wire: whatever comes back fits the version that it names, or is refused.

The client is a careful editor: it applies an edit only to the version that the edit is for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from casefile import cases
from fuzz import BundledRules, bundled_rules, rounds
from lsp_client import LocalClient
from lsp_fake_server import FakeEngine, options
from oldhand.findings import Accepted
from oldhand.lsp.debounce import Debounce
from oldhand.lsp.engine import Engine
from oldhand.lsp.server import Options
from oldhand.review.document import Document
from oldhand.review.run import Review
from oldhand.rules.rule import RuleSet
from oldhand.settings import Settings
from oldhand.text.edits import TextEdit, apply
from oldhand.text.lines import LineIndex, PositionEncoding, offset_of, position_of
from oldhand.text.ranges import TextRange
from typist import Typist

URI = "file:///w/case.py"
ROUNDS = rounds(75, 3000)
"""Of each of the four tests; in a full run that is some 5,000 edits, each of which raced with others."""

WORDS = ("x = 1\n", "teh = 2\n", "😀 = teh\n", "teh, x = 1\r\n", "a = bug(1)\n", "hmm\n", "    sketchy = 'teh'\n")
EAGER: dict[str, Any] = {}
LAZY = {"textDocument": {"codeAction": {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}}}}
CONTENT_MODIFIED = -32801
UTF16 = PositionEncoding.UTF16


class Editor:
    """Edits a document that a server has open, and remembers every version of it."""

    def __init__(self, client: LocalClient, chance: random.Random, written: Sequence[str]) -> None:
        self._client = client
        self._chance = chance
        self._typist = Typist(chance, written, lines=25)
        self.texts = [self._typist.text]
        self.applied = 0
        client.open(URI, self.texts[0], 0)

    @property
    def version(self) -> int:
        return len(self.texts) - 1

    def type(self) -> None:
        text = self.texts[-1]
        changes = []
        for start, end, new in self._typist.edit():
            ends = {"start": _position(text, start), "end": _position(text, end)}
            changes.append({"range": ends, "text": new})
            text = text[:start] + new + text[end:]
        self.texts.append(text)
        self._client.change(URI, self.version, *changes)

    def take(self, text: str) -> None:
        """Take over what an action makes of the text."""
        self.applied += 1
        self._typist.rewrite(text)
        self.texts.append(text)
        self._client.change(URI, self.version, text)

    def ask(self) -> int:
        """Ask for what can be done at some place, now and then about diagnostics that may be of any earlier version."""
        shown = self._shown()
        line = self._chance.randint(0, self.texts[-1].count("\n"))
        place = {"start": {"line": line, "character": 0}, "end": {"line": line + 1, "character": 0}}
        echoed = self._chance.sample(shown, min(len(shown), 2)) if self._chance.random() < 0.7 else []
        if echoed:
            place = echoed[0]["range"]
        context = {"diagnostics": echoed, "triggerKind": self._chance.choice([1, 2])}
        params = {"textDocument": {"uri": URI}, "range": place, "context": context}
        return self._client.request("textDocument/codeAction", params)

    def _shown(self) -> list[Any]:
        for message in reversed(self._client.messages):
            if message.get("method") == "textDocument/publishDiagnostics":
                return message["params"]["diagnostics"]
        return []


class Reviewer:
    """Says what an action may do, from reviews that know nothing of earlier versions."""

    def __init__(self, engine: Engine, rules: RuleSet) -> None:
        self._engine = engine
        self._rules = rules

    def review(self, text: str) -> Review:
        return self._engine.review(Document.open(URI, 0, "python", text), self._rules, Settings(), None)

    def check(self, action: Any, texts: Sequence[str]) -> tuple[int, str]:
        """The version that an action is for and what becomes of its text; fails where that is not what it says."""
        (change,) = action["edit"]["documentChanges"]
        version = change["textDocument"]["version"]
        text = texts[version]
        edits = tuple(_edit(edit, text) for edit in change["edits"])
        changed = apply(text, edits)
        before = self.review(text)
        if action["kind"] == "source.fixAll.oldhand":
            assert changed == apply(text, self._all_fixes(before))
        elif action["title"].startswith("Ignore "):
            rule = action["title"].split()[1]
            (edit,) = edits
            assert (len(edit.range), f"[{rule}]" in edit.new_text) == (0, True)
            assert _count(self.review(changed), rule) < _count(before, rule) or _is_broken(before)
        else:
            rule = action["diagnostics"][0]["code"]
            if edits not in list(self._fixes(before, rule)):
                assert _is_broken(before), action["title"]
                # While something is half typed, no text that anybody sees is the one that the fix was proved on; that
                # findings lie on their code then is seen to in `test_fuzz_edits`.
                assert _errors(self.review(changed)) <= _errors(before), action["title"]
        return version, changed

    def _fixes(self, review: Review, rule: str) -> Iterator[Sequence[TextEdit]]:
        for finding in review.findings:
            if finding.rule == rule and finding.offers is not None:
                proved = self._engine.verify(review, finding, self._rules, Settings())
                if isinstance(proved.verdict, Accepted) and proved.fix is not None:
                    yield proved.fix.edits

    def _all_fixes(self, review: Review) -> Sequence[TextEdit]:
        return self._engine.fix_all(review, self._rules, Settings())


def _is_broken(review: Review) -> bool:
    return _errors(review) > 0


def _errors(review: Review) -> int:
    return len(review.analysis.syntax_errors()) if review.analysis is not None else 0


def words() -> tuple[Options, Reviewer, Sequence[str]]:
    return options(), Reviewer(FakeEngine(), RuleSet(())), WORDS


def rules() -> tuple[Options, Reviewer, Sequence[str]]:
    server = Options(engine=BundledRules, debounce=Debounce.fixed(0), tidy=lambda: None)
    sources = [source for at in cases("rules") for source in at.case.sources if source.language.id == "python"]
    mendable = [source.block.marked.text for source in sources if source.fixed is not None]
    return server, Reviewer(BundledRules(), bundled_rules()), mendable


@pytest.mark.parametrize("capabilities", [EAGER, LAZY], ids=["eager", "lazy"])
@pytest.mark.parametrize("world", [words, rules])
def test_no_edit_lands_where_it_was_not_meant(
    world: Callable[[], tuple[Options, Reviewer, Sequence[str]]], capabilities: Any
) -> None:
    server, reviewer, written = world()
    chance = random.Random(7)
    checked = 0
    with LocalClient(server) as client:
        client.initialize(capabilities)
        editor = Editor(client, chance, written)
        for _ in range(ROUNDS):
            asked = editor.ask()
            if chance.random() < 0.4:
                editor.type()
            actions = answer(client, asked) or []
            for offered in chance.sample(actions, min(len(actions), 3)):
                if chance.random() < 0.3:
                    editor.type()
                lazy = "data" in offered
                resolved = answer(client, client.request("codeAction/resolve", offered)) if lazy else offered
                if resolved is None or "edit" not in resolved:
                    continue
                version, changed = reviewer.check({**offered, **resolved}, editor.texts)
                checked += 1
                if version == editor.version and chance.random() < 0.5:
                    editor.take(changed)
        assert client.end() == 0
    assert (checked > ROUNDS / 20, editor.applied > 0) == (True, True), (checked, editor.applied)


def answer(client: LocalClient, ident: int) -> Any:
    """What the server answers; None where it says that the text has moved on."""
    response = client.response(ident)
    if "error" in response:
        assert response["error"]["code"] == CONTENT_MODIFIED
        return None
    return response["result"]


def _count(review: Review, rule: str) -> int:
    return sum(finding.rule == rule for finding in review.findings)


def _position(text: str, offset: int) -> dict[str, int]:
    line, character = position_of(text, LineIndex.of(text), offset, UTF16)
    return {"line": line, "character": character}


def _edit(edit: Any, text: str) -> TextEdit:
    index = LineIndex.of(text)
    start, end = (
        offset_of(text, index, edit["range"][name]["line"], edit["range"][name]["character"], UTF16)
        for name in ("start", "end")
    )
    return TextEdit(TextRange(start, end), edit["newText"])
