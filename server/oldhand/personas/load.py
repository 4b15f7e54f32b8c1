"""From an agent file's text or bytes to a persona, and what is wrong with the file.

Fields and their values are those that Claude Code documents for subagents.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from oldhand.personas.fields import Fields, meant
from oldhand.personas.frontmatter import parse, shown
from oldhand.personas.persona import Persona, Source
from oldhand.problems import Problem

MAX_BYTES = 1 << 20
"""A larger file is not read: no system prompt is that long."""

LONG_BODY = 100_000
"""Code points of a system prompt above which the user is told that every request carries it."""

KEYS = (
    "name",
    "description",
    "tools",
    "disallowedTools",
    "model",
    "permissionMode",
    "maxTurns",
    "skills",
    "mcpServers",
    "hooks",
    "memory",
    "background",
    "effort",
    "isolation",
    "color",
    "initialPrompt",
)

MODEL_ALIASES = ("sonnet", "opus", "haiku", "fable", "inherit")
EFFORTS = ("low", "medium", "high", "xhigh", "max")
PERMISSION_MODES = ("default", "acceptEdits", "auto", "dontAsk", "bypassPermissions", "plan", "manual")
MEMORIES = ("user", "project", "local")
ISOLATIONS = ("worktree",)
COLORS = ("red", "blue", "green", "yellow", "purple", "orange", "pink", "cyan")

# What each of these asks for is never done here: a review is one question and one answer.
_WITHOUT_EFFECT = (
    "tools",
    "permissionMode",
    "maxTurns",
    "skills",
    "mcpServers",
    "hooks",
    "memory",
    "background",
    "isolation",
    "initialPrompt",
)
_OTHER_TOOLS_NAMES = {"allowed-tools": "tools", "allowedtools": "tools", "allowed_tools": "tools"}
_MODEL_ID = re.compile(r"[\w.:/@-]*claude[\w.:/@-]*(\[1m\])?|(sonnet|opus)\[1m\]|arn:aws[\w.:/-]*")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# What a reader of the file cannot see: bidirectional controls, and tag characters outside a flag emoji.
_HIDDEN = re.compile(r"[\u202a-\u202e\u2066-\u2069]|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]")


def load(content: str | bytes, path: str, source: Source = Source.FILE) -> tuple[Persona | None, tuple[Problem, ...]]:
    """The persona that the file describes, or None, and the problems in the order of lines.

    Never raises. The last of the problems is fatal exactly when there is no persona.
    """
    text, problems = _text(content, path)
    if text is None:
        return None, problems
    frontmatter = parse(text, path, KEYS)
    if frontmatter is None:
        message = "Not an agent: the file does not begin with a frontmatter between `---` lines."
        return None, (*problems, Problem(path, 1, message, fatal=True, note=True))
    fields = Fields(frontmatter.fields, path, [*problems, *frontmatter.problems])
    persona = _persona(fields, frontmatter.body.strip(), content_hash(text), source)
    _tell_of_keys(fields)
    _tell_of_hidden_text(fields, text)
    return persona, tuple(sorted(fields.problems, key=lambda problem: (problem.fatal, problem.line)))


def content_hash(text: str) -> str:
    """SHA-256 of a text with `\\n` line ends, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _text(content: str | bytes, path: str) -> tuple[str | None, tuple[Problem, ...]]:
    problems: tuple[Problem, ...] = ()
    size = len(content)
    if size > MAX_BYTES:
        message = f"The file is larger than {MAX_BYTES >> 10} KiB and was not read."
        return None, (Problem(path, 0, message, fatal=True),)
    if isinstance(content, bytes):
        if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            message, hint = "The file is UTF-16 and was not read.", "Save it as UTF-8."
            return None, (Problem(path, 0, message, hint, fatal=True),)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            text = content.decode("utf-8", "replace")
            line = 1 + len(re.findall(rb"\r\n|\r|\n", content[: error.start]))
            problems = (Problem(path, line, "The file is not valid UTF-8; what could not be read became U+FFFD."),)
    else:
        text = content
    if "\0" in text:
        return None, (Problem(path, 0, "This is a binary file.", fatal=True),)
    if text.startswith("\ufeff"):
        message, hint = "The file begins with a byte order mark.", "Claude Code does not load it; save it without."
        problems += (Problem(path, 1, message, hint),)
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), problems


