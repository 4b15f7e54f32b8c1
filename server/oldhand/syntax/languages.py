"""The languages that Oldhand reads, one row each; grammars load when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import PurePath

import tree_sitter


@dataclass(frozen=True, slots=True)
class Language:
    """One language: how files and editors name it, and the grammar's names for what every language has.

    `grammar` is the module and function that yield a tree-sitter language, or None where the text is only
    tokenized (SQL). `functions` and `classes` are node kinds that open a scope; `wrappers` are the kinds between
    a file's top level and a class or function in it (decorators, exports, namespaces); `bodies` are the kinds whose
    children are the members of a class.
    """

    id: str
    suffixes: tuple[str, ...]
    editor_ids: tuple[str, ...]
    line_comment: str
    grammar: tuple[str, str] | None = None
    functions: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    wrappers: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()


_JS_FUNCTIONS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function",
        "generator_function_declaration",
    }
)
_JS_CLASSES = frozenset({"class_declaration", "class", "abstract_class_declaration"})
_JS_WRAPPERS = frozenset({"export_statement", "internal_module", "module", "ambient_declaration", "statement_block"})

LANGUAGES = (
    Language(
        id="python",
        suffixes=(".py", ".pyi"),
        editor_ids=("python",),
        line_comment="#",
        grammar=("tree_sitter_python", "language"),
        functions=frozenset({"function_definition", "lambda"}),
        classes=frozenset({"class_definition"}),
        wrappers=frozenset({"decorated_definition"}),
        bodies=frozenset({"block"}),
    ),
    Language(
        id="javascript",
        suffixes=(".js", ".mjs", ".cjs", ".jsx"),
        editor_ids=("javascript", "javascriptreact"),
        line_comment="//",
        grammar=("tree_sitter_javascript", "language"),
        functions=_JS_FUNCTIONS,
        classes=_JS_CLASSES,
        wrappers=_JS_WRAPPERS,
        bodies=frozenset({"class_body"}),
    ),
    Language(
        id="typescript",
        suffixes=(".ts", ".mts", ".cts"),
        editor_ids=("typescript",),
        line_comment="//",
        grammar=("tree_sitter_typescript", "language_typescript"),
        functions=_JS_FUNCTIONS,
        classes=_JS_CLASSES,
        wrappers=_JS_WRAPPERS,
        bodies=frozenset({"class_body"}),
    ),
    Language(
        id="tsx",
        suffixes=(".tsx",),
        editor_ids=("typescriptreact",),
        line_comment="//",
        grammar=("tree_sitter_typescript", "language_tsx"),
        functions=_JS_FUNCTIONS,
        classes=_JS_CLASSES,
        wrappers=_JS_WRAPPERS,
        bodies=frozenset({"class_body"}),
    ),
    Language(
        id="go",
        suffixes=(".go",),
        editor_ids=("go",),
        line_comment="//",
        grammar=("tree_sitter_go", "language"),
        functions=frozenset({"function_declaration", "method_declaration", "func_literal"}),
        classes=frozenset({"type_spec"}),
    ),
    Language(
        id="java",
        suffixes=(".java",),
        editor_ids=("java",),
        line_comment="//",
        grammar=("tree_sitter_java", "language"),
        functions=frozenset({"method_declaration", "constructor_declaration", "lambda_expression"}),
        classes=frozenset({"class_declaration", "interface_declaration", "enum_declaration", "record_declaration"}),
        bodies=frozenset({"class_body", "interface_body", "enum_body"}),
    ),
    Language(id="sql", suffixes=(".sql",), editor_ids=("sql", "pgsql", "mysql", "plsql"), line_comment="--"),
)

_BY_ID = {language.id: language for language in LANGUAGES}
_BY_SUFFIX = {suffix: language for language in LANGUAGES for suffix in language.suffixes}
_BY_EDITOR_ID = {name: language for language in LANGUAGES for name in language.editor_ids}


def by_id(language_id: str) -> Language | None:
    """The language of that id, as rules and results name it."""
    return _BY_ID.get(language_id)


def by_path(path: str) -> Language | None:
    """The language that the file's last suffix names, in any case."""
    return _BY_SUFFIX.get(PurePath(path).suffix.lower())


def by_editor_id(editor_id: str) -> Language | None:
    """The language for an LSP `languageId`."""
    return _BY_EDITOR_ID.get(editor_id)


@cache
def grammar(language: Language) -> tree_sitter.Language:
    """The language's grammar, imported at the first call.

    Raises ValueError for a language that has none.
    """
    if language.grammar is None:
        raise ValueError(f"{language.id} has no grammar")
    module, function = language.grammar
    return tree_sitter.Language(getattr(import_module(module), function)())
