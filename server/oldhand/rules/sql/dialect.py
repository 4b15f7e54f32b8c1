"""Which database a text of SQL was written for, guessed from its path and from words only one database has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from oldhand.text.ranges import TextRange


class Dialect(Enum):
    """The databases that are told apart; `UNKNOWN` is SQL that any of them may have been meant for."""

    POSTGRES = "postgres"
    COCKROACH = "cockroach"
    MYSQL = "mysql"
    SQLITE = "sqlite"
    MSSQL = "mssql"
    ORACLE = "oracle"
    WAREHOUSE = "warehouse"
    UNKNOWN = "unknown"


def guess_dialect(text: str, path: str) -> Dialect:
    """The database that `path` names, else the one with the most signs of its own in the text's beginning."""
    for part in reversed(_PATH_WORD.findall(path.lower())):
        named = _NAMED.get(part.rstrip("0123456789"))
        if named is not None:
            return named
    found = _found(text[:_HEAD])
    best, most = Dialect.UNKNOWN, 0
    for signs in _SIGNS:
        seen = len(signs.words & found) + len(signs.marks & found)
        if seen > most:
            best, most = signs.dialect, seen
    return best


def speaks_alike(old: str, new: str, removed: TextRange, added: TextRange) -> bool:
    """Whether no sign of a dialect came or went by a change of `old`, so that a guess comes to the same.

    Only what stands near the change is read, and what it moves over the end of the part that guesses read.
    """
    growth = len(added) - len(removed)
    changed = _around(old, removed, _HEAD), _around(new, added, _HEAD)
    if _found(old[changed[0].start : changed[0].end]) != _found(new[changed[1].start : changed[1].end]):
        return False
    if removed.start >= _HEAD or growth == 0 or max(len(old), len(new)) <= _HEAD:
        return True
    last = TextRange(max(0, _HEAD - abs(growth)), _HEAD)
    ending = _around(old, last, _HEAD)
    if ending.start <= removed.end:
        return False
    return _found(old[ending.start : _HEAD]) == _found(new[ending.start + growth : _HEAD])


def _around(text: str, place: TextRange, limit: int) -> TextRange:
    """The lines of a place and around it, so many that a word not touched by it is to either side, up to the limit."""
    start, end = place.start, place.end
    while start > 0 and _WORD_ENDS.search(text, start, place.start) is None:
        start = text.rfind("\n", 0, max(0, start - _NEAR)) + 1
    while end < limit and end < len(text) and _WORD_BEGINS.search(text, place.end, end) is None:
        line = text.find("\n", end + _NEAR)
        end = line if line >= 0 else len(text)
    return TextRange(min(start, limit), min(end, limit))


def _found(text: str) -> frozenset[str]:
    """The signs of any dialect that are in the text."""
    upper = text.upper()
    words = _WORD.findall(upper)
    found = _ALL_WORDS.intersection(words) | _ALL_WORDS.intersection(map(" ".join, pairwise(words)))
    return found | {mark for mark in _ALL_MARKS if mark in upper}


_HEAD = 30_000  # characters; a guess does not get better by reading a whole dump
_NEAR = 100  # characters to either side of a change that are read with it
_PATH_WORD = re.compile(r"[a-z0-9]+")
_WORD = re.compile(r"\w+")
_WORD_ENDS = re.compile(r"\w\W")
_WORD_BEGINS = re.compile(r"\W\w")

_NAMED = {
    **dict.fromkeys(("cockroach", "cockroachdb", "crdb"), Dialect.COCKROACH),
    **dict.fromkeys(("postgres", "postgresql", "psql", "pgsql", "pg", "supabase", "timescale"), Dialect.POSTGRES),
    **dict.fromkeys(("mysql", "mariadb", "tidb"), Dialect.MYSQL),
    **dict.fromkeys(("sqlite", "libsql", "turso"), Dialect.SQLITE),
    **dict.fromkeys(("mssql", "sqlserver", "tsql"), Dialect.MSSQL),
    **dict.fromkeys(("oracle", "plsql"), Dialect.ORACLE),
    **dict.fromkeys(
        ("clickhouse", "bigquery", "snowflake", "redshift", "hive", "spark", "duckdb", "databricks", "dbt"),
        Dialect.WAREHOUSE,
    ),
}


