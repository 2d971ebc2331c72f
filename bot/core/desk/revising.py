"""Changing what people said: a reply as a whole, whatever it was split into when it was sent.

New text is split like any reply; parts that are there say something else, surplus ones are taken
back, and what is more is said behind them. Files stay with the parts that carry them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.contract import Handler, Recovery
from bot.errors import Conflict
from bot.escalation import EscalationState
from bot.models import Author, Reply
from bot.store.conversation import conversations
from bot.store.delivery import revisions
from bot.store.delivery.revisions import Part
from bot.store.protocol import Tx
from bot.store.queue import escalations


@dataclass(frozen=True, slots=True)
class Said:
    """A reply of a person's, by its first row: its whole text, and what its network allows."""

    text: str
    revises: bool
    withdraws: bool


def said(tx: Tx, thread: Sequence[int], handlers: Mapping[str, Handler]) -> dict[int, Said]:
    """All that people have said in conversations and not taken back, by the first row of each."""
    found = {}
    for row_id, (account, text) in revisions.whole(tx, thread).items():
        handler = handlers.get(account)
        if handler is not None:
            able = handler.capabilities
            found[row_id] = Said(text, able.revises, able.withdraws)
    return found


def revise(
    tx: Tx, row_id: int, manager: str, text: str, handlers: Mapping[str, Handler], now: datetime
) -> None:
    """Have a reply say something else; as `Desk.revise`."""
    there, handler = _there(tx, row_id, manager, handlers)
    certain = _certain(handler)
    files = tuple(file for part in there for file in part.attachments)
    wanted = handler.parts(Reply(text, attachments=files))
    pairs = list(zip(there, wanted, strict=False))
    surplus, more = there[len(wanted) :], wanted[len(there) :]
    if not _fits(pairs, surplus, more):
        text = "beside its files this reply cannot say so much: take it back, say it anew"
        raise Conflict(text, why="files_stay")
    changed = [part for part, reply in pairs if part.text != reply.text]
    away = [part for part in changed if not revisions.is_here(part, certain=certain)]
    if away and not handler.capabilities.revises:
        raise Conflict(f"on {handler.account} nothing can be changed that was sent", why="fixed")
    for part in surplus:
        _withdraw(tx, part, manager, handler, now)
    for part, reply in pairs:
        if part in changed:
            revisions.revise(tx, part, reply.text, manager, now, certain=certain)
    revisions.say_more(tx, there[-1], more, manager, now)


def withdraw(
    tx: Tx, row_id: int, manager: str, handlers: Mapping[str, Handler], now: datetime
) -> None:
    """Take a reply back; as `Desk.withdraw`."""
    there, handler = _there(tx, row_id, manager, handlers)
    for part in there:
        _withdraw(tx, part, manager, handler, now)


def _there(
    tx: Tx, row_id: int, manager: str, handlers: Mapping[str, Handler]
) -> tuple[list[Part], Handler]:
    """The parts of a reply that are not withdrawn, and its network, once all is in order."""
    parts = revisions.parts(tx, row_id)
    first = parts[0]
    if first.author is not Author.MANAGER:
        raise Conflict("only what a person said can be changed", why="not_ours")
    for conversation_id in conversations.thread(tx, first.conversation_id):
        held = escalations.unresolved(tx, conversation_id)
        if held and held.state is EscalationState.CLAIMED and held.holder != manager:
            raise Conflict(f"{held.holder} has claimed escalation {held.id}", held.holder)
    handler = handlers.get(first.account)
    if handler is None:
        raise Conflict(
            f"the network {first.account!r} is not enabled in bot.toml", why="network_off"
        )
    there = [part for part in parts if not part.withdrawn]
    if not there:
        raise Conflict("this reply was taken back already", why="withdrawn")
    return there, handler


def _certain(handler: Handler) -> bool:
    """Whether a row that waits to be tried again has certainly not arrived."""
    return handler.capabilities.recovery is not Recovery.KEYED


def _withdraw(tx: Tx, part: Part, manager: str, handler: Handler, now: datetime) -> None:
    certain = _certain(handler)
    here = revisions.is_here(part, certain=certain)
    if not here and not handler.capabilities.withdraws:
        raise Conflict(f"on {handler.account} nothing can be taken back that was sent", why="kept")
    revisions.withdraw(tx, part, manager, now, certain=certain)


def _fits(
    pairs: Sequence[tuple[Part, Reply]], surplus: Sequence[Part], more: Sequence[Reply]
) -> bool:
    """Whether every file stays where it is."""
    moved = any(part.attachments != reply.attachments for part, reply in pairs)
    alone = any(part.attachments for part in surplus) or any(reply.attachments for reply in more)
    return not moved and not alone
