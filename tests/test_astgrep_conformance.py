"""Rules of ast-grep's dialect find here what `ast-grep scan` finds; what is different is listed at the end."""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from oldhand.rules import load
from oldhand.rules.dialect.match import Env, Run
from oldhand.rules.dialect.matchers import compile_rule
from oldhand.rules.fixes.fix import compile_fix
from oldhand.rules.fixes.templates import Source
from oldhand.rules.rule import Rule
from oldhand.syntax.languages import Language, by_id
from oldhand.syntax.node import Node
from oldhand.syntax.tree import SyntaxTree, parse

FOLDER = Path(__file__).parent / "cases" / "conformance"
LIBRARY = Path(sysconfig.get_path("stdlib"))
MODULES = ("argparse", "configparser", "csv", "dataclasses", "fractions", "http/cookiejar", "shelve", "urllib/request")
SOURCES = {
    "python": [LIBRARY / f"{module}.py" for module in MODULES],
    "javascript": [FOLDER / "orders.js"],
    "typescript": [FOLDER / "users.ts"],
    "tsx": [FOLDER / "page.tsx"],
    "go": [FOLDER / "store.go"],
    "java": [FOLDER / "Accounts.java"],
}


@dataclass(frozen=True, order=True)
class Hit:
    """A match of a rule in a file, in bytes, and what its fix puts there."""

    file: str
    start: int
    end: int
    replacement: str | None = None


@dataclass
class Oracle:
    """What ast-grep found with a file of rules: hits by rule, or why it refused the file."""

    hits: dict[str, set[Hit]] = field(default_factory=dict)
    refusal: str = ""


def scan(rules: str, sources: list[Path], folder: Path) -> Oracle:
    path = folder / "rules.yaml"
    path.write_text(rules, encoding="utf-8")
    program = Path(sysconfig.get_path("scripts")) / "ast-grep"
    command = [str(program), "scan", "--rule", str(path), "--json=stream", *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    oracle = Oracle()
    for line in done.stdout.splitlines():
        found = json.loads(line)
        place = found["range"]["byteOffset"]
        replacement = unblanked(found["replacement"]) if "replacement" in found else None
        hit = Hit(found["file"], place["start"], place["end"], replacement)
        oracle.hits.setdefault(found["ruleId"], set()).add(hit)
    if not oracle.hits:
        oracle.refusal = done.stderr
    return oracle


def rules_in(text: str) -> tuple[Rule, ...]:
    rules, problems = load.parse("rules.yaml", text)
    assert problems == ()
    return rules


def language_of(name: str) -> Language:
    language = by_id(name)
    assert language is not None
    return language


@cache
def tree_of(path: Path, language: Language) -> tuple[SyntaxTree, dict[str, list[Node]]]:
    """The file's tree, and its nodes by kind."""
    tree = parse(language, path.read_text("utf-8"))
    by_kind: dict[str, list[Node]] = {}
    for node in tree.root().descendants():
        by_kind.setdefault(node.kind, []).append(node)
    return tree, by_kind


def our_hits(rule: Rule, language: Language, sources: list[Path]) -> set[Hit]:
    assert rule.spec is not None
    matcher = compile_rule(rule.spec, language, rule.utils, rule.constraints)
    fixer = compile_fix(rule, language, matcher.captures)
    hits: set[Hit] = set()
    for path in sources:
        tree, by_kind = tree_of(path, language)
        run = Run()
        for node in (node for kind in matcher.kinds or by_kind for node in by_kind.get(kind, ())):
            env = Env()
            if not matcher.match(node, env, run):
                assert env.mark() == (0, 0), "what does not match captures nothing"
                continue
            assert all(any(word in node.text for word in words) for words in matcher.words)
            fix = fixer.fix(node, env, Source(tree.text), tree) if fixer is not None else None
            replacement = unblanked(fix.edits[0].new_text) if fix is not None else None
            hits.add(Hit(str(path), in_bytes(tree.text, node.start), in_bytes(tree.text, node.end), replacement))
    return hits


def unblanked(text: str) -> str:
    """The text without blanks on empty lines: ast-grep indents these too, and Oldhand does not."""
    return re.sub(r"^[ \t]+$", "", text, flags=re.MULTILINE)


def in_bytes(text: str, offset: int) -> int:
    return offset if text.isascii() else len(text[:offset].encode())


def every_rule() -> list[tuple[str, str]]:
    return [(name, rule.id) for name in SOURCES for rule in rules_in((FOLDER / f"{name}.yaml").read_text("utf-8"))]


@pytest.fixture(scope="module")
def oracles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Oracle]:
    return {
        name: scan((FOLDER / f"{name}.yaml").read_text("utf-8"), sources, tmp_path_factory.mktemp(name))
        for name, sources in SOURCES.items()
    }


@pytest.mark.parametrize("name", SOURCES)
def test_ast_grep_reads_the_rules(name: str, oracles: dict[str, Oracle]) -> None:
    assert oracles[name].refusal == ""