@dataclass(frozen=True, slots=True)
class _Signs:
    """What speaks for a dialect: words and pairs of words, and marks, in upper case."""

    dialect: Dialect
    words: frozenset[str]
    marks: frozenset[str] = frozenset()


def _phrases(text: str) -> frozenset[str]:
    """The words and phrases of a list, in which `_` joins the words of a phrase and `-` is a real underscore."""
    return frozenset(word.replace("_", " ").replace("-", "_") for word in text.split())


# Of equals the earlier wins.
_SIGNS = (
    _Signs(
        Dialect.WAREHOUSE,
        _phrases(
            "MERGETREE REPLICATEDMERGETREE DISTKEY SORTKEY LOWCARDINALITY TBLPROPERTIES STORED_AS CLUSTERED_BY VARIANT"
            " QUALIFY PARTITIONED_BY"
        ),
    ),
    _Signs(
        Dialect.POSTGRES,
        _phrases(
            "BIGSERIAL SMALLSERIAL TIMESTAMPTZ JSONB BYTEA CITEXT TSVECTOR INT2 INT4 INT8 FLOAT4 FLOAT8 PLPGSQL"
            " REGCLASS NEXTVAL GEN-RANDOM-UUID UUID-GENERATE-V1 UUID-GENERATE-V4"
            " PG-CATALOG PG-TRGM CONCURRENTLY ILIKE SIMILAR_TO"
            " OWNER_TO NOT_VALID ON_ONLY TABLE_ONLY EXISTS_ONLY UNLOGGED INHERITS DISTINCT_ON USING_GIN USING_GIST"
            " USING_BTREE USING_BRIN CREATE_EXTENSION CREATE_TYPE CREATE_DOMAIN CREATE_SEQUENCE ALTER_TYPE"
            " ALTER_SEQUENCE TIME_ZONE CHARACTER_VARYING SERIAL_PRIMARY SERIAL_NOT SERIAL_UNIQUE ON_CONFLICT"
            " SET_DATA DROP_NOT SET_NOT UUID_PRIMARY UUID_NOT AS_IDENTITY SERIAL4 SERIAL8"
        ),
        frozenset({"::", "$$", "$1", "TEXT[]", "INTEGER[]", "INT[]", "UUID[]", "VARCHAR[]", "SERIAL,"}),
    ),
    _Signs(
        Dialect.MYSQL,
        _phrases(
            "AUTO-INCREMENT UNSIGNED TINYINT MEDIUMINT LONGTEXT MEDIUMTEXT TINYTEXT LONGBLOB MEDIUMBLOB CHARSET INNODB"
            " DUPLICATE_KEY STRAIGHT-JOIN DELIMITER UNIQUE_KEY UPDATE_CURRENT-TIMESTAMP MODIFY_COLUMN CHANGE_COLUMN"
        ),
        frozenset({"`"}),
    ),
    _Signs(
        Dialect.SQLITE,
        _phrases(
            "AUTOINCREMENT PRAGMA WITHOUT_ROWID SQLITE-MASTER SQLITE-SEQUENCE STRFTIME UNIXEPOCH JULIANDAY FTS3 FTS4"
            " FTS5 GLOB INTEGER_PRIMARY OR_IGNORE DATETIME_NOW"
        ),
    ),
    _Signs(
        Dialect.MSSQL,
        _phrases(
            "NVARCHAR UNIQUEIDENTIFIER DATETIME2 DATETIMEOFFSET GETDATE GETUTCDATE SYSUTCDATETIME NEWID NONCLUSTERED"
            " NOLOCK SP-RENAME OBJECT-ID SCOPE-IDENTITY SELECT_TOP IDENTITY_1 SET_NOCOUNT ANSI-NULLS QUOTED-IDENTIFIER"
        ),
        frozenset({"[DBO]", "DBO.", "\nGO\n"}),
    ),
    _Signs(
        Dialect.ORACLE,
        _phrases("VARCHAR2 NVARCHAR2 SYSDATE SYSTIMESTAMP ROWNUM FROM_DUAL TABLESPACE DBMS-OUTPUT DBMS-RANDOM"),
    ),
)
_ALL_WORDS = frozenset().union(*(signs.words for signs in _SIGNS))
_ALL_MARKS = frozenset().union(*(signs.marks for signs in _SIGNS))
