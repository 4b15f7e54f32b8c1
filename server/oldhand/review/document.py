"""A document: one state of a text, with its name, version, language and lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oldhand.text.edits import TextEdit, apply
from oldhand.text.lines import LineIndex


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One state of a text; a change makes another document.

    Two documents are equal only if they are the same one, so a result is current where `session.document is
    document`. `uri` is as the client wrote it. `version` is the client's, None for a file that no editor has
    open. `language` is the id of one of `syntax.languages`, None where the language is none of them.
    """

    uri: str
    version: int | None
    language: str | None
    text: str
    index: LineIndex

    @classmethod
    def open(cls, uri: str, version: int | None, language: str | None, text: str) -> Document:
        """The document as a client or the disk first gives it."""
        return cls(uri, version, language, text, LineIndex.of(text))

    def edited(self, edits: Iterable[TextEdit], version: int | None) -> Document:
        """The document after edits that follow each other, each on the text that the one before it left.

        Raises OutsideError where one goes beyond that text.
        """
        text, index = self.text, self.index
        for edit in edits:
            before, text = text, apply(text, (edit,))
            index = index.edited(before, edit, text)
        return Document(self.uri, version, self.language, text, index)
