"""What of an open text is not as it was committed: asked of git, which reads objects and runs nothing else."""

from __future__ import annotations

from pathlib import Path

from oldhand import git
from oldhand.git import Git, GitError
from oldhand.text.diff import diff
from oldhand.text.lines import LineIndex
from oldhand.text.ranges import TextRange

TRUNKS = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""What a branch is taken to have left, the first that is there."""


def changed_places(path: Path, text: str, *, branch: bool) -> list[TextRange]:
    """The changed lines of the text, as ranges: since the last commit, or since the branch left its trunk.

    Raises GitError where there is nothing to compare with.
    """
    path = path.resolve()
    top = git.top_of(path.parent)
    program = git.find([top]) if top is not None else None
    if top is None or program is None:
        raise GitError("The file is in no git repository, or there is no git, so nothing tells what has changed.")
    before = _committed(program, top, path, _trunk(program, top) if branch else "HEAD")
    if before is None:
        return [TextRange(0, len(text))]
    index = LineIndex.of(text)
    places = []
    by = 0
    for edit in diff(before, text):
        start = edit.range.start + by
        by += len(edit.new_text) - len(edit.range)
        first = index.line_of(start)
        last = index.line_of(max(start + len(edit.new_text) - 1, start))
        places.append(TextRange(index.line_start(first), index.line_end(text, last)))
    return places


def _trunk(program: Git, top: Path) -> str:
    for name in TRUNKS:
        try:
            return program.merge_base(top, name)
        except GitError:
            continue
    raise GitError(f"None of {', '.join(TRUNKS)} is there, so nothing tells where the branch began.")


def _committed(program: Git, top: Path, path: Path, revision: str) -> str | None:
    """The file's text in a commit, with the line ends that it has there; None where it is not in it."""
    if not program.has_commits(top):
        return None
    content = program.tree(top, program.commit(top, revision)).get(path.relative_to(top).as_posix())
    raw = program.blobs(top, [content]).get(content) if content is not None else None
    return raw.decode("utf-8-sig", "replace") if raw is not None else None
