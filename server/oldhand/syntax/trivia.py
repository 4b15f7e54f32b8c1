"""Comments and strings of a text: where white space is no layout, and what is no code."""

from __future__ import annotations

from functools import cache

import tree_sitter

from oldhand.syntax.languages import Language, grammar
from oldhand.syntax.tree import SyntaxTree
from oldhand.text.ranges import TextRange

_QUERIES = {
    "python": "(comment) @comment (string) @string",
    "javascript": "(comment) @comment [(string) (template_string) (regex) (jsx_text)] @string",
    "typescript": "(comment) @comment [(string) (template_string) (regex)] @string",
    "tsx": "(comment) @comment [(string) (template_string) (regex) (jsx_text)] @string",
    "go": "(comment) @comment [(interpreted_string_literal) (raw_string_literal) (rune_literal)] @string",
    "java": "[(line_comment) (block_comment)] @comment [(string_literal) (character_literal)] @string",
}


def comments_and_strings(tree: SyntaxTree) -> tuple[list[TextRange], list[TextRange]]:
    """The ranges of all comments and those of all strings, each in text order; of nested strings the outermost."""
    found = tree_sitter.QueryCursor(_query(tree.language)).captures(tree.tree.root_node)
    return _ranges(tree, found.get("comment", [])), _ranges(tree, found.get("string", []))


@cache
def _query(language: Language) -> tree_sitter.Query:
    return tree_sitter.Query(grammar(language), _QUERIES[language.id])


def _ranges(tree: SyntaxTree, nodes: list[tree_sitter.Node]) -> list[TextRange]:
    ranges: list[TextRange] = []
    for place in sorted(map(tree.range_of, nodes), key=lambda place: (place.start, -place.end)):
        if not ranges or place.start >= ranges[-1].end:
            ranges.append(place)
    return ranges
