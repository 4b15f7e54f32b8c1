"""Suppression comments of Oldhand and of other tools, on findings that words make."""

from __future__ import annotations

import re

import fakes
from casefile import CaseAt, case_files, cases, check, each, problems_of
from oldhand import suppressions
from oldhand.findings import Finding
from oldhand.review.document import Document
from oldhand.syntax.languages import by_id
from oldhand.syntax.tree import SyntaxTree, parse
from oldhand.text.ranges import TextRange

CODES = {
    "injection/sql": (
        "S608", "B608", "G201", "formatted-sql-query", "no-raw-sql", "security/detect-sql", "ban-raw-sql",
    ),
    "time/now": ("DTZ005",),
}  # fmt: skip


def find(document: Document) -> tuple[Finding, ...]:
    language = by_id(document.language or "")
    assert language is not None
    tree = parse(language, document.text) if language.grammar else None
    comments = list(comments_of(document.text, tree))
    found = [
        fakes.finding(rule, word.start(), word.end())
        for rule, pattern in (("injection/sql", r"\bsql\b(\(\s[^)]*\))?"), ("time/now", r"\bnow\b"))
        for word in re.finditer(pattern, document.text)
        if not any(comment.contains(word.start()) for comment in comments)
    ]

    def statement_at(place: TextRange) -> TextRange | None:
        node = tree.smallest_at(place) if tree else None
        while node is not None and not node.type.endswith("_statement"):
            node = node.parent
        return tree.range_of(node) if tree and node else None

    found.sort(key=lambda one: one.order)
    return suppressions.apply(document.text, document.index, found, lambda: comments, CODES, statement_at)


def comments_of(text: str, tree: SyntaxTree | None) -> list[TextRange]:
    if tree is None:
        return [TextRange(*found.span()) for found in re.finditer(r"--[^\n]*|/\*.*?\*/", text)]
    return [node.range for node in tree.root().descendants() if "comment" in node.kind]


ENGINE = fakes.engine(find)


def test_the_case_files_are_well_formed() -> None:
    assert [problem for path in case_files("suppressions") for problem in problems_of(path)] == []


@each(cases("suppressions"))
def test_suppressions(at: CaseAt, update_cases: bool) -> None:
    check(at, ENGINE, update=update_cases)


def test_a_comment_at_the_end_of_a_text_without_a_last_line_end_goes_with_the_line_end_before_it() -> None:
    assert mended("x = 1\n# oldhand: ignore[time/now]") == "x = 1"
    assert mended("# oldhand: ignore[time/now]") == ""
    assert mended("x = 1  # oldhand: ignore[time/now]") == "x = 1"


def mended(text: str) -> str:
    document = Document.open("file:///case.py", None, "python", text)
    return ENGINE.fix_all(ENGINE.review(document, fakes.Settings(), None), fakes.Settings())
