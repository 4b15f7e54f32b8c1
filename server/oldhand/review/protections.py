"""What a change takes out of code that keeps something out: checks, permissions, encryption, other tools' warnings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from oldhand.review.mentions import mentions, nodes_at
from oldhand.rules.analysis import Analysis
from oldhand.syntax.node import Node
from oldhand.text.edits import changed_span
from oldhand.text.ranges import TextRange

_WORDS = (
    "valid|verif|check|ensure|require|assert|guard|authori[sz]|authenticat|permission|permit|allow|login|csrf|sanitiz|"
    "escape|clean|compare_digest|timingSafeEqual|constant_time|throttle|rate_?limit|audit|lock|atomic|transaction"
)
_CHECK = re.compile(rf"(?i:{_WORDS})")
_AUTH = re.compile(
    r"(?i:auth|permission|login|role|admin|csrf|guard|protect|secur|require|policy|scope|throttle|limit|valid)"
)
_LEAVES = frozenset({"raise_statement", "throw_statement", "return_statement", "continue_statement", "break_statement"})
_ABORTS = re.compile(r"(?i)(?:^|\.)(?:abort|exit|panic|fail\w*|fatal\w*|reject|deny|sendStatus|status|next|redirect)$")
_IFS = frozenset({"if_statement", "elif_clause"})
_BLOCKS = frozenset({"block", "statement_block", "module", "program", "switch_body", "statement_list"})
_DECORATORS = frozenset({"decorator", "annotation", "marker_annotation"})
_NAMES = frozenset({"identifier", "property_identifier", "field_identifier", "type_identifier"})
_CONSTANT = re.compile(
    r"\(*!?\s*(?:True|False|true|false|0|1|None|null|undefined|nil)\)*"
    r"|.*(?:\band\b|&&)\s*\(*(?:False|false|0)\b.*|.*(?:\bor\b|\|\|)\s*\(*(?:True|true|1)\b.*"
    r"|(?:False|false|0)\s*(?:and\b|&&).*|(?:True|true|1)\s*(?:or\b|\|\|).*",
    re.DOTALL,
)

# What turns a protection off, in code without white space.
_OFF = {
    "the verification of certificates": (
        r"\bverify(?:_ssl|_certs|_mode|Certs)?=False|\bssl=False|check_hostname=False|CERT_NONE|_create_unverified"
        r"|rejectUnauthorized:false|NODE_TLS_REJECT_UNAUTHORIZED|InsecureSkipVerify:true|strictSSL:false"
        r"|(?i:allow_?all_?host|noop_?host|trust_?all|insecure_?trust|setHostnameVerifier)|sslmode=disable|useSSL=false"
    ),
    "the verification of signatures": r"verify_signature[\"']?:False|algorithms?[=:]\[?[\"']none[\"']",
    "a cookie's protection": r"(?i:(?:secure|httponly)[=:]false)",
    "escaping": r"autoescape=False|mark_safe\(|\|safe\b|dangerouslySetInnerHTML",
    "access control": (
        r"csrf_exempt|csrf\(?\)?\.disable|csrf[\"']?[:=](?i:false)|AllowAny|permitAll|PermitAll|AllowAnonymous|anyRequest\(\)"
        r"|authentication_classes=\[\]|permission_classes=\[\]|Access-Control-Allow-Origin[\"'],?:?[\"']\*"
        r"|allow_origins=\[[\"']\*|origin:(?:true|[\"']\*)|LOGIN_DISABLED|WTF_CSRF_ENABLED=False"
    ),
    "the shell's quoting": r"shell[=:](?i:true)\b",
    "the protection of a running service": r"\bdebug=True|DEBUG=True",
    "the checks of a table": r"(?i:disable(?:rowlevelsecurity|trigger)|foreign_key_checks=0|session_replication_role)",
}
_SILENCES = re.compile(
    r"nosec\b|\bnoqa\b|type:\s*ignore|oldhand:\s*ignore|eslint-disable|@ts-(?:ignore|nocheck|expect-error)|NOSONAR"
    r"|\bnolint\b|#nosec|pylint:\s*disable|@?SuppressWarnings|SuppressFBWarnings|noinspection|semgrep-?ignore|nosemgrep"
    r"|pragma:\s*no\s*cover|tslint:disable|biome-ignore|codeql\[|lgtm\[|pyright:\s*ignore|mypy:\s*ignore",
    re.IGNORECASE,
)
_SQL_GRANTS = re.compile(
    r"\b(?:DROP\s+\w+|TRUNCATE\b|GRANT\s+\w+|REVOKE\s+\w+|DELETE\s+FROM|ALTER\s+(?:ROLE|USER|SYSTEM|DATABASE)"
    r"|CREATE\s+(?:OR\s+REPLACE\s+)?(?:USER|ROLE|EXTENSION|FUNCTION|PROCEDURE|TRIGGER|SERVER|LANGUAGE)"
    r"|(?:FROM|TO)\s+PROGRAM|COPY\s+\w+|EXEC(?:UTE)?\s+(?:IMMEDIATE|xp_\w+|sp_\w+)|xp_cmdshell|INTO\s+(?:OUT|DUMP)FILE"
    r"|LOAD_FILE|LOAD\s+DATA|pg_read_(?:binary_)?file|pg_ls_dir|lo_(?:im|ex)port|dblink\w*|SECURITY\s+DEFINER"
    r"|SET\s+(?:SESSION\s+AUTHORIZATION|ROLE)|ATTACH\s+DATABASE|load_extension|writable_schema)",
    re.IGNORECASE,
)
_SQL_CHECKS = re.compile(
    r"\b(?:WHERE|CHECK|CONSTRAINT|REFERENCES|UNIQUE|NOT\s+NULL|PRIMARY\s+KEY|FOR\s+UPDATE|USING|WITH\s+CHECK|BEGIN|COMMIT)\b",
    re.IGNORECASE,
)


def taken_out(before: Analysis, after: Analysis) -> Iterator[str]:
    """What of the kind a change takes out or turns off, each as a predicate: `take out the check "if …"`."""
    here, there = changed_span(before.text, after.text)
    if before.tree is None or after.tree is None:
        old_text, new_text = _lines_at(before, here), _lines_at(after, there)
        yield from _statements(old_text, new_text)
        yield from (f"take out a condition ({word})" for word in _fewer(_SQL_CHECKS, old_text, new_text))
    else:
        old_nodes, new_nodes = nodes_at(before.tree, here), nodes_at(after.tree, there)
        old_text = "\n".join(node.text for node in old_nodes)
        new_text = "\n".join(node.text for node in new_nodes)
        yield from _statements(old_text, new_text)
        yield from _guards(old_nodes, new_nodes)
        yield from _unreached(old_nodes, new_nodes)
        yield from _decorators(old_nodes, new_nodes)
        calls, left = mentions(before.tree, old_nodes), mentions(after.tree, new_nodes)
        yield from _calls(calls.calls, left.calls)
        yield from _middleware(old_nodes, new_nodes)
    dense, now = re.sub(r"\s+", "", old_text), re.sub(r"\s+", "", new_text)
    for what, pattern in _OFF.items():
        for found in _fewer(re.compile(pattern), now, dense):
            yield f"turn off {what} ({found})"
    for found in _fewer(_SILENCES, new_text, old_text):
        yield f"silence another check ({found})"


def _statements(old: str, new: str) -> Iterator[str]:
    yield from (f"run {what} in the database" for what in _fewer(_SQL_GRANTS, new, old))


def _fewer(pattern: re.Pattern[str], old: str, new: str) -> list[str]:
    """What the pattern finds more often in the old text than in the new one."""
    gone = Counter(" ".join(found[0].upper().split()) for found in pattern.finditer(old))
    gone -= Counter(" ".join(found[0].upper().split()) for found in pattern.finditer(new))
    shown = {" ".join(found[0].upper().split()): found[0] for found in pattern.finditer(old)}
    return [shown[key] for key in sorted(gone)]


def _lines_at(analysis: Analysis, span: TextRange) -> str:
    statement = analysis.statement_at(span)
    if statement is not None:
        span = TextRange(min(span.start, statement.start), max(span.end, statement.end))
    start = analysis.text.rfind("\n", 0, span.start) + 1
    end = analysis.text.find("\n", span.end)
    return analysis.text[start : end if end >= 0 else len(analysis.text)]


def _guards(old: Sequence[Node], new: Sequence[Node]) -> Iterator[str]:
    """Conditions that no longer keep anything out: gone, or constant now."""
    there = dict(_conditions(new))
    here = dict(_conditions(old))
    fresh = [names for text, names in there.items() if text not in here]
    for text, names in here.items():
        if text not in there and not any(names and names <= others for others in fresh):
            yield f'take out the check "{_short(text)}"'
    for text in there:
        if text not in here and _CONSTANT.fullmatch(text):
            yield f'switch off a check ("{_short(text)}")'


def _conditions(nodes: Iterable[Node]) -> Iterator[tuple[str, frozenset[str]]]:
    """The conditions on which code is left or raises, and asserts, each with the names in it."""
    for top in nodes:
        for node in top.descendants():
            if node.kind in _IFS and _leaves(node.child("consequence")):
                condition = node.child("condition")
            elif node.kind == "assert_statement":
                condition = node.named_children[0] if node.named_children else None
            else:
                continue
            if condition is not None:
                names = frozenset(part.text for part in condition.descendants() if part.kind in _NAMES)
                yield " ".join(condition.text.split()), names


def _leaves(body: Node | None) -> bool:
    if body is None:
        return False
    for node in body.descendants():
        if node.kind in _LEAVES:
            return True
        if node.kind in {"call", "call_expression", "method_invocation"}:
            callee = node.child("function") or node.child("name")
            if callee is not None and _ABORTS.search(callee.text):
                return True
    return False


def _unreached(old: Sequence[Node], new: Sequence[Node]) -> Iterator[str]:
    if sum(map(_never_runs, new)) > sum(map(_never_runs, old)):
        yield "leave code that never runs"


def _never_runs(top: Node) -> int:
    """How many blocks have a statement behind one that leaves them."""
    found = 0
    for block in top.descendants():
        if block.kind in _BLOCKS:
            statements = [child for child in block.named_children if "comment" not in child.kind]
            found += any(
                one.kind in _LEAVES and other.kind not in {"function_declaration", "class_declaration"}
                for one, other in pairwise(statements)
            )
    return found


def _decorators(old: Sequence[Node], new: Sequence[Node]) -> Iterator[str]:
    gone = Counter(_of_kinds(old, _DECORATORS)) - Counter(_of_kinds(new, _DECORATORS))
    yield from (f"take out {_short(text)}" for text in sorted(gone) if _AUTH.search(text))


def _of_kinds(nodes: Iterable[Node], kinds: frozenset[str]) -> Iterator[str]:
    for top in nodes:
        for node in top.descendants():
            if node.kind in kinds:
                yield " ".join(node.text.split())


def _calls(old: Counter[str], new: Counter[str]) -> Iterator[str]:
    """Calls of checks, of which fewer are left."""
    here: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for counts, names in ((old, here), (new, there)):
        for name, count in counts.items():
            names[name.rpartition(".")[2]] += count
    yield from (f"take out a check ({name})" for name in sorted(here - there) if _CHECK.search(name))


def _middleware(old: Sequence[Node], new: Sequence[Node]) -> Iterator[str]:
    """Names of checks that were handed to a call, as routers take them, and are not any more."""
    here, there = (set(_handed(nodes)) for nodes in (old, new))
    yield from (f"take out a check ({name})" for name in sorted(here - there) if _AUTH.search(name))


def _handed(nodes: Iterable[Node]) -> Iterator[str]:
    for top in nodes:
        for node in top.descendants():
            if node.kind in {"arguments", "argument_list"}:
                for part in node.named_children:
                    callee = part.child("function") if part.kind in {"call", "call_expression"} else part
                    if callee is not None and callee.kind in {"identifier", "member_expression", "attribute"}:
                        yield callee.text


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
