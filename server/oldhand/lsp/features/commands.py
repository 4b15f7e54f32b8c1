"""Commands: what actions, lenses and the user's key bindings ask the server to do; every argument is checked."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcInvalidParams

from oldhand.lsp import capabilities, from_proto, markdown, progress, to_proto
from oldhand.lsp.consulting import Refused
from oldhand.lsp.edits import FIX_EVERYTHING, IGNORE_FILE, IGNORE_LINE, Action, edits_of
from oldhand.lsp.features import dismissals, reviews
from oldhand.lsp.protocol import RefusedError
from oldhand.lsp.session import OpenFile, Standing
from oldhand.review.explain import Explanation, explain, plain
from oldhand.secrets import mask
from oldhand.text.visible import visible

if TYPE_CHECKING:
    from oldhand.lsp.server import Server

_MESSAGE = 4_000
"""Characters of a page for clients that can only show a message."""

_LISTED = 10
"""Findings that a message lists."""


async def execute(ls: Server, params: types.ExecuteCommandParams) -> Any:
    """Run a command; what it returns says what came of it."""
    arguments = params.arguments or []
    match params.command:
        case capabilities.RESTART:
            return await _restart(ls, params.work_done_token)
        case capabilities.FIX_ALL_COMMAND:
            return await _fix_all(ls, arguments)
        case capabilities.IGNORE:
            return await _ignore(ls, arguments)
        case capabilities.EXPLAIN:
            return await _explain(ls, arguments)
        case capabilities.SHOW:
            return await _show(ls, arguments)
        case capabilities.REVIEW:
            return await reviews.review(ls, _only(arguments))
        case capabilities.STOP:
            return reviews.stop(ls, arguments)
        case capabilities.PREVIEW:
            return await _preview(ls, arguments)
        case capabilities.DISMISS:
            return await _dismiss(ls, arguments)
        case _:
            raise JsonRpcInvalidParams(f"there is no command {params.command[:80]}")


async def _restart(ls: Server, token: types.ProgressToken | None) -> dict[str, int]:
    """Read everything anew and review all open documents."""
    async with progress.shown(ls, "Oldhand: reviewing", token):
        await ls.session.refresh()
        for file in list(ls.session.files.values()):
            await ls.session.reviewed(file)
    return {"reviewed": len(ls.session.files)}


async def _fix_all(ls: Server, arguments: Sequence[Any]) -> dict[str, bool]:
    file = _file(ls, _text(_only(arguments), "uri"))
    return await _apply(ls, file, Action(FIX_EVERYTHING, file.document.uri, file.document.version, ""))


async def _ignore(ls: Server, arguments: Sequence[Any]) -> dict[str, bool]:
    argument = _only(arguments)
    file = _file(ls, _text(argument, "uri"))
    scopes = {"line": IGNORE_LINE, "file": IGNORE_FILE}
    scope = _text(argument, "scope")
    if scope not in scopes:
        raise JsonRpcInvalidParams("the scope is line or file")
    fingerprint = _text(argument, "fingerprint")
    return await _apply(ls, file, Action(scopes[scope], file.document.uri, file.document.version, fingerprint))


async def _apply(ls: Server, file: OpenFile, action: Action) -> dict[str, bool]:
    """Have the client make the edits; it refuses them where its text has moved on."""
    document = file.document
    edits = await edits_of(ls.session, file, action)
    if file.document is not document:
        raise JsonRpcContentModified("the text has changed meanwhile")
    if not edits:
        return {"applied": False}
    edit = to_proto.workspace_edit(document, edits, ls.client)
    try:
        answer = await ls.protocol.ask(types.WORKSPACE_APPLY_EDIT, types.ApplyWorkspaceEditParams(edit))
    except RefusedError:
        return {"applied": False}
    return {"applied": isinstance(answer, dict) and answer.get("applied") is True}


async def _explain(ls: Server, arguments: Sequence[Any]) -> None:
    """Show all there is to say of a finding: as a page where the client can open one, else as a message."""
    argument = _only(arguments)
    file = _file(ls, _text(argument, "uri"))
    standing = _standing(file, [_text(argument, "fingerprint")])
    review = file.last_review
    if not standing or review is None:
        raise JsonRpcContentModified("the finding is no longer there")
    finding = await ls.session.verified(file, review, standing[0].finding)
    explanation = explain(finding, file.text_of(finding), context=3)
    if not (ls.client.show_document and await _open_page(ls, explanation)):
        ls.say(plain(explanation))


async def _preview(ls: Server, arguments: Sequence[Any]) -> None:
    """Show exactly what a review would send; nothing is sent."""
    argument = _only(arguments)
    file = _file(ls, _text(argument, "uri"))
    ranged = isinstance(argument.get("range"), dict)
    places = [from_proto.json_range_in(file.document, argument, ls.client.encoding)] if ranged else None
    try:
        words = await ls.consulting.preview(file, places, str(argument.get("persona") or ""))
    except Refused as refused:
        ls.say(f"Nothing would be sent: {refused}")
        return
    if not (ls.client.show_document and await _open_text(ls, "request.txt", visible(words))):
        ls.say(words[:_MESSAGE])


async def _dismiss(ls: Server, arguments: Sequence[Any]) -> dict[str, bool]:
    """Have a finding not shown again: into the workspace's file of dismissals, with the reason that the user gives."""
    argument = _only(arguments)
    file = _file(ls, _text(argument, "uri"))
    standing = _standing(file, [_text(argument, "fingerprint")])
    if not standing:
        raise JsonRpcContentModified("the finding is no longer there")
    return {"dismissed": await dismissals.dismiss(ls, file, standing[0].finding)}


