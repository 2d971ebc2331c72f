"""Takes the waiting lines of each conversation to a decision, and makes that decision durable.

Conversations run side by side; within one, lines are decided in order, one decision at a time.
Nothing is held here that must outlive the process: what is not marked as handled is read again.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.clock import Clock
from bot.config import Rooms
from bot.contract import Handler
from bot.core.conversation import judging
from bot.core.conversation.carrying_out import (
    carry_out,
    escalate,
    hear_more,
    invite,
    keep_parts,
    redeem,
)
from bot.core.conversation.commands import Name
from bot.core.conversation.deciding import choose, decide, give_up, hear
from bot.core.conversation.decisions import Decision, Group, Mind, Situation, Way
from bot.core.privacy import rights
from bot.escalation import Reason
from bot.models import Attachment, Conversation, IncomingKind, Manner, Message, Offer
from bot.store import parts, topics
from bot.store.conversation import conversations, crises, invitations, offers
from bot.store.files import Files
from bot.store.protocol import Row, Store, Tx
from bot.store.queue import escalations

_AT_ONCE = 8
"""Conversations decided on together: they share commits, and none waits long for the others."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Work:
    """A conversation and its lines, oldest first, as read before matching."""

    conversation: Conversation
    lines: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class _Ready:
    """What can be decided on now; where that is nothing, when there will be something."""

    work: Sequence[_Work]
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Means:
    """What there is for a reply in a conversation."""

    handler: Handler
    manner: Manner = Manner.ANSWER
    way: Way | None = None
    """To a private conversation, from a public one."""
    export: Attachment | None = None
    """What is kept of a follower who asks for it."""


