"""What rules find in queries: SELECT, INSERT, UPDATE and DELETE wherever they stand, and expressions in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oldhand.rules.sql.candidates import TABLE_TRAITS, Candidate, candidate, table_traits
from oldhand.rules.sql.clauses import Block
from oldhand.rules.sql.expressions import expressions, is_selective
from oldhand.rules.sql.names import Name, words_of
from oldhand.rules.sql.open_ended import may_continue
from oldhand.rules.sql.script import Script

QUERY_KINDS = frozenset({"select", "insert", "update", "delete", "replace"})
QUERY_TRAITS = TABLE_TRAITS | {
    "from", "where", "group by", "having", "order by", "limit", "offset", "fetch", "returning", "set", "values",
    "using", "window", "for", "into", "qualify", "tablesample", "join", "top", "in statement", "in cte",
    "in exists", "in derived", "in source", "in subquery", "from query", "from function", "catalog",
    "generated", "refilled",
    "selective", "unnamed table",
}  # fmt: skip

_TAIL = frozenset(
    {
        "where", "group by", "having", "order by", "limit", "offset", "fetch", "returning", "using", "for",
        "tablesample", "join", "selective",
    }
)  # fmt: skip


def find_statements(script: Script) -> Iterator[Candidate]:
    """Every query block; it is reported from its verb to its table."""
    for block in script.reading.blocks:
        tokens = block.statement.tokens
        keyword, target = tokens[block.start], _target(block)
        named = target is not None and target.start > keyword.start
        yield candidate(
            script,
            block.statement,
            block.verb,
            _block_traits(script, block),
            {
                "HEAD": (keyword.start, target.end if target is not None and named else keyword.end),
                "KEYWORD": (keyword.start, keyword.end),
                "BLOCK": (keyword.start, tokens[block.end - 1].end),
            },
            table=target,
            may_come=_TAIL,
            finished=not may_continue(block),
        )


def find_expressions(script: Script) -> Iterator[Candidate]:
    """Every expression that `expressions` knows."""
    for block in script.reading.blocks:
        found = list(expressions(block))
        if not found:
            continue
        tokens = block.statement.tokens
        keyword, traits, finished = tokens[block.start], _block_traits(script, block), not may_continue(block)
        for item in found:
            yield candidate(
                script,
                block.statement,
                item.kind,
                traits,
                {
                    "EXPRESSION": (tokens[item.start].start, tokens[item.end - 1].end),
                    "KEYWORD": (keyword.start, keyword.end),
                },
                table=_target(block),
                values={"COLUMN": item.column, "FUNCTION": item.function},
                may_come=_TAIL,
                finished=finished,
                words=words_of(item.column),
                function=item.function,
                clause=item.clause,
            )


def _target(block: Block) -> Name | None:
    """The first table of the block that has a name."""
    return next((use.name for use in block.tables if use.name is not None), None)


_CATALOGS = frozenset({"information_schema", "pg_catalog", "sys", "mysql", "performance_schema", "sqlite_master"})
_CATALOG_PREFIXES = ("pg_", "sqlite_", "pragma_")


def _block_traits(script: Script, block: Block) -> frozenset[str]:
    """The block's clauses, its role, and of what kind its tables are."""
    traits = {clause.name for clause in block.clauses[1:]}
    traits.add(f"in {block.role}")
    tokens = block.statement.tokens[block.start : block.end]
    if any(token.key in ("JOIN", "APPLY") for token in tokens):
        traits.add("join")
    if any(token.key == "TOP" for token in tokens[1:4]):
        traits.add("top")
    names = [use.name for use in block.tables if use.name is not None]
    if any(use.calls for use in block.tables):
        traits.add("from function")
    if any(use.name is None for use in block.tables) or any(name.last in block.ctes for name in names):
        traits.add("from query")
    if names and all(_CATALOGS.intersection(name.parts) or name.last.startswith(_CATALOG_PREFIXES) for name in names):
        traits.add("catalog")
    if names:
        traits |= table_traits(script, names[0])
        if not any(character.isalpha() for character in names[0].last.removeprefix("%s")):
            traits.add("unnamed table")
        if _is_refilled(script, block, names[0]):
            traits.add("refilled")
    else:
        traits.add("unnamed table")
    if is_selective(block):
        traits.add("selective")
    if script.setting.generated:
        traits.add("generated")
    return frozenset(traits)


def _is_refilled(script: Script, block: Block, table: Name) -> bool:
    """Whether what a DELETE takes out is put in anew, in the same text or by the same function."""
    if block.verb != "delete":
        return False
    if script.known.is_filled(table):
        return True
    insert = re.compile(rf"\binsert\s+into\s+[\"`\[]?{re.escape(table.text)}\b", re.IGNORECASE)
    return insert.search(script.reading.source.around) is not None
