"""What the client can do, decided once from what it says at `initialize`, and what the server says in return."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lsprotocol import types

from oldhand.text.lines import PositionEncoding

FIX_ALL = "source.fixAll.oldhand"
"""The kind of the action that applies every safe fix in a file."""

COMMAND_PREFIX = "oldhand."
RESTART = COMMAND_PREFIX + "restart"
FIX_ALL_COMMAND = COMMAND_PREFIX + "fixAll"
IGNORE = COMMAND_PREFIX + "ignore"
EXPLAIN = COMMAND_PREFIX + "explain"
SHOW = COMMAND_PREFIX + "showFindings"
REVIEW = COMMAND_PREFIX + "review"
STOP = COMMAND_PREFIX + "stop"
PREVIEW = COMMAND_PREFIX + "preview"
DISMISS = COMMAND_PREFIX + "dismiss"
COMMANDS = (RESTART, FIX_ALL_COMMAND, IGNORE, EXPLAIN, SHOW, REVIEW, STOP, PREVIEW, DISMISS)

REVIEW_KIND = "oldhand.review"
"""The kind of the actions that ask a persona for a review; they change nothing."""

# Offsets inside are code points, so UTF-32 costs nothing; UTF-8 is counted faster than UTF-16.
_ENCODINGS = (PositionEncoding.UTF32, PositionEncoding.UTF8, PositionEncoding.UTF16)


@dataclass(frozen=True, slots=True)
class Client:
    """One flag for each decision that depends on the client; the defaults are those of one that says nothing."""

    encoding: PositionEncoding = PositionEncoding.UTF16
    pull_diagnostics: bool = False
    refresh_lenses: bool = False
    code_description: bool = False
    markdown: bool = False
    resolves_edits: bool = False
    document_changes: bool = True
    disabled_actions: bool = False
    configuration: bool = False
    registers_configuration: bool = False
    registers_watchers: bool = False
    show_document: bool = False
    progress: bool = False
    asks: bool = False
    annotations: bool = False

    @classmethod
    def of(cls, capabilities: object) -> Client:
        """The client that sent those capabilities, as JSON; what is missing or of a wrong type counts as unsaid."""

        def says(path: str) -> bool:
            return _at(capabilities, path) is True

        return cls(
            encoding=_encoding(_at(capabilities, "general.positionEncodings")),
            # A client that pulls but can not be told to pull again would keep what changed settings made wrong.
            pull_diagnostics=isinstance(_at(capabilities, "textDocument.diagnostic"), dict)
            and says("workspace.diagnostics.refreshSupport"),
            refresh_lenses=says("workspace.codeLens.refreshSupport"),
            code_description=says("textDocument.publishDiagnostics.codeDescriptionSupport"),
            markdown=_prefers_markdown(_at(capabilities, "textDocument.hover.contentFormat")),
            # What resolves must also give `data` back, or there is nothing to resolve by.
            resolves_edits="edit" in _texts(_at(capabilities, "textDocument.codeAction.resolveSupport.properties"))
            and says("textDocument.codeAction.dataSupport"),
            # Neovim before 0.12, ALE and Kate honour versioned edits without saying so; an edit without a version may
            # land in a text that has moved on. So only those that say no get edits without one.
            document_changes=_at(capabilities, "workspace.workspaceEdit.documentChanges") is not False,
            disabled_actions=says("textDocument.codeAction.disabledSupport"),
            configuration=says("workspace.configuration"),
            registers_configuration=says("workspace.didChangeConfiguration.dynamicRegistration"),
            registers_watchers=says("workspace.didChangeWatchedFiles.dynamicRegistration"),
            show_document=says("window.showDocument.support"),
            progress=says("window.workDoneProgress"),
            asks=isinstance(_at(capabilities, "window.showMessage"), dict),
            annotations=isinstance(_at(capabilities, "workspace.workspaceEdit.changeAnnotationSupport"), dict),
        )


def server_capabilities(client: Client) -> types.ServerCapabilities:
    """All that the server offers to that client."""
    return types.ServerCapabilities(
        position_encoding=types.PositionEncodingKind(client.encoding.value),
        text_document_sync=types.TextDocumentSyncOptions(
            open_close=True,
            change=types.TextDocumentSyncKind.Incremental,
            save=types.SaveOptions(include_text=False),
        ),
        hover_provider=True,
        code_action_provider=types.CodeActionOptions(
            code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL, REVIEW_KIND],
            resolve_provider=client.resolves_edits,
        ),
        code_lens_provider=types.CodeLensOptions(resolve_provider=False),
        execute_command_provider=types.ExecuteCommandOptions(commands=list(COMMANDS)),
        diagnostic_provider=types.DiagnosticOptions(
            identifier="oldhand", inter_file_dependencies=False, workspace_diagnostics=True
        )
        if client.pull_diagnostics
        else None,
        workspace=types.WorkspaceOptions(
            workspace_folders=types.WorkspaceFoldersServerCapabilities(supported=True, change_notifications=True)
        ),
    )


def _at(value: object, path: str) -> object:
    """What stands at a dotted path of JSON objects, or None."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _encoding(offered: object) -> PositionEncoding:
    names = _texts(offered)
    return next((encoding for encoding in _ENCODINGS if encoding.value in names), PositionEncoding.UTF16)


def _prefers_markdown(formats: object) -> bool:
    """The client's list is in the order of its preference."""
    known = (name for name in _texts(formats) if name in {"markdown", "plaintext"})
    return _first(known) == "markdown"


def _first(names: Iterable[str]) -> str:
    return next(iter(names), "")
