"""Where new files go: by the project's conventions, and never where they would set something up or leave the root."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.personas.new_files import NewFile, new_file_path
from oldhand.personas.numbering import slug
from oldhand.personas.writable import is_plain, is_writable
from oldhand.syntax.languages import by_path

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def placed(kind: NewFile, document: str, files: Sequence[str], name: str = "pay order") -> str | None:
    """Where the file goes in a project of those files."""
    there = {"/".join(file.split("/")[:depth]) for file in files for depth in range(1, file.count("/") + 2)}

    def listing(folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        inside = (path.removeprefix(prefix) for path in there if path.startswith(prefix))
        return sorted(path for path in inside if "/" not in path)

    language = by_path(document)
    return new_file_path(
        kind, document, language.id if language else "", name, there.__contains__, listing=listing, now=NOW
    )


TESTS = [
    ("app/pay.py", ["app/pay.py"], "app/test_pay.py"),
    ("pay.py", [], "test_pay.py"),
    ("app/pay.py", ["tests/test_a.py"], "tests/test_pay.py"),
    ("app/pay.py", ["test/a.py"], "test/test_pay.py"),
    ("app/pay.py", ["tests/a.py", "app/tests/a.py"], "app/tests/test_pay.py"),
    ("src/shop/routes/pay.py", ["tests/shop/routes/a.py"], "tests/shop/routes/test_pay.py"),
    ("src/shop/routes/pay.py", ["tests/routes/a.py"], "tests/routes/test_pay.py"),
    ("app/pay.py", ["tests/unit/a.py", "tests/app/a.py"], "tests/unit/test_pay.py"),
    ("app/pay.pyi", ["tests/a.py"], "tests/test_pay.py"),
    ("app/pay.py", ["tests/test_pay.py"], "tests/test_pay_pay_order.py"),
    ("app/pay.py", ["tests/test_pay.py", "tests/test_pay_pay_order.py"], "tests/test_pay_pay_order_2.py"),
    ("shop/pay.go", ["tests/a.go"], "shop/pay_test.go"),
    ("shop/pay.go", ["shop/pay_test.go"], "shop/pay_pay_order_test.go"),
    ("src/pay.ts", ["src/pay.ts"], "src/pay.test.ts"),
    ("src/pay.ts", ["src/__tests__/a.test.ts"], "src/__tests__/pay.test.ts"),
    ("src/pay.ts", ["src/__tests__/a.spec.ts"], "src/__tests__/pay.spec.ts"),
    ("src/pay.service.ts", ["src/other.spec.ts"], "src/pay.service.spec.ts"),
    ("src/pay.ts", ["src/pay.test.ts"], "src/pay.pay-order.test.ts"),
    ("src/Pay.tsx", [], "src/Pay.test.tsx"),
    ("src/pay.mjs", [], "src/pay.test.mjs"),
    ("src/main/java/shop/Pay.java", [], "src/test/java/shop/PayTest.java"),
    ("api/src/main/java/Pay.java", [], "api/src/test/java/PayTest.java"),
    ("src/main/java/shop/Pay.java", ["src/test/java/shop/PayTest.java"], "src/test/java/shop/PayPayOrderTest.java"),
    ("shop/Pay.java", [], "shop/PayTest.java"),
    ("migrations/0001.sql", [], None),
    ("tests/test_pay.py", ["tests/test_pay.py"], None),
    ("shop/pay_test.go", [], None),
    ("src/pay.spec.ts", [], None),
    ("Makefile", [], None),
]


@pytest.mark.parametrize(("document", "files", "expected"), TESTS)
def test_tests_go_where_the_language_and_the_project_have_them(
    document: str, files: list[str], expected: str | None
) -> None:
    assert placed(NewFile.TEST, document, files) == expected


MIGRATIONS = [
    ([], "migrations/0001_pay_order.sql"),
    (["migrations/0001_a.sql", "migrations/0009_b.sql"], "migrations/0010_pay_order.sql"),
    (["migrations/001-a.sql"], "migrations/002-pay_order.sql"),
    (["migrations/9999_a.sql"], "migrations/10000_pay_order.sql"),
    (["migrations/README.md"], "migrations/0001_pay_order.sql"),
    (["app/migrations/0002_a.py", "app/migrations/__init__.py"], "app/migrations/0003_pay_order.py"),
    (["app/migrations/__init__.py"], "app/migrations/0001_pay_order.py"),
    (["app/migrations/0001_a.sql", "migrations/0007_a.sql"], "app/migrations/0002_pay_order.sql"),
    (["db/migrate/20250101120000_a.sql"], "db/migrate/20260304050607_pay_order.sql"),
    (["db/migrate/20270101120000_a.sql"], "db/migrate/20270101120001_pay_order.sql"),
    (["migrations/1690000000000-Init.ts"], "migrations/1772600767000-pay_order.ts"),
    (["migrations/1690000000_init.js"], "migrations/1772600767_pay_order.js"),
    (["migrations/20250101_a.sql"], "migrations/20260304_pay_order.sql"),
    (
        ["db/migrations/000003_a.up.sql", "db/migrations/000003_a.down.sql"],
        "db/migrations/000004_pay_order.up.sql",
    ),
    (
        ["src/main/resources/db/migration/V1__a.sql", "src/main/resources/db/migration/V12__b.sql"],
        "src/main/resources/db/migration/V13__pay_order.sql",
    ),
    (["alembic/versions/3f2ab19c_a.py", "alembic/env.py"], "alembic/versions/pay_order.py"),
    (
        ["prisma/migrations/20250101120000_init/migration.sql", "prisma/migrations/migration_lock.toml"],
        "prisma/migrations/20260304050607_pay_order/migration.sql",
    ),
]


@pytest.mark.parametrize(("files", "expected"), MIGRATIONS)
def test_migrations_go_on_from_their_siblings(files: list[str], expected: str) -> None:
    assert placed(NewFile.MIGRATION, "app/pay.py", files) == expected


DECISIONS = [
    ([], "docs/adr/0001-pay-order.md"),
    (["docs/adr/0001-a.md", "docs/adr/template.md"], "docs/adr/0002-pay-order.md"),
    (["doc/adr/0012-a.md"], "doc/adr/0013-pay-order.md"),
    (["docs/decisions/ADR-007-a.md"], "docs/decisions/ADR-008-pay-order.md"),
    (["app/adr/1-a.md", "docs/adr/5-a.md"], "app/adr/2-pay-order.md"),
    (["docs/decisions/use-postgres.md"], "docs/decisions/pay-order.md"),
    (["docs/decisions/pay-order.md"], "docs/decisions/pay-order-2.md"),
]


@pytest.mark.parametrize(("files", "expected"), DECISIONS)
def test_decisions_go_on_from_their_siblings(files: list[str], expected: str) -> None:
    assert placed(NewFile.DECISION, "app/pay.py", files) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "migrations/0001_etc_passwd.sql"),
        ("/etc/cron.d/x", "migrations/0001_etc_cron_d_x.sql"),
        ("C:\\Windows\\x", "migrations/0001_c_windows_x.sql"),
        ("a\0b\nc\u202e", "migrations/0001_a_b_c.sql"),
        ("addUserIndex", "migrations/0001_add_user_index.sql"),
        ("Zahlung für Bücher", "migrations/0001_zahlung_fur_bucher.sql"),
        ("платежи", "migrations/0001_schema.sql"),
        ("", "migrations/0001_schema.sql"),
        ("\ud800", "migrations/0001_schema.sql"),
        ("word " * 1_000, "migrations/0001_" + "_".join(["word"] * 10) + ".sql"),
        ("x" * 1_000, "migrations/0001_schema.sql"),
        ("a.sql; rm -rf ~", "migrations/0001_a_sql_rm_rf.sql"),
    ],
)
def test_name_is_reduced_to_plain_words(name: str, expected: str) -> None:
    assert placed(NewFile.MIGRATION, "app/pay.py", [], name) == expected


BAD_DOCUMENTS = [
    "",
    "/etc/passwd.py",
    "../pay.py",
    "app/../../pay.py",
    "app/./pay.py",
    "app//pay.py",
    "app/pay.py/",
    "C:/app/pay.py",
    "c:pay.py",
    "app\\..\\..\\pay.py",
    "\\\\host\\share\\pay.py",
    "app/pay.py\0.txt",
    "app/pa\ny.py",
    "app/\u202epay.py",
    "app/\u200bpay.py",
    "app\ud800/pay.py",
    "app /pay.py",
    "app./pay.py",
    "app/pay.py:stream",
    "aux/pay.py",
    "NUL.py",
    "a" * 200 + "/pay.py",
    "a/" * 300 + "pay.py",
]


@pytest.mark.parametrize("kind", NewFile)
@pytest.mark.parametrize("document", BAD_DOCUMENTS)
def test_document_that_is_not_plainly_below_the_root_gets_no_file(kind: NewFile, document: str) -> None:
    assert placed(kind, document, []) is None


@pytest.mark.parametrize(
    "document", [".github/scripts/pay.py", "node_modules/a/pay.js", ".git/hooks/pay.py", "venv/a.py"]
)
def test_no_test_goes_into_hidden_folders_or_the_code_of_others(document: str) -> None:
    assert placed(NewFile.TEST, document, []) is None


@pytest.mark.parametrize(
    "path",
    [
        "conftest.py", "tests/conftest.py", "tests/CONFTEST.PY", "pyproject.toml", "setup.py", "setup.cfg", "tox.ini",
        "package.json", "Makefile", "Dockerfile", "docker-compose.yml", "jest.config.js", "jest.config.test.ts",
        "vitest.setup.ts", "vite.config.mts", "src/setupTests.ts", "test-setup.js", "jest-setup.js", "globalSetup.ts",
        "global-teardown.js", "setup.ts", "setup.test.ts", "playwright.config.ts", "karma.conf.js", ".eslintrc.js",
        ".github/workflows/a.md", ".husky/a.js", ".vscode/a.js", "app/__init__.py", "app/__main__.py", "manage.py",
        "noxfile.py", "sitecustomize.py", "alembic/env.py", "gulpfile.js", "CLAUDE.md", "docs/AGENTS.md",
        "node_modules/a/b.js", "vendor/a/b.go", "a.sh", "a.yaml", "a.json", "noend", "a.py.exe", "a.sql/", "../a.sql",
    ],
)  # fmt: skip
def test_files_that_set_up_or_run_by_themselves_are_refused(path: str) -> None:
    assert not is_writable(path)


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_pay.py", "tests/test_conftest.py", "src/pay.config-store.test.ts", "app/[id]/pay.test.ts",
        "db/migrate/20260101120000_a.sql", "docs/adr/0001-setup-of-queues.md", "src/café/pay.test.ts", "a/environment_test.go",
    ],
)  # fmt: skip
def test_files_of_code_and_prose_may_be_written(path: str) -> None:
    assert is_writable(path)


def test_document_named_like_a_hook_gets_a_longer_name() -> None:
    assert placed(NewFile.TEST, "app/setup.py", ["app/setup.py"]) == "app/test_setup_pay_order.py"
    assert placed(NewFile.TEST, "jest.config.ts", []) is None


def test_when_all_names_are_taken_there_is_no_place() -> None:
    document, language = "src/pay.go", "go"
    everything = new_file_path(
        NewFile.TEST, document, language, "a", lambda path: True, listing=lambda folder: (), now=NOW
    )
    assert everything is None


names = st.text(st.sampled_from("abAZ09._-/\\: \0\n\u202eé"), max_size=30)


@given(
    st.sampled_from(NewFile),
    names,
    names,
    st.lists(names, max_size=4),
    st.sampled_from(["", ".py", ".go", ".ts", ".java"]),
)
def test_whatever_the_names_are_the_file_is_new_and_below_the_root(
    kind: NewFile, document: str, name: str, siblings: list[str], suffix: str
) -> None:
    there = {"migrations", "docs/adr", *siblings}
    path = new_file_path(
        kind, document + suffix, "python", name, there.__contains__, listing=lambda folder: siblings, now=NOW
    )
    assert path is None or (is_plain(path) and is_writable(path) and path not in there and ".." not in path.split("/"))


@given(st.text())
def test_slug_is_plain_words(name: str) -> None:
    found = slug(name, "_")
    assert len(found) <= 50
    assert found == "" or all(
        (word.isascii() and word.isalnum() and word.islower()) or word.isdigit() for word in found.split("_")
    )
