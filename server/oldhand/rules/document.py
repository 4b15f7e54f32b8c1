"""One document of a rule file: from plain values to a `Rule`, with a `Problem` for each key that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from oldhand.findings import Confidence, Severity
from oldhand.problems import Problem
from oldhand.rules.catalog import Catalog
from oldhand.rules.name_sets import alternatives
from oldhand.rules.rule import Rule, Softer
from oldhand.yaml_lines import Document

_Choice = TypeVar("_Choice")

_LANGUAGES = {
    "python": ("python",), "py": ("python",),
    "javascript": ("javascript",), "js": ("javascript",), "jsx": ("javascript",),
    "typescript": ("typescript", "tsx"), "ts": ("typescript", "tsx"), "tsx": ("tsx",),
    "go": ("go",), "golang": ("go",),
    "java": ("java",),
    "sql": ("sql",),
}  # fmt: skip

_SEVERITIES = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "info": Severity.INFORMATION,
    "hint": Severity.HINT,
    "off": None,
}
_CONFIDENCES = {confidence.label: confidence for confidence in Confidence}

_CHECKS = ("taint", "loop", "sequence", "sql")
_TEXTS = ("id", "language", "severity", "message", "note", "url", "files", "ignores", "metadata", "labels")
_KEYS = frozenset((*_TEXTS, "softer", "range", "rule", "constraints", "utils", "fix", *_CHECKS))
_UNSUPPORTED = ("transform", "rewriters")

_ID = re.compile(r"[A-Za-z0-9_][\w./-]*\Z")


def rule_of(document: Document, path: str, lists: Catalog) -> tuple[Rule | None, list[Problem]]:
    """The rule, or None where it can not be used or is switched off; and what is wrong with it."""
    if not isinstance(document.value, dict):
        return None, [Problem(path, document.line, "A rule is a mapping of keys to values.", fatal=True)]
    reader = _Reader(document, path, document.value)
    for key in document.value:
        if key in _UNSUPPORTED:
            reader.wrong(f"The key {key} is not supported; the rule is left out.", key)
        elif key not in _KEYS:
            reader.remark(f"The key {key} is not known and is passed over.", key)
    severity = reader.choice(("severity",), _SEVERITIES, Severity.HINT)
    rule = _rule(reader, severity or Severity.HINT, lists)
    if severity is None or any(problem.fatal for problem in reader.problems):
        return None, reader.problems
    return rule, reader.problems


def _rule(reader: _Reader, severity: Severity, lists: Catalog) -> Rule:
    rule_id = reader.id()
    if not any(key in reader.keys for key in ("rule", *_CHECKS)):
        reader.wrong("The rule says nothing to look for: it has no rule, taint, loop, sequence or sql.")

    def rules(_: str, rule: object) -> object:
        return lists.expanded_rule(rule)

    def values(_: str, value: object) -> object:
        return lists.expanded(value)

    return Rule(
        id=rule_id,
        category=rule_id.partition("/")[0] if "/" in rule_id else "custom",
        languages=reader.languages(),
        severity=severity,
        message=reader.string("message") or f"This is what the rule {rule_id} looks for.",
        note=reader.string("note"),
        url=reader.string("url"),
        why=reader.string("metadata", "why"),
        remedy=reader.string("metadata", "remedy"),
        confidence=reader.choice(("metadata", "confidence"), _CONFIDENCES, Confidence.MEDIUM),
        cwe=reader.strings("metadata", "cwe"),
        also=reader.strings("metadata", "also"),
        files=reader.globs("files"),
        ignores=reader.globs("ignores"),
        softer=_softer(reader, lists),
        range=reader.string("range").removeprefix("$"),
        spec=reader.expanded("rule", lists.expanded_key),
        constraints=reader.expanded("constraints", rules) or {},
        utils=reader.expanded("utils", rules) or {},
        fix=reader.fix(),
        taint=reader.expanded("taint", values),
        loop=reader.expanded("loop", values),
        sequence=reader.expanded("sequence", values),
        sql=reader.expanded("sql", values),
        path=reader.path,
        line=reader.document.line,
    )


def _softer(reader: _Reader, lists: Catalog) -> tuple[Softer, ...]:
    """In which files the rule's findings weigh less; globs may be a catalog's."""
    value = reader.keys.get("softer", [])
    found: list[Softer] = []
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict) or set(item) != {"files", "severity"} or item["severity"] not in _SEVERITIES:
            reader.wrong("An entry of softer has files and a severity.", "softer")
            continue
        try:
            globs = lists.expanded([item["files"]] if isinstance(item["files"], str) else item["files"])
        except ValueError as error:
            reader.wrong(str(error), "softer")
            continue
        if isinstance(globs, list) and all(isinstance(glob, str) for glob in globs):
            found.append(
                Softer(tuple(glob for text in globs for glob in alternatives(text)), _SEVERITIES[item["severity"]])
            )
        else:
            reader.wrong("The files of softer are globs.", "softer")
    return tuple(found)


@dataclass(slots=True)
class _Reader:
    """Reads keys of one document, told by their paths; what has the wrong type is told and read as absent.

    What is wrong in the rule proper makes it unusable, what is wrong under `metadata` does not: other tools
    keep their own things there.
    """

    document: Document
    path: str
    keys: Mapping[str, object]
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, message: str, *keys: str) -> None:
        """Tell what makes the rule unusable."""
        self.problems.append(Problem(self.path, self.document.line_of(*keys), message, fatal=True))

    def remark(self, message: str, *keys: str) -> None:
        """Tell what the rule runs without."""
        self.problems.append(Problem(self.path, self.document.line_of(*keys), message))

    def _complain(self, keys: Sequence[str], wanted: str) -> None:
        tell = self.remark if keys[0] == "metadata" else self.wrong
        tell(f"The value of {'.'.join(keys)} is not {wanted}.", *keys)

    def _get(self, keys: Sequence[str]) -> object:
        """The value there; None for a key that is absent or has no value."""
        value: object = self.keys
        for key in keys:
            if not isinstance(value, Mapping):
                return None
            value = value.get(key)
        return value

    def id(self) -> str:
        rule_id = self._get(("id",))
        if isinstance(rule_id, str) and _ID.match(rule_id):
            return rule_id
        what = "has no id" if rule_id is None else "has an id with other characters than letters, digits and . _ / -"
        self.wrong(f"The rule {what}.", "id")
        return ""

    def string(self, *keys: str) -> str:
        value = self._get(keys)
        if value is None:
            return ""
        if not isinstance(value, str):
            self._complain(keys, "a string")
            return ""
        return value.strip()

    def strings(self, *keys: str) -> tuple[str, ...]:
        value = self._get(keys)
        if value is None:
            return ()
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in items):
            self._complain(keys, "a list of strings")
            return ()
        return tuple(items)

    def choice(self, keys: tuple[str, ...], choices: Mapping[str, _Choice], default: _Choice) -> _Choice:
        value = self._get(keys)
        if value is None:
            return default
        if not isinstance(value, str) or value not in choices:
            self._complain(keys, f"one of {', '.join(choices)}")
            return default
        return choices[value]

    def languages(self) -> tuple[str, ...]:
        """Ids of languages, each once; an unknown one is told, and is fatal only where none is left."""
        names = self.strings("language")
        found: dict[str, None] = {}
        for name in names:
            ids = _LANGUAGES.get(name.lower(), ())
            found.update(dict.fromkeys(ids))
            if not ids:
                self.remark(f"The language {name} is not one that is reviewed.", "language")
        if not found:
            self.wrong("The rule is left out: it is for no language that is reviewed.", "language")
        return tuple(found)

    def globs(self, key: str) -> tuple[str, ...]:
        """Globs, which ast-grep lets be written as `{glob: …}` too."""
        value = self._get((key,))
        if not isinstance(value, list):
            return self.strings(key)
        globs = [item.get("glob") if isinstance(item, dict) else item for item in value]
        if not all(isinstance(glob, str) for glob in globs):
            self._complain((key,), "a list of globs")
            return ()
        return tuple(glob for glob in globs if isinstance(glob, str))

    def fix(self) -> str | Mapping[str, object] | None:
        """A template or a mapping; of ast-grep's list of alternatives the first."""
        value = self._get(("fix",))
        if isinstance(value, list) and value and isinstance(value[0], dict):
            if len(value) > 1:
                self.remark("Of several fixes only the first is offered.", "fix")
            return dict(value[0])
        if value is None or isinstance(value, str | dict):
            return value
        self._complain(("fix",), "a template or a mapping")
        return None

    def expanded(self, key: str, expand: Callable[[str, object], object]) -> Mapping[str, object] | None:
        """The mapping under the key, each of its values expanded."""
        if key not in self.keys:
            return None
        value = self.keys[key]
        if not isinstance(value, dict):
            self._complain((key,), "a mapping")
            return None
        try:
            return {name: expand(name, item) for name, item in value.items()}
        except ValueError as error:
            self.wrong(str(error), key)
            return None
