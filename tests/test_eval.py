"""The harness that scores a persona on labelled code. Run on scripted answers it measures nothing about a model."""

from __future__ import annotations

import json
from pathlib import Path

import persona
import pytest
from messages_server import MessagesServer, Reply, Seen
from oldhand.claude.reviewer import Second

from tests.eval.__main__ import OWN, cases, main
from tests.eval.score import Case, Score, score


def test_our_own_cases_can_be_read_and_half_of_them_are_clean() -> None:
    own = list(cases(OWN))
    assert len({case.id for case in own}) == len(own) == 20
    assert sum(not case.gold for case in own) == 10
    for case in own:
        lines = case.text.count("\n")
        assert all(1 <= start <= end <= lines for start, end in case.gold)


def test_what_is_no_case_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('\n{"language": "python", "text": "x"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.jsonl:2: this is no case \(KeyError"):
        list(cases(tmp_path / "a.jsonl"))


def test_findings_are_scored_by_the_lines_that_they_touch(tmp_path: Path) -> None:
    text = "def f(a, b):\n    x = a / b\n    y = a - b\n    return x + y\n"
    said = persona.answer(
        findings=[
            persona.finding("    x = a / b", "`b` may be 0.", line=2),
            persona.finding("    return x + y", "`x` is odd.", line=4, category="api"),
        ]
    )
    found = persona.reviewed(persona.job(text), [said], tmp_path, Second.NONE).findings
    worth = score(Case("a", "python", text, ((1, 2), (3, 3))), found)
    assert (worth.hits, worth.false_alarms, worth.found, worth.labels, worth.exact) == (1, 1, 1, 2, 0)
    assert (worth.precision, worth.recall, worth.f_half) == (0.5, 0.5, 0.5)
    assert Score().precision == Score().recall == 1.0


def test_the_whole_harness_runs_against_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def reply(seen: Seen) -> Reply:
        content = seen.body["messages"][0]["content"]
        if content[-1]["text"].startswith("Judge"):
            return Reply(persona.answer(verdicts=[persona.verdict(1)]))
        line = content[-2]["text"].splitlines()[2]
        number, _, quote = line.partition("| ")
        return Reply(persona.answer(findings=[persona.finding(quote, line=int(number))]))

    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"OLDHAND_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "for-tests")
    with MessagesServer(reply) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        out = tmp_path / "findings.jsonl"
        assert main(["--out", str(out), "--limit", "4"]) == 0
        assert server.problems == []
        assert len(server.requests) == 8
    raw = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert sorted(one["case"] for one in raw) == ["py-balance", "py-balance-locked", "py-idor", "py-idor-owner"]
    assert "4 cases, 2 labels, 4 findings" in capsys.readouterr().out
