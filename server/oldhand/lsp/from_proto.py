"""From LSP to Oldhand: URIs become keys and paths, positions become offsets, content changes become edits."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lsprotocol import types

from oldhand.review.document import Document
from oldhand.syntax import languages
from oldhand.text.edits import TextEdit, changed_span
from oldhand.text.lines import PositionEncoding, offset_of
from oldhand.text.ranges import TextRange

_DRIVE = re.compile(r"/([A-Za-z])(:|%3[Aa])(?=/|$)")


class ChangeError(ValueError):
    """A content change that can not be understood: from here on the text is unknown."""


def key_of(uri: str) -> str:
    """The URI in the one form that all its spellings share: nothing escaped, a drive's letter lower."""
    plain = unquote(uri)
    if plain.startswith("file://"):
        plain = "file://" + _DRIVE.sub(lambda match: f"/{match[1].lower()}:", plain[len("file://") :], count=1)
    return plain


def path_of(uri: str) -> Path | None:
    """The path of a `file:` URI; None for every other scheme, whose text is the editor's alone."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme.lower() != "file":
        return None
    path = unquote(parts.path)
    if "\0" in path:
        return None
    if os.name == "nt":
        path = f"//{parts.netloc}{path}" if parts.netloc else path.lstrip("/")
    return Path(path) if path else None


def document_of(item: types.TextDocumentItem) -> Document:
    """A document that the editor has opened; its language is the one that the editor names, else its suffix tells."""
    language = languages.by_editor_id(item.language_id) or languages.by_path(_without_query(item.uri))
    return Document.open(item.uri, item.version, language.id if language else None, item.text)


def _without_query(uri: str) -> str:
    """The URI without its query and fragment, for the sake of the suffix."""
    return re.split("[?#]", uri, maxsplit=1)[0]


def offset_at(document: Document, position: types.Position, encoding: PositionEncoding) -> int:
    """The offset of a position, clamped as LSP has it."""
    return offset_of(document.text, document.index, position.line, position.character, encoding)


def range_in(document: Document, place: types.Range, encoding: PositionEncoding) -> TextRange:
    """The offsets of a range, clamped, and turned round where it is reversed."""
    start, end = sorted(offset_at(document, at, encoding) for at in (place.start, place.end))
    return TextRange(start, end)


def changed(
    document: Document, version: int | None, changes: object, encoding: PositionEncoding
) -> tuple[Document, tuple[TextEdit, ...]]:
    """The document after the content changes, and the edits that made it, each on the text that the last one left.

    `changes` is JSON. A change without a range replaces the whole text; its edit is the span that differs.
    Raises ChangeError.
    """
    if not isinstance(changes, Sequence) or isinstance(changes, str):
        raise ChangeError("the content changes are not a list")
    edits: list[TextEdit] = []
    for change in changes:
        edit = _edit(document, change, encoding)
        document = document.edited((edit,), version)
        edits.append(edit)
    return (document if edits else document.edited((), version)), tuple(edits)


def json_range_in(document: Document, argument: Any, encoding: PositionEncoding) -> TextRange:
    """The range under `range` of a command's argument. Raises ChangeError where there is none."""
    place = argument.get("range") if isinstance(argument, dict) else None
    start, end = sorted(_offset(document, place, name, encoding) for name in ("start", "end"))
    return TextRange(start, end)


def relative_path(uri: str, folder: Path) -> str:
    """The path of a document relative to a folder, with `/`; its name alone where it lies elsewhere."""
    path = path_of(uri)
    if path is None:
        return uri
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _edit(document: Document, change: Any, encoding: PositionEncoding) -> TextEdit:
    text = change.get("text") if isinstance(change, dict) else None
    if not isinstance(text, str):
        raise ChangeError("a content change has no text")
    place = change.get("range")
    if place is None:
        before, after = changed_span(document.text, text)
        return TextEdit(before, text[after.start : after.end])
    start, end = sorted(_offset(document, place, name, encoding) for name in ("start", "end"))
    return TextEdit(TextRange(start, end), text)


def _offset(document: Document, place: Any, end: str, encoding: PositionEncoding) -> int:
    position = place.get(end) if isinstance(place, dict) else None
    if not isinstance(position, dict):
        raise ChangeError("a range has no start or no end")
    line, character = (_whole(position.get(key)) for key in ("line", "character"))
    return offset_of(document.text, document.index, line, character, encoding)


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ChangeError("a position has no whole line and character")
    return value
