"""What the user was asked and what they answered, so that nobody asks twice."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from oldhand.claude.database import Busy, Database, Tell

ON_SAVE = ("always", "on-request", "never")


class Decisions:
    """The answers in the file at `path`, which the ledger shares; may be used from any thread.

    What can not be read just now counts as not answered, and so as not allowed.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime], tell: Tell | None = None) -> None:
        self._database = Database(path, _SCHEMA, "what you have decided", tell)
        self._clock = clock
        self._lock = threading.RLock()
        self._unwritten: dict[tuple[str, str], str] = {}

    def on_save(self) -> str:
        """When changed code may be sent: "always" (on save), "on-request" or "never"; "" where nobody has answered."""
        answer = self._answer("on-save", "")
        return answer if answer in ON_SAVE else ""

    def set_on_save(self, answer: str) -> None:
        """Remember one of ON_SAVE, for all folders."""
        if answer not in ON_SAVE:
            raise ValueError(f"{answer} is not one of {', '.join(ON_SAVE)}")
        self._remember("on-save", "", answer)

    def trusted(self, folder: Path) -> bool | None:
        """Whether the folder is trusted, as was said of it or of the nearest above it; None where nothing was."""
        real = folder.resolve()
        subjects = [_subject(path) for path in (real, *real.parents)]
        answers = self._answers("trust")
        answer = next((answers[subject] for subject in subjects if subject in answers), "")
        return {"yes": True, "no": False}.get(answer)

    def set_trusted(self, folder: Path, trusted: bool | None) -> None:
        """Remember that for the folder and all below it; None forgets what was said of it."""
        self._remember("trust", _subject(folder.resolve()), _WORDS[trusted])

    def personas(self) -> Mapping[str, bool]:
        """Whether a workspace's persona may speak, by the hash of its content; as `personas.discover.select` asks."""
        return {subject: answer == "yes" for subject, answer in self._answers("persona").items()}

    def set_persona(self, content_hash: str, may_speak: bool) -> None:
        """Remember whether a workspace's persona with this content may speak."""
        self._remember("persona", content_hash, _WORDS[may_speak])

    def speaker(self, folder: Path) -> str:
        """The name of the persona that was chosen for this folder, "" where none was."""
        return self._answer("speaker", _subject(folder.resolve()))

    def set_speaker(self, folder: Path, name: str) -> None:
        """Remember which persona reviews in this folder; "" forgets it."""
        self._remember("speaker", _subject(folder.resolve()), name)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _answer(self, question: str, subject: str) -> str:
        return self._answers(question).get(subject, "")

    def _answers(self, question: str) -> dict[str, str]:
        query = "SELECT subject, answer FROM decisions WHERE question = ?"
        with self._lock:
            answers: dict[str, str] = {}
            with contextlib.suppress(Busy):
                answers.update(
                    self._database.read(lambda connection: connection.execute(query, (question,)).fetchall())
                )
            answers.update({subject: answer for (of, subject), answer in self._unwritten.items() if of == question})
            return {subject: answer for subject, answer in answers.items() if answer}

    def _remember(self, question: str, subject: str, answer: str) -> None:
        """An empty answer is forgotten; one that can not be written now counts, and is written with the next."""
        now = self._clock().timestamp()

        def remembered(connection: sqlite3.Connection) -> None:
            for which, said in self._unwritten.items():
                connection.execute("DELETE FROM decisions WHERE question = ? AND subject = ?", which)
                if said:
                    connection.execute("INSERT INTO decisions VALUES (?, ?, ?, ?)", (*which, said, now))

        with self._lock:
            self._unwritten[question, subject] = answer
            with contextlib.suppress(Busy):
                self._database.write(remembered)
                self._unwritten.clear()


def _subject(folder: Path) -> str:
    return os.path.normcase(folder)


_WORDS = {True: "yes", False: "no", None: ""}

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS decisions (
        question TEXT NOT NULL, subject TEXT NOT NULL, answer TEXT NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (question, subject)) WITHOUT ROWID""",
)
