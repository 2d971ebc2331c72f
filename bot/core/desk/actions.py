"""What a community manager can do, from whatever page, command or network it is asked for."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from heapq import merge

from bot.clock import Clock
from bot.contract import Handler
from bot.core.charter.objecting import objections
from bot.core.charter.vetting import Vetting
from bot.core.conversation import judging
from bot.core.desk import replying, revising
from bot.core.desk.replying import Made, refuse_blank
from bot.core.desk.revising import Said
from bot.errors import (
    Conflict,
    NotFound,
    Objection,
    OffCharter,
    UserError,
)
from bot.escalation import Escalation, EscalationKind, EscalationState
from bot.judgements import Judgement
from bot.library.rules.charter import Charter
from bot.models import Attachment, Entry, Line, Reply
from bot.sentence import Sentence
from bot.store import accounts, audit, journal
from bot.store.audit import By, Deed
from bot.store.conversation import conversations
from bot.store.delivery import deliveries, drafts, letters, revisions
from bot.store.protocol import Store, Tx
from bot.store.queue import escalations, timing
from bot.store.queue.pages import Sieve, page

_MOST = 200
"""Items of the queue that are read at once."""
_VIEWED_AGAIN = timedelta(hours=1)
"""Looking at an item again within this time is not written down once more."""


@dataclass(frozen=True, slots=True)
class Case:
    """An escalation with its conversation."""

    escalation: Escalation
    lines: tuple[Line, ...]
    """The latest lines (500 at most), in order."""
    undelivered: tuple[Line, ...]
    """What was said and is not known to have arrived."""
    said: Mapping[int, Said] = field(default_factory=dict)
    """What people have said, by the first row of each reply: it may be changed."""
    mailed: frozenset[int] = frozenset()
    """Rows of the outbox that the follower was sent by e-mail as well."""
    closes: datetime | None = None
    """Until when the network lets us answer; None is for ever."""
    reachable: bool = True
    """The network has not said that nothing can be written there now."""

    @property
    def timeline(self) -> list[Line]:
        """All: what has been seen in its order, what is under way where it belongs."""
        return list(merge(self.lines, self.undelivered, key=lambda line: line.at))


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue, and the place in the journal up to which it is known."""

    escalations: tuple[Escalation, ...]
    cursor: int


