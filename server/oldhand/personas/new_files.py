"""Where a new file of Claude's goes: computed from the project's conventions, never taken from an answer.

Paths are relative to the workspace's root, with `/`. Nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from oldhand.personas.numbering import next_name, slug
from oldhand.personas.writable import is_plain, is_writable

_MIGRATIONS = (
    "migrations/versions",
    "migrations",
    "db/migrations",
    "db/migration",
    "db/migrate",
    "database/migrations",
    "sql/migrations",
    "alembic/versions",
    "prisma/migrations",
    "src/migrations",
    "src/main/resources/db/migration",
)
_DECISIONS = (
    "docs/adr",
    "docs/adrs",
    "docs/decisions",
    "docs/architecture/decisions",
    "docs/architecture/adr",
    "doc/adr",
    "doc/architecture/decisions",
    "adr",
    "decisions",
)
_MIGRATION_SUFFIXES = (".up.sql", ".sql", ".py", ".ts", ".js", ".go", ".java")
_TEST_FOLDERS = ("tests", "test")
_JAVA_MAIN = "src/main/java/"
_JAVASCRIPT = frozenset({"javascript", "typescript", "tsx"})
_TRIES = 9


class NewFile(Enum):
    """What kinds of file may be added."""

    TEST = "test"
    MIGRATION = "migration"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class _Project:
    """What is known of the files that are there, and the document that the new one belongs to."""

    path: str
    language: str
    name: str
    existing: Callable[[str], bool]
    listing: Callable[[str], Sequence[str]]
    now: datetime

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def file(self) -> str:
        return self.path.rpartition("/")[2]

    def folders_upwards(self) -> Iterator[str]:
        """The document's folder, the one around it, and so on to the root, which is empty."""
        folder = self.folder
        while folder:
            yield folder
            folder = folder.rpartition("/")[0]
        yield ""

    def nearest(self, names: Sequence[str]) -> str | None:
        """The nearest existing folder of one of those names, looked for from the document's folder upwards."""
        found = (_join(folder, name) for folder in self.folders_upwards() for name in names)
        return next((folder for folder in found if self.existing(folder)), None)


def new_file_path(
    kind: NewFile,
    document_path: str,
    language: str,
    name: str,
    existing: Callable[[str], bool],
    *,
    listing: Callable[[str], Sequence[str]],
    now: datetime,
) -> str | None:
    """Where the one new file goes, or None where there is no place for it.

    `name` says what it is about, in any words; `existing` and `listing` answer for files and folders under the
    root; `now` is for migrations that are named by time. Never an existing file, one outside of the root, or one
    that configures or is run by itself.
    """
    if not is_plain(document_path):
        return None
    project = _Project(document_path, language, name, existing, listing, now)
    candidates = {NewFile.TEST: _tests, NewFile.MIGRATION: _migrations, NewFile.DECISION: _decisions}[kind](project)
    return next((path for path in candidates if is_writable(path) and not existing(path)), None)


def _tests(project: _Project) -> Iterator[str]:
    stem, dot, suffix = project.file.rpartition(".")
    if not dot or not stem or _is_test(project.file):
        return
    about = slug(project.name, "_")
    if project.language == "python":
        folder = _python_tests(project)
        yield from (_join(folder, f"test_{part}.py") for part in _parts(stem, about, "_"))
    elif project.language == "go":
        yield from (_join(project.folder, f"{part}_test.go") for part in _parts(stem, about, "_"))
    elif project.language == "java":
        yield from _java_tests(project, stem, about)
    elif project.language in _JAVASCRIPT:
        beside = _join(project.folder, "__tests__")
        folder = beside if project.existing(beside) else project.folder
        names = (*project.listing(folder), *project.listing(project.folder))
        word = "spec" if any(".spec." in sibling for sibling in names) else "test"
        yield from (_join(folder, f"{part}.{word}.{suffix}") for part in _parts(stem, about.replace("_", "-"), "."))


def _is_test(file: str) -> bool:
    stem = file.rpartition(".")[0]
    return stem.startswith("test_") or stem.endswith(("_test", ".test", ".spec", "Test", "Tests"))


def _parts(stem: str, about: str, separator: str) -> Iterator[str]:
    """Names from the shortest on, for when files of the shorter ones are there."""
    yield stem
    longer = f"{stem}{separator}{about}" if about and about != stem else stem
    if longer != stem:
        yield longer
    yield from (f"{longer}{separator}{number}" for number in range(2, _TRIES))


def _python_tests(project: _Project) -> str:
    """The project's folder of tests, in it the folder that mirrors the document's; beside it where there is none."""
    tests = project.nearest(_TEST_FOLDERS)
    if tests is None:
        return project.folder
    above = tests.rpartition("/")[0]
    inner = project.folder.removeprefix(above).strip("/").split("/")
    for root in (_join(tests, "unit"), tests):
        for start in range(len(inner)):
            mirror = _join(root, "/".join(inner[start:]))
            if inner[start] and project.existing(mirror):
                return mirror
        if project.existing(root):
            return root
    return tests


def _java_tests(project: _Project, stem: str, about: str) -> Iterator[str]:
    before, main, package = f"{project.folder}/".rpartition(_JAVA_MAIN)
    folder = f"{before}src/test/java/{package}".rstrip("/") if main else project.folder
    words = "".join(word.capitalize() for word in about.split("_"))
    yield from (_join(folder, f"{part}Test.java") for part in _parts(stem, words, ""))


def _migrations(project: _Project) -> Iterator[str]:
    folder = project.nearest(_MIGRATIONS) or "migrations"
    siblings = project.listing(folder)
    about = slug(project.name, "_") or "schema"
    if any(project.existing(_join(folder, f"{sibling}/migration.sql")) for sibling in siblings if "." not in sibling):
        folders = [sibling for sibling in siblings if "." not in sibling]
        yield from (f"{_join(folder, name)}/migration.sql" for name in _numbered(folders, "", about, project.now))
        return
    suffix, alike = _of_one_suffix(siblings)
    yield from (_join(folder, name) for name in _numbered(alike, suffix, about, project.now))


def _of_one_suffix(siblings: Sequence[str]) -> tuple[str, list[str]]:
    """The suffix that most of the migrations have, and those that have it; SQL where nothing tells."""
    of: dict[str, list[str]] = {suffix: [] for suffix in _MIGRATION_SUFFIXES}
    for sibling in siblings:
        suffix = next((suffix for suffix in _MIGRATION_SUFFIXES if sibling.endswith(suffix)), None)
        if suffix and not sibling.startswith(("_", ".")) and not sibling.endswith(".down.sql"):
            of[suffix].append(sibling)
    best = max(_MIGRATION_SUFFIXES, key=lambda suffix: len(of[suffix]))
    if of[best]:
        return best, of[best]
    return (".py" if "__init__.py" in siblings else ".sql"), []


def _decisions(project: _Project) -> Iterator[str]:
    folder = project.nearest(_DECISIONS) or "docs/adr"
    records = [sibling for sibling in project.listing(folder) if sibling.endswith(".md")]
    about = slug(project.name, "-") or "decision"
    yield from (_join(folder, name) for name in _numbered(records, ".md", about, project.now, separator="-"))


def _numbered(
    siblings: Sequence[str], suffix: str, about: str, now: datetime, *, separator: str = "_"
) -> Iterator[str]:
    yield next_name(siblings, about, suffix, now, separator=separator)
    for number in range(2, _TRIES):
        yield next_name(siblings, f"{about}{separator}{number}", suffix, now, separator=separator)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
