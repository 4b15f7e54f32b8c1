"""The globs of `exclude`, held against git's own reading of the same lines."""

from __future__ import annotations

import subprocess

import pytest
from oldhand.review.exclude import excluded

GLOBS = [
    "*.py",
    "build",
    "build/",
    "/build",
    "src/*.py",
    "src/**",
    "src/**/gen.py",
    "**/gen.py",
    "**/build/*",
    "a?.py",
    "a[12].py",
    "a[!1].py",
    "a[]x].py",
    r"\!odd.py",
    "gen.*",
    "s*c",
    "src/a**.py",
    "src/**/build/**/x.py",
    "**/**/gen.py",
    "**",
    "/**",
    "**/src",
    "src/**/",
    "*e*n*.py",
    "?[.]py",
    "# comment",
    "",
]
NAMES = [
    "a1.py",
    "a2.py",
    "a].py",
    "!odd.py",
    "gen.py",
    "build",
    "src/gen.py",
    "src/deep/gen.py",
    "src/a1.py",
    "src/build/x.py",
    "build/x.py",
    "x/src/a1.py",
    "src.py",
    "x/build/y/z.py",
]
LISTS = [[glob] for glob in GLOBS] + [["*.py", "!gen.py"], ["src", "!src/gen.py"], ["src/*", "!src/gen.py"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ignore")
    subprocess.run(["git", "init", "-q", "--template="], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize("globs", LISTS, ids=" ".join)
def test_globs_mean_what_they_mean_to_git(folder, globs):
    (folder / ".gitignore").write_text("".join(f"{glob}\n" for glob in globs))
    given = "\0".join(NAMES).encode()
    command = ["git", "check-ignore", "--no-index", "-z", "--stdin"]
    done = subprocess.run(command, cwd=folder, input=given, capture_output=True, check=False)
    ignored = set(done.stdout.decode().split("\0")) - {""}
    assert {name for name in NAMES if excluded(name, globs)} == ignored


def test_many_stars_take_no_time():
    assert not excluded("a" * 200, ["*a" * 20 + "b"])
    assert not excluded("a/" * 100 + "a", ["**/a/" * 20 + "b"])