class Desk:
    """The queue and its actions; every action is durable when it returns."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        handlers: Mapping[str, Handler],
        vetting: Callable[[], Vetting] = lambda: Vetting(Charter()),
    ) -> None:
        """Begin.

        Args:
            store: where all is kept.
            clock: the time.
            handlers: the networks, by account.
            vetting: the charter as it is now; nothing is looked at without one.
        """
        self._store = store
        self._clock = clock
        self._handlers = handlers
        self._vetting = vetting

    async def queue(self, state: str = "open", subjects: Collection[str] | None = None) -> Queue:
        """The items in a state named in `escalations.FILTERS`, about one of these entries."""
        return await self._store.run(_queue, Sieve(state, subjects=subjects))

    async def show(self, escalation_id: int) -> Case:
        """One item with its conversation; raises NotFound."""
        return await self._store.run(case, escalation_id, self._handlers)

    async def claim(self, escalation_id: int, by: By) -> Escalation:
        """Take an item; raises NotFound, or Conflict with who has it."""
        return await self._act(Deed.CLAIM, escalations.claim, escalation_id, by)

    async def release(self, escalation_id: int, by: By) -> Escalation:
        """Give an item back; raises as `claim` does."""
        return await self._act(Deed.RELEASE, escalations.release, escalation_id, by)

    async def assign(self, escalation_id: int, by: By, to: str) -> Escalation:
        """Have another manager hold an item that is free or one's own; raises as `claim` does.

        Raises:
            NotFound: there is no item of that id, or no account of that name that takes items.
        """
        now = self._clock.now()
        return await self._store.run(_assign, escalation_id, by, to, now)

    async def snooze(self, escalation_id: int, by: By, until: datetime | None = None) -> Escalation:
        """Put an item out of sight until a time, or until its follower writes.

        Raises:
            UserError: the time has passed already.
            NotFound, Conflict: as for `claim`.
        """
        if until is not None and until <= self._clock.now():
            raise UserError(f"{until.isoformat(timespec='minutes')} has passed already")
        snooze = partial(timing.snooze, until=until)
        return await self._act(Deed.SNOOZE, snooze, escalation_id, by)

    async def wake(self, escalation_id: int, by: By) -> Escalation:
        """Bring back what is snoozed; raises as `claim` does."""
        return await self._act(Deed.WAKE, timing.wake_by_hand, escalation_id, by)

    async def look(self, escalation_id: int, by: By, *, serves: bool = True) -> None:
        """Note that somebody looks at an item; it counts as seen only where they take requests."""
        now = self._clock.now()
        await self._store.run(_look, escalation_id, by, now, serves=serves)

    async def resolve(self, escalation_id: int, by: By) -> Escalation:
        """Close an item: the bot serves its conversation again; raises as `claim` does."""
        return await self._act(Deed.RESOLVE, _resolve, escalation_id, by)

    async def reply(
        self,
        escalation_id: int,
        by: By,
        text: str,
        client_id: str,
        files: Sequence[Attachment] = (),
        *,
        seen: int | None = None,
        anyway: bool = False,
    ) -> Escalation:
        """Answer the follower, claiming the item if nobody has.

        Args:
            escalation_id: the item.
            by: who answers, from where.
            text: Markdown.
            client_id: tells a repeated request from a second reply; any text.
            files: of our own, which go along.
            seen: the place in the journal up to which the manager has read; None asks nothing.
            anyway: send it whatever the charter says; that is written into the audit log.

        Raises:
            OffCharter: the charter speaks against it, or a variable in it is not filled in.
            BlankReply: the text has nothing that can be seen, and there is no file.
            FileRefused: the network does not take so many files, or one so large.
            NotFound: there is none of that id.
            Conflict: another manager has it, or it is resolved.
            Overtaken: another manager has answered after what was seen.
        """
        if not files:
            refuse_blank(text)
        against = await self.objections(escalation_id, text, client_id)
        if against and not anyway:
            raise OffCharter(against)
        cause = drafts.cause(escalation_id, client_id)
        reply = Made(Reply(text, attachments=tuple(files)), cause, against, seen)
        return await self._store.run(
            replying.send,
            escalation_id,
            by,
            reply,
            self._handlers,
            self._clock.now(),
        )

    async def objections(
        self, escalation_id: int, text: str, client_id: str
    ) -> tuple[Objection, ...]:
        """What speaks against that reply to an item; nothing where it is on its way already.

        Raises:
            NotFound: there is no such item.
        """
        cause = drafts.cause(escalation_id, client_id)
        public = await self._store.run(replying.audience, escalation_id, cause)
        return () if public is None else await self._against(text, public=public)

    def check_files(self, item: Escalation, files: Sequence[Attachment]) -> None:
        """Raise FileRefused where the network of an item does not take so many, or one so large."""
        if handler := self._handlers.get(item.account):
            replying.check_files(files, handler.capabilities)

    async def revise(self, row_id: int, by: By, text: str, *, anyway: bool = False) -> None:
        """Have a person's reply say something else; what is not sent yet simply does.

        Args:
            row_id: the row of the outbox that carries the reply, or a part of it.
            by: who wants it, from where.
            text: Markdown; the whole of what the reply is to say.
            anyway: as for `reply`.

        Raises:
            OffCharter: as for `reply`.
            BlankReply: the text has nothing that can be seen.
            NotFound: there is no such reply.
            Conflict: another manager holds the conversation, its network cannot do it, the bot
                said it, it was taken back, or nobody knows whether it arrived.
        """
        refuse_blank(text)
        public = await self._store.run(replying.audience_of_row, row_id)
        against = await self._against(text, public=public)
        if against and not anyway:
            raise OffCharter(against)
        now = self._clock.now()
        await self._store.run(replying.revise, row_id, by, text, against, self._handlers, now)

    async def account_of(self, row_id: int) -> str:
        """The network on which a reply was said; raises NotFound."""
        return (await self._store.run(revisions.parts, row_id))[0].account

    async def withdraw(self, row_id: int, by: By) -> None:
        """Take a person's reply back; raises NotFound and Conflict as `revise` does."""
        now = self._clock.now()
        await self._store.run(replying.withdraw, row_id, by, self._handlers, now)

    async def judge(self, escalation_id: int, by: By, entry: Entry | None) -> Escalation:
        """Say which entry answers an item's question, or None where nothing in the FAQ does.

        The bot learns from it; the follower is told nothing. A later word replaces an earlier one,
        and anybody may say it, whoever holds the item and also once it is resolved.

        Raises:
            NotFound: there is none of that id.
            Conflict: the item is no question, or one without words.
        """
        now = self._clock.now()
        return await self._store.run(judging.told, escalation_id, entry, by, now)

    async def judgement(self, escalation_id: int) -> Judgement | None:
        """What managers have said by `judge`, if anything."""
        return await self._store.run(judging.word, escalation_id)

    async def resend(self, escalation_id: int, by: By) -> Escalation:
        """Send once more what an item of kind DELIVERY is about; raises as `claim` does."""
        now = self._clock.now()
        return await self._store.run(_settle, escalation_id, by, now, again=True)

    async def arrived(self, escalation_id: int, by: By) -> Escalation:
        """Note that what an item of kind DELIVERY is about did arrive; raises as `claim` does."""
        now = self._clock.now()
        return await self._store.run(_settle, escalation_id, by, now, again=False)

    async def _act(
        self, deed: Deed, act: Callable[..., Escalation], escalation_id: int, by: By
    ) -> Escalation:
        now = self._clock.now()
        return await self._store.run(_noted, deed, act, escalation_id, by, now)

    async def _against(self, text: str, *, public: bool) -> tuple[Objection, ...]:
        return await asyncio.to_thread(objections, text, self._vetting(), public=public)


