"""Code actions: what is offered to whom, and that no edit ever lands in a text it was not proved on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lsp_client import Client, ErrorResponse, LocalClient
from lsp_fake_server import options
from oldhand.text.edits import TextEdit, apply
from oldhand.text.lines import LineIndex, PositionEncoding, offset_of
from oldhand.text.ranges import TextRange

URI = "file:///w/a.py"
RESOLVES = {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}}


@pytest.fixture
def client() -> Iterator[LocalClient]:
    with LocalClient(options()) as client:
        yield client


@pytest.fixture
def eager(client: LocalClient) -> LocalClient:
    """A client that can not resolve actions."""
    client.initialize()
    return client


@pytest.fixture
def lazy(client: LocalClient) -> LocalClient:
    client.initialize({"textDocument": {"codeAction": RESOLVES}})
    return client


def place(line: int, start: int, end: int, *, to_line: int | None = None) -> Any:
    last = line if to_line is None else to_line
    return {"start": {"line": line, "character": start}, "end": {"line": last, "character": end}}


WHOLE = place(0, 0, 0, to_line=1000)


def actions(client: Client, where: Any, diagnostics: Any = (), uri: str = URI, **context: Any) -> list[Any]:
    context = {"diagnostics": list(diagnostics), **context}
    params = {"textDocument": {"uri": uri}, "range": where, "context": context}
    return client.call("textDocument/codeAction", params)


def titles(found: list[Any]) -> list[str]:
    return [action["title"] for action in found]


def named(found: list[Any], title: str) -> Any:
    (action,) = [action for action in found if action["title"] == title]
    return action


def applied(text: str, action: Any, version: int = 1) -> str:
    """The text after the action, whose edit must be for that version and nothing but this document."""
    (change,) = action["edit"]["documentChanges"]
    assert change["textDocument"]["version"] == version
    return edited(text, change["edits"])


def edited(text: str, edits: list[Any]) -> str:
    index = LineIndex.of(text)

    def offset(position: Any) -> int:
        return offset_of(text, index, position["line"], position["character"], PositionEncoding.UTF16)

    return apply(
        text,
        [
            TextEdit(TextRange(offset(one["range"]["start"]), offset(one["range"]["end"])), one["newText"])
            for one in edits
        ],
    )


# What is offered


def test_everything_is_offered_where_the_user_asks(eager: LocalClient) -> None:
    eager.open(URI, "teh")
    found = actions(eager, place(0, 1, 1), triggerKind=1)
    assert titles(found) == [
        "Write the",
        "Ignore words/teh here",
        "Ignore words/teh in this file",
        "Dismiss words/teh here for everybody",
        "Explain words/teh",
        "Apply all safe fixes in this file",
        "Review file with senior-backend-engineer",
    ]
    assert {action["kind"] for action in found[:-2]} == {"quickfix"}
    assert [action["kind"] for action in found[-2:]] == ["source.fixAll.oldhand", "oldhand.review"]


def test_nothing_but_quick_fixes_is_offered_unasked(eager: LocalClient) -> None:
    eager.open(URI, "teh")
    assert titles(actions(eager, place(0, 1, 1), triggerKind=2)) == ["Write the"]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (["quickfix"], {"quickfix"}),
        (["source"], {"source.fixAll.oldhand"}),
        (["source.fixAll"], {"source.fixAll.oldhand"}),
        (["source.fixAll.oldhand"], {"source.fixAll.oldhand"}),
        (["source.fixAll.other"], set()),
        (["source.fix"], set()),
        (["refactor"], set()),
        (["refactor", "quickfix"], {"quickfix"}),
        ([""], {"quickfix", "source.fixAll.oldhand", "oldhand.review"}),
        (["oldhand"], {"oldhand.review"}),
        ([], set()),
    ],
)
def test_kinds_are_filtered_by_what_they_begin_with(eager: LocalClient, only: list[str], expected: set[str]) -> None:
    eager.open(URI, "teh")
    assert {action["kind"] for action in actions(eager, place(0, 1, 1), only=only)} == expected


def test_all_safe_fixes_are_made_on_save_though_nobody_is_asked(eager: LocalClient) -> None:
    eager.open(URI, "teh bug teh")
    (action,) = actions(eager, WHOLE, only=["source.fixAll.oldhand"], triggerKind=2)
    assert applied("teh bug teh", action) == "the bug the"


def test_fixing_everything_is_not_offered_where_nothing_is_safe(eager: LocalClient) -> None:
    eager.open(URI, "bug")
    assert actions(eager, WHOLE, only=["source"]) == []


def test_only_a_safe_fix_is_preferred(eager: LocalClient) -> None:
    eager.open(URI, "teh bug")
    assert named(actions(eager, place(0, 0, 0)), "Write the")["isPreferred"] is True
    assert "isPreferred" not in named(actions(eager, place(0, 5, 5)), "Write feature")


def test_rejected_fix_is_not_offered(eager: LocalClient) -> None:
    eager.open(URI, "sketchy")
    assert "Write sound" not in titles(actions(eager, place(0, 0, 0)))


def test_rejected_fix_is_shown_with_its_reason_to_clients_that_can(client: LocalClient) -> None:
    client.initialize({"textDocument": {"codeAction": {"disabledSupport": True}}})
    client.open(URI, "sketchy")
    action = named(actions(client, place(0, 0, 0)), "Write sound")
    assert action["disabled"] == {"reason": "it does not hold water."}
    assert "edit" not in action


def test_action_names_the_diagnostic_that_it_is_about(eager: LocalClient) -> None:
    eager.open(URI, "teh")
    (diagnostic,) = eager.diagnostics(URI)
    for action in actions(eager, place(0, 1, 1))[:-2]:
        assert action["diagnostics"] == [diagnostic]


def test_document_that_is_not_open_has_no_actions(eager: LocalClient) -> None:
    assert actions(eager, WHOLE, uri="file:///w/other.py") is None


# For whom: the range, the diagnostics, and what editors do with both


def test_range_decides_where_there_are_no_diagnostics(eager: LocalClient) -> None:
    eager.open(URI, "teh bug")
    assert titles(actions(eager, place(0, 4, 7), only=["quickfix"], triggerKind=2)) == ["Write feature"]
    assert titles(actions(eager, place(0, 0, 7), only=["quickfix"], triggerKind=2)) == ["Write the", "Write feature"]


def test_echoed_diagnostic_decides_over_the_range(eager: LocalClient) -> None:
    """Kate's Quick Fix sends the whole file as range, and then does everything that it is offered."""
    eager.open(URI, "teh\nteh\nbug\n")
    first, _, bug = eager.diagnostics(URI)
    assert titles(actions(eager, WHOLE, [bug], only=["quickfix"])) == ["Write feature"]
    (action,) = actions(eager, WHOLE, [first], only=["quickfix"])
    assert applied("teh\nteh\nbug\n", action) == "the\nteh\nbug\n"


