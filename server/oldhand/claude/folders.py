"""The user's own folders: what they have configured, what is remembered, what can be thrown away."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs


def config_folder(environ: Mapping[str, str]) -> Path:
    """Where the user's own `config.yaml` is; `OLDHAND_CONFIG_DIR` decides, else the platform."""
    return _folder(environ, "OLDHAND_CONFIG_DIR") or platformdirs.user_config_path("oldhand", appauthor=False)


def state_folder(environ: Mapping[str, str]) -> Path:
    """Where calls and decisions are remembered; `OLDHAND_STATE_DIR` decides, else the platform."""
    return _folder(environ, "OLDHAND_STATE_DIR") or platformdirs.user_state_path("oldhand", appauthor=False)


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where answers are kept that can be had again; `OLDHAND_CACHE_DIR` decides, else the platform."""
    return _folder(environ, "OLDHAND_CACHE_DIR") or platformdirs.user_cache_path("oldhand", appauthor=False)


def make(folder: Path) -> None:
    """Make the folder, for its owner alone where it is new. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def make_private(file: Path) -> None:
    """Make the file, empty and for its owner alone, where there is none yet. Raises OSError."""
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def covers(above: Path, folder: Path) -> bool:
    """Whether `folder` is `above` or lies below it, links followed."""
    return folder.resolve().is_relative_to(above.resolve())


def _folder(environ: Mapping[str, str], name: str) -> Path | None:
    """The folder that a variable names; a relative one would depend on the workspace, so it does not count."""
    path = Path(environ.get(name, "")).expanduser()
    return path if path.is_absolute() else None
