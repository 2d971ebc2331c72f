"""Watches the queue: priorities, targets, and what the desk does by itself when its time comes.

It sleeps until the next item is due, which an index tells, or something has changed. What it does
about an item is one transaction that also says when to look next: a crash repeats nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.contract import Handler
from bot.core.conversation.decisions import Mind
from bot.core.desk.presence import Presence
from bot.core.queue.hours import Hours
from bot.core.queue.opening_time import OpeningTime
from bot.core.queue.planning import Plan, plan
from bot.core.queue.timing import Step
from bot.core.running.following import follow
from bot.escalation import Escalation, EscalationKind, EscalationState
from bot.models import Reply, VerdictKind
from bot.store import accounts, topics
from bot.store.conversation import conversations
from bot.store.delivery import outbox
from bot.store.protocol import Store, Tx
from bot.store.queue import escalations, timing
from bot.store.queue.timing import Looked, Placed

_AT_ONCE = 50
"""Items looked at together."""
_BEHIND = timedelta(days=90)
_AHEAD = timedelta(days=90)
"""How far the desk's calendar reaches."""
_POSTPONED = timedelta(hours=1)
"""When an item is looked at again that could not be decided on."""

_log = logging.getLogger(__name__)


class Watch:
    """Does what is due at the desk."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        handlers: Mapping[str, Handler],
        mind: Callable[[], Mind],
        presence: Presence,
    ) -> None:
        self._store = store
        self._clock = clock
        self._handlers = handlers
        self._mind = mind
        self._presence = presence
        self._calendar = Calendar()
        self._present: frozenset[str] = frozenset()
        """Who was there at the last look."""

    async def run(self) -> None:
        """Watch until cancelled."""
        await self._store.run(timing.look_at_unknown)
        await follow(self._store, self._clock, topics.WATCH, self.step)

    async def step(self) -> datetime | None:
        """Do all that is due now; returns when something will be, None where nothing is known."""
        await self._greet()
        while True:
            now = self._clock.now()
            looked, until = await self._store.run(timing.to_look_at, now, _AT_ONCE)
            if not looked:
                return until
            mind = self._mind()
            opening = await asyncio.to_thread(self._calendar.around, mind.hours, now)
            plans = await asyncio.to_thread(_plans, looked, mind, opening, now)
            await self._store.run(
                _carry_out, plans, self._present, self._signs(plans), mind, self._handlers, now
            )

    async def _greet(self) -> None:
        """Where items are given out in turn, look at those that nobody has once somebody comes."""
        if not self._mind().in_turn:
            return
        managers = await self._store.run(accounts.serving)
        present = managers & frozenset(self._presence.present())
        came = present - self._present
        self._present = present
        if came:
            await self._store.run(timing.look_again)

    def _signs(self, plans: Sequence[Plan]) -> Mapping[int, datetime]:
        """When the holders of items were last seen on them."""
        seen = {one.item.id: self._presence.last(one.item.holder, one.item.id) for one in plans}
        return {number: at for number, at in seen.items() if at}


class Calendar:
    """The desk's opening time around the present, made anew when the present has moved on."""

    def __init__(self) -> None:
        self._hours: Hours | None = None
        self._made: datetime | None = None
        self._opening = OpeningTime(())

    def around(self, hours: Hours, now: datetime) -> OpeningTime:
        """The opening time; takes a moment where it must be made."""
        fresh = self._made is not None and now - self._made < timedelta(days=7)
        if not fresh or hours is not self._hours:
            self._opening = OpeningTime.between(hours, now - _BEHIND, now + _AHEAD)
            self._hours, self._made = hours, now
        return self._opening


def _plans(looked: Sequence[Looked], mind: Mind, opening: OpeningTime, now: datetime) -> list[Plan]:
    plans = []
    for one in looked:
        made = _plan(one, mind, opening, now)
        subject = one.item.subject if one.item.subject is not None else _subject(mind, one.item)
        plans.append(replace(made, placed=replace(made.placed, subject=subject)))
    return plans


