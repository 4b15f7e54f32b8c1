"""The text that the server reviews is the text that the editor shows, in whatever units the two speak of places."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsp_client import LocalClient
from lsp_fake_server import options
from oldhand.lsp import from_proto, to_proto
from oldhand.review.document import Document
from oldhand.text.lines import PositionEncoding

URI = "file:///w/a.py"
ENCODINGS = ["utf-8", "utf-16", "utf-32"]
ALPHABET = [
    "a",
    "teh",
    " ",
    "é",
    "漢",
    "😀",
    "\U0010ffff",
    "\n",
    "\r\n",
    "\r",
    "\f",
    "\v",
    "\x1c",
    "\x85",
    "\u2028",
    "\ud800",
]

each_encoding = pytest.mark.parametrize("encoding", ENCODINGS)


@pytest.fixture
def client() -> Iterator[LocalClient]:
    with LocalClient(options()) as client:
        yield client


def speaking(client: LocalClient, encoding: str) -> LocalClient:
    result = client.initialize({"general": {"positionEncodings": [encoding]}})
    assert result["capabilities"]["positionEncoding"] == encoding
    return client


def text_of(client: LocalClient, uri: str = URI) -> str:
    """The server's text, once it has handled all that was sent."""
    client.call(
        "workspace/executeCommand", {"command": "oldhand.showFindings", "arguments": [{"uri": uri, "fingerprints": []}]}
    )
    return client.server.session.files[from_proto.key_of(uri)].document.text


# An oracle for positions that shares nothing with the server: lines by hand, units by encoding each prefix.


def lines_of(text: str) -> list[str]:
    lines, line = [], ""
    for index, character in enumerate(text):
        line += character
        if character == "\n" or (character == "\r" and text[index + 1 : index + 2] != "\n"):
            lines.append(line)
            line = ""
    return [*lines, line]


def units(text: str, encoding: str) -> int:
    name, size = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding]
    return len(text.encode(name, "surrogatepass")) // size


def position(text: str, offset: int, encoding: str) -> tuple[int, int]:
    before = lines_of(text[:offset])
    if text[:offset].endswith("\r") and text[offset : offset + 1] == "\n":  # no place of an editor
        before = lines_of(text[: offset - 1])
    return len(before) - 1, units(before[-1], encoding)


@each_encoding
def test_text_follows_random_edits(client: LocalClient, encoding: str) -> None:
    chance = random.Random(encoding)
    speaking(client, encoding)
    text = "".join(chance.choices(ALPHABET, k=200))
    client.open(URI, text)
    for version in range(2, 152):
        changes = []
        for _ in range(chance.choice([1, 1, 1, 3])):
            start, end = sorted(chance.choices(range(len(text) + 1), k=2))
            end = min(end, start + 20)
            start, end = (at - 1 if text[at - 1 : at + 1] == "\r\n" else at for at in (start, end))
            new = "".join(chance.choices(ALPHABET, k=chance.randint(0, 4)))
            changes.append((*position(text, start, encoding), *position(text, end, encoding), new))
            text = text[:start] + new + text[end:]
        client.change(URI, version, *changes)
        if version % 10 == 0:
            assert text_of(client) == text
    assert text_of(client) == text


@each_encoding
def test_ranges_count_in_the_units_that_were_agreed(client: LocalClient, encoding: str) -> None:
    speaking(client, encoding)
    text = "x\n'é漢😀' teh\u2028teh"
    client.open(URI, text)
    first = text.index("teh")
    found = [diagnostic["range"] for diagnostic in client.diagnostics(URI)]
    expected = []
    for offset in (first, first + 4):
        line, character = position(text, offset, encoding)
        expected.append(
            {"start": {"line": line, "character": character}, "end": {"line": line, "character": character + 3}}
        )
    assert found == expected
    params = {"textDocument": {"uri": URI}, "position": found[0]["start"]}
    assert client.call("textDocument/hover", params)["range"] == found[0]
    params = {"textDocument": {"uri": URI}, "range": found[1], "context": {"diagnostics": []}}
    action = client.call("textDocument/codeAction", params)[0]
    assert action["edit"]["documentChanges"][0]["edits"][0]["range"] == found[1]


def test_server_prefers_the_encoding_that_costs_least(client: LocalClient) -> None:
    result = client.initialize({"general": {"positionEncodings": ["utf-16", "utf-8", "utf-32"]}})
    assert result["capabilities"]["positionEncoding"] == "utf-32"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (["whole"], "whole"),
        ([{"text": "whole", "range": None}], "whole"),
        ([{"text": "whole", "range": None, "rangeLength": None}], "whole"),
        ([], "one\ntwo"),
        ([(0, 0, 99, 99, "all")], "all"),
        ([(0, 99, 0, 99, "!")], "one!\ntwo"),
        ([(1, 3, 1, 0, "2")], "one\n2"),
        ([(1, 0, 1, 3, "2"), (0, 0, 0, 3, "1")], "1\n2"),
        ([(0, 0, 0, 0, "a\n"), (1, 0, 1, 3, "b")], "a\nb\ntwo"),
        ([(-1, -1, 0, 1, "")], "ne\ntwo"),
        ([(0, 0, 4294967295, 4294967295, "all")], "all"),
    ],
)
def test_change_is_understood(changes: list[Any], expected: str) -> None:
    document = Document.open(URI, 1, "python", "one\ntwo")
    wire = [{"text": change} if isinstance(change, str) else change for change in changes]
    wire = [ranged(*change) if isinstance(change, tuple) else change for change in wire]
    after, edits = from_proto.changed(document, 2, wire, PositionEncoding.UTF16)
    assert after.text == expected
    assert after.version == 2
    assert document.edited(edits, 2).text == expected


