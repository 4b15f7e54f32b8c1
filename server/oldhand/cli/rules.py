"""`oldhand rules`: which rules there are and where they come from; all about one is `explanation`'s."""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from rich.text import Text

from oldhand.cli import explanation, files
from oldhand.cli.changes import Revision
from oldhand.cli.console import QUIET, SEVERITY_STYLES, STRONG, out, tell, tolerate_any_text
from oldhand.personas.discover import user_config_folder
from oldhand.resources import bundled_agents
from oldhand.rules.characters import invisible
from oldhand.rules.load import folders as rule_folders
from oldhand.rules.load import load
from oldhand.rules.rule import Rule, RuleSet

OK, FAILED = 0, 2
_TEST = "oldhand.cli.rules_test"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `rules` and its commands to the command line."""
    parser = subparsers.add_parser(
        "rules",
        help="list the rules, explain one, test your own",
        description="Lists the rules that a review of this folder runs.",
    )
    commands = parser.add_subparsers(dest="rules_command", metavar="COMMAND")
    explain = commands.add_parser("explain", help="show everything about a rule", description="Explains a rule.")
    explain.add_argument("id", metavar="ID", help="of the rule, such as query/n-plus-one")
    if find_spec(_TEST) is not None:
        import_module(_TEST).add_parser(commands)


def run(args: argparse.Namespace) -> int:
    """Do what was parsed; the exit status."""
    tolerate_any_text()
    if args.rules_command == "test":
        return int(import_module(_TEST).run(args))
    loaded, problems = load(folders(files.root_of([])))
    rules = with_own(loaded)
    for problem in problems:
        if not problem.note:
            tell(str(problem), level="error" if problem.fatal else "warning")
    if args.rules_command == "explain":
        return _explain(rules, args.id)
    for line in _listed(rules):
        out().print(line)
    return OK


def folders(workspace: Path) -> tuple[Path, ...]:
    """Where this process reads rules from for a workspace."""
    return rule_folders(bundled_agents(), user_config_folder(os.environ, Path.home()), workspace)


def lay_out(base: Revision, root: Path, workspace: Path) -> None:
    """Write the workspace's rules, as they are in a revision, below another folder.

    Raises GitError.
    """
    inside = root.relative_to(base.top).as_posix()
    prefix = "" if inside == "." else f"{inside}/"
    names = [name for name in base.files if name.startswith(prefix) and _is_rule_file(name.removeprefix(prefix))]
    contents = base.program.blobs(base.top, [base.files[name] for name in names])
    for name in names:
        place = workspace / name.removeprefix(prefix)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(contents.get(base.files[name], b""))


def with_own(rules: RuleSet) -> RuleSet:
    """The rules, and those that are no files: what Oldhand itself looks for in every text."""
    return RuleSet((*rules.rules, *invisible.RULES.values()), rules.catalog)


def chosen(rules: RuleSet, only: Sequence[str]) -> RuleSet:
    """The rules whose id or category is in `only`; all if that is empty."""
    if not only:
        return rules
    return RuleSet(tuple(rule for rule in rules.rules if is_chosen(rule.id, only)), rules.catalog)


def is_chosen(rule_id: str, only: Sequence[str]) -> bool:
    """Whether a rule of that id is asked for by its id, or by its category as `query` or `query/*`."""
    category = rule_id.partition("/")[0]
    return not only or rule_id in only or category in only or f"{category}/*" in only


def unknown(rules: RuleSet, only: Sequence[str]) -> Iterator[str]:
    """A sentence for each entry of `only` that asks for no rule."""
    ids = sorted({rule.id for rule in with_own(rules).rules})
    for name in only:
        if not any(is_chosen(rule_id, (name,)) for rule_id in ids):
            close = difflib.get_close_matches(name, ids, 1)
            hint = f"did you mean {close[0]}?" if close else "`oldhand rules` lists them."
            yield f"There is no rule {name}; {hint}"


def _is_rule_file(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix in (".yaml", ".yml") and (
        path.is_relative_to(".oldhand/rules") or (path.is_relative_to(".claude/agents") and "rules" in path.parts[3:4])
    )


def _explain(rules: RuleSet, rule_id: str) -> int:
    variants = rules.named(rule_id)
    if not variants:
        for complaint in unknown(rules, [rule_id]):
            tell(complaint, level="error")
        return FAILED
    explanation.show(variants, out())
    return OK


def _listed(rules: RuleSet) -> Iterator[Text]:
    """The rules by category: id, severity, languages and message."""
    by_id: dict[str, list[Rule]] = {}
    for rule in rules.rules:
        by_id.setdefault(rule.id, []).append(rule)
    width = max(map(len, by_id), default=0)
    category = ""
    for rule_id in sorted(by_id):
        first = by_id[rule_id][0]
        if first.category != category:
            category = first.category
            yield Text(category, STRONG)
        languages = dict.fromkeys(language for rule in by_id[rule_id] for language in rule.languages)
        line = Text(f"  {rule_id:<{width}}  ")
        line.append(f"{first.severity.label:<11}", SEVERITY_STYLES[first.severity])
        yield line.append(f"  {', '.join(languages)}", QUIET)
    yield Text(f"{len(by_id)} rules. `oldhand rules explain ID` tells all about one.", QUIET)