def test_diagnostic_without_source_and_data_means_what_it_touches(eager: LocalClient) -> None:
    """ALE builds diagnostics anew, without them."""
    eager.open(URI, "teh bug")
    echoed = {"range": place(0, 4, 7), "message": "x", "code": "words/bug"}
    assert titles(actions(eager, place(0, 0, 7), [echoed], triggerKind=2)) == ["Write feature"]


def test_diagnostics_of_others_do_not_decide(eager: LocalClient) -> None:
    eager.open(URI, "teh bug")
    others = [
        {"range": place(0, 0, 3), "message": "x", "source": "other", "code": "words/teh", "data": {"id": 1}},
        {"range": place(0, 0, 3), "message": "x", "code": "E501"},
    ]
    assert titles(actions(eager, place(0, 4, 4), others, triggerKind=2)) == ["Write feature"]


def test_diagnostic_of_an_earlier_version_finds_its_finding_where_it_is_now(eager: LocalClient) -> None:
    eager.open(URI, "teh")
    (stale,) = eager.diagnostics(URI)
    eager.change(URI, 2, (0, 0, 0, 0, "one\ntwo "))
    found = actions(eager, stale["range"], [stale], triggerKind=2)
    assert applied("one\ntwo teh", named(found, "Write the"), 2) == "one\ntwo the"


