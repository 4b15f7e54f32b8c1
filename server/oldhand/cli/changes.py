"""Which lines of files have changed since a revision, and whether a finding touches them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from oldhand import git
from oldhand.cli.files import Target
from oldhand.cli.source import SourceError, decode
from oldhand.findings import Finding
from oldhand.git import Git, GitError
from oldhand.text.diff import diff
from oldhand.text.lines import LineIndex
from oldhand.text.ranges import TextRange

WHOLE = (TextRange(0, 1 << 60),)
_SIMILAR = 0.5
_CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of the repository at `top` and its files; `commit` is empty before the first one."""

    program: Git
    top: Path
    commit: str
    files: Mapping[str, str]

    def read(self, path: Path) -> bytes | None:
        """The file's content in that commit, None where it was not there; `path` is absolute."""
        if not path.is_relative_to(self.top):
            return None
        content = self.files.get(path.relative_to(self.top).as_posix())
        return None if content is None else self.program.blobs(self.top, [content]).get(content)


def revision(program: Git, top: Path, base: str) -> Revision:
    """Where the changes start: the last commit, or with `base` the commit where HEAD left it.

    Raises GitError.
    """
    if base:
        commit = program.merge_base(top, base)
    elif program.has_commits(top):
        commit = program.commit(top, "HEAD")
    else:
        return Revision(program, top, "", {})
    return Revision(program, top, commit, program.tree(top, commit))


def changed(since: Revision, targets: Sequence[Target]) -> dict[Path, tuple[TextRange, ...]]:
    """The changed lines of those targets that have some, as `changed_lines` gives them; a new file is all changed.

    A file that was moved is compared with what it was before. Raises GitError where contents are missing.
    """
    names = {target.path: target.path.relative_to(since.top).as_posix() for target in targets}
    now: dict[Path, bytes] = {}
    for path in names:
        try:
            now[path] = path.read_bytes()
        except OSError:
            continue  # told when it is reviewed
    origins = _origins(since, {names[path]: raw for path, raw in now.items()})
    before = since.program.blobs(since.top, origins.values())
    lines: dict[Path, tuple[TextRange, ...]] = {}
    for path, raw in now.items():
        origin = origins.get(names[path])
        if origin is None:
            lines[path] = WHOLE
        elif origin not in before:
            raise GitError(f"The repository lacks the content of {names[path]} at {since.commit[:12]}.")
        elif git.blob_id(raw, origin) != origin:
            found = changed_lines(before[origin], raw)
            if found:
                lines[path] = found
    return lines


def changed_lines(before: bytes, after: bytes) -> tuple[TextRange, ...]:
    """Ranges of 0-based line numbers of the new text, in order; an empty range is where lines were taken out.

    How lines end does not count. What is not UTF-8 has no lines to compare and is all changed.
    """
    try:
        old, new = (decode(raw)[0].replace("\r\n", "\n") for raw in (before, after))
    except SourceError:
        return WHOLE
    index = LineIndex.of(new)
    found: list[TextRange] = []
    moved = 0
    for edit in diff(old, new):
        start = edit.range.start + moved
        end = start + len(edit.new_text)
        moved += len(edit.new_text) - len(edit.range)
        first = index.line_of(start)
        if start < end or start != index.line_start(first) or not _whole_lines(old, edit.range):
            found.append(TextRange(first, index.line_of(max(start, end - 1)) + 1))
        else:
            found.append(TextRange(first, first))
    return tuple(found)


def touches(finding: Finding, index: LineIndex, lines: Iterable[TextRange]) -> bool:
    """Whether the finding stands on a changed line, or lines inside of it were taken out."""
    first = index.line_of(finding.range.start)
    last = index.line_of(max(finding.range.start, finding.range.end - 1))
    return any(
        changed.start <= last and first < changed.end if len(changed) else first < changed.start <= last
        for changed in lines
    )


def _whole_lines(text: str, taken: TextRange) -> bool:
    return text.endswith("\n", taken.start, taken.end)


def _origins(since: Revision, now: Mapping[str, bytes]) -> dict[str, str]:
    """The content that each file had at the revision, under its name or, if it is gone, the name it had."""
    origins = {name: since.files[name] for name in now if name in since.files}
    new = [name for name in now if name not in since.files]
    gone = {name: content for name, content in since.files.items() if new and not (since.top / name).exists()}
    contents = {content: name for name, content in gone.items()}
    for name in new:
        if not gone:
            break
        same = git.blob_id(now[name], next(iter(gone.values())))
        if same in contents:
            origins[name] = same
        else:
            origin = _similar(since, name, now[name], gone)
            if origin is not None:
                origins[name] = origin
    return origins


def _similar(since: Revision, name: str, raw: bytes, gone: Mapping[str, str]) -> str | None:
    """The content of the file that is gone and shares most lines with this one, if those are at least half."""
    path = PurePosixPath(name)
    candidates = [other for other in gone if PurePosixPath(other).suffix == path.suffix]
    candidates.sort(key=lambda other: (PurePosixPath(other).name != path.name, other))
    contents = since.program.blobs(since.top, [gone[other] for other in candidates[:_CANDIDATES]])
    lines = set(raw.splitlines())
    best = max(
        ((len(lines & set(old.splitlines())) / max(len(lines), 1), content) for content, old in contents.items()),
        default=(0.0, ""),
    )
    return best[1] if best[0] >= _SIMILAR else None