async def _open_page(ls: Server, explanation: Explanation) -> bool:
    """Write the explanation where only the user can read it, and have the client open it."""
    name = "".join(letter if letter.isalnum() else "-" for letter in explanation.facts[0])[:80]
    return await _open_text(ls, f"{name}.md", markdown.hover([explanation]) + "\n")


async def _open_text(ls: Server, name: str, words: str) -> bool:
    """Write a page where only the user can read it, and have the client open it."""
    if ls.pages is None:
        import tempfile  # noqa: PLC0415 - seldom needed, and slow to import

        ls.pages = tempfile.TemporaryDirectory(prefix="oldhand-", ignore_cleanup_errors=True)
    path = Path(ls.pages.name, name)
    await ls.worker.run(path.write_text, words, "utf-8", "backslashreplace")
    return await _show_document(ls, types.ShowDocumentParams(to_proto.uri_of(path), take_focus=True))


async def _show(ls: Server, arguments: Sequence[Any]) -> None:
    """Go to the first of some findings, and list them."""
    argument = _only(arguments)
    file = _file(ls, _text(argument, "uri"))
    wanted = argument.get("fingerprints")
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise JsonRpcInvalidParams("fingerprints is a list of strings")
    standing = _standing(file, wanted)
    if not standing:
        return
    document = file.document
    if ls.client.show_document:
        place = to_proto.range_of(document, standing[0].place, ls.client.encoding)
        await _show_document(ls, types.ShowDocumentParams(document.uri, take_focus=True, selection=place))
    lines = [
        f"{document.index.line_of(one.place.start) + 1}: {mask(one.finding.message)}" for one in standing[:_LISTED]
    ]
    if len(standing) > _LISTED:
        lines.append(f"… and {len(standing) - _LISTED} more")
    ls.say("\n".join(lines))


async def _show_document(ls: Server, params: types.ShowDocumentParams) -> bool:
    answer = None
    with contextlib.suppress(RefusedError):
        answer = await ls.protocol.ask(types.WINDOW_SHOW_DOCUMENT, params)
    return isinstance(answer, dict) and answer.get("success") is True


def _standing(file: OpenFile, fingerprints: list[str]) -> list[Standing]:
    wanted = set(fingerprints)
    return [one for one in file.listed if one.finding.fingerprint in wanted]


def _only(arguments: Sequence[Any]) -> dict[str, Any]:
    if len(arguments) != 1 or not isinstance(arguments[0], dict):
        raise JsonRpcInvalidParams("the command takes one object")
    return arguments[0]


def _text(argument: dict[str, Any], key: str) -> str:
    value = argument.get(key)
    if not isinstance(value, str):
        raise JsonRpcInvalidParams(f"{key} is a string")
    return value


def _file(ls: Server, uri: str) -> OpenFile:
    file = ls.session.files.get(from_proto.key_of(uri))
    if file is None:
        raise JsonRpcInvalidParams("the document is not open")
    return file