def test_diagnostic_whose_finding_has_gone_is_refused(eager: LocalClient) -> None:
    eager.open(URI, "teh")
    (stale,) = eager.diagnostics(URI)
    eager.change(URI, 2, "bug")
    assert actions(eager, place(0, 0, 3), [stale], only=["quickfix"]) == []


def test_two_proposals_that_are_the_same_are_offered_once(eager: LocalClient) -> None:
    eager.open(URI, "teh")
    (echoed,) = eager.diagnostics(URI)
    assert titles(actions(eager, place(0, 0, 3), [echoed, echoed], triggerKind=2)) == ["Write the"]


# Edits and versions


def test_edit_is_there_at_once_for_clients_that_can_not_resolve(eager: LocalClient) -> None:
    eager.open(URI, "a teh b", version=5)
    found = actions(eager, place(0, 3, 3))
    assert applied("a teh b", named(found, "Write the"), 5) == "a the b"
    assert all("data" not in action for action in found)


def test_edit_is_made_when_the_client_asks_for_it(lazy: LocalClient) -> None:
    lazy.open(URI, "a teh b")
    action = named(actions(lazy, place(0, 3, 3)), "Write the")
    assert "edit" not in action
    resolved = lazy.call("codeAction/resolve", action)
    assert applied("a teh b", resolved) == "a the b"
    assert resolved["title"] == "Write the"


@pytest.mark.parametrize("properties", [["command"], []])
def test_edit_is_there_at_once_where_edits_can_not_be_resolved(client: LocalClient, properties: list[str]) -> None:
    client.initialize({"textDocument": {"codeAction": {**RESOLVES, "resolveSupport": {"properties": properties}}}})
    client.open(URI, "teh")
    assert "edit" in named(actions(client, place(0, 1, 1)), "Write the")


def test_client_that_refuses_versions_gets_edits_without(client: LocalClient) -> None:
    client.initialize({"workspace": {"workspaceEdit": {"documentChanges": False}}})
    client.open(URI, "teh")
    assert list(named(actions(client, place(0, 1, 1)), "Write the")["edit"]) == ["changes"]


def test_action_is_refused_when_the_text_has_moved_on(lazy: LocalClient) -> None:
    lazy.open(URI, "teh bug")
    for action in actions(lazy, place(0, 1, 1)):
        if "data" not in action:
            continue
        lazy.change(URI, lazy.server.session.files[URI].document.version + 1, (0, 0, 0, 0, " "))
        with pytest.raises(ErrorResponse) as caught:
            lazy.call("codeAction/resolve", action)
        assert caught.value.code == -32801


def test_action_for_a_finding_that_is_not_there_is_refused(lazy: LocalClient) -> None:
    lazy.open(URI, "teh")
    action = named(actions(lazy, place(0, 1, 1)), "Write the")
    action["data"]["fingerprint"] = "0" * 16
    with pytest.raises(ErrorResponse) as caught:
        lazy.call("codeAction/resolve", action)
    assert caught.value.code == -32801


@pytest.mark.parametrize(
    "data", [None, "x", {}, {"action": "rm", "uri": URI, "version": 1, "fingerprint": ""}, {"action": "fix"}]
)
def test_action_that_is_not_ours_is_refused(lazy: LocalClient, data: Any) -> None:
    with pytest.raises(ErrorResponse) as caught:
        lazy.call("codeAction/resolve", {"title": "x", "data": data})
    assert caught.value.code == -32602


def test_actions_for_a_text_that_changes_meanwhile_are_refused(eager: LocalClient) -> None:
    eager.open(URI, "teh")
    eager.diagnostics(URI)
    eager.change(URI, 2, "teh ")
    params = {"textDocument": {"uri": URI}, "range": place(0, 0, 0), "context": {"diagnostics": []}}
    asked = eager.request("textDocument/codeAction", params)
    eager.change(URI, 3, "teh  ")
    assert eager.response(asked)["error"]["code"] == -32801


