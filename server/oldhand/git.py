"""git asked for facts, in a way that runs nothing of what a repository configures.

Only commands that read objects, the index and ignore files are used, so neither filters, hooks, external diffs nor
text conversions come into play; what remains (file system monitors, lazy fetches) is switched off.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SWITCHED_OFF = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.sshCommand=false",
    "credential.helper=",
    "diff.external=",
    "protocol.allow=never",
    "submodule.recurse=false",
)
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_BLOB_MODES = ("100644", "100755")


class GitError(Exception):
    """git is missing or refused; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Git:
    """The git program, by its absolute path."""

    executable: str

    def run(self, folder: Path, *arguments: str, given: bytes = b"", git_dir: Path | None = None) -> bytes:
        """What git prints, asked about the work tree at `folder` (whose repository may lie elsewhere: `git_dir`).

        Raises GitError where it fails.
        """
        command = [self.executable, "--no-pager", "--literal-pathspecs"]
        command += [f"--git-dir={git_dir or folder / '.git'}", f"--work-tree={folder}"]
        for setting in _SWITCHED_OFF:
            command += ["-c", setting]
        done = self._start([*command, *arguments], folder, given)
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = lines[0].removeprefix("fatal: ").removeprefix("error: ") if lines else "it gave no reason"
            raise GitError(f"git {arguments[0]} failed: {reason}.")
        return done.stdout

    def files(self, folder: Path, paths: Sequence[str] = ()) -> list[str]:
        """Tracked and untracked files below `paths`, relative to `folder`, without those that are ignored.

        A repository inside of this one is a single name, that of its folder.
        Where `folder` is no repository, its `.gitignore` files count all the same.
        """
        others = ("ls-files", "-z", "--others", "--exclude-standard", "--", *paths)
        if is_repository(folder):
            tracked = self.run(folder, "ls-files", "-z", "--cached", "--", *paths)
            return sorted({*_names(tracked), *_names(self.run(folder, *others))})
        with tempfile.TemporaryDirectory(prefix="oldhand-") as empty:
            done = self._start([self.executable, "init", "--quiet", "--template=", empty], Path(empty), b"")
            if done.returncode:
                raise GitError("git init failed in a temporary folder.")
            return sorted(set(_names(self.run(folder, *others, git_dir=Path(empty, ".git")))))

    def commit(self, folder: Path, revision: str) -> str:
        """The id of the commit that `revision` names.

        Raises GitError where it names none.
        """
        try:
            found = self.run(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except GitError:
            raise GitError(f"{revision} names no commit in {folder}.") from None
        return found.decode().strip()

    def has_commits(self, folder: Path) -> bool:
        """Whether anything has been committed on the current branch."""
        try:
            self.commit(folder, "HEAD")
        except GitError:
            return False
        return True

    def merge_base(self, folder: Path, revision: str) -> str:
        """The commit at which HEAD left the line of `revision`.

        Raises GitError, also where the history at hand does not reach back to it.
        """
        other = self.commit(folder, revision)
        try:
            return self.run(folder, "merge-base", "HEAD", other).decode().split()[0]
        except GitError:
            raise GitError(
                f"HEAD and {revision} have no common commit here; a shallow clone needs more of its history."
            ) from None

    def tree(self, folder: Path, commit: str) -> dict[str, str]:
        """The files of a commit: path to the id of the content; links and submodules left out."""
        found: dict[str, str] = {}
        for entry in _names(self.run(folder, "ls-tree", "-r", "-z", "--full-tree", commit)):
            facts, _, name = entry.partition("\t")
            mode, _, content = facts.split(" ")
            if mode in _BLOB_MODES:
                found[name] = content
        return found

    def blobs(self, folder: Path, ids: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of these ids; those that the repository lacks are left out."""
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        given = "".join(f"{content}\n" for content in wanted).encode()
        return dict(_contents(self.run(folder, "cat-file", "--batch", given=given)))

    def _start(self, command: list[str], folder: Path, given: bytes) -> subprocess.CompletedProcess[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        try:
            return subprocess.run(
                command,
                input=given,
                capture_output=True,
                cwd=folder,
                env=environment | _ENVIRONMENT,
                check=False,
            )
        except (OSError, ValueError) as error:
            raise GitError(f"git can not be started: {error}.") from None


def find(avoid: Sequence[Path]) -> Git | None:
    """The git on the PATH, unless it lies in one of the folders to `avoid` (those under review); None without one."""
    for entry in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if not Path(entry).is_absolute():
            continue
        found = shutil.which("git", path=entry)
        if found and not any(Path(found).resolve().is_relative_to(folder) for folder in avoid):
            return Git(str(Path(found).absolute()))
    return None


def is_repository(folder: Path) -> bool:
    """Whether the folder is the top of a repository's work tree."""
    return (folder / ".git").exists()


def top_of(path: Path) -> Path | None:
    """The nearest folder at or above an absolute path that is the top of a repository's work tree."""
    return next((folder for folder in (path, *path.parents) if is_repository(folder)), None)


def blob_id(raw: bytes, like: str) -> str:
    """The id that git gives this content, in the hash of another id (`like`: SHA-1, or SHA-256 by its length)."""
    algorithm = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return algorithm(b"blob %d\0" % len(raw) + raw).hexdigest()


def _names(raw: bytes) -> Iterator[str]:
    return (os.fsdecode(name) for name in raw.split(b"\0") if name)


def _contents(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """The answers of `cat-file --batch`: `id type size`, a line feed, the content, a line feed; or `id missing`."""
    at = 0
    while at < len(raw):
        end = raw.index(b"\n", at)
        words = raw[at:end].decode().split(" ")
        at = end + 1
        if len(words) == 3:
            size = int(words[2])
            yield words[0], raw[at : at + size]
            at += size + 1
