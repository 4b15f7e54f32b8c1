"""`oldhand rules test`: a user's own rules against the case files beside them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.text import Text

from oldhand import secrets
from oldhand.cli.console import ADDED, REMOVED, STRONG, out, tell, tolerate_any_text
from oldhand.cli.escape import harmless
from oldhand.problems import Problem
from oldhand.resources import bundled_agents
from oldhand.review import casecheck
from oldhand.review.casefile import Block, Case, parse, rewritten
from oldhand.rules.compile import program
from oldhand.rules.load import load
from oldhand.rules.rule import RuleSet
from oldhand.syntax.languages import LANGUAGES

OK, FAILED, UNABLE = 0, 1, 2


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `test` to the commands of `oldhand rules`."""
    parser = subparsers.add_parser(
        "test",
        help="run your own rules against their case files",
        description="Runs the rules (*.yaml) of a folder against its case files (*.md but README.md). "
        "A case file that is named like a rule is about that rule alone. "
        "The status is 0 if all cases pass, 1 if one fails or a rule can not be used, 2 if nothing could be run.",
    )
    parser.add_argument("path", metavar="PATH", type=Path, help="the folder, such as .oldhand/rules")
    parser.add_argument(
        "--update", action="store_true", help="write ranges and blocks as they come out; never turns a case round"
    )


def run(args: argparse.Namespace) -> int:
    """Run the cases of `args.path`; the exit status."""
    tolerate_any_text()
    folder: Path = args.path
    if not folder.is_dir():
        tell(f"{folder} is not a folder.", level="error")
        return UNABLE
    # The bundled rules come along for their catalog alone, whose lists any rule may name.
    everything, problems = load([*sorted(bundled_agents().glob("*/rules")), folder])
    own = [rule for rule in everything.rules if Path(rule.path).is_relative_to(folder)]
    files = sorted(path for path in folder.rglob("*.md") if path.name.lower() != "readme.md")
    rules = RuleSet(tuple(own), everything.catalog)
    unusable = {problem for language in LANGUAGES for problem in program(rules, language).failed}
    problems = tuple(problem for problem in problems if Path(problem.path).is_relative_to(folder))
    problems = (*problems, *sorted(unusable))
    for problem in problems:
        tell(str(problem), level="error" if problem.fatal else "warning")
    if not own or not files:
        tell(f"{folder} has no {'case files' if own else 'rules that can be used'}.", level="error")
        return UNABLE
    trial = _Trial(rules, update=args.update)
    for path in files:
        trial.file(path)
    for name in trial.untested():
        tell(f"The rule {name} has no case.", level="warning")
    failed = trial.failed or any(problem.fatal for problem in problems)
    out().print(Text(f"{trial.count} cases, {trial.failed} failed", STRONG))
    return FAILED if failed else OK


@dataclass(slots=True)
class _Trial:
    """The run through all files: how many cases there were and failed, and which rules had one."""

    rules: RuleSet
    update: bool
    count: int = 0
    failed: int = 0
    tested: set[str] = field(default_factory=set)

    def file(self, path: Path) -> None:
        """Run a file's cases and tell of those that fail."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.wrong(Problem(str(path), 0, f"The file can not be read: {error}."))
            return
        cases, problems = parse(text, str(path))
        for problem in problems:
            self.wrong(problem)
        only = self.rule_of(path)
        updates: list[tuple[Block, tuple[str, ...]]] = []
        for case in cases:
            outcome = casecheck.check(case, casecheck.engine(self.rules), only)
            failures = [*(casecheck.unruled(case, self.rules, only) if only else ()), *outcome.failures]
            self.count += 1
            self.tested.update(_marked(case), [only] if only else [])
            updates += outcome.updates
            if failures:
                self.failed += 1
                for line in _shown(f"{path}:{case.line}: {case.name}", failures):
                    out().print(line)
        if self.update and updates:
            path.write_text(rewritten(text, updates), encoding="utf-8")

    def wrong(self, problem: Problem) -> None:
        tell(str(problem), level="error")
        self.failed += 1

    def rule_of(self, path: Path) -> str | None:
        """The rule that the file is named like, `category/name.md`, or that alone stands in `name.yaml` beside it."""
        ids = {rule.id for rule in self.rules.rules}
        beside = {rule.id for rule in self.rules.rules if Path(rule.path).with_suffix("") == path.with_suffix("")}
        named = ids & {f"{path.parent.name}/{path.stem}", path.stem} or beside
        return named.pop() if len(named) == 1 else None

    def untested(self) -> list[str]:
        return sorted({rule.id for rule in self.rules.rules} - self.tested)


def _marked(case: Case) -> set[str]:
    return {mark.rule for source in case.sources for mark in source.block.marked.marks}


def _shown(title: str, failures: list[str]) -> Iterator[Text]:
    yield Text(harmless(secrets.mask(title)), STRONG)
    for line in "\n".join(failures).split("\n"):
        style = REMOVED if line.startswith("    -") else ADDED if line.startswith("    +") else ""
        yield Text(harmless(secrets.mask(line)), style)