def test_actions_right_after_a_change_are_for_the_new_text(eager: LocalClient) -> None:
    eager.open(URI, "bug")
    eager.change(URI, 2, "x teh")
    assert applied("x teh", named(actions(eager, place(0, 3, 3)), "Write the"), 2) == "x the"


# Ignore comments


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("teh", 0, "# oldhand: ignore[words/teh]\nteh"),
        ("if x:\n    teh()\n", 1, "if x:\n    # oldhand: ignore[words/teh]\n    teh()\n"),
        ("if x:\r\n\tteh()\r\n", 1, "if x:\r\n\t# oldhand: ignore[words/teh]\r\n\tteh()\r\n"),
        ('x = """\nteh\n"""\n', 1, '# oldhand: ignore[words/teh]\nx = """\nteh\n"""\n'),
        ("x = f(\n    teh,\n)\n", 1, "x = f(\n    # oldhand: ignore[words/teh]\n    teh,\n)\n"),
        ("x = 1 + \\\n    teh\n", 1, "# oldhand: ignore[words/teh]\nx = 1 + \\\n    teh\n"),
    ],
)
def test_ignore_comment_stands_above_the_code(eager: LocalClient, text: str, line: int, expected: str) -> None:
    eager.open(URI, text)
    at = text.splitlines()[line].index("teh")
    action = named(actions(eager, place(line, at, at)), "Ignore words/teh here")
    assert applied(text, action) == expected
    eager.change(URI, 2, expected)
    assert not [one for one in eager.diagnostics(URI, 2) if one["code"] == "words/teh"]


@pytest.mark.parametrize(
    ("language", "suffix", "text", "leader"),
    [
        ("javascript", "js", "const teh = 1;\n", "//"),
        ("typescriptreact", "tsx", "const teh = 1;\n", "//"),
        ("go", "go", "package teh\n", "//"),
        ("java", "java", "class teh {}\n", "//"),
        ("sql", "sql", "SELECT teh FROM x;\n", "--"),
    ],
)
def test_ignore_comment_is_written_as_the_language_has_it(
    eager: LocalClient, language: str, suffix: str, text: str, leader: str
) -> None:
    uri = f"file:///w/a.{suffix}"
    eager.open(uri, text, language=language)
    at = text.index("teh")
    found = actions(eager, place(0, at, at), uri=uri)
    assert applied(text, named(found, "Ignore words/teh here")) == f"{leader} oldhand: ignore[words/teh]\n{text}"
    assert (
        applied(text, named(found, "Ignore words/teh in this file"))
        == f"{leader} oldhand: ignore-file[words/teh]\n{text}"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("teh, teh\n", "{}\nteh, teh\n"),
        ("#!/usr/bin/env python\nteh\n", "#!/usr/bin/env python\n{}\nteh\n"),
        (
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nteh\n",
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n{}\nteh\n",
        ),
        ("\ufeffteh\n", "\ufeff{}\nteh\n"),
        ("# a comment\r\nteh\r\n", "{}\r\n# a comment\r\nteh\r\n"),
        ("#!python teh", "#!python teh\n{}"),
    ],
)
def test_comment_for_the_file_stands_in_its_first_lines(eager: LocalClient, text: str, expected: str) -> None:
    eager.open(URI, text)
    at = text[: text.index("teh")].count("\n")
    column = len(text[: text.index("teh")].rpartition("\n")[2])
    action = named(actions(eager, place(at, column, column)), "Ignore words/teh in this file")
    after = applied(text, action)
    assert after == expected.format("# oldhand: ignore-file[words/teh]")
    eager.change(URI, 2, after)
    assert eager.diagnostics(URI, 2) == []


def test_ignore_comments_come_with_their_edit_when_the_client_asks(lazy: LocalClient) -> None:
    lazy.open(URI, "teh")
    action = named(actions(lazy, place(0, 1, 1)), "Ignore words/teh here")
    assert applied("teh", lazy.call("codeAction/resolve", action)) == "# oldhand: ignore[words/teh]\nteh"
