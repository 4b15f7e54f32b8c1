"""Imports that a change needs, one by one put where the language has them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from oldhand.rules.fixes.imports import ensure_import
from oldhand.syntax.languages import Language
from oldhand.syntax.tree import parse

MOST = 8

_KINDS = {
    "python": {"import_statement", "import_from_statement", "future_import_statement"},
    "javascript": {"import_statement"},
    "typescript": {"import_statement"},
    "tsx": {"import_statement"},
    "go": {"import_declaration"},
    "java": {"import_declaration"},
}
_GO = re.compile(r'import\s+(?P<spec>(?:[\w.]+\s+)?"[^"\s]+")\s*;?')
_HEADS = frozenset({"package_clause", "package_declaration", "import_declaration"})
_SEVERAL = re.compile(
    r"(?P<head>from\s+\S+\s+import\s+|import\s+)(?P<names>[\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)+)"
)


def with_imports(text: str, language: Language, statements: Sequence[str]) -> str:
    """The text with each of the import statements that it lacks.

    Raises ValueError with a sentence where one is no single import statement, or has no place.
    """
    if len(statements) > MOST:
        raise ValueError(f"The change needs more than {MOST} imports.")
    for statement in statements:
        for single in _singles(statement, language):
            text = _with_import(text, language, single)
    return text


def is_import(statement: str, language: Language) -> bool:
    """Whether the text is one well-formed import statement, and nothing else."""
    kinds = _KINDS.get(language.id)
    if kinds is None or "\n" in statement or "\r" in statement:
        return False
    # Go allows imports behind the package's name alone.
    lead = "package p\n" if language.id == "go" else ""
    root = parse(language, lead + statement).tree.root_node
    parts = root.named_children[1:] if lead else root.named_children
    return not root.has_error and len(parts) == 1 and parts[0].type in kinds


def _singles(statement: str, language: Language) -> list[str]:
    """The statement, or several that each import one of the things that a Python statement names."""
    statement = statement.strip()
    if not is_import(statement, language):
        raise ValueError("What the change wants to import is not one import statement.")
    several = _SEVERAL.fullmatch(statement) if language.id == "python" else None
    if several is None:
        return [statement]
    return [several["head"] + name.strip() for name in several["names"].split(",")]


def _with_import(text: str, language: Language, statement: str) -> str:
    if language.id in {"go", "java"}:
        return _with_line(text, language, statement)
    try:
        edit = ensure_import(statement, parse(language, text))
    except ValueError:
        raise ValueError("The change needs an import of more than one thing.") from None
    return text if edit is None else text[: edit.range.start] + edit.new_text + text[edit.range.end :]


def _with_line(text: str, language: Language, statement: str) -> str:
    """The text with a line more behind the last import, in Go's bracketed imports where it has them."""
    tree = parse(language, text)
    newline = "\r\n" if "\r\n" in text else "\n"
    heads = [node for node in tree.tree.root_node.named_children if node.type in _HEADS]
    imports = [node for node in heads if node.type == "import_declaration"]
    if language.id == "go":
        wanted = _GO.fullmatch(statement)
        if wanted is None:
            raise ValueError("The change needs an import of more than one thing.")
        groups = [child for node in imports for child in node.named_children]
        specs = [each for child in groups for each in (child.named_children or [child])]
        if any(tree.text_of(spec) == wanted["spec"] for spec in (*specs, *groups)):
            return text
        block = next((child for child in groups if child.type == "import_spec_list"), None)
        if block is not None:
            end = tree.range_of(block).end - 1
            lead = "" if text[:end].endswith(("\n", "\r")) else newline
            return f"{text[:end]}{lead}\t{wanted['spec']}{newline}{text[end:]}"
    elif any(" ".join(tree.text_of(node).split()) == " ".join(statement.split()) for node in imports):
        return text
    if not heads:
        return statement + newline * 2 + text
    end = tree.range_of(heads[-1]).end
    gap = newline if imports else newline * 2
    return text[:end] + gap + statement + text[end:]
