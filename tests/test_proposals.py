"""A model's change becomes the edits of a fix, inside the function that it is for."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.findings import Fix, Rejected
from oldhand.review.document import Document
from oldhand.review.proposals import fix_of
from oldhand.rules.analysis import Analysis
from oldhand.rules.check import check
from oldhand.rules.rule import RuleSet
from oldhand.syntax.languages import by_id
from oldhand.text.edits import apply
from oldhand.text.ranges import TextRange

NO_RULES = RuleSet(())


def analysis_of(text: str, language: str = "python", rules: RuleSet = NO_RULES) -> Analysis:
    known = by_id(language)
    assert known is not None
    return check(f"app{known.suffixes[0]}", known, text, rules, None)


def made(
    text: str, quote: str, old: str, new: str, language: str = "python", imports: tuple[str, ...] = ()
) -> Fix | Rejected:
    at = text.index(quote)
    document = Document.open("file:///app", 1, language, text)
    return fix_of(document, analysis_of(text, language), TextRange(at, at + len(quote)), old, new, "Do it", imports)


@dataclass(frozen=True)
class Case:
    says: str
    text: str
    quote: str
    old: str
    new: str
    after: str = ""
    reason: str = ""
    language: str = "python"
    imports: tuple[str, ...] = ()
    changed: str | None = None  # what the edits put there, together


PAY = dedent("""\
    import os

    def pay(cart):
        total = 0
        for item in cart:
            total += item.price
        return total

    def refund(cart):
        total = 0
        return total
