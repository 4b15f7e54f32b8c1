"""Settings: which files are reviewed, by which rules, how severely; from `.oldhand.yaml` and from an editor.

The table `SETTINGS` is all there is. What decides where text is sent and what is run is not in it: neither a
repository nor the protocol may set that.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from oldhand.findings import Severity
from oldhand.problems import Problem
from oldhand.yaml_lines import Document, YamlError, documents

FILE_NAME = ".oldhand.yaml"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user and the repository have decided.

    `severities` maps a rule's id, `category/*` or `*` to a severity, None for off.
    `exclude` holds globs in the manner of `.gitignore`, relative to the root.
    `guidelines` are paths of Markdown files with the team's own rules for a reviewer.
    `dismissals` maps the fingerprints of findings that nobody wants to see to the reason.
    `root` is the folder that paths are taken from, as a path with `/`, "" where paths are relative already.
    """

    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    max_file_bytes: int = 1 << 20
    guidelines: tuple[str, ...] = ()
    dismissals: Mapping[str, str] = field(default_factory=dict)
    root: str = ""

    def severity(self, rule: str, default: Severity) -> Severity | None:
        """How severe that rule's findings are, None where it is off; the most particular entry decides."""
        for key in (rule, rule.partition("/")[0] + "/*", "*"):
            if key in self.severities:
                return self.severities[key]
        return default


@dataclass(frozen=True, slots=True)
class Overrides:
    """What an editor's settings say on top of a file's; empty or None where they say nothing."""

    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    max_file_bytes: int | None = None
    guidelines: tuple[str, ...] = ()


Tell = Callable[[str, tuple[str | int, ...]], None]


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table.

    `name` is the key in `.oldhand.yaml`; an editor may write it in camel case, where `editor` lets it.
    `kind`, `default` and `description` are for people.
    `read` makes the value of `field` from what was written, or None where that is unusable, and tells what is
    wrong with it.
    """

    name: str
    field: str
    kind: str
    default: str
    editor: bool
    description: str
    read: Callable[[object, Tell], Any]


def load(text: str, path: str) -> tuple[Settings, tuple[Problem, ...]]:
    """The settings of a `.oldhand.yaml`; what is wrong in it keeps its default and is told with its line."""
    try:
        document, *more = [*documents(text)] or [Document(None, 1)]
    except YamlError as error:
        return Settings(), (Problem(path, error.line, str(error), "All settings keep their defaults.", True),)
    problems: list[Problem] = []

    def tell(message: str, keys: tuple[str | int, ...]) -> None:
        problems.append(Problem(path, document.line_of(*keys), message))

    if more:
        problems.append(Problem(path, more[0].line, "Only the first YAML document is read."))
    settings = replace(Settings(), **dict(_values(document.value, tell, editor=False)))
    return settings, tuple(problems)


def from_editor(values: object) -> tuple[Overrides, tuple[Problem, ...]]:
    """The settings that an editor has sent, JSON as it stands under `oldhand`; null says nothing."""
    problems: list[Problem] = []

    def tell(message: str, keys: tuple[str | int, ...]) -> None:
        problems.append(Problem("", 0, message))

    return replace(Overrides(), **dict(_values(values, tell, editor=True))), tuple(problems)


def merge(settings: Settings, overrides: Overrides) -> Settings:
    """The file's settings with the editor's on top: lists are joined, of single values the editor's count."""
    bound = overrides.max_file_bytes
    return replace(
        settings,
        severities={**settings.severities, **overrides.severities},
        exclude=(*settings.exclude, *overrides.exclude),
        max_file_bytes=settings.max_file_bytes if bound is None else bound,
        guidelines=(*settings.guidelines, *overrides.guidelines),
    )


def nearest(path: Path, root: Path) -> Path | None:
    """The `.oldhand.yaml` in the folder of `path` or the nearest one above, up to and including `root`.

    None where there is none, and for a path outside the root. Both are absolute; looks at the disk.
    """
    for folder in path.parents:
        if not folder.is_relative_to(root):
            return None
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    return None


def table() -> str:
    """All settings as a Markdown table."""
    rows = ["| Setting | Type | Default | May be set by | What it does |", "|---|---|---|---|---|"]
    for row in SETTINGS:
        setters = f"`{FILE_NAME}`, editor" if row.editor else f"`{FILE_NAME}`"
        rows.append(f"| `{row.name}` | {row.kind} | {row.default} | {setters} | {row.description} |")
    return "\n".join(rows) + "\n"


