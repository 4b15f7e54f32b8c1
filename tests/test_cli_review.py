"""`oldhand review` from end to end: changes, standard input, files of every kind, interruption."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from oldhand.cli import console
from oldhand.cli.main import main
from oldhand.cli.source import SourceError

RULES = Path(__file__).parent / "cases" / "cli" / "rules.yaml"
START = "import sys; from oldhand.cli.main import main; print('ready', flush=True); sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def work(tmp_path, monkeypatch):
    """An empty folder to work in, with the rules of the console cases and a git of its own configuration."""
    work = tmp_path.resolve() / "work"
    (work / ".oldhand" / "rules").mkdir(parents=True)
    shutil.copy(RULES, work / ".oldhand" / "rules" / "demo.yaml")
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CLAUDE_CONFIG_DIR", "CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "a")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "a@example.org")
    console.out.cache_clear()
    console.err.cache_clear()
    return work


@pytest.fixture
def oldhand(work, capfd):
    """Runs a command with the demo rules alone: the exit status, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main([*arguments, "--rule", "demo", "--rule", "other"])
        out, err = capfd.readouterr()
        return status, out, err

    return run


def sh(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def commit(message: str = "x") -> None:
    sh("add", "-A")
    sh("commit", "-q", "-m", message)


def found(out: str) -> list[tuple[str, int, str]]:
    """File, line and rule of each finding in a JSON report."""
    return [
        (finding["file"], finding["range"]["start"]["line"], finding["rule"]) for finding in json.loads(out)["findings"]
    ]


# Changes


@pytest.fixture
def repository(work):
    sh("init", "-q", "-b", "main")
    (work / "a.py").write_text("danger(1)\nsafe(2)\ndanger(\n    3\n    + 4\n)\n")
    (work / "b.py").write_text("danger(1)\n")
    commit()
    return work


def test_diff_shows_what_changed_lines_touch(repository, oldhand):
    (repository / "a.py").write_text("danger(1)\ndanger(2)\ndanger(\n    3\n    + 5\n)\n")
    (repository / "new.py").write_text("slow(1)\n")
    status, out, _ = oldhand("review", "--diff", "--format", "json")
    assert status == 1
    assert found(out) == [("a.py", 2, "demo/danger"), ("a.py", 3, "demo/danger"), ("new.py", 1, "demo/slow")]


def test_diff_without_changes_is_clean(repository, oldhand):
    assert oldhand("review", "--diff")[:2] == (0, "There is nothing to review.\n")


def test_diff_shows_a_finding_of_which_lines_were_taken_out(repository, oldhand):
    (repository / "a.py").write_text("danger(1)\nsafe(2)\ndanger(\n    3\n)\n")
    assert found(oldhand("review", "--diff", "--format", "json")[1]) == [("a.py", 3, "demo/danger")]


def test_diff_with_a_base_shows_what_the_branch_has_changed(repository, oldhand):
    sh("checkout", "-q", "-b", "feature")
    (repository / "b.py").write_text("danger(1)\nslow(2)\n")
    commit()
    (repository / "c.py").write_text("slow(3)\n")
    _, out, _ = oldhand("review", "--diff=main", "--format", "json")
    assert found(out) == [("b.py", 2, "demo/slow"), ("c.py", 1, "demo/slow")]


def test_word_after_diff_that_is_a_path_is_taken_for_one(repository, oldhand):
    (repository / "a.py").write_text("slow(1)\n")
    (repository / "b.py").write_text("slow(1)\n")
    assert found(oldhand("review", "--format", "json", "--diff", "b.py")[1]) == [("b.py", 1, "demo/slow")]


def test_diff_fixes_what_changed_lines_touch_and_nothing_else(repository, oldhand):
    (repository / "a.py").write_text("danger(1)\ndanger(1)\ndanger(\n    3\n    + 4\n)\n")
    assert oldhand("review", "--diff", "--fix")[0] == 0
    assert (repository / "a.py").read_text() == "danger(1)\nsafe(1)\ndanger(\n    3\n    + 4\n)\n"
    assert (repository / "b.py").read_text() == "danger(1)\n"


def test_diff_outside_of_a_repository_is_refused(work, oldhand):
    (work / "a.py").write_text("danger(1)\n")
    status, _, err = oldhand("review", "--diff")
    assert (status, err) == (
        2,
        "oldhand: error: a.py is in no git repository, so nothing tells what has changed in it.\n",
    )


def test_diff_with_a_base_that_is_none_is_refused(repository, oldhand):
    status, _, err = oldhand("review", "--diff=nothing")
    assert status == 2
    assert "nothing names no commit" in err


# In CI a change does not decide about its own review


@pytest.fixture
def evil_branch(repository):
    """A branch that brings a defect, and settings, a baseline and rules that would hide it."""
    (repository / "known.json").write_text('{"version": 1, "findings": []}\n')
    commit()
    sh("checkout", "-q", "-b", "feature")
    (repository / "b.py").write_text("danger(1)\ndanger(2)\n")
    main(["review", "--rule", "demo", "--write-baseline", "known.json"])
    (repository / ".oldhand.yaml").write_text("rules: {demo/*: off}\nexclude: ['*.py']\n")
    (repository / ".oldhand" / "rules" / "demo.yaml").write_text(RULES.read_text().replace("danger($X)", "nothing($X)"))
    commit()
    return repository


@pytest.mark.parametrize("options", [(), ("--baseline", "known.json"), ("--config", ".oldhand.yaml")])
def test_in_ci_settings_baseline_and_rules_are_those_of_the_base(evil_branch, oldhand, monkeypatch, options):
    monkeypatch.setenv("CI", "true")
    _, out, _ = oldhand("review", "--diff=main", "--format", "json", *options)
    assert found(out) == [("b.py", 2, "demo/danger")]


def test_elsewhere_settings_are_those_of_the_disk(evil_branch, oldhand):
    assert oldhand("review", "--diff=main")[0] == 0


# Standard input


def test_standard_input_is_reviewed_under_its_name(work, oldhand, monkeypatch):
    monkeypatch.setattr("sys.stdin", open_bytes(work, b"danger(1)\n"))
    assert found(oldhand("review", "-", "--stdin-filename", "x/a.py", "--format", "json")[1]) == [
        ("x/a.py", 1, "demo/danger")
    ]


def test_standard_input_is_fixed_to_standard_output_byte_for_byte(work):
    given = b'\xef\xbb\xbfdanger(1)\r\npassword = "opensesame-1"\r\nslow("\x1b")\n'
    process = subprocess.run(
        [sys.executable, "-c", START, "review", "-", "--stdin-filename", "a.py", "--fix", "--rule", "demo"],
        input=given,
        capture_output=True,
        check=False,
    )
    assert process.stdout == b"ready\n" + given.replace(b"danger", b"safe")
    assert b"demo/slow" in process.stderr
    assert b"\x1b" not in process.stderr
    assert process.returncode == 1


def open_bytes(work: Path, raw: bytes):
    (work.parent / "stdin").write_bytes(raw)
    return (work.parent / "stdin").open(encoding="utf-8", newline="")


# Files


def test_fix_keeps_mark_line_ends_mode_and_writes_secrets_unmasked(work, oldhand):
    path = work / "a.py"
    path.write_bytes(b'\xef\xbb\xbfpassword = "opensesame-1"\r\ndanger("opensesame-1")\r\nx = "\xc3\xa9"\r')
    path.chmod(0o640)
    assert oldhand("review", "--fix")[0] == 0
    assert path.read_bytes() == b'\xef\xbb\xbfpassword = "opensesame-1"\r\nsafe("opensesame-1")\r\nx = "\xc3\xa9"\r'
    assert path.stat().st_mode & 0o777 == 0o640


def test_fix_that_can_not_be_written_is_told_and_the_status_says_so(work, oldhand, monkeypatch):
    (work / "a.py").write_text("danger(1)\n")

    def refuse(*_: object) -> None:
        raise SourceError("It can not be written: permission denied.")

    monkeypatch.setattr("oldhand.cli.source.write", refuse)
    status, _, err = oldhand("review", "--fix")
    assert status == 2
    assert err.endswith("oldhand: error: a.py: It can not be written: permission denied.\n")


def test_dry_run_masks_and_writes_nothing(work, oldhand):
    (work / "a.py").write_text('danger("##vso[x]")\npassword = "opensesame-1"\n')
    before = (work / "a.py").stat().st_mtime_ns
    status, out, _ = oldhand("review", "--fix", "--dry-run")
    assert (work / "a.py").stat().st_mtime_ns == before
    assert status == 1
    assert "opensesame" not in out
    assert "##vso[" not in out
    assert "+safe(" in out


def test_unreadable_files_are_told_and_the_rest_is_reviewed(work, oldhand):
    (work / "a.py").write_text("danger(1)\n")
    (work / "latin.py").write_bytes(b"x = '\xe9'\n")
    (work / "binary.py").write_bytes(b"\0\1\2")
    status, out, err = oldhand("review", "--format", "json")
    assert status == 1
    assert found(out) == [("a.py", 1, "demo/danger")]
    told = {problem["file"]: problem["message"] for problem in json.loads(out)["problems"]}
    assert told["latin.py"] == "It is not UTF-8 (line 1)."
    assert told["binary.py"].startswith("It was not reviewed. It is binary")
    assert json.loads(out)["summary"] | {"findings": None} == {
        "files": 1, "findings": None, "below": 0, "baseline": 0, "failed": 1, "skipped": 1,
    }  # fmt: skip
    assert err == ""


def test_nothing_that_could_be_reviewed_is_no_clean_review(work, oldhand):
    (work / "latin.py").write_bytes(b"x = '\xe9'\n")
    status, out, err = oldhand("review")
    assert status == 2
    assert "1 file could not be reviewed; see above." in out
    assert err.endswith("oldhand: error: latin.py: It is not UTF-8 (line 1).\n")


def test_large_file_is_not_reviewed_and_it_is_told(work, oldhand):
    (work / ".oldhand.yaml").write_text("max-file-bytes: 5\n")
    (work / "a.py").write_text("danger(1)\n")
    status, out, _ = oldhand("review")
    assert status == 0
    assert "1 file not reviewed: It is larger than 5 bytes, the limit in the settings." in out


def test_many_files_give_the_same_on_many_cores(work, oldhand, monkeypatch):
    monkeypatch.setattr("oldhand.cli.jobs._WORTH_BYTES", 1)
    for number in range(40):
        (work / f"f{number}.py").write_text("# a comment\n" * 100 + "danger(1)\n")
    reports = [oldhand("review", "--format", "json", "--jobs", str(jobs)) for jobs in (1, 3)]
    assert reports[0] == reports[1]
    assert len(found(reports[0][1])) == 40


def test_names_are_relative_to_the_repository_in_formats_and_to_this_folder_in_text(repository, oldhand, monkeypatch):
    (repository / "app").mkdir()
    (repository / "app" / "a.py").write_text("danger(1)\n")
    monkeypatch.chdir(repository / "app")
    assert found(oldhand("review", "--format", "json")[1]) == [("app/a.py", 1, "demo/danger")]
    assert oldhand("review")[1].startswith("a.py:1:1  error  demo/danger\n")


def test_defect_of_ours_is_told_in_a_line_and_does_not_look_like_findings(oldhand, monkeypatch):
    def fail(*_: object) -> None:
        raise KeyError("code")

    monkeypatch.setattr("oldhand.cli.files.select", fail)
    status, _, err = oldhand("review")
    assert status == 2
    assert err.startswith("oldhand: internal error (KeyError in test_cli_review.py:")
    assert err.count("\n") == 1


# Interruption


# Says when standard input is waited for.
WAITING = """
import sys
from oldhand.cli.main import main

class Buffer:
    def read(self):
        print("ready", flush=True)
        return sys.__stdin__.buffer.read()

class Stdin:
    buffer = Buffer()

sys.stdin = Stdin()
sys.exit(main(sys.argv[1:]))
"""


def start(program: str, *arguments: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # A test run in the background ignores Ctrl-C, and would hand that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def test_ctrl_c_is_quiet(work):
    process = start(WAITING, "review", "-", "--stdin-filename", "a.py")
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 130
    assert process.stderr is not None
    assert process.stderr.read() == b""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_leaves_nothing_half_written(work, jobs):
    old = "danger(1)\n" + "# a comment\n" * 300
    for number in range(600):
        (work / f"f{number:03}.py").write_text(old)
    process = start(START, "review", "--fix", "--jobs", jobs, "--rule", "demo")
    # The first that is fixed is shorter; to read them all would take longer than to fix them.
    while all(path.stat().st_size == len(old) for path in work.glob("f*.py")):
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"it ended with {process.wait(0.05)}")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    texts = {path.read_text() for path in work.glob("f*.py")}
    assert texts <= {old, old.replace("danger", "safe")}
    assert process.returncode == 130
    assert err == b""
    assert not list(work.glob(".oldhand-*"))


def test_reader_that_goes_away_ends_the_output_quietly(work):
    for number in range(300):
        (work / f"f{number}.py").write_text("danger(1)\n")
    process = start(START, "review", "--rule", "demo")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    told = process.stderr.read()
    assert b"Traceback" not in told
    assert b"Broken" not in told
    assert process.wait(30) == 141
