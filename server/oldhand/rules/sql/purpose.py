"""What a text of SQL is for: a migration, its way back, a schema, a seed, a test, a script, or queries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from oldhand.rules.sql.located import SqlText
from oldhand.rules.sql.names import words_of

PURPOSES = frozenset({"migration", "down", "schema", "seed", "test", "script", "query"})

_UP = r"(?:(?:\+goose|\+migrate|\+micrate)\s+up|migrate:up|//@do|@do|-*\s*up(?:\s+migration)?)"
_DOWN = (
    r"(?:(?:\+goose|\+migrate|\+micrate)\s+down|migrate:down|//@?undo|@undo|-*\s*(?:down|rollback)(?:\s+migration)?)"
)
_SECTION = re.compile(
    rf"^[ \t]*--+[ \t]*(?:(?P<up>{_UP})|(?P<down>{_DOWN}))[ \t]*(?:[:=-]+|transaction:\w+|notransaction)?[ \t]*\r?$",
    re.IGNORECASE | re.MULTILINE,
)


_DUMP = re.compile(r"^--\s*(?:PostgreSQL database dump|MySQL dump|MariaDB dump)", re.IGNORECASE | re.MULTILINE)
_SQLC = re.compile(r"^--\s*name:\s*\w+\s+:\w+", re.MULTILINE)

Section = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Marks:
    """What comments for tools say of a text.

    `undone` are the sections that migration tools mark as the way back; `is_migration` says that such marks are there.
    `generates` says that code is made from the text.
    """

    undone: tuple[Section, ...]
    is_migration: bool
    is_dump: bool
    generates: bool


def marks_of(source: SqlText) -> Marks:
    """The marks in a text; what a string in a program holds has none of migration tools."""
    text = source.text
    generates = _SQLC.search(text) is not None
    if source.host:
        return Marks((), is_migration=False, is_dump=False, generates=generates)
    marks = list(_SECTION.finditer(text))
    found: list[Section] = []
    since = -1
    for mark in marks:
        if mark.lastgroup == "down" and since < 0:
            since = mark.start()
        elif mark.lastgroup == "up" and since >= 0:
            found.append((since, mark.start()))
            since = -1
    if since >= 0:
        found.append((since, len(text)))
    return Marks(tuple(found), bool(marks), _DUMP.search(text[:1000]) is not None, generates)


_DOWN_FILE = re.compile(r"(?:^|[._-])(?:down|undo|rollback|revert)\.sql$|^u\d[\d._]*__", re.IGNORECASE)
_UP_FILE = re.compile(
    r"(?:^|[._-])up\.sql$|^[vr]?\d[\d._]*__|^\d{3,14}[._-]|^\d{4}-\d\d-\d\d[._-]|^migration\.sql$", re.IGNORECASE
)
_SCHEMA_WORDS = frozenset({"schema", "structure", "init", "ddl", "dump", "create", "tables", "indexes", "bootstrap"})
_TEST_FILE = re.compile(r"^(?:test|conftest)(?:[._-]|$)|[._-](?:test|tests|spec|e2e)\.\w+$", re.IGNORECASE)
_TEST_FOLDERS = frozenset({"test", "tests", "testdata", "testing", "__tests__", "spec", "specs", "e2e", "__mocks__"})
_PROJECTS = frozenset({"sample", "samples", "example", "examples", "demo", "demos"})
_FOLDERS = {
    "migration": {
        "migration", "migrations", "migrate", "migrator", "delta", "deltas", "flyway", "changelog", "changelogs",
        "changesets", "alembic", "deploy", "upgrades", "patches", "sqlmigrations", "dbmigrations", "evolutions",
        "drizzle",
    },
    "down": {"down", "revert", "rollback", "rollbacks"},
    "seed": {"seed", "seeds", "seeder", "seeders", "seeding", "fixture", "fixtures"},
}  # fmt: skip
_NEAR = 2  # folders above a file whose names tell what it is for
_DOWN_SCOPES = frozenset({"down", "downgrade", "rollback", "revert", "undo"})
_UP_SCOPES = frozenset({"up", "upgrade"})
_SCRIPTS = frozenset({"script", "scripts", "tool", "tools", "maintenance", "bin"})
_CHANGING = frozenset({"alter table", "create index", "drop table", "drop index"})


def purpose_of(source: SqlText, path: str, marks: Marks, kinds: Iterable[str]) -> str:
    """What the text is for, by its path, by the function it stands in, and by the kinds of its statements."""
    place = PurePosixPath(path.replace("\\", "/"))
    scope = source.scope.lower()
    if scope in _DOWN_SCOPES or _DOWN_FILE.search(place.name):
        return "down"
    if _TEST_FILE.search(place.name):
        return "test"
    for words in (words_of(place.stem), *(words_of(part) for part in reversed(place.parent.parts[-_NEAR:]))):
        for purpose, names in _FOLDERS.items():
            if not names.isdisjoint(words):
                return purpose
    if _is_in_tests(place):
        return "test"
    if source.host:
        return "migration" if scope in _UP_SCOPES else _asks(place)
    if _UP_FILE.search(place.name) or marks.is_migration:
        return "migration"
    if marks.is_dump or not _SCHEMA_WORDS.isdisjoint(words_of(place.stem)):
        return "schema"
    if "create table" in kinds:
        return "schema"
    return _asks(place) if _CHANGING.isdisjoint(kinds) else "migration"


def _asks(place: PurePosixPath) -> str:
    """Whether queries are those of a program or of a script that somebody starts by hand."""
    words = {word for part in place.parent.parts[-_NEAR:] for word in words_of(part)}
    return "query" if _SCRIPTS.isdisjoint(words) else "script"


def _is_in_tests(place: PurePosixPath) -> bool:
    """Whether the file is under a folder of tests, and not in a project of its own that lies there as a sample."""
    for part in reversed(place.parent.parts):
        if part.lower() in _PROJECTS:
            return False
        if part.lower() in _TEST_FOLDERS:
            return True
    return False