def _values(values: object, tell: Tell, *, editor: bool) -> Iterator[tuple[str, Any]]:
    """The fields that were set, with their values."""
    if values is None:
        return
    if not isinstance(values, Mapping):
        tell("The settings are not a mapping of names to values.", ())
        return
    for key, value in values.items():
        setting = _setting(str(key), tell, editor=editor)
        if setting is None or value is None:
            continue

        def inside(message: str, keys: tuple[str | int, ...], key: str = key) -> None:
            tell(message, (key, *keys))

        read = setting.read(value, inside)
        if read is not None:
            yield setting.field, read


def _setting(key: str, tell: Tell, *, editor: bool) -> Setting | None:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|_", "-", key).lower()
    if editor and name in _CLIENT:
        return None
    if name in _RESERVED:
        where = "an editor's settings" if editor else FILE_NAME
        tell(f"`{key}` is ignored: it can not be set in {where}, only by the user's own environment.", (key,))
        return None
    for setting in SETTINGS:
        if setting.name == name and (setting.editor or not editor):
            return setting
    close = difflib.get_close_matches(name, [setting.name for setting in SETTINGS], 1)
    tell(f"`{key}` is not a setting" + (f"; did you mean `{close[0]}`?" if close else "."), (key,))
    return None


def _severities(value: object, tell: Tell) -> Mapping[str, Severity | None] | None:
    if not isinstance(value, Mapping):
        tell("`rules` is not a mapping of rules to severities.", ())
        return None
    found: dict[str, Severity | None] = {}
    for rule, name in value.items():
        if name is False or name == "off":
            found[rule] = None
        elif isinstance(name, str) and name in _SEVERITIES:
            found[rule] = _SEVERITIES[name]
        else:
            tell(f"The severity of `{rule}` is not one of {', '.join(_SEVERITIES)}, off.", (rule,))
    return found


def _strings(value: object, tell: Tell) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else [value]
    for number, item in enumerate(items):
        if not isinstance(item, str) or not item:
            tell("An entry of this list is not a text.", (number,))
    return tuple(item for item in items if isinstance(item, str) and item)


def _bytes(value: object, tell: Tell) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    tell("The size of a file is not a whole number of bytes above 0.", ())
    return None


def _dismissals(value: object, tell: Tell) -> Mapping[str, str] | None:
    if not isinstance(value, Mapping):
        tell("`dismissals` is not a mapping of fingerprints to reasons.", ())
        return None
    found: dict[str, str] = {}
    for key, reason in value.items():
        if not re.fullmatch("[0-9a-f]{16}", key):
            tell(f"`{key}` is not a finding's fingerprint, which has 16 hexadecimal digits.", (key,))
        elif reason is not None and not isinstance(reason, str):
            tell(f"The reason for dismissing `{key}` is not a text.", (key,))
        else:
            found[key] = reason or ""
    return found


_SEVERITIES = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "information": Severity.INFORMATION,
    "info": Severity.INFORMATION,
    "hint": Severity.HINT,
}

SETTINGS = (
    Setting(
        "rules", "severities", "mapping", "empty", True,
        "How severe the findings of a rule (`query/select-star`), of a category (`query/*`) or of all (`*`) "
        "are: `error`, `warning`, `information`, `hint` or `off`; the most particular entry counts.",
        _severities,
    ),
    Setting(
        "exclude", "exclude", "list of globs", "empty", True,
        "Files that are not reviewed, as in `.gitignore` and relative to the root.",
        _strings,
    ),
    Setting(
        "max-file-bytes", "max_file_bytes", "number", "1048576", True,
        "Larger files are not reviewed, and say so.",
        _bytes,
    ),
    Setting(
        "guidelines", "guidelines", "list of paths", "empty", True,
        "Markdown files with the team's own conventions, for reviewers that read prose.",
        _strings,
    ),
    Setting(
        "dismissals", "dismissals", "mapping", "empty", False,
        "Findings that are not shown again: a fingerprint, in quotes, and the reason.",
        _dismissals,
    ),
)  # fmt: skip

# What an editor's language client reads for itself from the same section.
_CLIENT = frozenset({"trace"})

# Where text goes and when, with which credentials, at what cost, and what is run: never from a repository or over the
# protocol; the user's own file and environment say it, see `claude/configuration.py`.
_RESERVED = frozenset({
    "endpoint", "base-url", "url", "proxy", "http-proxy", "https-proxy", "headers",
    "api-key", "key", "auth-token", "token", "provider", "model", "models",
    "executable", "executables", "command", "path", "server-command", "server-path", "env", "environment",
    "interpreter", "python", "python-path", "git", "git-path", "trust", "trusted", "trusted-folders",
    "api-key-header", "verify-model", "allowed-models", "prices", "budget", "budget-day", "budget-review", "ask-above",
    "on-save", "verify", "hover", "hover-review", "max-concurrency",
})  # fmt: skip
