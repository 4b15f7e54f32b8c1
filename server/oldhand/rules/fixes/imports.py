"""An import that a fix needs, put where it belongs in a Python, JavaScript or TypeScript file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from oldhand.rules.fixes.templates import Source
from oldhand.syntax.languages import Language
from oldhand.syntax.node import Node
from oldhand.syntax.tree import SyntaxTree
from oldhand.text.edits import TextEdit
from oldhand.text.ranges import TextRange

_IMPORTS = frozenset({"import_statement", "import_from_statement", "future_import_statement"})
_DECLARATIONS = frozenset({"lexical_declaration", "variable_declaration"})
_PYTHON_SCOPES = frozenset({"function_definition", "class_definition", "decorated_definition"})

_PYTHON_FORM = re.compile(r"(?:from\s+(?P<module>\.*[\w.]*)\s+)?import\s+(?P<name>[\w.]+)(?:\s+as\s+(?P<alias>\w+))?\Z")
_ES_FORM = re.compile(
    r"""import\s+(?:\{\s*(?P<name>[\w$]+)(?:\s+as\s+(?P<alias>[\w$]+))?\s*\}
    |\*\s+as\s+(?P<all>[\w$]+)|(?P<default>[\w$]+))
    \s+from\s+(?P<quote>["'])(?P<module>[^"']+)(?P=quote)\s*;?\Z""",
    re.VERBOSE,
)
_FIRST_LINES = re.compile(r"(?:#!.*(?:\r\n|\n|\r|\Z))?(?:#.*coding[:=].*(?:\r\n|\n|\r|\Z))?")
_BLANK_LINE = re.compile(r"\n[ \t]*\r?\n")
_LINE_END = re.compile(r"\r\n|\n|\r|\Z")


@dataclass(frozen=True, slots=True)
class _Import:
    """`name` of `module` as `alias`: the name is "" for Python's `import x`, "default" or "*" for ES's forms."""

    module: str
    name: str
    alias: str


def check_import(statement: str, language: Language) -> None:
    """Raises ValueError with a sentence where the statement is not an import of one thing in that language."""
    _parsed(statement, language)


def ensure_import(statement: str, tree: SyntaxTree) -> TextEdit | None:
    """The edit that adds the import to a file; None where the file has it.

    Raises ValueError as `check_import` does.
    """
    wanted = _parsed(statement, tree.language)
    head = _Head(tree)
    if wanted in head.imports:
        return None
    if tree.language.id != "python":
        statement = _in_style(wanted, head)
    return head.added(statement, future=wanted.module == "__future__")


def _parsed(statement: str, language: Language) -> _Import:
    if language.id == "python":
        form = _PYTHON_FORM.match(statement.strip())
        if form and form["module"] is not None:
            return _Import(form["module"], form["name"], form["alias"] or form["name"])
        if form:
            return _Import(form["name"], "", form["alias"] or form["name"])
    elif language.id in {"javascript", "typescript", "tsx"}:
        form = _ES_FORM.match(statement.strip())
        if form and form["name"]:
            return _Import(form["module"], form["name"], form["alias"] or form["name"])
        if form:
            return _Import(form["module"], "*" if form["all"] else "default", form["all"] or form["default"])
    else:
        raise ValueError(f"ensure-import is not for {language.id}.")
    raise ValueError(f'ensure-import takes one import of one thing, not "{statement}".')


class _Head:
    """The beginning of a file: comments, docstring or directives, and the first block of imports."""

    def __init__(self, tree: SyntaxTree) -> None:
        self.source = Source(tree.text)
        self.header: Node | None = None
        self.last_future: Node | None = None
        self.last_import: Node | None = None
        self.code: Node | None = None
        self.imports: set[_Import] = set()
        self.example: Node | None = None
        self.requires = False
        root = tree.tree.root_node
        for child in root.children:
            if child.type in _IMPORTS or child.type in _DECLARATIONS:
                self._take(tree.nodes(child))
            elif child.type == "expression_statement" and self.code is None and self.last_import is None:
                self._take_header(tree.nodes(child))
            elif child.type == "hash_bang_line":
                self.header = tree.nodes(child)
            elif child.is_named and "comment" not in child.type and self.code is None:
                self.code = tree.nodes(child)

    def _take(self, node: Node) -> None:
        """A statement that imports, or a declaration, which may `require`."""
        found = set(_imported(node))
        if node.kind in _DECLARATIONS:
            if not found:
                self.code = self.code or node
                return
            self.requires = True
        else:
            self.example = self.example or node
        self.imports |= found
        if self.code is None:
            self.last_import = node
            if node.kind == "future_import_statement":
                self.last_future = node

    def _take_header(self, node: Node) -> None:
        if node.children and node.children[0].kind == "string":
            self.header = node
        else:
            self.code = node

    def added(self, statement: str, future: bool) -> TextEdit:
        """The edit that puts the statement behind the last import, or else in front of the code."""
        text, newline = self.source.text, self.source.newline
        before = (self.last_future if future else self.last_import) or self.header
        if before is None:
            offset = self._start_of_code()
            gap = newline * (1 + self._blank_lines()) if text[offset:].strip() else newline
            return TextEdit(TextRange(offset, offset), statement + gap)
        offset = self._line_end(self.source.end(before))
        lead = newline * 2 if before is self.header and before.kind == "expression_statement" else newline
        follows = text[offset:].removeprefix(newline)
        apart = before is not self.header or not follows.strip() or follows.startswith(("\n", "\r"))
        return TextEdit(TextRange(offset, offset), lead + statement + ("" if apart else newline))

    def _line_end(self, offset: int) -> int:
        found = _LINE_END.search(self.source.text, offset)
        return found.start() if found else len(self.source.text)

    def _start_of_code(self) -> int:
        """The line of the first code, or the one behind a first comment that a blank line sets apart."""
        text = self.source.text
        first = _FIRST_LINES.match(text)
        first_lines = first.end() if first else 0
        code = len(text) if self.code is None else self.source.line_start(self.source.start(self.code))
        comments = text[first_lines:code]
        if not comments.strip():
            return code if code < len(text) or not text.strip() else first_lines
        end = _BLANK_LINE.search(comments)
        return first_lines + end.end() if end else first_lines

    def _blank_lines(self) -> int:
        return 2 if self.code is not None and self.code.kind in _PYTHON_SCOPES else 1


def _imported(node: Node) -> Iterator[_Import]:
    """What a statement imports for use when the program runs."""
    if node.kind in _DECLARATIONS:
        for declarator in node.named_children:
            yield from _required(declarator)
    elif node.kind == "future_import_statement":
        for part in node.children_in("name"):
            yield _Import("__future__", *_names(part))
    elif node.kind == "import_from_statement":
        module = node.child("module_name")
        for part in node.children_in("name"):
            yield _Import(module.text if module is not None else "", *_names(part))
    elif (source := node.child("source")) is None:
        for part in node.children_in("name"):
            name, alias = _names(part)
            yield _Import(name, "", alias)
    elif not any(child.kind == "type" for child in node.children):
        yield from _es_imported(node, source.text[1:-1])


def _names(node: Node) -> tuple[str, str]:
    """The name and the alias of one thing in an import; the alias is the name where it has none."""
    name, alias = node.child("name"), node.child("alias")
    own = name.text if name is not None else node.text
    return own, alias.text if alias is not None else own


def _es_imported(statement: Node, module: str) -> Iterator[_Import]:
    for clause in statement.named_children:
        for part in clause.named_children if clause.kind == "import_clause" else ():
            if part.kind == "identifier":
                yield _Import(module, "default", part.text)
            elif part.kind == "namespace_import":
                yield _Import(module, "*", part.named_children[-1].text)
            else:
                for specifier in part.named_children:
                    if specifier.kind == "import_specifier" and specifier.children[0].kind != "type":
                        yield _Import(module, *_names(specifier))


def _required(declarator: Node) -> Iterator[_Import]:
    """What `const x = require("m")` or `const { x } = require("m")` defines."""
    target, value = declarator.child("name"), declarator.child("value")
    called = value.child("function") if value is not None and value.kind == "call_expression" else None
    if target is None or value is None or called is None or called.text != "require":
        return
    module = value.children[-1].text.strip("()\"'` ")
    if target.kind == "identifier":
        yield _Import(module, "default", target.text)
        yield _Import(module, "*", target.text)
    for part in target.named_children:
        key, bound = part.child("key"), part.child("value")
        if key is not None and bound is not None:
            yield _Import(module, key.text, bound.text)
        elif part.kind == "shorthand_property_identifier_pattern":
            yield _Import(module, part.text, part.text)


def _in_style(wanted: _Import, head: _Head) -> str:
    """The statement as the file writes its own: `require` where it has no `import`, its quotes, its semicolons."""
    example = head.example or (head.last_import if head.requires else None)
    text = example.text if example is not None else '";'
    quote = "'" if "'" in text else '"'
    end = ";" if text.endswith(";") else ""
    module = f"{quote}{wanted.module}{quote}"
    if head.requires and head.example is None:
        pair = wanted.name if wanted.name == wanted.alias else f"{wanted.name}: {wanted.alias}"
        target = wanted.alias if wanted.name in {"default", "*"} else f"{{ {pair} }}"
        return f"const {target} = require({module}){end}"
    pair = wanted.name if wanted.name == wanted.alias else f"{wanted.name} as {wanted.alias}"
    names = {"default": wanted.alias, "*": f"* as {wanted.alias}"}
    return f"import {names.get(wanted.name, f'{{ {pair} }}')} from {module}{end}"
