"""What a community manager can do, from whatever page, command or network it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.contract import Handler
from bot.errors import Conflict
from bot.models import Author, Escalation, EscalationKind, Line, Reply
from bot.store import conversations, escalations, journal, outbox
from bot.store.protocol import Store, Tx


@dataclass(frozen=True, slots=True)
class Case:
    """An escalation with its conversation."""

    escalation: Escalation
    lines: tuple[Line, ...]
    """The latest lines (500 at most), in order."""
    undelivered: tuple[Line, ...]
    """What was said and is not known to have arrived."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue, and the place in the journal up to which it is known."""

    escalations: tuple[Escalation, ...]
    cursor: int


class Desk:
    """The queue and its actions; every action is durable when it returns."""

    def __init__(self, store: Store, clock: Clock, handlers: Mapping[str, Handler]) -> None:
        self._store = store
        self._clock = clock
        self._handlers = handlers

    async def queue(self, state: str = "open") -> Queue:
        """The items in a state named in `escalations.FILTERS`."""
        return await self._store.run(_queue, state)

    async def show(self, escalation_id: int) -> Case:
        """One item with its conversation; raises NotFound."""
        return await self._store.run(case, escalation_id)

    async def claim(self, escalation_id: int, manager: str) -> Escalation:
        """Take an item; raises NotFound, or Conflict with who has it."""
        now = self._clock.now()
        return await self._store.run(escalations.claim, escalation_id, manager, now)

    async def release(self, escalation_id: int, manager: str) -> Escalation:
        """Give an item back; raises as `claim` does."""
        now = self._clock.now()
        return await self._store.run(escalations.release, escalation_id, manager, now)

    async def resolve(self, escalation_id: int, manager: str) -> Escalation:
        """Close an item: the bot serves its conversation again; raises as `claim` does."""
        now = self._clock.now()
        return await self._store.run(_resolve, escalation_id, manager, now)

    async def reply(
        self, escalation_id: int, manager: str, text: str, client_id: str
    ) -> Escalation:
        """Answer the follower, claiming the item if nobody has.

        Args:
            escalation_id: the item.
            manager: who answers.
            text: Markdown.
            client_id: tells a repeated request from a second reply; any text.

        Raises:
            NotFound: there is none of that id.
            Conflict: another manager has it, or it is resolved.
        """
        return await self._store.run(
            _reply, escalation_id, manager, text, client_id, self._handlers, self._clock.now()
        )

    async def resend(self, escalation_id: int, manager: str) -> Escalation:
        """Send once more what an item of kind DELIVERY is about; raises as `claim` does."""
        now = self._clock.now()
        return await self._store.run(_settle, escalation_id, manager, now, again=True)

    async def arrived(self, escalation_id: int, manager: str) -> Escalation:
        """Note that what an item of kind DELIVERY is about did arrive; raises as `claim` does."""
        now = self._clock.now()
        return await self._store.run(_settle, escalation_id, manager, now, again=False)


# ── units of work ────────────────────────────────────────────────────────────────────────────────


def _queue(tx: Tx, state: str) -> Queue:
    return Queue(tuple(escalations.queue(tx, state)), journal.position(tx))


def case(tx: Tx, escalation_id: int) -> Case:
    """One item with its conversation, within a unit of work; raises NotFound."""
    found = escalations.find(tx, escalation_id)
    return Case(
        found,
        tuple(conversations.last_lines(tx, found.conversation_id)),
        tuple(conversations.undelivered(tx, found.conversation_id)),
    )


def _reply(
    tx: Tx,
    escalation_id: int,
    manager: str,
    text: str,
    client_id: str,
    handlers: Mapping[str, Handler],
    now: datetime,
) -> Escalation:
    cause = f"reply:{escalation_id}:{client_id}"
    if outbox.is_known(tx, cause):
        return escalations.find(tx, escalation_id)
    found = escalations.claim(tx, escalation_id, manager, now)
    handler = handlers.get(found.account)
    if handler is None:
        raise Conflict(
            f"the network {found.account!r} is not enabled in bot.toml: nothing was sent"
        )
    draft = outbox.Draft(
        cause=cause,
        conversation_id=found.conversation_id,
        account=found.account,
        parts=handler.parts(Reply(text)),
        author=Author.MANAGER,
        manager=manager,
    )
    outbox.enqueue(tx, draft, now)
    escalations.replied(tx, found, manager, now)
    return escalations.find(tx, escalation_id)


def _resolve(tx: Tx, escalation_id: int, manager: str, now: datetime) -> Escalation:
    found = escalations.resolve(tx, escalation_id, manager, now)
    if found.outbox_id is not None:  # else its later parts would wait for ever
        outbox.leave(tx, found.outbox_id)
    return found


def _settle(tx: Tx, escalation_id: int, manager: str, now: datetime, *, again: bool) -> Escalation:
    found = escalations.find(tx, escalation_id)
    if found.kind is not EscalationKind.DELIVERY or found.outbox_id is None:
        raise Conflict(f"escalation {escalation_id} is not about a delivery")
    escalations.claim(tx, escalation_id, manager, now)
    if again:
        outbox.resend(tx, found.outbox_id, now)
    else:
        outbox.arrived(tx, found.outbox_id, found.conversation_id, now)
    kind = journal.RESENT if again else journal.ARRIVED
    journal.write(tx, now, kind, found.conversation_id, outbox_id=found.outbox_id, actor=manager)
    return escalations.resolve(tx, escalation_id, manager, now)