@pytest.mark.parametrize(("name", "rule_id"), every_rule())
def test_rule_finds_what_ast_grep_finds(name: str, rule_id: str, oracles: dict[str, Oracle]) -> None:
    theirs = oracles[name].hits.get(rule_id, set())
    assert theirs, "a rule that finds nothing shows nothing"
    rules = rules_in((FOLDER / f"{name}.yaml").read_text("utf-8"))
    ours = our_hits(next(rule for rule in rules if rule.id == rule_id), language_of(name), SOURCES[name])
    assert (sorted(theirs - ours), sorted(ours - theirs)) == ([], [])


@dataclass(frozen=True)
class Divergence:
    """A rule that means one thing there and another here: the texts it finds, or None where it is refused."""

    why: str
    rule: str
    source: str
    theirs: tuple[str, ...] | None
    ours: tuple[str, ...] | None
    language: str = "python"


DIVERGENCES = (
    Divergence(
        "code that does not parse is a pattern there, which matches by chance; here the author is told",
        "rule: {pattern: 'except $E: pass'}",
        "try:\n    f()\nexcept E: pass\n",
        theirs=(),
        ours=None,
    ),
    Divergence(
        "has with field and stopBy: a rule looks one level deep there, here down to the nodes that stop",
        "rule: {kind: call, has: {field: arguments, kind: identifier, regex: '^a$', stopBy: {kind: block}}}",
        "f(a.b)\nf(a)\n",
        theirs=("f(a)",),
        ours=("f(a.b)", "f(a)"),
    ),
    Divergence(
        "a rule for any kind of node is refused there; here it is only slower",
        "rule: {regex: '^sec'}",
        "f(secret)\n",
        theirs=None,
        ours=("secret",),
    ),
    Divergence(
        "an unknown key of a relation is passed over there; here it is told, since it is mostly a misspelling",
        "rule: {kind: identifier, inside: {kind: call, stopby: end}}",
        "f(a)\n",
        theirs=("f",),
        ours=None,
    ),
    Divergence(
        "a constraint on what only a `not` captures has no effect there; here it is told",
        "rule: {pattern: 'f($A)', not: {pattern: 'f($B)'}}\nconstraints: {B: {kind: string}}",
        "f(a)\n",
        theirs=(),
        ours=None,
    ),
    Divergence(
        "RE2 knows \\w, \\d, \\s and \\b for ASCII only",
        "rule: {kind: identifier, regex: '^\\w+$'}",
        "größe = size\n",
        theirs=("größe", "size"),
        ours=("size",),
    ),
    Divergence(
        "RE2 has no expressions with blanks in them",
        "rule: {kind: identifier, regex: '(?x) ^ s'}",
        "size\n",
        theirs=("size",),
        ours=None,
    ),
)


@pytest.mark.parametrize("divergence", DIVERGENCES, ids=lambda divergence: divergence.why)
def test_known_divergence(divergence: Divergence, tmp_path: Path) -> None:
    text = f"id: divergence\nlanguage: {divergence.language}\n{divergence.rule}\n"
    source = tmp_path / "source.py"
    source.write_text(divergence.source, "utf-8")
    oracle = scan(text, [source], tmp_path)
    theirs = oracle.hits.get("divergence", set())
    if divergence.theirs is None:
        assert "not a valid ast-grep rule" in oracle.refusal
    else:
        assert texts(divergence.source, theirs) == divergence.theirs
    if divergence.ours is None:
        with pytest.raises(ValueError, match=r"\w"):
            our_hits(*rules_in(text), language_of(divergence.language), [source])
    else:
        ours = our_hits(*rules_in(text), language_of(divergence.language), [source])
        assert texts(divergence.source, ours) == divergence.ours


def texts(source: str, hits: set[Hit]) -> tuple[str, ...]:
    return tuple(source.encode()[hit.start : hit.end].decode() for hit in sorted(hits))


FIX_DIVERGENCES = (
    Divergence(
        "a captured line that begins inside a string is moved there; here it would be another string",
        "rule: {pattern: 'f($A)'}\nfix: |-\n  if x:\n      g($A)",
        "f('''a\n  b''')\n",
        theirs=("if x:\n    g('''a\n      b''')",),
        ours=("if x:\n    g('''a\n  b''')",),
    ),
    Divergence(
        "tabs are no indentation there",
        "rule: {pattern: 'f($A)'}\nfix: |-\n  if x:\n      g($A)",
        "if y:\n\tf(a(\n\t\t1,\n\t))\n",
        theirs=("if x:\n    g(a(\n    \t\t1,\n    \t))",),
        ours=("if x:\n\t\tg(a(\n\t\t\t1,\n\t\t))",),
    ),
)


@pytest.mark.parametrize("divergence", FIX_DIVERGENCES, ids=lambda divergence: divergence.why)
def test_known_divergence_of_a_fix(divergence: Divergence, tmp_path: Path) -> None:
    text = f"id: divergence\nlanguage: {divergence.language}\n{divergence.rule}\n"
    source = tmp_path / "source.py"
    source.write_text(divergence.source, "utf-8")
    theirs = scan(text, [source], tmp_path).hits["divergence"]
    ours = our_hits(*rules_in(text), language_of(divergence.language), [source])
    assert tuple(hit.replacement for hit in theirs) == divergence.theirs
    assert tuple(hit.replacement for hit in ours) == divergence.ours
