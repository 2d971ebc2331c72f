"""Takes the waiting lines of each conversation to a decision, and makes that decision durable.

Conversations run side by side; within one, lines are decided in order, one decision at a time.
Nothing is held here that must outlive the process: what is not marked as handled is read again.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.clock import Clock
from bot.contract import Handler
from bot.core.conversation import (
    Decision,
    Group,
    Mind,
    Situation,
    choose,
    decide,
    give_up,
    hear,
)
from bot.models import (
    Choice,
    Conversation,
    EscalationKind,
    IncomingKind,
    Message,
    Offer,
    Reason,
    Reply,
)
from bot.store import conversations, escalations, offers, outbox, topics
from bot.store.protocol import Row, Store, Tx

_AT_ONCE = 8
"""Conversations decided on together: they share commits, and none waits long for the others."""

_log = logging.getLogger(__name__)

Parts = Callable[[Reply], Sequence[Reply]]


@dataclass(frozen=True, slots=True)
class _Work:
    """A conversation and its lines, oldest first, as read before matching."""

    conversation: Conversation
    lines: tuple[Message, ...]


class Dispatcher:
    """Answers what followers write."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        handlers: Mapping[str, Handler],
        mind: Callable[[], Mind],
    ) -> None:
        self._store = store
        self._clock = clock
        self._handlers = handlers
        self._mind = mind
        self._typing: set[asyncio.Future[None]] = set()

    async def run(self) -> None:
        """Serve until cancelled."""
        with self._store.topics.listen(topics.INBOX) as woken:
            while True:
                woken.clear()
                now = self._clock.now()  # for both, lest a time that comes between be missed
                if not await self._serve_ready(now):
                    due = await self._store.run(conversations.next_due, now)
                    await self._clock.wait(woken, due)

    async def step(self) -> int:
        """Decide on the conversations that wait longest; returns how many were looked at."""
        return await self._serve_ready(self._clock.now())

    async def _serve_ready(self, now: datetime) -> int:
        ready = await self._store.run(_ready, tuple(self._handlers), now)
        await asyncio.gather(*(self._serve(work) for work in ready))
        return len(ready)

    async def _serve(self, work: _Work) -> None:
        try:
            await self._decide(work)
        except Exception:  # noqa: BLE001  # one message must not stop the others: a person takes it
            _log.exception("Message %d cannot be decided on", work.lines[0].id)
            await self._hand_over(work)

    async def _hand_over(self, work: _Work) -> None:
        """The lines go to a person as they are, without a word if even that fails."""
        mind, now = self._mind(), self._clock.now()
        handler = self._handlers[work.conversation.account]
        try:
            await self._store.run(_hand_over, work, mind, handler.parts, now)
        except Exception:  # noqa: BLE001  # as above
            _log.exception("Message %d cannot be acknowledged", work.lines[0].id)
            await self._store.run(_hand_over, work, mind, None, now)

    async def _decide(self, work: _Work) -> None:
        mind, now = self._mind(), self._clock.now()
        handler = self._handlers[work.conversation.account]
        if work.lines[0].kind is IncomingKind.CHOICE:
            await self._store.run(_choose, work, mind, handler.parts, now)
            return
        words = _until_choice(work.lines)
        group = hear(words, mind, work.conversation)
        if len(words) < len(work.lines):
            group = replace(group, closed=True)
        if await self._store.run(_decide, work, group, mind, handler.parts, now):
            self._show_typing(handler, work.conversation.address)

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


def _ready(tx: Tx, accounts: Sequence[str], now: datetime) -> list[_Work]:
    work = []
    for conversation_id in conversations.ready(tx, accounts, now, _AT_ONCE):
        conversation = conversations.find(tx, conversation_id)
        lines = conversations.waiting(tx, conversation_id)
        if conversation is not None and lines:
            work.append(_Work(conversation, tuple(lines)))
    return work


def _decide(tx: Tx, work: _Work, group: Group, mind: Mind, parts: Parts, now: datetime) -> bool:
    """T2 for lines; returns whether the decision is to wait."""
    if tuple(conversations.waiting(tx, work.conversation.id))[: len(group.lines)] != group.lines:
        return False  # edited, or handled by somebody else meanwhile: they are read again
    situation = _situation(tx, work.conversation.id)
    decision = decide(group, situation, mind, now)
    if decision.wait_until is not None:
        conversations.wait(tx, work.conversation.id, decision.wait_until)
        return True
    _carry_out(tx, work.conversation, group.lines, decision, parts, now)
    if decision.escalate is not None:
        _escalate(tx, situation, group.lines[0], group.question, decision, now)
    conversations.handled(tx, [line.id for line in group.lines], now, _outcome(group, mind))
    return False