class Dispatcher:
    """Answers what followers write."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        handlers: Mapping[str, Handler],
        mind: Callable[[], Mind],
        files: Files,
        rooms: Mapping[str, Rooms],
    ) -> None:
        """Begin.

        Args:
            store: where all is kept.
            clock: the time.
            handlers: the networks, by account.
            mind: what the bot knows now.
            files: our own.
            rooms: how the bot behaves where others read, by account.
        """
        self._store = store
        self._clock = clock
        self._handlers = handlers
        self._mind = mind
        self._files = files
        self._rooms = rooms
        self._typing: set[asyncio.Future[None]] = set()

    async def run(self) -> None:
        """Serve until cancelled."""
        with self._store.topics.listen(topics.INBOX) as woken:
            while True:
                woken.clear()
                if not (ready := await self._ready()).work:
                    await self._clock.wait(woken, ready.next_due)
                await self._serve_all(ready.work)

    async def step(self) -> int:
        """Decide on the conversations that wait longest; returns how many were looked at."""
        ready = await self._ready()
        await self._serve_all(ready.work)
        return len(ready.work)

    async def _ready(self) -> _Ready:
        return await self._store.run(_ready, tuple(self._handlers), self._clock.now())

    async def _serve_all(self, ready: Sequence[_Work]) -> None:
        await asyncio.gather(*(self._serve(work) for work in ready))

    async def _serve(self, work: _Work) -> None:
        try:
            await self._decide(work)
        except Exception:  # noqa: BLE001  # one message must not stop the others: a person takes it
            _log.exception("Message %d cannot be decided on", work.lines[0].id)
            await self._hand_over(work)

    async def _hand_over(self, work: _Work) -> None:
        """The lines go to a person as they are, without a word if even that fails."""
        mind, now = self._mind(), self._clock.now()
        try:
            await self._store.run(_hand_over, work, mind, self._means(work.conversation), now)
        except Exception:  # noqa: BLE001  # as above
            _log.exception("Message %d cannot be acknowledged", work.lines[0].id)
            await self._store.run(_hand_over, work, mind, None, now)

    async def _decide(self, work: _Work) -> None:
        conversation = work.conversation
        mind, means, now = self._mind(), self._means(conversation), self._clock.now()
        if work.lines[0].kind is IncomingKind.CHOICE:
            await self._store.run(_choose, work, mind, means, now)
            return
        words = _until_choice(work.lines)
        if mind.matcher.slow:
            group = await asyncio.to_thread(hear, words, mind, conversation)
        else:  # quicker than a thread takes to begin
            group = hear(words, mind, conversation)
        if len(words) < len(work.lines):
            group = replace(group, closed=True)
        if group.command and group.command.name is Name.MYDATA and not conversation.public:
            means = replace(means, export=await self._export(work))
        if await self._store.run(_decide, work, group, mind, means, now):
            self._show_typing(self._handlers[conversation.account], conversation.address)

    def _means(self, conversation: Conversation) -> _Means:
        handler = self._handlers[conversation.account]
        if not conversation.public:
            return _Means(handler)
        code = secrets.token_urlsafe(16)
        manner = self._rooms.get(conversation.account, Rooms()).manner(conversation.address)
        return _Means(handler, manner, Way(code, handler.invitation(code)))

    async def _export(self, work: _Work) -> Attachment | None:
        """The file for "/mydata", where the network can carry it."""
        able = self._handlers[work.conversation.account].capabilities
        if not (able.max_files or able.hosting):
            return None
        file = await rights.export(
            *(self._store, self._files, work.lines[0].follower_id),
            *(rights.THEMSELVES, self._clock.now()),
        )
        return file if able.hosting or (file.size or 0) <= able.max_file_bytes else None

    def _show_typing(self, handler: Handler, address: str) -> None:
        """Beside the work: a slow network must not hold up other conversations."""
        task = asyncio.ensure_future(handler.typing(address))
        self._typing.add(task)
        task.add_done_callback(self._typed)

    def _typed(self, task: "asyncio.Future[None]") -> None:
        self._typing.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.warning("Typing cannot be shown: %r", error)


# ── units of work ────────────────────────────────────────────────────────────────────────────────


def _ready(tx: Tx, accounts: Sequence[str], now: datetime) -> _Ready:
    work = []
    for conversation_id in conversations.ready(tx, accounts, now, _AT_ONCE):
        conversation = conversations.find(tx, conversation_id)
        lines = conversations.waiting(tx, conversation_id)
        if conversation is not None and lines:
            work.append(_Work(conversation, tuple(lines)))
    return _Ready(work) if work else _Ready((), conversations.next_due(tx, now))


def _decide(tx: Tx, work: _Work, group: Group, mind: Mind, means: _Means, now: datetime) -> bool:
    """T2 for lines; returns whether the decision is to wait."""
    if tuple(conversations.waiting(tx, work.conversation.id))[: len(group.lines)] != group.lines:
        return False  # edited, or handled by somebody else meanwhile: they are read again
    line = group.lines[0]
    situation = replace(_situation(tx, line, means), carried=_carried(tx, group, now))
    decision = decide(group, situation, mind, now)
    if decision.wait_until is not None:
        conversations.wait(tx, work.conversation.id, decision.wait_until)
        return True
    carry_out(tx, situation, group.lines, decision, means.handler, now)
    keep_parts(tx, group, decision)
    invite(tx, situation, line, line.id, decision, now)
    question = _question(tx, group, mind)
    if carried := redeem(tx, situation, line, decision, now):
        question = carried.question
        situation = _situation(tx, line, means)  # a request may have come along
    hear_more(tx, situation, group, now)
    escalate(tx, situation, line, question, decision, mind.times, now)
    conversations.handled(
        tx, [line.id for line in group.lines], now, _outcome(group, decision, mind)
    )
    return False


def _choose(tx: Tx, work: _Work, mind: Mind, means: _Means, now: datetime) -> None:
    """T2 for a pressed choice."""
    line = work.lines[0]
    situation = _situation(tx, line, means)
    offer = offers.find(tx, line.choice, work.conversation.id)
    decision = choose(offer, situation, mind, now)
    if offer is not None and not offer.group_used:
        offers.press(tx, offer.id, now)
        judging.pressed(tx, offer, mind.library, now)
    carry_out(tx, situation, (line,), decision, means.handler, now)
    asked = _asked(offer) or line.id
    invite(tx, situation, line, asked, decision, now)
    question = conversations.last_question(tx, work.conversation.id, asked) or line.text
    escalate(tx, situation, line, question, decision, mind.times, now)
    if offer is not None and (place := parts.of_reply(tx, offer.group)):
        parts.add(tx, line.id, [replace(place, for_people=True)])
    conversations.handled(tx, [line.id], now, {})


def _hand_over(tx: Tx, work: _Work, mind: Mind, means: _Means | None, now: datetime) -> None:
    """T2 where deciding failed: the lines go to a person; without `means` nothing is said."""
    lines = work.lines[:1] if work.conversation.public else work.lines
    situation = _situation(tx, lines[0], means)
    question = "\n".join(line.text for line in lines if line.text)
    decision = Decision(escalate=Reason.FAILED, language=work.conversation.language)
    if means is not None:
        decision = give_up(situation, mind, now)
        carry_out(tx, situation, lines, decision, means.handler, now)
        invite(tx, situation, lines[0], lines[0].id, decision, now)
    escalate(tx, situation, lines[0], question, decision, mind.times, now)
    conversations.handled(tx, [line.id for line in lines], now, {})


def _situation(tx: Tx, line: Message, means: _Means | None) -> Situation:
    conversation = conversations.find(tx, line.conversation_id)
    assert conversation is not None  # noqa: S101  # its line is at hand
    return Situation(
        conversation,
        escalations.unresolved(tx, conversation.id, _asker(conversation, line)),
        escalations.waiting(tx) + 1,
        means.manner if means else Manner.ANSWER,
        means.way if means else None,
        export=means.export if means else None,
        crises=crises.active(tx, conversation.id),
    )


def _asker(conversation: Conversation, line: Message) -> int | None:
    """Whose request counts: in a room everybody has their own."""
    return line.follower_id if conversation.public else None


def _carried(tx: Tx, group: Group, now: datetime) -> invitations.Carried | None:
    """What "/start CODE" brings along."""
    called, follower_id = group.command, group.lines[0].follower_id
    if called is None or called.name is not Name.START or not called.argument:
        return None
    return invitations.find(tx, called.argument, follower_id, now)


def _question(tx: Tx, group: Group, mind: Mind) -> str:
    """What a person is asked; "/human" alone is about what was asked before.

    Where something else is said too, lines that only greet or call for a person are no part of it.
    """
    line = group.lines[0]
    if group.command and not group.command.argument:
        return conversations.last_question(tx, line.conversation_id, line.id) or line.text
    texts = [one.text for one in group.lines if one.text]
    telling = [text for text in texts if not mind.smalltalk.is_all(text)]
    return "\n".join(telling) if telling and not group.command else group.question


def _outcome(group: Group, decision: Decision, mind: Mind) -> Row:
    """What is kept beside the first line: what the matcher thought, and of which library.

    Of several things that were asked, that of the one which is left, else of the first.
    """
    met = decision.met
    left = bool(met) and (decision.escalate is not None or not met[-1].sure)
    verdict = met[-1 if left else 0].verdict if met else group.verdict
    if verdict is None:
        return {}
    best = verdict.best
    return {
        "verdict": verdict.kind,
        "probability": best.probability if best else 0.0,
        "entry_id": best.entry.id if best else "",
        "library": mind.library.hash,
    }


def _until_choice(lines: Sequence[Message]) -> tuple[Message, ...]:
    """The lines before the first pressed choice, which is decided by itself."""
    words = []
    for line in lines:
        if line.kind is IncomingKind.CHOICE:
            break
        words.append(line)
    return tuple(words)


def _asked(offer: Offer | None) -> int | None:
    """The id of the message that an offer answers."""
    return parts.replied(offer.group)[0] if offer else None