# ── units of work ────────────────────────────────────────────────────────────────────────────────


def _queue(tx: Tx, sieve: Sieve) -> Queue:
    return Queue(tuple(page(tx, sieve, _MOST)), journal.position(tx))


def case(tx: Tx, escalation_id: int, handlers: Mapping[str, Handler]) -> Case:
    """One item with its conversation, within a unit of work; raises NotFound."""
    found = escalations.find(tx, escalation_id)
    together = conversations.thread(tx, found.conversation_id)
    changes = revisions.under_way(tx, together)

    def marked(line: Line) -> Line:
        change = changes.get(line.outbox_id) if line.outbox_id is not None else None
        return replace(line, change=change) if change else line

    return Case(
        found,
        tuple(map(marked, conversations.last_lines(tx, together))),
        tuple(map(marked, conversations.undelivered(tx, together))),
        revising.said(tx, together, handlers),
        letters.told(tx, together),
        replying.closes(tx, found, handlers.get(found.account)),
        conversations.reachable(tx, found.conversation_id),
    )


def _noted(
    tx: Tx,
    deed: Deed,
    act: Callable[..., Escalation],
    escalation_id: int,
    by: By,
    now: datetime,
) -> Escalation:
    """Do something with an item, and write it into the audit log where that changed it."""
    before = escalations.find(tx, escalation_id)
    found = act(tx, escalation_id, by.actor, now=now)
    if found.version != before.version:
        audit.write(tx, by, deed, now, escalation_id=found.id)
    return found


def _assign(tx: Tx, escalation_id: int, by: By, to: str, now: datetime) -> Escalation:
    found = escalations.held_by(tx, escalation_id, by.actor)
    if found.state is EscalationState.RESOLVED:
        raise Conflict(Sentence("escalation {number} is resolved already", number=escalation_id))
    if to not in accounts.serving(tx):
        raise NotFound(f"there is nobody of the name {to!r} who takes requests")
    if found.holder != to:
        timing.assign(tx, found, to, now)
        audit.write(tx, by, Deed.ASSIGN, now, escalation_id=found.id, detail=to)
    return escalations.find(tx, escalation_id)


def _look(tx: Tx, escalation_id: int, by: By, now: datetime, *, serves: bool) -> None:
    if serves:
        timing.seen(tx, escalation_id, by.actor, now)
    if not audit.has_viewed(tx, by, escalation_id, now - _VIEWED_AGAIN):
        audit.write(tx, by, Deed.VIEW, now, escalation_id=escalation_id)


def _resolve(tx: Tx, escalation_id: int, manager: str, now: datetime) -> Escalation:
    found = escalations.resolve(tx, escalation_id, manager, now)
    if found.outbox_id is not None:  # else its later parts would wait for ever
        deliveries.leave(tx, found.outbox_id)
    return found


def _settle(tx: Tx, escalation_id: int, by: By, now: datetime, *, again: bool) -> Escalation:
    manager = by.actor
    found = escalations.find(tx, escalation_id)
    if found.kind is not EscalationKind.DELIVERY or found.outbox_id is None:
        raise Conflict(
            Sentence("escalation {number} is not about a delivery", number=escalation_id)
        )
    escalations.claim(tx, escalation_id, manager, now)
    if again:
        deliveries.resend(tx, found.outbox_id, now)
    else:
        deliveries.arrived(tx, found.outbox_id, found.conversation_id, now)
    kind, deed = (journal.RESENT, Deed.RESEND) if again else (journal.ARRIVED, Deed.ARRIVED)
    journal.write(tx, now, kind, found.conversation_id, outbox_id=found.outbox_id, actor=manager)
    audit.write(tx, by, deed, now, escalation_id=found.id, outbox_id=found.outbox_id)
    return escalations.resolve(tx, escalation_id, manager, now)