def _choose(tx: Tx, work: _Work, mind: Mind, parts: Parts, now: datetime) -> None:
    """T2 for a pressed choice."""
    line = work.lines[0]
    situation = _situation(tx, work.conversation.id)
    offer = offers.find(tx, line.choice, work.conversation.id)
    decision = choose(offer, situation, mind, now)
    if offer is not None and not offer.group_used:
        offers.press(tx, offer.id, now)
    _carry_out(tx, work.conversation, (line,), decision, parts, now)
    if decision.escalate is not None:
        asked = _asked(offer) or line.id
        question = conversations.last_question(tx, work.conversation.id, asked) or line.text
        _escalate(tx, situation, line, question, decision, now)
    conversations.handled(tx, [line.id], now, {})


def _hand_over(tx: Tx, work: _Work, mind: Mind, parts: Parts | None, now: datetime) -> None:
    """T2 where deciding failed: the lines go to a person; without `parts` nothing is said."""
    situation = _situation(tx, work.conversation.id)
    question = "\n".join(line.text for line in work.lines if line.text)
    decision = Decision(escalate=Reason.FAILED, language=work.conversation.language)
    if parts is not None:
        decision = give_up(situation, mind, now)
        _carry_out(tx, work.conversation, work.lines, decision, parts, now)
    _escalate(tx, situation, work.lines[0], question, decision, now)
    conversations.handled(tx, [line.id for line in work.lines], now, {})


def _situation(tx: Tx, conversation_id: int) -> Situation:
    conversation = conversations.find(tx, conversation_id)
    assert conversation is not None  # noqa: S101  # its lines are at hand
    return Situation(
        conversation,
        escalations.unresolved(tx, conversation_id),
        escalations.waiting(tx) + 1,
    )


def _carry_out(
    tx: Tx,
    conversation: Conversation,
    lines: Sequence[Message],
    decision: Decision,
    parts: Parts,
    now: datetime,
) -> None:
    """Put what is said into the outbox, and remember it."""
    memory: dict[str, object] = {}
    if decision.language:
        memory["language"] = decision.language
    if said := decision.said:
        _enqueue(tx, conversation, f"answer:{lines[0].id}", decision, parts, now)
        again = said.topic == conversation.last_said
        memory["last_said"] = said.topic
        memory["last_said_count"] = conversation.last_said_count + 1 if again else 1
        if not conversation.introduced:
            memory["introduced_at"] = now
    conversations.remember(tx, conversation.id, memory)


def _enqueue(
    tx: Tx, conversation: Conversation, cause: str, decision: Decision, parts: Parts, now: datetime
) -> None:
    said = decision.said
    assert said is not None  # noqa: S101  # the caller has looked
    offered = tuple(
        Offer(
            id=_choice_id(cause, position),
            conversation_id=conversation.id,
            group=cause,
            action=option.action,
            label=option.label,
            entry_id=option.entry_id,
            language=decision.language,
        )
        for position, option in enumerate(said.options)
    )
    choices = tuple(Choice(offer.id, offer.label) for offer in offered)
    draft = outbox.Draft(
        cause=cause,
        conversation_id=conversation.id,
        account=conversation.account,
        parts=parts(Reply(said.text, choices, label=said.label)),
        entry_id=said.entry.id if said.entry else "",
        entry_version=said.entry.version if said.entry else "",
    )
    if outbox.enqueue(tx, draft, now):
        offers.add(tx, offered)


def _escalate(
    tx: Tx,
    situation: Situation,
    line: Message,
    question: str,
    decision: Decision,
    now: datetime,
) -> None:
    """Open an escalation; what is added to an open one is in its conversation already."""
    if situation.escalation is not None or decision.escalate is None:
        return
    opening = escalations.Opening(
        cause=f"ask:{line.id}",
        kind=EscalationKind.QUESTION,
        reason=decision.escalate,
        conversation_id=situation.conversation.id,
        question=question,
        message_id=line.id,
        language=decision.language,
    )
    escalations.open_(tx, opening, now)


def _outcome(group: Group, mind: Mind) -> Row:
    """What is kept beside the first line: what the matcher thought, and of which library."""
    verdict = group.verdict
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
    """The id of the message that an offer answers: its group is "answer:ID"."""
    return int(offer.group.partition(":")[2]) if offer else None


def _choice_id(cause: str, position: int) -> str:
    """The same for the same choice, however often its decision is made; tells nothing else."""
    return hashlib.sha256(f"{cause}:{position}".encode()).hexdigest()[:16]
