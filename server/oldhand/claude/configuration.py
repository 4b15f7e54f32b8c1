"""What the user alone decides: their own file and environment, never a repository and never the protocol."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from oldhand.claude import user_values
from oldhand.claude.cost import Price
from oldhand.claude.folders import covers
from oldhand.claude.models import resolve
from oldhand.claude.user_values import Read
from oldhand.problems import Problem
from oldhand.yaml_lines import Document, YamlError, documents

FILE_NAME = "config.yaml"


@dataclass(frozen=True, slots=True)
class UserConfiguration:
    """The user's decisions.

    `base_url` has no `/v1` and no slash at its end, and is empty for the provider's own. `api_key_header` says that
    the key is sent as `x-api-key` too. `model` is empty for what the persona suggests, `verify_model` for the same
    model; `allowed_models` holds ids, and is empty where a persona may suggest any. Budgets are US dollars.
    `trusted_folders` are absolute. `blocked` says in a sentence why nothing may be sent at all, since what is
    configured could not be read; else "".
    """

    provider: str = "anthropic"
    base_url: str = ""
    api_key_header: bool = False
    model: str = ""
    verify_model: str = ""
    allowed_models: tuple[str, ...] = ()
    prices: Mapping[str, Price] = field(default_factory=dict)
    budget_day: Decimal = Decimal(5)
    budget_review: Decimal = Decimal("0.50")
    ask_above: Decimal = Decimal("0.25")
    on_save: str = "ask"
    verify: str = "on-request"
    hover_review: str = "link"
    trusted_folders: tuple[str, ...] = ()
    trust_all: bool = False
    max_concurrency: int = 4
    blocked: str = ""

    def model_for(self, suggested: str) -> str:
        """The id of the model that reviews, where the persona suggests one: that counts within what is allowed."""
        asked = resolve(suggested, self.model)
        return asked if not self.allowed_models or asked in self.allowed_models else resolve("", self.model)

    def trusts(self, folder: Path) -> bool:
        """Whether the user has said in advance that this folder is trusted."""
        return self.trust_all or any(covers(Path(trusted), folder) for trusted in self.trusted_folders)


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table; `kind`, `default` and `description` are for people.

    `variable` is the environment's name for it, or empty. `read` makes the value of `field`, and raises ValueError
    with the end of a sentence that begins with the name. Where a `vital` one can not be read, nothing is sent: its
    default could send text to somebody else than the user meant, or cost more.
    """

    name: str
    field: str
    kind: str
    default: str
    variable: str
    read: Read
    description: str
    vital: bool = False


def load(environ: Mapping[str, str], path: Path) -> tuple[UserConfiguration, tuple[Problem, ...]]:
    """What the user's file at `path` says, with the environment on top, and what is wrong with either.

    A file that is not there says nothing. What can not be used keeps its default and is told.
    """
    document, problems = _document(path)
    blocked = [str(problem) for problem in problems]
    values = document.value if isinstance(document.value, Mapping) else {}
    if document.value is not None and not isinstance(document.value, Mapping):
        problems.append(_problem(path, document.line, "The file is not a mapping of names to values.", vital=True))
        blocked.append(str(problems[-1]))
    problems += _unknown_keys(values, document, path)
    problems += _unknown_variables(environ)
    found: dict[str, Any] = {}
    for row in SETTINGS:
        name, value = _given(row, environ, values, found.get("provider", "anthropic"))
        if value is None:
            continue
        try:
            found[row.field] = row.read(value)
        except ValueError as error:
            in_file = name == row.name
            file, line = (path, document.line_of(row.name)) if in_file else (None, 0)
            problems.append(_problem(file, line, f"`{name}` {error}.", vital=row.vital))
            if row.vital:
                blocked.append(str(problems[-1]))
    return replace(UserConfiguration(), **found, blocked="; ".join(blocked)), tuple(problems)


def table() -> str:
    """All that the user sets, as a Markdown table."""
    rows = ["| Setting | Type | Default | Environment | What it does |", "|---|---|---|---|---|"]
    for row in SETTINGS:
        variable = f"`{row.variable}`" if row.variable else ""
        rows.append(f"| `{row.name}` | {row.kind} | {row.default} | {variable} | {row.description} |")
    return "\n".join(rows) + "\n"


def _document(path: Path) -> tuple[Document, list[Problem]]:
    try:
        text = path.read_text(encoding="utf-8")
        return next(documents(text), Document(None, 1)), []
    except FileNotFoundError:
        return Document(None, 1), []
    except OSError as error:
        return Document(None, 1), [_problem(path, 0, f"It can not be read: {error.strerror}.", vital=True)]
    except UnicodeDecodeError:
        return Document(None, 1), [_problem(path, 0, "It is not UTF-8.", vital=True)]
    except YamlError as error:
        return Document(None, 1), [_problem(path, error.line, str(error), vital=True)]


def _problem(path: Path | None, line: int, message: str, *, vital: bool) -> Problem:
    hint = "Nothing is sent to a model until it is put right." if vital else ""
    return Problem(str(path) if path else "", line, message, hint, fatal=vital)