def _persona(fields: Fields, body: str, digest: str, source: Source) -> Persona | None:
    name = _name(fields)
    if not name:
        return None
    description = fields.text("description", as_written=True)
    if not description:
        line = fields.line("description", "name")
        fields.tell(line, "The agent has no `description`.", "Claude Code does not load it without one.")
    if not body:
        fields.tell(fields.line("name"), "The agent has no system prompt.", "Write it below the closing `---`.")
    if len(body) > LONG_BODY:
        message = f"The system prompt is {len(body):,} characters long."
        fields.tell(fields.line("name"), message, "Every request carries all of it.")
    return Persona(
        name=name,
        description=description,
        body=body,
        content_hash=digest,
        path=fields.path,
        source=source,
        tools=fields.names("tools"),
        disallowed_tools=fields.names("disallowedTools") or (),
        model=_model(fields),
        effort=fields.choice("effort", EFFORTS),
        permission_mode=fields.choice("permissionMode", PERMISSION_MODES),
        max_turns=fields.count("maxTurns"),
        skills=fields.names("skills") or (),
        mcp_servers=fields.keys("mcpServers"),
        hooks=fields.keys("hooks"),
        memory=fields.choice("memory", MEMORIES),
        background=fields.flag("background"),
        isolation=fields.choice("isolation", ISOLATIONS),
        color=fields.choice("color", COLORS, note=True),
        initial_prompt=fields.text("initialPrompt", as_written=True),
    )


def _name(fields: Fields) -> str:
    name = " ".join(fields.text("name").split())
    line = fields.line("name")
    if not name:
        fields.tell(line, "The agent has no `name`.", "Without one it cannot be used.", fatal=True)
    elif ":" in name:
        fields.tell(line, f"The name `{shown(name)}` holds a colon.", "Claude Code does not load it any more.")
    elif not _NAME.fullmatch(name):
        message = f"The name `{shown(name)}` should be lower-case letters, digits and hyphens."
        fields.tell(line, message)
    return name


def _model(fields: Fields) -> str:
    model = fields.text("model") or "inherit"
    if model in MODEL_ALIASES or (len(model) < 200 and _MODEL_ID.fullmatch(model)):
        return model
    line = fields.line("model")
    if model.lower() in MODEL_ALIASES:
        fields.tell(line, f"`model: {shown(model)}` is written `{model.lower()}`.", note=True)
        return model.lower()
    message = f"`model: {shown(model)}` is unknown: it can be {', '.join(MODEL_ALIASES)} or a Claude model id."
    if len(model.split()) > 1:
        fields.tell(line, message, "It was taken as `inherit`.")
        return "inherit"
    fields.tell(line, message, meant(model, MODEL_ALIASES))
    return model


def _tell_of_keys(fields: Fields) -> None:
    unknown = [key for key in fields.given() if key not in KEYS]
    for key in unknown[:10]:
        if hint := meant(_OTHER_TOOLS_NAMES.get(key.lower(), key), KEYS):
            fields.tell(fields.line(key), f"`{shown(key)}` is no field of an agent file.", hint)
            unknown.remove(key)
    if unknown:
        fields.tell(fields.line(unknown[0]), f"Claude Code has no field {_listed(unknown)}.", note=True)
    if idle := [key for key in _WITHOUT_EFFECT if key in fields.given()]:
        message = f"Oldhand runs no tools, hooks, servers or shell; without effect in it: {_listed(idle)}."
        fields.tell(min(fields.line(key) for key in idle), message, note=True)


def _tell_of_hidden_text(fields: Fields, text: str) -> None:
    if hidden := _HIDDEN.search(text):
        message = f"The text holds an invisible character (U+{ord(hidden[0]):04X})."
        fields.tell(1 + text.count("\n", 0, hidden.start()), message, "What follows may not read as it looks.")


def _listed(keys: Sequence[str], most: int = 10) -> str:
    listed = ", ".join(f"`{shown(key)}`" for key in keys[:most])
    return listed + (f" and {len(keys) - most} more" if len(keys) > most else "")
