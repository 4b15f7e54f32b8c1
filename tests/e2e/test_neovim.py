"""A real Neovim, headless, against the real server: what its user sees, and the file that is saved in the end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent
TOP = HERE.parent.parent
NEOVIM = TOP / "build" / "editors" / "usr" / "bin" / "nvim"
SHOP = TOP / "tests" / "samples" / "shop"
FILE = "app/services/shipping.py"
RULE = "resilience/http-no-timeout"

FIRST = 'requests.get(f"{config.shipping_url}/parcels/{order_id}")'
LAST = 'requests.get(f"{config.shipping_url}/depots", params={"country": country})'


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(SHOP, tmp_path_factory.mktemp("neovim") / "shop")


@pytest.fixture(scope="module")
def seen(shop: Path) -> dict[str, Any]:
    """What the driver saw; the file is saved when it is through."""
    home = shop.parent / "home"
    home.mkdir()
    environment = {
        "PATH": os.defpath,
        "HOME": str(home),
        **{f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")},
        "SERVER": f"{Path(sys.executable).parent / 'oldhand'} server",
        "ROOT": str(shop),
        "FILE": str(shop / FILE),
        "RULE": RULE,
    }
    command = [NEOVIM, "--clean", "--headless", "-n", "-i", "NONE", "-l", HERE / "drive.lua"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    lines = run.stdout.strip().splitlines()
    assert lines, f"Neovim said nothing: {run.stderr}"
    seen: dict[str, Any] = json.loads(lines[-1])
    assert run.returncode == 0, f"{seen.get('problem')}\nafter {seen}\n{run.stderr}"
    return seen


def with_timeout(call: str) -> str:
    return call.removesuffix(")") + ", timeout=10)"


def test_diagnostics_stand_on_their_code(seen: dict[str, Any]) -> None:
    lines = (SHOP / FILE).read_text(encoding="utf-8").splitlines()
    places = [
        (number, line.index(call), line.index(call) + len(call))
        for number, line in enumerate(lines)
        for call in (FIRST, LAST)
        if call in line
    ]
    found = [one for one in seen["diagnostics"] if one["code"] == RULE]
    assert [(one["line"], one["column"], one["end_column"]) for one in found] == places


def test_the_hover_says_what_why_and_what_to_do(seen: dict[str, Any]) -> None:
    assert "timeout" in seen["hover"]
    assert RULE in seen["hover"]


def test_a_fix_is_applied_and_undone_in_one_step(seen: dict[str, Any]) -> None:
    text = (SHOP / FILE).read_text(encoding="utf-8")
    assert seen["fixed"] == text.replace(FIRST, with_timeout(FIRST))
    assert seen["undone"]


def test_ignoring_is_offered_too(seen: dict[str, Any]) -> None:
    assert any(title.startswith("Ignore") for title in seen["offered"])


def test_an_edit_names_the_version_and_neovim_refuses_it_when_the_text_has_moved_on(seen: dict[str, Any]) -> None:
    assert seen["document_version"] == seen["buffer_version"]
    assert seen["stale_edit_refused"]


def test_the_file_on_disk_is_exactly_right(seen: dict[str, Any], shop: Path) -> None:
    text = (SHOP / FILE).read_text(encoding="utf-8")
    expected = "# looked through by hand\n" + text.replace(LAST, with_timeout(LAST))
    assert (shop / FILE).read_bytes() == expected.encode()
    assert not seen["modified"]


def test_the_server_ends_when_it_is_asked_to(seen: dict[str, Any]) -> None:
    assert seen["stopped"]
    assert seen["exit_code"] == 0