def ranged(line: int, character: int, end_line: int, end_character: int, text: str) -> dict[str, Any]:
    start, end = {"line": line, "character": character}, {"line": end_line, "character": end_character}
    return {"range": {"start": start, "end": end}, "text": text}


@pytest.mark.parametrize(
    "changes",
    [
        None,
        "text",
        [None],
        [{}],
        [{"text": 7}],
        [{"text": "x", "range": []}],
        [{"text": "x", "range": {"start": {"line": 0, "character": 0}}}],
        [{"text": "x", "range": {"start": {"line": "0", "character": 0}, "end": {"line": 0, "character": 0}}}],
        [{"text": "x", "range": {"start": {"line": 0.5, "character": 0}, "end": {"line": 0, "character": 0}}}],
    ],
)
def test_change_that_is_not_understood_is_an_error(changes: Any) -> None:
    with pytest.raises(from_proto.ChangeError):
        from_proto.changed(Document.open(URI, 1, "python", ""), 2, changes, PositionEncoding.UTF16)


def test_lost_change_takes_the_findings_away_and_is_told_once(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "teh")
    assert client.diagnostics(URI)
    client.change(URI, 2, {"range": "nonsense", "text": "x"})
    assert client.diagnostics(URI) == []
    assert "Close and reopen" in client.next("window/showMessage")["message"]
    client.change(URI, 3, "teh teh")
    params = {"textDocument": {"uri": URI}, "range": ranged(0, 0, 0, 3, "")["range"], "context": {"diagnostics": []}}
    assert client.call("textDocument/codeAction", params) is None
    client.open(URI, "teh", version=4)
    assert client.diagnostics(URI, 4)


def test_closed_document_shows_nothing(client: LocalClient) -> None:
    client.initialize()
    client.open(URI, "teh")
    assert client.diagnostics(URI)
    client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert client.diagnostics(URI) == []
    assert (
        client.call("textDocument/hover", {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 0}})
        is None
    )


def test_unknown_language_has_no_findings_and_no_error(client: LocalClient) -> None:
    client.initialize()
    uri = "file:///w/a.txt"
    client.open(uri, "teh", language="plaintext")
    place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
    assert client.call("textDocument/hover", place) is None
    assert client.call("textDocument/codeLens", place) is None
    whole = {**place, "range": ranged(0, 0, 0, 3, "")["range"], "context": {"diagnostics": []}}
    assert client.call("textDocument/codeAction", whole) is None
    assert client.sent("textDocument/publishDiagnostics") == []
    assert client.sent("window/showMessage") == []


def test_suffix_tells_the_language_where_the_editor_does_not(client: LocalClient) -> None:
    client.initialize()
    client.open("file:///w/a.py", "teh", language="unheard-of")
    assert client.diagnostics("file:///w/a.py")


@pytest.mark.parametrize("scheme", ["untitled:", "git:", "vscode-notebook-cell:"])
def test_document_that_is_no_file_is_never_looked_up_on_the_disk(
    client: LocalClient, tmp_path: Path, scheme: str
) -> None:
    (tmp_path / ".oldhand.yaml").write_text("rules: {words/teh: off}\n")
    path = tmp_path / "a.py"
    path.write_text("bug")
    client.initialize(rootUri=tmp_path.as_uri())
    client.open(path.as_uri(), "teh bug")
    assert [found["code"] for found in client.diagnostics(path.as_uri())] == ["words/bug"]
    uri = f"{scheme}{path}"
    client.open(uri, "teh")
    assert [found["code"] for found in client.diagnostics(uri)] == ["words/teh"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("file:///c%3A/Users/x.py", "file:///C:/Users/x.py"),
        ("file:///a%20b.py", "file:///a b.py"),
        ("file:///%E6%BC%A2.py", "file:///漢.py"),
    ],
)
def test_one_file_has_one_key_however_it_is_spelled(one: str, other: str) -> None:
    assert from_proto.key_of(one) == from_proto.key_of(other)


def test_paths_and_uris_turn_into_each_other() -> None:
    for path in (Path("/w/a.py"), Path("/w/a b#c?d%20.py"), Path("/w/漢.py")):
        assert from_proto.path_of(to_proto.uri_of(path)) == path


@pytest.mark.parametrize(
    "uri", ["untitled:a.py", "git:/w/a.py?x", "", "file:", "http://x/a.py", "file:///a%00b", "//[", "a"]
)
def test_uri_that_names_no_file_has_no_path(uri: str) -> None:
    assert from_proto.path_of(uri) is None
