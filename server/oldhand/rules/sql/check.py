"""Rules over SQL: what a text of SQL has of what the rules look for, with ranges and fixes in the document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from oldhand.rules.sql.candidates import Candidate
from oldhand.rules.sql.dialect import Dialect
from oldhand.rules.sql.located import SqlText
from oldhand.rules.sql.names import words_of
from oldhand.rules.sql.script import Script, Setting, read_script
from oldhand.rules.sql.spec import SqlEdit, SqlFix, SqlRule, SqlSpec
from oldhand.rules.sql.subjects import SUBJECTS
from oldhand.rules.sql.tokens import INTERPOLATED
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange


@dataclass(frozen=True, slots=True)
class SqlMatch:
    """What rule number `index` of those asked found: where in the document, and the `$NAMES` of its message.

    `edits` are its fix in the document, empty where there is none. `first_of` is the table of which only the first
    match in the text counts, None where all do.
    """

    index: int
    rule: str
    range: TextRange
    values: Mapping[str, str]
    edits: tuple[TextEdit, ...]
    first_of: str | None


def check_sql(sql: SqlText, rules: Sequence[SqlRule], path: str, dialect: Dialect | None = None) -> Iterator[SqlMatch]:
    """All matches of all rules in a whole text, rule by rule, each in the order of the text.

    `path` is relative to the workspace and tells a migration from a query; `dialect` None has it guessed.
    """
    script = read_script(sql, path, dialect)
    seen: set[tuple[int, str | None]] = set()
    for match in matches(script, admitted(rules, script.setting, sql.scope if sql.host else scope_of(path))):
        if match.first_of is None or (match.index, match.first_of) not in seen:
            yield match
        seen.add((match.index, match.first_of))


def scope_of(path: str) -> str:
    """What a file of SQL has for the name of a function around it."""
    return PurePosixPath(path.replace("\\", "/")).stem


def admitted(rules: Sequence[SqlRule], setting: Setting, scope: str) -> list[tuple[int, SqlRule]]:
    """The rules, with their numbers, that are meant for texts with that setting at all."""
    words = words_of(scope)
    return [(index, rule) for index, rule in enumerate(rules) if _admits(rule.spec, setting, words)]


def _admits(spec: SqlSpec, setting: Setting, scope: Iterable[str]) -> bool:
    spoken = setting.dialect.value
    if (spec.dialects and spoken not in spec.dialects) or spoken in spec.not_dialects:
        return False
    return setting.purpose in spec.purposes and spec.outside.isdisjoint(scope)


def matches(script: Script, rules: Iterable[tuple[int, SqlRule]]) -> Iterator[SqlMatch]:
    """All matches of numbered rules, rule by rule."""
    found: dict[str, tuple[Candidate, ...]] = {}
    for index, rule in rules:
        subject = rule.spec.find
        if subject not in found:
            found[subject] = tuple(SUBJECTS[subject].find(script))
        for candidate in found[subject]:
            if _matches(rule.spec, candidate):
                yield _match(index, rule, candidate, script.reading.source)


def _matches(spec: SqlSpec, candidate: Candidate) -> bool:
    return (
        _among(candidate.kind, spec.kinds)
        and _among(candidate.type, spec.types)
        and candidate.type not in spec.not_types
        and _among(candidate.function, spec.functions)
        and _among(candidate.clause, spec.clauses)
        and spec.has <= candidate.traits
        and spec.lacks.isdisjoint(candidate.traits)
        and spec.lacks.isdisjoint(candidate.may_come)
        and (not spec.named or not spec.named.isdisjoint(_forms(candidate.words)))
        and spec.not_named.isdisjoint(_forms(candidate.words))
        and spec.not_table.isdisjoint(_forms(candidate.table_words))
    )


def _among(value: str, wanted: frozenset[str]) -> bool:
    return not wanted or value in wanted


def _forms(words: Iterable[str]) -> set[str]:
    """The words, each also without the s of a plural."""
    return {form for word in words for form in (word, word.removesuffix("s"))}


def _match(index: int, rule: SqlRule, candidate: Candidate, sql: SqlText) -> SqlMatch:
    place = rule.spec.report if rule.spec.report in candidate.places else next(iter(candidate.places))
    reported = sql.range_of(*candidate.places[place])
    edits = _edits(rule.fix, candidate, sql) if rule.fix is not None else ()
    values = {name: _INTERPOLATION.sub("…", value) for name, value in candidate.values.items()}
    return SqlMatch(index, rule.id, reported, values, edits, candidate.table if rule.spec.once else None)


def _edits(fix: SqlFix, candidate: Candidate, sql: SqlText) -> tuple[TextEdit, ...]:
    """The fix's edits with their places and values filled in; none where one of them can not be made."""
    if not fix.when <= candidate.traits or not fix.unless.isdisjoint(candidate.traits):
        return ()
    made = [_text_edit(edit, candidate, sql) for edit in fix.edits]
    return tuple(edit for edit in made if edit is not None) if None not in made else ()


_INTERPOLATION = re.compile(f"{INTERPOLATED}+")
_VALUE = re.compile(r"\$([A-Z]+)")
_NEEDS_QUOTING = re.compile(r"[\\'\"`{}$\r\n]")


def _text_edit(edit: SqlEdit, candidate: Candidate, sql: SqlText) -> TextEdit | None:
    span = candidate.places.get(edit.place)
    template = edit.texts.get(candidate.type, edit.texts.get("", None))
    if span is None or template is None:
        return None
    if candidate.statement.tokens[0].text.islower():
        template = _lowered(template)
    text = _VALUE.sub(lambda name: candidate.values.get(name.group(1), ""), template)
    start, end = {"replace": span, "before": (span[0], span[0]), "after": (span[1], span[1])}[edit.how]
    if sql.host and (_NEEDS_QUOTING.search(text) or not sql.is_verbatim(start, end)):
        return None
    return TextEdit(sql.range_of(start, end), text)


def _lowered(template: str) -> str:
    """The template in the letters of a text that writes its key words small; the names in it stay as they are."""
    return "".join(part if part.startswith("$") else part.lower() for part in re.split(r"(\$[A-Z]+)", template))