def _given(row: Setting, environ: Mapping[str, str], values: Mapping[str, object], provider: str) -> tuple[str, object]:
    """Under which name the setting was given, and what; None where it was not."""
    # The address of Anthropic's own service says nothing about another provider's.
    foreign = row.variable == "ANTHROPIC_BASE_URL" and provider != "anthropic"
    if row.variable and not foreign and environ.get(row.variable, "").strip():
        return row.variable, environ[row.variable].strip()
    return row.name, values.get(row.name)


def _unknown_keys(values: Mapping[str, object], document: Document, path: Path) -> Iterator[Problem]:
    names = [row.name for row in SETTINGS]
    for key in values:
        if key not in names:
            close = difflib.get_close_matches(key.lower().replace("_", "-"), names, 1)
            message = f"`{key}` is not a setting" + (f"; did you mean `{close[0]}`?" if close else ".")
            yield Problem(str(path), document.line_of(key), message)


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[Problem]:
    """Only those that look like a slip: a variable of that name may also be somebody else's."""
    names = [row.variable for row in SETTINGS if row.variable]
    for name in environ:
        if name.startswith("OLDHAND_") and name not in names:
            for close in difflib.get_close_matches(name, names, 1, cutoff=0.85):
                yield Problem("", 0, f"`{name}` in the environment is not a setting; did you mean `{close}`?")


SETTINGS = (
    Setting(
        "provider", "provider", "one of " + ", ".join(f"`{name}`" for name in user_values.PROVIDERS), "`anthropic`",
        "OLDHAND_PROVIDER", user_values.one_of(*user_values.PROVIDERS),
        "Whose service is asked.", vital=True,
    ),
    Setting(
        "base-url", "base_url", "URL", "the provider's own", "ANTHROPIC_BASE_URL", user_values.base_url,
        "Another server that speaks the Messages API, without `/v1`; `https`, except on this machine.", vital=True,
    ),
    Setting(
        "api-key-header", "api_key_header", "`true` or `false`", "`false`", "", user_values.boolean,
        "Whether the key is sent as `x-api-key` too, which some servers want.",
    ),
    Setting(
        "model", "model", "`sonnet`, `opus`, `haiku`, `fable` or an id", "the persona's", "OLDHAND_MODEL",
        user_values.model,
        "The model that reviews; without it the one that the persona suggests, if that is allowed, else `sonnet`.",
    ),
    Setting(
        "verify-model", "verify_model", "as `model`", "the same", "OLDHAND_VERIFY_MODEL", user_values.model,
        "Who checks what was found.",
    ),
    Setting(
        "allowed-models", "allowed_models", "list of models", "any", "", user_values.models,
        "The models that a persona may ask for.", vital=True,
    ),
    Setting(
        "prices", "prices", "mapping", "a dated table", "", user_values.prices,
        "By model: `input`, `output` and, if you like, `cache-read` and `cache-write`, in dollars per million tokens.",
    ),
    Setting(
        "budget-day", "budget_day", "dollars", "5", "OLDHAND_BUDGET_DAY", user_values.dollars,
        "What may be spent in a day, by all editors and terminals together; 0 stops all calls.", vital=True,
    ),
    Setting(
        "budget-review", "budget_review", "dollars", "0.50", "OLDHAND_BUDGET_REVIEW", user_values.dollars,
        "What one review may cost.", vital=True,
    ),
    Setting(
        "ask-above", "ask_above", "dollars", "0.25", "", user_values.dollars,
        "You are asked before anything whose estimate is above.", vital=True,
    ),
    Setting(
        "on-save", "on_save", "`ask`, `always` or `never`", "`ask`", "OLDHAND_ON_SAVE",
        user_values.one_of("ask", "always", "never"),
        "Whether changed code is reviewed when it is saved; `ask` asks once.", vital=True,
    ),
    Setting(
        "verify", "verify", "`off`, `on-request` or `always`", "`on-request`", "",
        user_values.one_of("off", "on-request", "always"),
        "When what was found is checked by a second call.",
    ),
    Setting(
        "hover-review", "hover_review", "`off`, `link` or `background`", "`link`", "",
        user_values.one_of("off", "link", "background"),
        "What resting on an unreviewed function does: nothing, offer a review, or start one.", vital=True,
    ),
    Setting(
        "trusted-folders", "trusted_folders", "list of paths", "empty", "OLDHAND_TRUSTED_FOLDERS",
        user_values.folders,
        "Folders, with all below them, that are trusted without a question; in the environment a list as `PATH` is.",
    ),
    Setting(
        "trust", "trust_all", "`ask` or `all`", "`ask`", "OLDHAND_TRUST", user_values.trust,
        "`all` trusts every folder, for a machine that holds nothing else, as in CI.",
    ),
    Setting(
        "max-concurrency", "max_concurrency", "number", "4", "", user_values.concurrency,
        "Calls at once, at most.",
    ),
)  # fmt: skip
