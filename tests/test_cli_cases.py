"""Console cases: files, a command, and what it prints; the cases are the Markdown files below cases/cli.

A section has fences with `path=NAME` that are written into an empty folder, and `console` fences: a line `$ oldhand …`,
what it prints on standard output and then on standard error, and its exit status in brackets. Rules are those of
`cases/cli/rules.yaml` alone. `--update-cases` rewrites the `console` fences.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from oldhand.cli import console
from oldhand.cli.main import main

FOLDER = Path(__file__).parent / "cases" / "cli"
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Case:
    path: Path
    name: str
    text: str


def cases() -> list[Case]:
    found = []
    for path in sorted(FOLDER.glob("*.md")):
        for section in re.split(r"^(?=## )", path.read_text(), flags=re.MULTILINE)[1:]:
            found.append(Case(path, section.partition("\n")[0].removeprefix("## "), section))
    return found


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in, where the rules of the cases are all there are, and a console that is no terminal."""
    agents = tmp_path / "agents" / "demo" / "rules"
    agents.mkdir(parents=True)
    (agents / "rules.yaml").write_bytes((FOLDER / "rules.yaml").read_bytes())
    monkeypatch.setattr("oldhand.cli.rules.bundled_agents", lambda: tmp_path / "agents")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CLAUDE_CONFIG_DIR", "CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    work = tmp_path / "project"
    work.mkdir()
    monkeypatch.chdir(work)
    console.out.cache_clear()
    console.err.cache_clear()
    return work


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.path.stem}: {case.name}")
def test_console_case(case, folder, capfd, update_cases):
    def ran(fence: re.Match[str]) -> str:
        info, body = fence["info"].split(), fence["body"]
        if info[0] != "console":
            name = next(word.removeprefix("path=") for word in info if word.startswith("path="))
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(body)
            return fence[0]
        command = body.partition("\n")[0]
        return f"```console\n{command}\n{printed(command, capfd)}```"

    after = FENCE.sub(ran, case.text)
    if update_cases and after != case.text:
        case.path.write_text(case.path.read_text().replace(case.text, after))
    assert after == case.text


def printed(command: str, capfd: pytest.CaptureFixture[str]) -> str:
    _, program, *arguments = shlex.split(command)
    capfd.readouterr()
    if program == "cat":
        (name,) = arguments
        return Path(name).read_text()
    assert program == "oldhand"
    try:
        status = main(arguments)
    except SystemExit as stop:
        status = int(stop.code or 0)
    shown = "".join(capfd.readouterr()).replace(str(Path.cwd().parent), "")
    return f"{shown}[{status}]\n"
