"""The `sql:` key of a rule and the fix beside it: from the YAML mapping to checked values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oldhand.rules.sql.dialect import Dialect
from oldhand.rules.sql.purpose import PURPOSES
from oldhand.rules.sql.subjects import SUBJECTS, Subject


@dataclass(frozen=True, slots=True)
class SqlSpec:
    """What a rule looks for in SQL; an empty set asks nothing.

    `find` is one of SUBJECTS. `kinds`, `clauses`, `types` and `functions` each hold what one value must be among;
    `named` and `not_named` are words of the name of what is found, `not_table` words of its table's. `has` and `lacks`
    are traits, all of which, and none of which, must be there. `report` is the place that is reported, "" being the
    subject's own; `once` has only the first of each table reported. `outside` are words in the names of functions and
    of SQL files that are left alone.
    """

    find: str
    kinds: frozenset[str] = frozenset()
    has: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    clauses: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    not_types: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    not_named: frozenset[str] = frozenset()
    not_table: frozenset[str] = frozenset()
    dialects: frozenset[str] = frozenset()
    not_dialects: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    report: str = ""
    once: bool = False


@dataclass(frozen=True, slots=True)
class SqlEdit:
    """One edit of a fix: `texts` replaces the place, or goes "before" or "after" it.

    `texts` maps the column's type to the new text; under "" stands the text for all other types.
    """

    how: str
    place: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SqlFix:
    """A fix in SQL: all edits or none, and only where the candidate has every trait of `when` and none of `unless`."""

    edits: tuple[SqlEdit, ...]
    when: frozenset[str]
    unless: frozenset[str]


@dataclass(frozen=True, slots=True)
class SqlRule:
    """A rule as far as SQL is concerned."""

    id: str
    spec: SqlSpec
    fix: SqlFix | None


def compile_sql(rule_id: str, sql: object, fix: object = None) -> SqlRule:
    """The rule with that id, from the values of its keys `sql` and `fix`.

    Raises ValueError with one sentence that names the key at fault.
    """
    spec = parse_sql_spec(sql)
    return SqlRule(rule_id, spec, None if fix is None else parse_sql_fix(fix, spec))


def parse_sql_spec(mapping: object) -> SqlSpec:
    """The value of a rule's `sql:` key.

    Raises ValueError with one sentence that names the key at fault.
    """
    fields = _mapping(mapping, "sql", _SPEC_KEYS)
    find = fields.get("find")
    if not isinstance(find, str) or find not in SUBJECTS:
        raise ValueError(f"`sql.find` must be one of {_listed(SUBJECTS)}.")
    subject = SUBJECTS[find]
    report = fields.get("report", "")
    if not isinstance(report, str) or (report and report not in subject.places):
        raise ValueError(f"`sql.report` must be one of {_listed(subject.places)} where `find` is {find}.")
    spec = SqlSpec(
        find=find,
        kinds=_known(fields, "kind", subject.kinds),
        has=_known(fields, "has", subject.traits),
        lacks=_known(fields, "lacks", subject.traits),
        clauses=_strings(fields, "clause"),
        types=_strings(fields, "type"),
        not_types=_strings(fields, "not-type"),
        functions=_strings(fields, "function"),
        named=_strings(fields, "named"),
        not_named=_strings(fields, "not-named"),
        not_table=_strings(fields, "not-table"),
        dialects=_known(fields, "dialect", _DIALECTS),
        not_dialects=_known(fields, "not-dialect", _DIALECTS),
        purposes=_known(fields, "for", PURPOSES) or (PURPOSES - {"down"} - _known(fields, "not-for", PURPOSES)),
        outside=_strings(fields, "outside"),
        report=report,
        once=_known(fields, "once", frozenset({"table"})) != frozenset(),
    )
    if "for" in fields and "not-for" in fields:
        raise ValueError("`sql.for` and `sql.not-for` exclude each other.")
    return spec


def parse_sql_fix(mapping: object, spec: SqlSpec) -> SqlFix:
    """The value of a rule's `fix:` key where the rule has `sql:`; its title and safety are read elsewhere.

    Raises ValueError with one sentence that names the key at fault.
    """
    fields = _mapping(mapping, "fix", _FIX_KEYS)
    subject = SUBJECTS[spec.find]
    edits = fields.get("edits")
    if not isinstance(edits, list) or not edits:
        raise ValueError("`fix.edits` must be a list of edits, each with replace, before or after, and text.")
    return SqlFix(
        tuple(_edit(edit, subject) for edit in edits),
        _known(fields, "when", subject.traits, "fix"),
        _known(fields, "unless", subject.traits, "fix"),
    )


_DIALECTS = frozenset(dialect.value for dialect in Dialect)
_SPEC_KEYS = frozenset(
    {
        "find", "kind", "has", "lacks", "clause", "type", "not-type", "function", "named", "not-named",
        "dialect", "not-dialect", "for", "not-for", "outside", "report", "not-table", "once",
    }
)  # fmt: skip
_FIX_KEYS = frozenset({"title", "safety", "edits", "when", "unless"})
_EDIT_KEYS = frozenset({"replace", "before", "after", "text"})


def _edit(mapping: object, subject: Subject) -> SqlEdit:
    fields = _mapping(mapping, "fix.edits", _EDIT_KEYS)
    hows = [how for how in ("replace", "before", "after") if how in fields]
    if len(hows) != 1:
        raise ValueError("Each of `fix.edits` must have exactly one of replace, before and after.")
    place = fields[hows[0]]
    if not isinstance(place, str) or place not in subject.places:
        raise ValueError(f"`fix.edits.{hows[0]}` must be one of {_listed(subject.places)}.")
    text = fields.get("text")
    if isinstance(text, str):
        return SqlEdit(hows[0], place, {"": text})
    if isinstance(text, Mapping) and all(isinstance(part, str) for pair in text.items() for part in pair):
        return SqlEdit(hows[0], place, {str(name): str(new) for name, new in text.items()})
    raise ValueError("`fix.edits.text` must be a text, or texts by the name of the column's type.")


def _mapping(value: object, name: str, keys: frozenset[str]) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"`{name}` must be a mapping with some of the keys {_listed(keys)}.")
    unknown = sorted(str(key) for key in value if key not in keys)
    if unknown:
        raise ValueError(f"`{name}` has the unknown key `{unknown[0]}`; it may have {_listed(keys)}.")
    return value


def _strings(fields: Mapping[str, object], key: str, owner: str = "sql") -> frozenset[str]:
    """A text or a list of texts, in lower case where it is compared with names."""
    value = fields.get(key, [])
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(item, str) and item for item in found):
        raise ValueError(f"`{owner}.{key}` must be a text or a list of texts.")
    return frozenset(str(item).lower() for item in found)


def _known(fields: Mapping[str, object], key: str, allowed: frozenset[str], owner: str = "sql") -> frozenset[str]:
    found = _strings(fields, key, owner)
    unknown = sorted(found - allowed)
    if unknown:
        raise ValueError(f"`{owner}.{key}` does not know `{unknown[0]}`; it may be {_listed(allowed)}.")
    return found


def _listed(names: object) -> str:
    assert isinstance(names, Mapping | frozenset)
    return ", ".join(sorted(names))
