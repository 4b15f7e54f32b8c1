"""Migrations that have run everywhere: which they are, and what becomes of what is found in them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from oldhand.cli.history import superseded
from oldhand.cli.main import main

RENAME = "ALTER TABLE orders RENAME COLUMN state TO status;\n"
PRICES = "CREATE TABLE prices (id BIGINT PRIMARY KEY, amount REAL NOT NULL);\n"


def each(name: str, count: int) -> list[str]:
    return [name.format(number) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("names", "old"),
    [
        (each("app/migrations/{:04}_x.py", 7), ["app/migrations/0001_x.py", "app/migrations/0002_x.py"]),
        (["db/migrate/10.sql", *each("db/migrate/{}.sql", 5)], ["db/migrate/1.sql"]),
        (each("alembic/versions/2026-01-0{}_x.py", 6), ["alembic/versions/2026-01-01_x.py"]),
        (each("src/migration/V{}__x.sql", 6), ["src/migration/V1__x.sql"]),
        (each("src/migrations/Migration2024010{}.ts", 6), ["src/migrations/Migration20240101.ts"]),
        (each("prisma/migrations/2024010{}_x/migration.sql", 6), ["prisma/migrations/20240101_x/migration.sql"]),
        (each("m/migrations/postgres/V000{}.Name.up.sql", 6), ["m/migrations/postgres/V0001.Name.up.sql"]),
        # Five at most are being written at once.
        (each("app/migrations/{:04}_x.py", 5), []),
        # Each folder counts for itself.
        ([*each("a/migrations/{:04}_x.py", 5), *each("b/migrations/{:04}_x.py", 5)], []),
        # Two files of one number are one step.
        (["m/migrations/1_up.sql", *each("m/migrations/{}_x.sql", 5)], []),
        # These are no migrations.
        (each("reports/{:04}.sql", 9), []),
    ],
)
def test_a_migration_is_old_once_five_later_ones_follow_it(names, old):
    assert frozenset(old) == superseded(names, lambda name: "")


NO_ORDER = ("f7d9", "70f9", "af12", "bc34", "1d5b", "de78", "9e90")


@pytest.mark.parametrize(
    ("before", "old"),
    [
        # Each follows the one before it.
        ([None, *NO_ORDER[:-1]], ["f7d9", "70f9"]),
        # Six follow the first, next to each other.
        ([None, *["f7d9"] * 6], ["f7d9"]),
        ([None] * 7, []),
    ],
)
def test_alembic_tells_which_revision_follows_which(before, old):
    heads = {
        f"alembic/versions/{one}_x.py": f'"""x"""\n\nrevision: str = "{one}"\ndown_revision = {f"{down!r}" if down else None}\n'
        for one, down in zip(NO_ORDER, before, strict=True)
    }
    assert {f"alembic/versions/{one}_x.py" for one in old} == superseded(heads, heads.__getitem__)


def test_a_merge_follows_several_revisions_and_a_circle_ends():
    heads = {
        "versions/aa_x.py": 'revision = "aa"\ndown_revision = "ff"\n',
        "versions/bb_x.py": 'revision = "bb"\ndown_revision = None\n',
        "versions/cc_x.py": 'revision = "cc"\ndown_revision = (\n    "aa",\n    "bb",\n)\n',
        "versions/dd_x.py": 'revision = "dd"\ndown_revision = "cc"\n',
        "versions/ee_x.py": 'revision = "ee"\ndown_revision = "dd"\n',
        "versions/ff_x.py": 'revision = "ff"\ndown_revision = "ee"\n',
    }
    assert "versions/bb_x.py" in superseded(heads, heads.__getitem__)


@pytest.fixture
def reviewed(tmp_path, monkeypatch, capfd):
    """Reviews seven migrations that each rename a column and make a table: the severity in each, by its number."""
    for number in range(1, 8):
        file = tmp_path / "migrations" / f"000{number}_status.sql"
        file.parent.mkdir(exist_ok=True)
        file.write_text(RENAME + PRICES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def review(*arguments: str, rule: str = "migration/drop-or-rename") -> Mapping[int, str]:
        capfd.readouterr()
        main(["review", *arguments, "--rule", rule, "--format", "json", "--severity", "hint"])
        findings = json.loads(capfd.readouterr().out)["findings"]
        return {int(finding["file"].split("/")[-1][:4]): finding["severity"] for finding in findings}

    return review


def test_what_old_migrations_did_is_information(reviewed):
    assert {number: "information" if number < 3 else "warning" for number in range(1, 8)} == reviewed()


def test_so_is_the_schema_of_then(reviewed):
    found = reviewed(rule="schema/money-as-float")
    assert {number: "information" if number < 3 else "error" for number in range(1, 8)} == found


def test_an_old_migration_that_is_asked_for_by_name_is_reviewed_like_a_new_one(reviewed):
    assert reviewed("migrations/0001_status.sql") == {1: "warning"}


def test_a_severity_that_is_set_stands(reviewed, tmp_path):
    (tmp_path / ".oldhand.yaml").write_text("rules:\n  migration/drop-or-rename: error\n")
    assert dict.fromkeys(range(1, 8), "error") == reviewed()
