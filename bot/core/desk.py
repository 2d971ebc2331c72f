"""What a community manager can do, from whatever page, command or network it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import merge

from bot.clock import Clock
from bot.contract import Capabilities, Handler
from bot.core import revising
from bot.core.revising import Said
from bot.errors import BlankReply, Conflict, FileRefused, Overtaken
from bot.models import Attachment, Author, Escalation, EscalationKind, Line, Reply
from bot.store import conversations, drafts, escalations, journal, letters, outbox, revisions
from bot.store.protocol import Store, Tx


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

    def __init__(self, store: Store, clock: Clock, handlers: Mapping[str, Handler]) -> None:
        self._store = store
        self._clock = clock
        self._handlers = handlers

    async def queue(self, state: str = "open") -> Queue:
        """The items in a state named in `escalations.FILTERS`."""
        return await self._store.run(_queue, state)

    async def show(self, escalation_id: int) -> Case:
        """One item with its conversation; raises NotFound."""
        return await self._store.run(case, escalation_id, self._handlers)

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
        self,
        escalation_id: int,
        manager: str,
        text: str,
        client_id: str,
        files: Sequence[Attachment] = (),
        seen: int | None = None,
    ) -> Escalation:
        """Answer the follower, claiming the item if nobody has.

        Args:
            escalation_id: the item.
            manager: who answers.
            text: Markdown.
            client_id: tells a repeated request from a second reply; any text.
            files: of our own, which go along.
            seen: the place in the journal up to which the manager has read; None asks nothing.

        Raises:
            BlankReply: the text has nothing that can be seen, and there is no file.
            FileRefused: the network does not take so many files, or one so large.
            NotFound: there is none of that id.
            Conflict: another manager has it, or it is resolved.
            Overtaken: another manager has answered after what was seen.
        """
        if not files:
            _refuse_blank(text)
        reply = Reply(text, attachments=tuple(files))
        return await self._store.run(
            _reply,
            escalation_id,
            manager,
            reply,
            client_id,
            self._handlers,
            seen,
            self._clock.now(),
        )

    async def revise(self, row_id: int, manager: str, text: str) -> None:
        """Have a person's reply say something else; what is not sent yet simply does.

        Args:
            row_id: the row of the outbox that carries the reply, or a part of it.
            manager: who wants it.
            text: Markdown; the whole of what the reply is to say.

        Raises:
            BlankReply: the text has nothing that can be seen.
            NotFound: there is no such reply.
            Conflict: another manager holds the conversation, its network cannot do it, the bot
                said it, it was taken back, or nobody knows whether it arrived.
        """
        _refuse_blank(text)
        now = self._clock.now()
        await self._store.run(revising.revise, row_id, manager, text, self._handlers, now)

    async def account_of(self, row_id: int) -> str:
        """The network on which a reply was said; raises NotFound."""
        return (await self._store.run(revisions.parts, row_id))[0].account

    async def withdraw(self, row_id: int, manager: str) -> None:
        """Take a person's reply back; raises NotFound and Conflict as `revise` does."""
        now = self._clock.now()
        await self._store.run(revising.withdraw, row_id, manager, self._handlers, now)

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
    )


def check_files(files: Sequence[Attachment], able: Capabilities) -> None:
    """Raise FileRefused where a network does not take so many files, or one so large."""
    if len(files) > able.max_files:
        text = f"this network takes {able.max_files} files at once at most"
        raise FileRefused(text, "many", most=able.max_files)
    for file in files:
        if (file.size or 0) > able.max_file_bytes:
            text = f"this network takes files of {able.max_file_bytes} bytes at most"
            raise FileRefused(f"{file.name}: {text}", "large", file.name, able.max_file_bytes)


def _refuse_blank(text: str) -> None:
    if not any(one.isprintable() and not one.isspace() for one in text):
        raise BlankReply("a reply needs a text: write what the follower is to read")


def _reply(
    tx: Tx,
    escalation_id: int,
    manager: str,
    reply: Reply,
    client_id: str,
    handlers: Mapping[str, Handler],
    seen: int | None,
    now: datetime,
) -> Escalation:
    cause = drafts.cause(escalation_id, client_id)
    if outbox.is_known(tx, cause):
        return escalations.find(tx, escalation_id)
    found = escalations.claim(tx, escalation_id, manager, now)
    if seen is not None and (other := _overtook(tx, found, manager, seen)):
        raise Overtaken(f"{other} has answered meanwhile: nothing was sent", other)
    handler = handlers.get(found.account)
    if handler is None:
        raise Conflict(
            f"the network {found.account!r} is not enabled in bot.toml: nothing was sent"
        )
    check_files(reply.attachments, handler.capabilities)
    draft = outbox.Draft(
        cause=cause,
        conversation_id=found.conversation_id,
        account=found.account,
        parts=handler.parts(reply),
        author=Author.MANAGER,
        manager=manager,
        in_reply_to=escalations.asked_in(tx, escalation_id),
    )
    rows = outbox.enqueue(tx, draft, now)
    if handler.capabilities.hosting:
        letters.expect(tx, found.conversation_id, rows)
    escalations.replied(tx, found, manager, now)
    drafts.let_go(tx, escalation_id, manager)
    return escalations.find(tx, escalation_id)


def _overtook(tx: Tx, found: Escalation, manager: str, seen: int) -> str:
    """Another manager who has answered in the same thread after that place; empty for nobody."""
    together = conversations.thread(tx, found.conversation_id)
    return journal.last_actor(tx, journal.REPLIED, together, seen, but=manager)


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