def _subject(mind: Mind, item: Escalation) -> str | None:
    """The entry that an item's question seems to ask, empty where the bot would offer none."""
    if item.kind is not EscalationKind.QUESTION:
        return ""
    try:
        verdict = mind.matcher.match(item.asks, item.language or None)
    except Exception:  # noqa: BLE001  # as below
        _log.exception("It cannot be said what escalation %d is about", item.id)
        return None
    best = verdict.best if verdict.kind is not VerdictKind.ESCALATE else None
    return best.entry.id if best else ""


def _plan(looked: Looked, mind: Mind, opening: OpeningTime, now: datetime) -> Plan:
    entry = mind.library.find(looked.entry_id, looked.item.language)
    tags = looked.tags.union(entry.tags if entry else ())
    try:
        return plan(looked, tags, mind.priorities, mind.times, opening, now)
    except Exception:  # noqa: BLE001  # one item must not keep the others from being looked at
        _log.exception("Escalation %d cannot be looked at", looked.item.id)
        order = looked.item.order
        return Plan(
            looked.item,
            Placed(
                *(order.level, order.because, order.respond_by, order.resolve_by),
                now + _POSTPONED,
            ),
            None,
        )


# ── units of work ────────────────────────────────────────────────────────────────────────────────


def _carry_out(
    tx: Tx,
    plans: Sequence[Plan],
    present: frozenset[str],
    signs: Mapping[int, datetime],
    mind: Mind,
    handlers: Mapping[str, Handler],
    now: datetime,
) -> None:
    for one in plans:
        item = escalations.find(tx, one.item.id)
        if item != one.item:  # changed meanwhile: it is looked at again
            continue
        timing.place(tx, item, one.placed, now)
        _take(tx, one.step, item, signs, mind, handlers, now)
        if one.step is None and item.state is EscalationState.OPEN and not item.order.snoozed_at:
            _give_out(tx, item, present, now)


def _take(
    tx: Tx,
    step: Step | None,
    item: Escalation,
    signs: Mapping[int, datetime],
    mind: Mind,
    handlers: Mapping[str, Handler],
    now: datetime,
) -> None:
    match step:
        case Step.WAKE:
            timing.wake(tx, item, "", now)
        case Step.ALERT:
            timing.alert(tx, item, now)
        case Step.RELEASE:
            sign, known = signs.get(item.id), item.order.active_at
            if sign and (known is None or sign > known):
                timing.was_active(tx, item, sign)
            else:
                timing.give_back(tx, item, now)
        case Step.CLOSE:
            _say_goodbye(tx, item, mind, handlers, now)
            escalations.close(tx, item.id, now)
        case None:
            return


def _give_out(tx: Tx, item: Escalation, present: frozenset[str], now: datetime) -> None:
    """Give an item that nobody has to whoever's turn it is, where that is wished."""
    if present and (holder := timing.next_in_turn(tx, item, present)):
        timing.assign(tx, item, holder, now)


def _say_goodbye(
    tx: Tx, item: Escalation, mind: Mind, handlers: Mapping[str, Handler], now: datetime
) -> None:
    """Tell the follower that their request is closed, where they alone can read it."""
    conversation = conversations.find(tx, item.conversation_id)
    handler = handlers.get(item.account)
    if handler is None or conversation is None or conversation.public:
        return
    window, asked = handler.capabilities.reply_window, item.order.asked_at or item.opened_at
    if window and now - asked >= window:
        return
    texts = mind.texts[item.language]
    reply = Reply(texts.say("handover.closed_quiet"), label=texts.say("conversation.automatic"))
    draft = outbox.Draft(
        cause=f"close:{item.id}:{item.version}",
        conversation_id=conversation.id,
        account=item.account,
        parts=handler.parts(reply),
        hosted=handler.capabilities.hosting is not None,
    )
    outbox.enqueue(tx, draft, now)
