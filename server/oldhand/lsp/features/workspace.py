"""Workspace folders, settings, and the files beside the code that decide how it is reviewed."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from oldhand.lsp import from_proto, to_proto
from oldhand.lsp.log import described
from oldhand.lsp.protocol import RefusedError

if TYPE_CHECKING:
    from oldhand.lsp.server import Server

log = logging.getLogger(__name__)

SECTION = "oldhand"

_PATIENCE = 2.0
"""Seconds for the client to say its settings, before documents are reviewed without them."""

_WATCHED = ("**/.oldhand.yaml", "**/.oldhand/dismissed.yaml", "**/.oldhand/rules/**", "**/.claude/agents/**")


def folders_of(params: dict[str, Any]) -> dict[Path, str]:
    """The workspace's folders, each with its URI as the client wrote it."""
    listed = params.get("workspaceFolders")
    uris = [folder.get("uri") for folder in listed if isinstance(folder, dict)] if isinstance(listed, list) else []
    if not uris and isinstance(params.get("rootUri"), str):
        uris = [params["rootUri"]]
    root = params.get("rootPath")
    if not uris and isinstance(root, str) and Path(root).is_absolute():
        uris = [to_proto.uri_of(Path(root))]
    found = {from_proto.path_of(uri): uri for uri in uris if isinstance(uri, str)}
    return {path: uri for path, uri in found.items() if path is not None}


def section_of(values: Any) -> Any:
    """The part of an editor's settings that is ours, whether or not they are under our name."""
    if isinstance(values, dict) and isinstance(values.get(SECTION), dict):
        return values[SECTION]
    return values


async def configure(ls: Server) -> None:
    """Learn the settings for each folder and for all else, and review under them."""
    editor: dict[Path | None, Any] = dict.fromkeys((None, *ls.folders), ls.initial_settings)
    if ls.client.configuration:
        places: list[tuple[Path | None, str | None]] = [(None, None), *ls.folders.items()]
        items = [types.ConfigurationItem(scope_uri=uri, section=SECTION) for _, uri in places]
        question = ls.protocol.ask(types.WORKSPACE_CONFIGURATION, types.ConfigurationParams(items))
        try:
            answers = await asyncio.wait_for(question, _PATIENCE)
        except (TimeoutError, RefusedError) as error:
            log.warning("no settings from the client: %s", described(error))
            answers = []
        if isinstance(answers, list):
            editor.update(
                (place, answer) for (place, _), answer in zip(places, answers, strict=False) if answer is not None
            )
    ls.session.begin(list(ls.folders), editor)


async def register(ls: Server) -> None:
    """Ask to be told of changes, where the client takes such requests."""
    wanted = []
    if ls.client.registers_configuration:
        method = types.WORKSPACE_DID_CHANGE_CONFIGURATION
        options: Any = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
        wanted.append(types.Registration(id="oldhand-configuration", method=method, register_options=options))
    if ls.client.registers_watchers:
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        options = types.DidChangeWatchedFilesRegistrationOptions(
            watchers=[types.FileSystemWatcher(glob_pattern=glob) for glob in _WATCHED]
        )
        wanted.append(types.Registration(id="oldhand-files", method=method, register_options=options))
    if wanted:
        try:
            await ls.protocol.ask(types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams(wanted))
        except RefusedError as error:
            log.warning("the client registers nothing: %s", described(error))


def did_change_configuration(ls: Server, params: Any) -> None:
    """Take new settings, or ask for them where the client wants to be asked."""
    settings = params.get("settings") if isinstance(params, dict) else None
    if settings is not None:
        ls.initial_settings = section_of(settings)
    ls.session.spawn(configure(ls))


def did_change_folders(ls: Server, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Take folders in and let others go."""
    for folder in params.event.removed:
        path = from_proto.path_of(folder.uri)
        if path is not None:
            ls.folders.pop(path, None)
    for folder in params.event.added:
        path = from_proto.path_of(folder.uri)
        if path is not None:
            ls.folders[path] = folder.uri
    ls.session.spawn(configure(ls))


def did_change_watched_files(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
    """Read rules, personas and settings anew where one of their files has changed."""
    if any(steers(change.uri) for change in params.changes):
        ls.session.spawn(ls.session.refresh())


def steers(uri: str) -> bool:
    """Whether the file decides how others are reviewed: settings, a rule or a persona."""
    path = from_proto.path_of(uri)
    if path is None:
        return False
    if path.parts[-2:] == (".oldhand", "dismissed.yaml"):
        return True
    folders = {"/".join(pair) for pair in zip(path.parts, path.parts[1:], strict=False)}
    return (
        path.name == ".oldhand.yaml"
        or path.parts[-2:] == (".oldhand", "dismissed.yaml")
        or bool(folders & {".oldhand/rules", ".claude/agents"})
    )
