"""Reviews by a persona as commands and code actions: of a selection, a function, the file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from oldhand.lsp import from_proto, to_proto
from oldhand.lsp.capabilities import REVIEW, REVIEW_KIND
from oldhand.lsp.session import OpenFile
from oldhand.text.ranges import TextRange
from oldhand.text.visible import visible

if TYPE_CHECKING:
    from oldhand.lsp.server import Server
    from oldhand.review.run import Review

SCOPES = ("selection", "function", "file", "uncommitted changes", "branch")
_RANGED = ("selection", "function")


MOST_PERSONAS = 4
"""Personas that a menu offers; others can be named in the command."""


async def actions(ls: Server, file: OpenFile, review: Review, place: TextRange) -> list[types.CodeAction]:
    """What personas can be asked to review at a place: the usual one all of it, others the smallest part."""
    usual, *others = await ls.consulting.personas(file)
    scopes = _scopes(file, review, place)
    asked = [(scope, usual) for scope in scopes] + [(scopes[0], name) for name in others[: MOST_PERSONAS - 1]]
    return [_action(ls, file, scope, where, name) for (scope, where), name in asked]


def _action(ls: Server, file: OpenFile, scope: str, where: TextRange, persona: str) -> types.CodeAction:
    argument: dict[str, Any] = {"uri": file.document.uri, "scope": scope, "persona": persona}
    if scope in _RANGED:
        argument["range"] = to_proto.json_range(to_proto.range_of(file.document, where, ls.client.encoding))
    title = f"Review {scope} with {visible(persona)}"
    command = types.Command(title=title, command=REVIEW, arguments=[argument])
    return types.CodeAction(title, kind=REVIEW_KIND, command=command)


async def review(ls: Server, argument: dict[str, Any]) -> dict[str, bool]:
    """Begin a review; whether one runs. Progress and findings tell the rest."""
    uri, scope, persona = argument.get("uri"), argument.get("scope", "file"), argument.get("persona", "")
    file = ls.session.files.get(from_proto.key_of(uri)) if isinstance(uri, str) else None
    if file is None:
        raise JsonRpcInvalidParams("the document is not open")
    if scope not in SCOPES or not isinstance(persona, str):
        raise JsonRpcInvalidParams(f"the scope is one of {', '.join(SCOPES)}, and the persona a name")
    places = None
    if scope in _RANGED:
        places = [from_proto.json_range_in(file.document, argument, ls.client.encoding)]
    elif scope != "file":
        places = await _changed(ls, file, branch=scope == "branch")
        if not places:
            return {"started": False}
    await ls.consulting.review(file, places, persona, asked=True)
    return {"started": file.consulted.running is not None}


async def _changed(ls: Server, file: OpenFile, *, branch: bool) -> list[TextRange]:
    """What has changed in a document; where that is nothing, or can not be told, the user is told so."""
    from oldhand.git import GitError  # noqa: PLC0415 - seldom asked for
    from oldhand.lsp.changed_places import changed_places  # noqa: PLC0415

    path = from_proto.path_of(file.document.uri)
    if path is None:
        ls.say("Not reviewed: it is no file on disk.")
        return []
    try:
        places = await asyncio.to_thread(changed_places, path, file.document.text, branch=branch)
    except GitError as error:
        ls.say(f"Not reviewed: {error}")
        return []
    if not places:
        ls.say("Not reviewed: nothing has changed in this file.")
    return places


def stop(ls: Server, arguments: Sequence[Any]) -> dict[str, int]:
    """Stop the reviews of a document, or all of them."""
    uri = arguments[0].get("uri") if arguments and isinstance(arguments[0], dict) else None
    keys = [from_proto.key_of(uri)] if isinstance(uri, str) else list(ls.session.files)
    files = [ls.session.files[key] for key in keys if key in ls.session.files]
    return {"stopped": sum(ls.consulting.stop(file) for file in files)}


def _scopes(file: OpenFile, review: Review, place: TextRange) -> list[tuple[str, TextRange]]:
    found: list[tuple[str, TextRange]] = []
    if len(place):
        found.append(("selection", place))
    functions = review.analysis.functions() if review.analysis is not None else []
    around = [one for one in functions if one.covers(place)]
    if around:
        found.append(("function", min(around, key=len)))
    found.append(("file", place))
    path = from_proto.path_of(file.document.uri)
    if path is not None and any((folder / ".git").exists() for folder in path.parents):
        found += [("uncommitted changes", place), ("branch", place)]
    return found
