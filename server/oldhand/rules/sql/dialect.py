"""Which database a text of SQL was written for, guessed from its path and from words only one database has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise


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
    head = text[:_HEAD].upper()
    words = _WORD.findall(head)
    found = {*words, *map(" ".join, pairwise(words))}
    best, most = Dialect.UNKNOWN, 0
    for signs in _SIGNS:
        seen = len(signs.words & found) + sum(mark in head for mark in signs.marks)
        if seen > most:
            best, most = signs.dialect, seen
    return best


_HEAD = 30_000  # characters; a guess does not get better by reading a whole dump
_PATH_WORD = re.compile(r"[a-z0-9]+")
_WORD = re.compile(r"\w+")

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
    marks: tuple[str, ...] = ()


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
        ("::", "$$", "$1", "TEXT[]", "INTEGER[]", "INT[]", "UUID[]", "VARCHAR[]", "SERIAL,"),
    ),
    _Signs(
        Dialect.MYSQL,
        _phrases(
            "AUTO-INCREMENT UNSIGNED TINYINT MEDIUMINT LONGTEXT MEDIUMTEXT TINYTEXT LONGBLOB MEDIUMBLOB CHARSET INNODB"
            " DUPLICATE_KEY STRAIGHT-JOIN DELIMITER UNIQUE_KEY UPDATE_CURRENT-TIMESTAMP MODIFY_COLUMN CHANGE_COLUMN"
        ),
        ("`",),
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
        ("[DBO]", "DBO.", "\nGO\n"),
    ),
    _Signs(
        Dialect.ORACLE,
        _phrases("VARCHAR2 NVARCHAR2 SYSDATE SYSTIMESTAMP ROWNUM FROM_DUAL TABLESPACE DBMS-OUTPUT DBMS-RANDOM"),
    ),
)
