"""Whether the SDK would find credentials, looked up without loading it: no key is read, kept or sent here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def has_credentials(environ: Mapping[str, str], provider: str = "anthropic", home: Path | None = None) -> bool:
    """Whether there is something to sign requests with, as far as a cheap look can tell.

    Of clouds whose libraries search further (a machine's own identity, a keychain) what must be configured in any
    case is looked for, so True can still end in a refusal; False can not end in anything else.
    `home` is the user's home folder, the process's own where it is None.
    """
    home = home or Path.home()

    def given(*names: str) -> bool:
        return any(environ.get(name) for name in names)

    match provider:
        case "anthropic":
            return _anthropic(environ, home)
        case "bedrock" | "bedrock-mantle":
            return given("AWS_BEARER_TOKEN_BEDROCK") or _amazon(environ, home)
        case "aws":
            return given("ANTHROPIC_AWS_API_KEY") or _amazon(environ, home)
        case "foundry":
            return given("ANTHROPIC_FOUNDRY_API_KEY")
        case "vertex":
            return given("CLOUD_ML_REGION") and (given("ANTHROPIC_VERTEX_PROJECT_ID") or _google(environ, home))
        case "google-cloud":
            project = given("ANTHROPIC_GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_PROJECT")
            return project or _google(environ, home)
        case _:
            return False


def _anthropic(environ: Mapping[str, str], home: Path) -> bool:
    if any(environ.get(name) for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE")):
        return True
    token = environ.get("ANTHROPIC_IDENTITY_TOKEN") or environ.get("ANTHROPIC_IDENTITY_TOKEN_FILE")
    if token and environ.get("ANTHROPIC_FEDERATION_RULE_ID") and environ.get("ANTHROPIC_ORGANIZATION_ID"):
        return True
    folder = _anthropic_folder(environ, home)
    try:
        profile = (folder / "active_config").read_text(encoding="utf-8").strip() or "default"
    except (OSError, UnicodeDecodeError):
        profile = "default"
    if profile.startswith(".") or any(mark in profile for mark in "/\\\0"):
        return False
    return _is_file(folder / "configs" / f"{profile}.json")


def _anthropic_folder(environ: Mapping[str, str], home: Path) -> Path:
    if environ.get("ANTHROPIC_CONFIG_DIR"):
        return Path(environ["ANTHROPIC_CONFIG_DIR"])
    if os.name == "nt":
        return Path(environ.get("APPDATA") or home / "AppData" / "Roaming") / "Anthropic"
    return home / ".config" / "anthropic"


def _amazon(environ: Mapping[str, str], home: Path) -> bool:
    """Keys, a profile, a token to be exchanged, or a container's own identity."""
    if environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"):
        return True
    if any(environ.get(name) for name in _AMAZON):
        return True
    files = (
        Path(environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / ".aws" / "credentials"),
        Path(environ.get("AWS_CONFIG_FILE") or home / ".aws" / "config"),
    )
    return any(map(_is_file, files))


_AMAZON = (
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


def _google(environ: Mapping[str, str], home: Path) -> bool:
    """Application default credentials, as a file."""
    if environ.get("GOOGLE_APPLICATION_CREDENTIALS"):
        return True
    if os.name == "nt":
        folder = Path(environ.get("APPDATA") or home / "AppData" / "Roaming") / "gcloud"
    else:
        folder = home / ".config" / "gcloud"
    return _is_file(folder / "application_default_credentials.json")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