""")
GO = "package shop\n\nfunc Pay(id int) error {\n\trow := db.Query(id)\n\tif row == nil {\n\t\treturn nil\n\t}\n\treturn row.Err()\n}\n"
JAVA = "package shop;\n\nimport java.util.List;\n\nclass Shop {\n    int pay(List<Item> cart) {\n        return cart.size();\n    }\n}\n"
JS = 'const db = require("db");\n\napp.get("/pay", async (req, res) => {\n  const row = await db.get(req.query.id);\n  res.json(row);\n});\n'

CASES = [
    Case("lines as they stand", PAY, "total += item.price", "        total += item.price", "        total += item.price * item.count", PAY.replace("item.price\n", "item.price * item.count\n"), changed=" * item.count"),
    Case("lines taken out of their indentation", PAY, "for item", "for item in cart:\n    total += item.price", "for item in cart:\n    if item.sold:\n        total += item.price", PAY.replace("        total += item.price", "        if item.sold:\n            total += item.price")),
    Case("an old text as it stands and a new one at the margin", PAY, "for item", "    for item in cart:\n        total += item.price", "for item in cart:\n    total -= item.price", PAY.replace("+=", "-=")),
    Case("in steps of two blanks", PAY, "for item", "for item in cart:\n  total += item.price", "for item in cart:\n  if item.sold:\n    total += item.price", PAY.replace("        total += item.price", "      if item.sold:\n        total += item.price")),
    Case("lines taken out", PAY, "for item", "    for item in cart:\n        total += item.price", "", PAY.replace("    for item in cart:\n        total += item.price\n", "")),
    Case("the function's last line taken out", PAY, "for item", "    return total", "", PAY.replace("        total += item.price\n    return total\n", "        total += item.price\n")),
    Case("in two functions, once in each", PAY, "total += item.price", "return total", "return total or 0", PAY.replace("return total", "return total or 0", 1)),
    Case("twice in the function", PAY + "    return total\n", "def refund", "return total", "return None", reason="more than one place"),
    Case("of another function", PAY, "def refund", "    for item in cart:", "    for item in []:", reason="not there"),
    Case("a part of a line", PAY, "total += item", "item.price", "item.cost", reason="not there"),
    Case("the same", PAY, "total += item", "total += item.price", "total += item.price", reason="as it is"),
    Case("nothing to look for", PAY, "total += item", " \n", "x = 1", reason="which lines"),
    Case("longer than one reads", PAY, "total += item", "total += item.price", "x = 1\n" * 401, reason="longer than 400"),
    Case("outside of functions, the statement", 'LIMIT = 10\nNAMES = [\n    "a",\n]\n', '"a"', '"a",', '"a",\n"b",', 'LIMIT = 10\nNAMES = [\n    "a",\n    "b",\n]\n'),
    Case("outside of functions, not beyond the statement", 'LIMIT = 10\nNAMES = [\n    "a",\n]\n', '"a"', "LIMIT = 10", "LIMIT = 11", reason="not there"),
    Case("an import that is not there", PAY, "total = 0", "total = 0", "total = Decimal(0)", PAY.replace("total = 0", "total = Decimal(0)", 1).replace("import os\n", "import os\nfrom decimal import Decimal\n"), imports=("from decimal import Decimal",)),
    Case("an import that is there", PAY, "total = 0", "total = 0", "total = os.getpid()", PAY.replace("total = 0", "total = os.getpid()", 1), imports=("import os",)),
    Case("an import of two things", PAY, "total = 0", "total = 0", "total = a(b)", PAY.replace("total = 0", "total = a(b)", 1).replace("import os\n", "import os\nfrom c import a\nfrom c import b\n"), imports=("from c import a, b",)),
    Case("an import that is more than one", PAY, "total = 0", "total = 0", "total = 1", reason="not one import", imports=("import os; os.remove(path)",)),
    Case("an import that is none", PAY, "total = 0", "total = 0", "total = 1", reason="not one import", imports=("os.remove(path)",)),
    Case("an import of two lines", PAY, "total = 0", "total = 0", "total = 1", reason="not one import", imports=("import re\nimport os",)),
    Case("Go, tabs from blanks", GO, "row == nil", "if row == nil {\n    return nil\n}", "if row == nil {\n    if id == 0 {\n        return ErrNone\n    }\n    return nil\n}", GO.replace("\t\treturn nil", "\t\tif id == 0 {\n\t\t\treturn ErrNone\n\t\t}\n\t\treturn nil"), language="go"),
    Case("Go, an import", GO, "row.Err", "return row.Err()", 'return fmt.Errorf("pay: %w", row.Err())', GO.replace("row.Err()", 'fmt.Errorf("pay: %w", row.Err())').replace("shop\n", 'shop\n\nimport "fmt"\n'), language="go", imports=('import "fmt"',)),
    Case("Go, an import among others", GO.replace("shop\n", 'shop\n\nimport (\n\t"os"\n)\n'), "row.Err", "return row.Err()", "return errors.Join(row.Err())", GO.replace("row.Err()", "errors.Join(row.Err())").replace("shop\n", 'shop\n\nimport (\n\t"os"\n\t"errors"\n)\n'), language="go", imports=('import "errors"',)),
    Case("Java, an import", JAVA, "cart.size", "return cart.size();", "return Math.max(cart.size(), Limits.LEAST);", JAVA.replace("cart.size()", "Math.max(cart.size(), Limits.LEAST)").replace("List;\n", "List;\nimport shop.Limits;\n"), language="java", imports=("import shop.Limits;",)),
    Case("JavaScript, a handler, with an import in the file's style", JS, "db.get", "res.json(row);", "if (!row) throw new NotFound();\nres.json(row);", JS.replace("  res.json", "  if (!row) throw new NotFound();\n  res.json").replace('("db");\n', '("db");\nconst { NotFound } = require("./errors");\n'), language="javascript", imports=('import { NotFound } from "./errors"',)),
    Case("SQL", "SELECT 1;\nSELECT *\nFROM users;\n", "FROM users", "SELECT *", "SELECT id", "SELECT 1;\nSELECT id\nFROM users;\n", language="sql"),
    Case("line ends of the document", "def f():\r\n    a()\r\n    b()\r\n", "a()", "a()", "a()\nc()", "def f():\r\n    a()\r\n    c()\r\n    b()\r\n"),
    Case("no end of the last line", "def f():\n    a()", "a()", "a()", "a()\nc()", "def f():\n    a()\n    c()"),
    Case("a line that keeps its place keeps its blanks", "def f():\n    q = '''\n  SELECT\n'''\n    run(q)\n", "run(q)", "q = '''\n  SELECT\n'''\nrun(q)", "q = '''\n  SELECT\n'''\nrun(q, 1)", "def f():\n    q = '''\n  SELECT\n'''\n    run(q, 1)\n", changed=", 1"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_a_change(case: Case) -> None:
    fix = made(case.text, case.quote, case.old, case.new, case.language, case.imports)
    if case.reason:
        assert isinstance(fix, Rejected), fix
        assert case.reason in fix.reason
        return
    assert isinstance(fix, Fix), fix
    assert apply(case.text, fix.edits) == case.after
    assert not analysis_of(case.after, case.language).syntax_errors()
    if case.changed is not None:
        assert "".join(edit.new_text for edit in fix.edits) == case.changed


@given(
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["    ", "\t", "  "]),
    st.integers(0, 3),
    st.integers(0, 3),
    st.booleans(),
)
def test_what_is_put_there_is_what_was_meant(newline: str, unit: str, first: int, length: int, dedented: bool) -> None:
    """However the lines are indented and end, the text is the one that the change is about."""
    body = ["a = 1", "for b in a:", f"{unit}c(b)", "return a"]
    text = newline.join(["def f():", *(unit + line for line in body), "", "g = f", ""])
    chosen = [unit + line for line in body[first : first + length + 1]]
    lead = len(chosen[0]) - len(chosen[0].lstrip()) if dedented else 0
    if any(line[:lead].strip() for line in chosen):
        return
    old = "\n".join(line[lead:] for line in chosen)
    new = (
        "\n".join(["d = 2", *(line[lead:] for line in chosen)])
        if dedented
        else "\n".join([chosen[0][: len(chosen[0]) - len(chosen[0].lstrip())] + "d = 2", *chosen])
    )
    fix = made(text, "a = 1", old, new)
    assert isinstance(fix, Fix)
    at = 1 + first
    lines = text.split(newline)
    inserted = lines[at][: len(lines[at]) - len(lines[at].lstrip())] + "d = 2"
    assert apply(text, fix.edits) == newline.join([*lines[:at], inserted, *lines[at:]])
