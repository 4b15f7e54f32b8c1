"""Opening, changing, saving and closing: the text that is reviewed is what the editor says it is."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from oldhand.lsp import from_proto
from oldhand.lsp.features import workspace

if TYPE_CHECKING:
    from oldhand.lsp.server import Server

log = logging.getLogger(__name__)


def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    """Take the document on."""
    key = from_proto.key_of(params.text_document.uri)
    ls.session.open(key, from_proto.document_of(params.text_document))
    ls.diagnostics.opened(key)


def did_change(ls: Server, params: Any) -> None:
    """Follow the change; a change that can not be followed makes the text unknown, and it is let go."""
    item = params.get("textDocument") if isinstance(params, dict) else None
    uri = item.get("uri") if isinstance(item, dict) else None
    file = ls.session.files.get(from_proto.key_of(uri)) if isinstance(uri, str) else None
    if file is None or not isinstance(item, dict) or not isinstance(uri, str):
        log.warning("a change of a document that is not open")
        return
    version = item.get("version")
    version = version if isinstance(version, int) and not isinstance(version, bool) else None
    try:
        changes = params.get("contentChanges")
        document, edits = from_proto.changed(file.document, version, changes, ls.client.encoding)
    except from_proto.ChangeError as error:
        log.error("a change was not understood (%s); the document is let go", error)
        _let_go(ls, uri)
        ls.tell("lost a change", "Oldhand lost track of a file's text. Close and reopen it to have it reviewed again.")
        return
    ls.session.change(file, document, edits)


def did_save(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
    """Review at once; what steers reviews is read anew."""
    uri = params.text_document.uri
    file = ls.session.files.get(from_proto.key_of(uri))
    if workspace.steers(uri):
        ls.session.spawn(ls.session.refresh())
    elif file is not None:
        ls.session.hurry(file)
        ls.saving.saved(file)


def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    """Let the document go, and take its findings off the screen."""
    _let_go(ls, params.text_document.uri)


def _let_go(ls: Server, uri: str) -> None:
    key = from_proto.key_of(uri)
    file = ls.session.close(key)
    if file is not None:
        ls.consulting.stop(file)
        ls.saving.forget(file)
    ls.diagnostics.closed(key)
    ls.lenses.closed(key)
