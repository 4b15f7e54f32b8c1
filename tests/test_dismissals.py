"""Findings that nobody wants to see again: the file, the command that writes it, and both reviewers under it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp_client import LocalClient
from oldhand.cli.main import main
from oldhand.lsp.debounce import Debounce
from oldhand.lsp.server import Options
from oldhand.suppressions.dismissed import Dismissal, added, read

ONE = Dismissal("0123456789abcdef", "query/n-plus-one", "Accepted risk: 'two' rows\nat most", "2026-11-24")
OTHER = Dismissal("fedcba9876543210", "claude/logic", "", "2026-11-25")
TEXT = "import requests\n\n\ndef rate():\n    return requests.get('https://rates.example')\n"


def test_an_entry_is_read_as_it_was_written_and_stands_in_order() -> None:
    text = added(added("", OTHER), ONE)
    assert text == added(added("", ONE), OTHER)
    assert added(text, ONE) == text
    assert read(text, "f") == ({ONE.fingerprint: ONE.reason, OTHER.fingerprint: ""}, ())


def test_what_people_wrote_stays() -> None:
    own = "# ours\n- fingerprint: 'aaaaaaaaaaaaaaaa' # why\n  owner: me"
    text = added(added(own, OTHER), ONE)
    assert all(line in text.splitlines() for line in own.splitlines())
    assert set(read(text, "f")[0]) == {"a" * 16, ONE.fingerprint, OTHER.fingerprint}


@pytest.mark.parametrize(
    ("text", "found", "lines"),
    [
        ("", {}, []),
        ("- fingerprint: 12\n- rule: x\n- fingerprint: 'aaaaaaaaaaaaaaaa'\n", {"a" * 16: ""}, [1, 2]),
        ("a: b\n", {}, [1]),
        ("- [\n", {}, [2]),
    ],
)
def test_what_is_wrong_is_told_and_costs_itself(text: str, found: dict[str, str], lines: list[int]) -> None:
    reasons, problems = read(text, "f")
    assert reasons == found
    assert [problem.line for problem in problems] == lines


def test_a_finding_is_dismissed_in_the_editor_and_in_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rate.py").write_text(TEXT, encoding="utf-8")
    uri = (tmp_path / "rate.py").as_uri()
    with LocalClient(Options(debounce=Debounce.fixed(0), tidy=lambda: None)) as client:
        client.answers["window/showMessageRequest"] = lambda params: {"title": params["actions"][1]["title"]}
        folder = {"uri": tmp_path.as_uri(), "name": "w"}
        client.initialize({"window": {"showMessage": {}}}, workspaceFolders=[folder])
        client.open(uri, TEXT)
        (found,) = client.diagnostics(uri)
        arguments = [{"uri": uri, "fingerprint": found["data"]}]
        done = client.call("workspace/executeCommand", {"command": "oldhand.dismiss", "arguments": arguments})
        assert done == {"dismissed": True}
        assert client.diagnostics(uri) == []
        client.end()
    assert "Accepted risk" in (tmp_path / ".oldhand" / "dismissed.yaml").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["review"]) == 0
    (tmp_path / "rate.py").write_text("# moved\n\n" + TEXT, encoding="utf-8")
    assert main(["review"]) == 0
    assert "http-no-timeout" not in capsys.readouterr().out


def test_nothing_is_written_through_a_link_that_leads_out(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "w" / ".oldhand").symlink_to(tmp_path / "elsewhere")
    uri = (tmp_path / "w" / "rate.py").as_uri()
    with LocalClient(Options(debounce=Debounce.fixed(0), tidy=lambda: None)) as client:
        client.initialize({}, workspaceFolders=[{"uri": (tmp_path / "w").as_uri(), "name": "w"}])
        client.open(uri, TEXT)
        (found,) = client.diagnostics(uri)
        arguments = [{"uri": uri, "fingerprint": found["data"]}]
        done = client.call("workspace/executeCommand", {"command": "oldhand.dismiss", "arguments": arguments})
        assert done == {"dismissed": False}
        client.end()
    assert list((tmp_path / "elsewhere").iterdir()) == []
