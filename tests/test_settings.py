"""Settings from a file and from an editor: values, problems, who may set what, and the table in the README."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from oldhand import settings
from oldhand.findings import Severity
from oldhand.settings import Overrides, Settings, from_editor, load, merge, nearest

README = Path(__file__).parent.parent / "README.md"
OPENING, CLOSING = "<!-- settings: made by pytest tests/test_settings.py --update-cases -->\n", "<!-- /settings -->"


def test_a_whole_file() -> None:
    text = """
        rules:
          query/select-star: off
          tx/*: error
        exclude:
          - generated/
          - "*.pb.py"
        max-file-bytes: 2000000
        guidelines: docs/backend.md
        dismissals:
          "0123456789abcdef": the gateway limits this
        """
    assert load(textwrap.dedent(text), ".oldhand.yaml") == (
        Settings(
            severities={"query/select-star": None, "tx/*": Severity.ERROR},
            exclude=("generated/", "*.pb.py"),
            max_file_bytes=2_000_000,
            guidelines=("docs/backend.md",),
            dismissals={"0123456789abcdef": "the gateway limits this"},
        ),
        (),
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "rules:\nexclude:\n"])
def test_a_file_that_says_nothing_has_the_defaults(text: str) -> None:
    assert load(text, "x") == (Settings(), ())


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("- a\n", 1, "not a mapping"),
        ("rules: [\n", 2, "not valid YAML"),
        ("a: 1\n---\nb: 2\n", 3, "first YAML document"),
        ("\nrules: all\n", 2, "not a mapping of rules"),
        ("rules:\n  a/b: off\n  query/x: fatal\n", 3, "severity of `query/x`"),
        ("exclude:\n  - a\n  - 3\n", 3, "not a text"),
        ("exclude: 7\n", 1, "not a text"),
        ("max-file-bytes: big\n", 1, "whole number"),
        ("max-file-bytes: 0\n", 1, "whole number"),
        ("max-file-bytes: true\n", 1, "whole number"),
        ("dismissals: [x]\n", 1, "not a mapping of fingerprints"),
        ("dismissals:\n  abc: why\n", 2, "16 hexadecimal digits"),
        ("dismissals:\n  '0123456789abcdef': [1]\n", 2, "not a text"),
        ("\n\nexlude: []\n", 3, "did you mean `exclude`?"),
        ("colour: red\n", 1, "not a setting"),
        ("endpoint: https://example.org\n", 1, "user's own environment"),
    ],
)
def test_a_bad_value_is_one_problem_with_its_line_and_the_default(text: str, line: int, part: str) -> None:
    found, problems = load(text, ".oldhand.yaml")
    assert [(problem.path, problem.line) for problem in problems][:1] == [(".oldhand.yaml", line)]
    assert part in problems[0].message
    assert found.max_file_bytes == Settings().max_file_bytes


def test_what_is_right_beside_what_is_wrong_counts() -> None:
    found, problems = load("rules: {a/b: off, a/c: fatal}\nexclude: [x, 3, y]\n", "x")
    assert found == Settings(severities={"a/b": None}, exclude=("x", "y"))
    assert len(problems) == 2


@pytest.mark.parametrize(
    "name",
    ["endpoint", "baseUrl", "base_url", "apiKey", "headers", "httpProxy", "provider", "model", "gitPath", "trust"],
)
def test_neither_a_repository_nor_the_protocol_sets_where_text_goes_or_what_runs(name: str) -> None:
    assert load(f"{name}: x\n", "f")[0] == Settings()
    assert len(load(f"{name}: x\n", "f")[1]) == 1
    overrides, problems = from_editor({name: "x"})
    assert overrides == Overrides()
    assert [name in problem.message for problem in problems] == [True]


def test_an_editor_writes_camel_case_and_booleans_and_null() -> None:
    overrides, problems = from_editor(
        {"maxFileBytes": 10, "rules": {"a/b": False}, "exclude": None, "trace": {"server": "verbose"}}
    )
    assert overrides == Overrides(severities={"a/b": None}, max_file_bytes=10)
    assert problems == ()


@pytest.mark.parametrize("values", [None, {}])
def test_an_editor_that_says_nothing(values: object) -> None:
    assert from_editor(values) == (Overrides(), ())


@pytest.mark.parametrize("values", [[], "x", 3, {"rules": []}, {"max-file-bytes": 1.5}, {"dismissals": {}}])
def test_an_editor_that_says_nonsense_is_told_once(values: object) -> None:
    overrides, problems = from_editor(values)
    assert overrides == Overrides()
    assert len(problems) == 1


def test_the_editor_counts_above_the_file() -> None:
    base = Settings({"a/b": None, "a/c": Severity.HINT}, ("x",), 5, ("g.md",), {"0123456789abcdef": ""})
    over = Overrides({"a/b": Severity.ERROR}, ("y",), 7, ("h.md",))
    assert merge(base, over) == Settings(
        {"a/b": Severity.ERROR, "a/c": Severity.HINT}, ("x", "y"), 7, ("g.md", "h.md"), {"0123456789abcdef": ""}
    )
    assert merge(base, Overrides()) == base


def test_the_most_particular_entry_for_a_rule_counts() -> None:
    given = Settings(severities={"*": Severity.HINT, "tx/*": None, "tx/a": Severity.ERROR})
    assert given.severity("tx/a", Severity.WARNING) is Severity.ERROR
    assert given.severity("tx/b", Severity.WARNING) is None
    assert given.severity("api/x", Severity.WARNING) is Severity.HINT
    assert Settings().severity("api/x", Severity.WARNING) is Severity.WARNING


def test_the_nearest_file_counts_and_none_above_the_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    deep = root / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / ".oldhand.yaml").touch()
    assert nearest(deep / "x.py", root) is None
    (root / ".oldhand.yaml").touch()
    assert nearest(deep / "x.py", root) == root / ".oldhand.yaml"
    (root / "a" / ".oldhand.yaml").touch()
    assert nearest(deep / "x.py", root) == root / "a" / ".oldhand.yaml"
    assert nearest(tmp_path / "elsewhere.py", root) is None


def test_every_field_has_its_row_in_the_table() -> None:
    # `root` says where a workspace lies; nobody sets it.
    assert {row.field for row in settings.SETTINGS} == set(Settings.__slots__) - {"root"}
    assert {row.field for row in settings.SETTINGS if row.editor} == set(Overrides.__slots__)


def test_the_table_in_the_readme_is_up_to_date(update_cases: bool) -> None:
    text = README.read_text(encoding="utf-8")
    before, opening, rest = text.partition(OPENING)
    _, closing, after = rest.partition(CLOSING)
    assert opening, f"README.md has no {OPENING}"
    assert closing, f"README.md has no {CLOSING}"
    expected = before + opening + settings.table() + closing + after
    if update_cases:
        README.write_text(expected, encoding="utf-8")
    assert expected == text
