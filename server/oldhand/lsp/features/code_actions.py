"""Code actions: fix this, fix all that is safe, ignore here or in the file, explain.

No edit is made that was not proved on exactly the text that it is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcInvalidParams

from oldhand.findings import Accepted, Applicability, Finding, Rejected
from oldhand.lsp import from_proto, to_proto
from oldhand.lsp.capabilities import EXPLAIN, FIX_ALL, REVIEW_KIND
from oldhand.lsp.edits import FIX, FIX_EVERYTHING, IGNORE_FILE, IGNORE_LINE, Action, edits_of
from oldhand.lsp.features import dismissals, reviews
from oldhand.lsp.selection import Chosen, chosen
from oldhand.lsp.session import OpenFile
from oldhand.secrets import mask

if TYPE_CHECKING:
    from oldhand.lsp.server import Server
    from oldhand.review.document import Document
    from oldhand.review.run import Review

LIMIT = 20
"""Findings for which actions are offered at once; each costs proofs, and a menu of more is not read."""

_QUICK_FIX = types.CodeActionKind.QuickFix


async def code_actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction] | None:
    """What can be done about the findings at a range, in the text as it is.

    Raises ContentModified where that changes meanwhile.
    """
    file = ls.session.files.get(from_proto.key_of(params.text_document.uri))
    if file is None:
        return None
    document = file.document
    place = from_proto.range_in(document, params.range, ls.client.encoding)
    review = await ls.session.reviewed(file)
    _unchanged(file, document)
    if review is None:
        return None
    asked = params.context
    invoked = asked.trigger_kind is not types.CodeActionTriggerKind.Automatic
    actions: list[types.CodeAction] = []
    if _wanted(_QUICK_FIX.value, asked.only):
        for one in chosen(file, asked.diagnostics, place, ls.client.encoding)[:LIMIT]:
            actions += await _for_finding(ls, file, review, one, invoked=invoked)
    if _wanted(FIX_ALL, asked.only) and (invoked or asked.only):
        actions += await _fix_everything(ls, file, review)
    if _wanted(REVIEW_KIND, asked.only) and invoked:
        actions += await reviews.actions(ls, file, review, place)
    _unchanged(file, document)
    return _without_doubles(actions)


async def resolve(ls: Server, params: types.CodeAction) -> types.CodeAction:
    """The action with its edit. Raises ContentModified where the text has moved on since it was offered."""
    action = Action.read(params.data)
    if action is None:
        raise JsonRpcInvalidParams("this is no action of this server")
    file = ls.session.files.get(from_proto.key_of(action.uri))
    if file is None or file.document.version != action.version:
        raise JsonRpcContentModified("the text has changed since the action was offered")
    document = file.document
    edits = await edits_of(ls.session, file, action)
    _unchanged(file, document)
    if edits is None:
        raise JsonRpcContentModified("the finding is no longer there")
    params.edit = to_proto.workspace_edit(document, edits, ls.client, _proposed(file, action))
    return params


async def _for_finding(
    ls: Server, file: OpenFile, review: Review, one: Chosen, *, invoked: bool
) -> list[types.CodeAction]:
    finding = await ls.session.verified(file, review, one.finding)
    echoed = one.echoed or to_proto.diagnostic(file.document, finding, finding.range, ls.client)
    actions = []
    if isinstance(finding.verdict, Accepted) and finding.fix is not None:
        preferred = finding.verdict.applicability is Applicability.SAFE
        action = await _edit_action(ls, file, mask(finding.fix.title), FIX, finding)
        actions.append(_about(action, echoed, preferred=preferred))
    elif invoked and ls.client.disabled_actions and isinstance(finding.verdict, Rejected) and finding.fix is not None:
        reason = types.CodeActionDisabled(reason=mask(finding.verdict.reason))
        actions.append(types.CodeAction(mask(finding.fix.title), kind=_QUICK_FIX, disabled=reason))
    if invoked and one.pointed_at:
        # That a comment takes a persona's finding out can not be proved without asking the persona again.
        ignores = () if finding.rule.startswith("claude/") else (("here", IGNORE_LINE), ("in this file", IGNORE_FILE))
        for where, name in ignores:
            title = f"Ignore {finding.rule} {where}"
            action = await _edit_action(ls, file, title, name, finding)
            actions.append(_about(action, echoed))
        actions.append(_about(dismissals.action(file, finding), echoed))
        command = types.Command(
            title=f"Explain {finding.rule}",
            command=EXPLAIN,
            arguments=[{"uri": file.document.uri, "fingerprint": finding.fingerprint}],
        )
        actions.append(_about(types.CodeAction(command.title, kind=_QUICK_FIX, command=command), echoed))
    return [action for action in actions if action is not None]


async def _fix_everything(ls: Server, file: OpenFile, review: Review) -> list[types.CodeAction]:
    if not any(finding.offers is Applicability.SAFE for finding in review.findings):
        return []
    action = await _edit_action(ls, file, "Apply all safe fixes in this file", FIX_EVERYTHING, None)
    if action is None:
        return []
    action.kind = FIX_ALL
    return [action]


async def _edit_action(
    ls: Server, file: OpenFile, title: str, name: str, finding: Finding | None
) -> types.CodeAction | None:
    """An action whose edit is there at once, or where the client can ask for it later; None where there is no edit.

    That an ignore comment works is proved before it is offered in either case.
    """
    document = file.document
    action = Action(name, document.uri, document.version, finding.fingerprint if finding is not None else "")
    lazy = ls.client.resolves_edits
    edits = None if lazy and name in {FIX, FIX_EVERYTHING} else await edits_of(ls.session, file, action)
    if edits is None and not (lazy and name in {FIX, FIX_EVERYTHING}):
        return None
    offered = types.CodeAction(title, kind=_QUICK_FIX)
    if lazy:
        offered.data = action.written()
    elif edits is not None:
        offered.edit = to_proto.workspace_edit(document, edits, ls.client, _proposed(file, action))
    return offered


def _proposed(file: OpenFile, action: Action) -> Finding | None:
    """The persona's finding whose change it is, which the user has to confirm; None for all else."""
    claim = file.consulted.claims.get(action.fingerprint)
    return claim.finding if claim is not None and action.name == FIX else None


def _about(
    action: types.CodeAction | None, diagnostic: types.Diagnostic, *, preferred: bool = False
) -> types.CodeAction | None:
    if action is not None:
        action.diagnostics = [diagnostic]
        action.is_preferred = True if preferred else None
    return action


def _wanted(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether a kind is among those asked for: each stands for itself and all below it, the empty one for all."""
    if only is None:
        return True
    names = [str(name.value if isinstance(name, types.CodeActionKind) else name) for name in only]
    return any(name in {"", kind} or kind.startswith(name + ".") for name in names)


def _without_doubles(actions: list[types.CodeAction]) -> list[types.CodeAction]:
    """Two findings may propose the same change; it is offered once."""
    seen: dict[str, types.CodeAction] = {}
    for action in actions:
        seen.setdefault(repr((action.title, action.edit, action.data, action.command)), action)
    return list(seen.values())


def _unchanged(file: OpenFile, document: Document) -> None:
    if file.document is not document:
        raise JsonRpcContentModified("the text has changed meanwhile")
