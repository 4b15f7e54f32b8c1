"""`oldhand rules test`: a user's own rules against their case files."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from oldhand.cli.main import main

RULE = """
    id: team/no-print
    language: python
    severity: warning
    message: This service logs, it does not print.
    rule:
      pattern: print($$$WHAT)
    """

CASES = """
    # No print

    ## A print is reported

    ```python
    print("paid", order)
    ^^^^^^^^^^^^^^^^^^^^ warning[team/no-print] logs
    ```

    ## A method of that name is not

    ```python
    printer.print(order)
    ```
    """


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "team" / "no-print.yaml", RULE)
    write(tmp_path / "team" / "no-print.md", CASES)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")


def run(*arguments: object) -> int:
    return main(["rules", "test", *map(str, arguments)])


def test_cases_that_pass(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder) == 0
    assert capsys.readouterr().out == "2 cases, 0 failed\n"


def test_a_case_that_fails_is_shown_and_can_be_rewritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = CASES.replace("^^^^^^^^^^^^^^^^^^^^ warning[team/no-print] logs", "^^^^^ error[team/no-print] logs")
    write(folder / "team" / "no-print.md", wrong)
    assert run(folder) == 1
    shown = capsys.readouterr().out
    assert "no-print.md:3: A print is reported" in shown
    assert "    -^^^^^ error[team/no-print] logs" in shown
    assert "    +^^^^^^^^^^^^^^^^^^^^ warning[team/no-print] logs" in shown
    assert "2 cases, 1 failed" in shown
    assert run(folder, "--update") == 1
    assert run(folder) == 0
    assert (folder / "team" / "no-print.md").read_text() == textwrap.dedent(CASES).lstrip("\n")


def test_what_is_not_understood_in_a_case_file_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "team" / "other.md", "## A case\n\n```cobol\nDISPLAY 1.\n```\n")
    assert run(folder) == 1
    assert "other.md:3: A fence of the kind “cobol” is not known" in capsys.readouterr().err


def test_a_rule_without_a_case_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "team" / "no-exit.yaml", RULE.replace("print", "exit"))
    assert run(folder) == 0
    assert "The rule team/no-exit has no case." in capsys.readouterr().err


def test_a_rule_that_can_not_be_used_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "team" / "broken.yaml", "id: team/broken\nlanguage: python\nrule: {kid: call}\n")
    assert run(folder) == 1
    assert "broken.yaml:1: The rule team/broken cannot be used" in capsys.readouterr().err


def test_a_language_on_which_the_rule_does_not_run_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "team" / "no-print.md", CASES + '\n    ## In Go\n\n    ```go\n    print("x")\n    ```\n')
    assert run(folder) == 1
    assert "No rule team/no-print runs on go" in capsys.readouterr().out


def test_without_rules_or_cases_nothing_can_be_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "nowhere") == 2
    assert run(tmp_path) == 2
    write(tmp_path / "no-print.yaml", RULE)
    assert run(tmp_path) == 2
    assert "no case files" in capsys.readouterr().err
