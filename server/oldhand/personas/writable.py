"""Which paths a new file of Claude's may have: plain ones, of code and prose alone, and never one that sets up or runs.

A path says nothing of symbolic links; whoever writes the file looks where it really leads.
"""

from __future__ import annotations

import re
import unicodedata

MAX_PATH = 400
MAX_NAME = 120

_SUFFIXES = (".py", ".go", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".java", ".sql", ".md")

# Files that a tool reads or runs by itself, by the words of their names.
_READ_BY_TOOLS = re.compile(
    r"""(?x)
    (?:conftest|__init__|__main__|setup|noxfile|fabfile|tasks|dodo|sitecustomize|usercustomize|manage|env)\.py
    | .*\.(?:config|conf|setup|rc)\..*                  # jest.config.ts, vite.config.mjs, vitest.setup.ts
    | (?:jest|vitest|karma|cypress|playwright|mocha|ava|babel|webpack|rollup|vite|eslint|prettier|gulp|grunt)\b.*
    | (?:gulpfile|gruntfile|dangerfile|dockerfile|makefile|jenkinsfile)\b.*
    | (?:global|tests?|jest|vitest)?[-_]?(?:setup|teardown)(?:[-_]?(?:tests?|files?|env))?\..*
    | (?:claude|agents|gemini|copilot-instructions|skill)\b.*\.md
    """
)
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
_FOREIGN = frozenset({"node_modules", "vendor", "site-packages", "venv", "virtualenv", "__pycache__"})


def is_plain(path: str) -> bool:
    """Whether a path is relative, stays below where it starts, and means the same on every system."""
    if not path or len(path) > MAX_PATH or any(unicodedata.category(character)[0] == "C" for character in path):
        return False
    return all(_is_plain_name(name) for name in path.split("/"))


def is_writable(path: str) -> bool:
    """Whether a new file may have this path, relative to the root; if there is one already is not asked here."""
    if not is_plain(path):
        return False
    *folders, name = path.lower().split("/")
    if not name.endswith(_SUFFIXES) or _READ_BY_TOOLS.fullmatch(name):
        return False
    return not any(part.startswith(".") or part in _FOREIGN for part in (*folders, name))


def _is_plain_name(name: str) -> bool:
    if not name or len(name) > MAX_NAME or name in {".", ".."} or name[-1] in ". " or name[0] == " ":
        return False
    return not any(character in '\\:*?"<>|' for character in name) and not _DEVICES.fullmatch(name.lower())
