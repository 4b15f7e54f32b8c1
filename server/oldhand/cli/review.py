"""`oldhand review`: one review, from options to an exit status."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from oldhand import git
from oldhand.cli import baseline, changes, files, history, jobs, options, results, rules, source
from oldhand.cli.baseline import Baseline, BaselineError
from oldhand.cli.changes import Revision
from oldhand.cli.configuration import Configuration, Reader
from oldhand.cli.console import tell, tolerate_any_text
from oldhand.cli.files import Selection, Target
from oldhand.cli.options import Options, UsageError
from oldhand.cli.progress import watched
from oldhand.cli.source import Source, SourceError
from oldhand.cli.worker import Outcome, Task
from oldhand.git import Git, GitError
from oldhand.problems import Problem
from oldhand.rules.load import load
from oldhand.rules.rule import RuleSet
from oldhand.text.ranges import TextRange

add_parser = options.add_parser


class Refused(Exception):
    """The review can not be done; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is to be reviewed: files of `root`, the text of one where it was `given`, the lines of each if not all.

    `bases` are the revisions that changes are counted from, by repository. `superseded` are names of migrations that
    have long been followed by others.
    """

    root: Path
    selection: Selection
    given: Source | None = None
    lines: Mapping[Path, tuple[TextRange, ...]] | None = None
    bases: Mapping[Path, Revision] | None = None
    superseded: frozenset[str] = frozenset()


def run(args: argparse.Namespace) -> int:
    """Do what was parsed and give the exit status; what can not be done is told in a line."""
    tolerate_any_text()
    try:
        return _review(options.options(args))
    except (Refused, UsageError, GitError) as error:
        tell(str(error), level="error")
        return results.FAILED


def _review(asked: Options) -> int:
    scope = _from_stdin(asked) if asked.stdin else _from_disk(asked)
    with ExitStack() as stack:
        reader = Reader(scope.bases if scope.bases and asked.base and _in_ci() else {})
        configuration = Configuration(scope.root, reader, asked.config and asked.config.resolve())
        chosen, problems = _rules(asked, scope.root, reader, stack)
        known = _baseline(asked, reader)
        tasks = [
            Task(
                target,
                settings,
                asked.level,
                given=scope.given,
                lines=_lines(scope, target),
                known=known.known(target.name),
                only=asked.only,
                fix=asked.fix,
                superseded=target.name in scope.superseded,
            )
            for target in scope.selection.targets
            if (settings := configuration.of(target)) is not None
        ]
        told = (*scope.selection.problems, *configuration.problems, *problems)
        outcomes = stack.enter_context(closing(jobs.run(tasks, chosen, asked.jobs)))
        settled = [_settled(outcome, asked) for outcome in watched(outcomes, len(tasks))]
    settled.sort(key=lambda outcome: outcome.target.name)
    if asked.claude:
        settled = _consulted(settled, tasks, chosen.here, scope.root, asked)
    if asked.write_baseline:
        return results.remembered(settled, told, asked.write_baseline)
    found = results.report(
        settled,
        asked,
        rules=rules.chosen(rules.with_own(chosen.here), asked.only),
        told=told,
        known=known,
        passed_over=scope.selection.passed_over,
    )
    return results.presented(found, settled, asked)


def _consulted(
    outcomes: list[Outcome], tasks: list[Task], rule_set: RuleSet, root: Path, asked: Options
) -> list[Outcome]:
    from oldhand.cli import consult  # noqa: PLC0415 - what a model needs is loaded where one is asked

    try:
        return consult.consulted(outcomes, tasks, rule_set, root, asked)
    except consult.Unwilling as error:
        raise Refused(str(error)) from None


def _from_stdin(asked: Options) -> _Scope:
    path = Path(asked.stdin_filename).resolve()
    root = files.root_of([path])
    try:
        text, bom = source.decode(sys.stdin.buffer.read())
    except SourceError as error:
        raise Refused(f"Standard input: {error}") from None
    target = Target(path, files.name_below(root, path), named=True)
    return _Scope(root, Selection([target]), Source(path, text, bom, b""))


def _from_disk(asked: Options) -> _Scope:
    asked_paths, base = asked.paths, asked.base
    paths = [Path(path) for path in asked_paths]
    root = files.root_of(paths)
    program = git.find([root, *(path.resolve() for path in paths)])
    if base and program and Path(base).exists() and not _names_commit(program, root, base):
        # `--diff src` was meant as `--diff -- src`.
        return _from_disk(replace(asked, base="", paths=(base, *(asked_paths if asked_paths != (".",) else ()))))
    try:
        selection = files.select(paths, root, program)
    except FileNotFoundError as error:
        raise Refused(f"There is no file or folder {error}.") from None
    if base is None:
        # Of what is asked for by name, or has changed, somebody wants to know.
        paths_by_name = {target.name: target.path for target in selection.targets if not target.named}
        old = history.superseded(paths_by_name, lambda name: source.head(paths_by_name[name]))
        return _Scope(root, selection, superseded=old)
    if program is None:
        raise Refused("--diff needs git, and there is none on the PATH.")
    bases: dict[Path, Revision] = {}
    lines: dict[Path, tuple[TextRange, ...]] = {}
    for top, targets in _by_repository(selection.targets).items():
        bases[top] = changes.revision(program, top, base)
        lines |= changes.changed(bases[top], targets)
    selection.targets = [target for target in selection.targets if target.path in lines]
    return _Scope(root, selection, lines=lines, bases=bases)


def _by_repository(targets: Sequence[Target]) -> dict[Path, list[Target]]:
    found: dict[Path, list[Target]] = {}
    for target in targets:
        top = git.top_of(target.path.parent)
        if top is None:
            raise Refused(f"{target.name} is in no git repository, so nothing tells what has changed in it.")
        found.setdefault(top, []).append(target)
    return found


def _names_commit(program: Git, root: Path, name: str) -> bool:
    try:
        program.commit(git.top_of(root) or root, name)
    except GitError:
        return False
    return True


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def _lines(scope: _Scope, target: Target) -> tuple[TextRange, ...] | None:
    return None if scope.lines is None else scope.lines[target.path]


def _rules(asked: Options, root: Path, reader: Reader, stack: ExitStack) -> tuple[jobs.Rules, tuple[Problem, ...]]:
    """The rules to run; where the base revision counts, the workspace's own come from there."""
    base = reader.base(root / "any")
    workspace = root
    if base is not None:
        workspace = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oldhand-")))
        rules.lay_out(base, root, workspace)
    folders = rules.folders(workspace)
    all_rules, problems = load(folders)
    for complaint in rules.unknown(all_rules, asked.only):
        raise Refused(complaint)
    return jobs.Rules(rules.chosen(all_rules, asked.only), folders, asked.only), problems


def _baseline(asked: Options, reader: Reader) -> Baseline:
    if asked.baseline is None:
        return Baseline()
    path = asked.baseline.resolve()
    try:
        text = reader.text(path)
        if text is None and reader.base(path) is None:
            raise Refused(f"There is no baseline {asked.baseline}; --write-baseline makes one.")
        return Baseline() if text is None else baseline.read(text)
    except (SourceError, BaselineError) as error:
        raise Refused(f"{asked.baseline}: {error}") from None


def _settled(outcome: Outcome, asked: Options) -> Outcome:
    """The outcome once its fixed text is on the disk; a failure where it could not be put there."""
    if not outcome.fixed or asked.dry_run or asked.stdin or outcome.source is None:
        return outcome
    try:
        source.write(outcome.source, outcome.text)
    except SourceError as error:
        return Outcome(outcome.target, outcome.source, failure=str(error), fatal=True)
    return outcome
