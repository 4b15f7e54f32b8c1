"""Which database a text of SQL was written for, guessed from its path and from words only one database has."""

from __future__ import annotations

import re
from enum import Enum


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
    """The database that `path` names, else the one with the most words of its own in the text's beginning."""
    for dialect, named in _NAMED:
        if named.search(path):
            return dialect
    head = text[:_HEAD]
    best, most = Dialect.UNKNOWN, 0
    for dialect, words in _WORDS:
        seen = len({found.lower() for found in words.findall(head)})
        if seen > most:
            best, most = dialect, seen
    return best


_HEAD = 100_000  # characters; a guess does not get better by reading a whole dump


def _in_path(names: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[^a-z0-9])(?:{names})(?:$|[^a-z])", re.IGNORECASE)


_NAMED = (
    (Dialect.COCKROACH, _in_path("cockroach|cockroachdb|crdb")),
    (Dialect.POSTGRES, _in_path("postgres|postgresql|psql|pgsql|pg|supabase")),
    (Dialect.MYSQL, _in_path("mysql|mariadb|tidb")),
    (Dialect.SQLITE, _in_path("sqlite|d1|libsql|turso")),
    (Dialect.MSSQL, _in_path("mssql|sqlserver|tsql")),
    (Dialect.ORACLE, _in_path("oracle|plsql")),
    (Dialect.WAREHOUSE, _in_path("clickhouse|bigquery|snowflake|redshift|hive|spark|duckdb|databricks|dbt")),
)


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# Of equals the earlier wins.
_WORDS = (
    (
        Dialect.WAREHOUSE,
        _words(
            r"\b(?:MergeTree|ReplicatedMergeTree|DISTKEY|SORTKEY|LowCardinality|TBLPROPERTIES|STORED\s+AS"
            r"|CLUSTERED\s+BY|UNNEST_TOKENS|VARIANT|QUALIFY)\b"
        ),
    ),
    (
        Dialect.POSTGRES,
        _words(
            r"\w::\w|'::\w|\)::\w|\$\$|\$1\b|\b(?:BIGSERIAL|SMALLSERIAL|TIMESTAMPTZ|JSONB|BYTEA|CITEXT|TSVECTOR|INT[248]"
            r"|FLOAT[48]|PLPGSQL|REGCLASS|NEXTVAL|GEN_RANDOM_UUID|UUID_GENERATE_V[14]|PG_[A-Z_]+|CONCURRENTLY|ILIKE"
            r"|SIMILAR\s+TO|OWNER\s+TO|NOT\s+VALID|ON\s+ONLY|IF\s+EXISTS\s+ONLY|UNLOGGED|INHERITS|DISTINCT\s+ON"
            r"|USING\s+(?:GIN|GIST|BTREE|HASH|BRIN)|CREATE\s+(?:EXTENSION|TYPE|DOMAIN|SEQUENCE)"
            r"|ALTER\s+(?:TYPE|SEQUENCE)|(?:TIMESTAMP|TIME)(?:\s*\(\d\))?\s+WITH(?:OUT)?\s+TIME\s+ZONE"
            r"|AT\s+TIME\s+ZONE|CHARACTER\s+VARYING|STRICT\s+IMMUTABLE)\b"
            r"|\bSERIAL\b(?=\s*(?:,|\)|PRIMARY|NOT|UNIQUE))|\b(?:TEXT|INTEGER|BIGINT|UUID|VARCHAR)\[\]"
            r"|\bALTER\s+COLUMN\s+\S+\s+(?:TYPE|SET\s+(?:NOT\s+NULL|DATA\s+TYPE)|DROP\s+NOT\s+NULL)\b"
        ),
    ),
    (
        Dialect.MYSQL,
        _words(
            r"`|\b(?:AUTO_INCREMENT|UNSIGNED|TINYINT|MEDIUMINT|LONGTEXT|MEDIUMTEXT|TINYTEXT|LONGBLOB|MEDIUMBLOB"
            r"|CHARSET|INNODB|DATETIME\(\d\)|ON\s+DUPLICATE\s+KEY|STRAIGHT_JOIN|DELIMITER|UNIQUE\s+KEY"
            r"|ON\s+UPDATE\s+CURRENT_TIMESTAMP|MODIFY\s+COLUMN|CHANGE\s+COLUMN)\b|\bENGINE\s*="
        ),
    ),
    (
        Dialect.SQLITE,
        _words(
            r"\b(?:AUTOINCREMENT|PRAGMA|WITHOUT\s+ROWID|SQLITE_\w+|STRFTIME|UNIXEPOCH|JULIANDAY|FTS[345]|GLOB"
            r"|INTEGER\s+PRIMARY\s+KEY|INSERT\s+OR\s+(?:IGNORE|REPLACE)|DATETIME\s*\('now')"
        ),
    ),
    (
        Dialect.MSSQL,
        _words(
            r"\[dbo\]|\bdbo\.|\b(?:NVARCHAR|UNIQUEIDENTIFIER|DATETIME2|DATETIMEOFFSET|GETDATE|GETUTCDATE|SYSUTCDATETIME"
            r"|NEWID|NONCLUSTERED|NOLOCK|SP_RENAME|OBJECT_ID|SCOPE_IDENTITY|SELECT\s+TOP)\b|\bIDENTITY\s*\(\d"
            r"|^GO\s*$|\bSET\s+(?:NOCOUNT|ANSI_NULLS|QUOTED_IDENTIFIER)\b"
        ),
    ),
    (
        Dialect.ORACLE,
        _words(r"\b(?:VARCHAR2|NVARCHAR2|NUMBER\(\d|SYSDATE|SYSTIMESTAMP|DBMS_\w+|ROWNUM|FROM\s+DUAL|TABLESPACE)\b"),
    ),
)
