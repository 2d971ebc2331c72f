"""Sends what is in the outbox, one account at a time in its own loop.

T3 claims a row under a lease, one attempt is made, T4 writes how it ended. What may have arrived
is sent again only where the network tells a repeat from a new message; else a person decides.
"""

import asyncio
import logging
import secrets
from datetime import UTC, datetime, timedelta

from bot.clock import Clock
from bot.contract import Handler, Recovery
from bot.core.delivery.pacing import Pacer
from bot.core.running.supervisor import Status
from bot.errors import (
    Misconfigured,
    NotSent,
    Refused,
    SendError,
    Trouble,
    Uncertain,
    Unreachable,
)
from bot.models import Act, DeliveryState, Sent
from bot.store import topics
from bot.store.delivery import outbox, outcomes
from bot.store.delivery.outbox import Claimed, Taken
from bot.store.protocol import Store

_AT_ONCE = 32
"""Sends of one account that may be on their way at the same time."""
_LEASE_MARGIN = timedelta(seconds=60)
"""A lease outlasts the longest send by so much."""
_FIRST_RETRY = timedelta(seconds=1)
_LONGEST_RETRY = timedelta(minutes=5)
_LATE = timedelta(seconds=60)
"""How long a success is still waited for after a send was given up."""
_MISCONFIGURED_RETRY = timedelta(minutes=1)
_GIVE_UP = timedelta(hours=24)
"""A reply that could not be sent for so long is dead: a person decides what is still to be said."""

_NO_ANSWER = Uncertain("no answer in time", Trouble.NO_ANSWER)
_STOPPED = Uncertain("the bot stopped while this was being sent", Trouble.STOPPED)

_log = logging.getLogger(__name__)


def retry_at(attempt: int, now: datetime, wanted: timedelta | None = None) -> datetime:
    """When to try again after so many attempts: doubling pauses, or later if the network says."""
    doubled: timedelta = _FIRST_RETRY * 2 ** min(attempt - 1, 16)
    pause = min(doubled, _LONGEST_RETRY)
    return now + max(pause, wanted or timedelta())


class Outbox:
    """The outbox of one account."""

    def __init__(self, store: Store, clock: Clock, handler: Handler, status: Status) -> None:
        self._store = store
        self._clock = clock
        self._handler = handler
        self._status = status
        self._pacer = Pacer(handler.capabilities.pace)
        self._send_time = timedelta(seconds=handler.capabilities.send_seconds)
        self._sending: dict[asyncio.Task[None], int] = {}
        """Attempts on their way, each with the id of its row."""
        self._late: set[asyncio.Task[None]] = set()
        """Sends that were given up and may still succeed."""
        self._next_recovery = clock.now()

    async def run(self) -> None:
        """Send until cancelled; then let what is on its way finish."""
        # The process's file lock says that nobody else sends: all leases are those of the dead.
        await self.recover(before=datetime.max.replace(tzinfo=UTC))
        try:
            with self._store.topics.listen(topics.OUTBOX) as woken:
                while True:
                    woken.clear()
                    until = await self.step()
                    await self._clock.wait(woken, until)
        finally:
            if self._sending:
                await asyncio.wait(self._sending)
            for task in self._late:
                task.cancel()
            if self._late:
                await asyncio.wait(self._late)

    async def step(self) -> datetime:
        """Start what may be sent now; returns when to look again if nothing wakes us before."""
        now = self._clock.now()
        if now >= self._next_recovery:
            self._next_recovery = now + _LEASE_MARGIN
            await self.recover(before=now)
        free = _AT_ONCE - len(self._sending)
        if free <= 0:
            return self._next_recovery  # woken by the next outcome
        if (account_free := self._pacer.account(now)) > now:
            return min(account_free, self._next_recovery)
        taking = asyncio.create_task(self._take(free, now))
        try:
            taken = await asyncio.shield(taking)
        finally:
            if not taking.done():  # we are to stop: what is claimed is sent all the same
                await asyncio.wait({taking})
        if taken.more:
            return now
        return min(taken.next_due or self._next_recovery, self._next_recovery)

    async def recover(self, before: datetime) -> None:
        """Settle the rows whose sender is gone: leases that ran out before that instant."""
        for claimed in await self._store.run(outbox.orphans, self._handler.account, before):
            if claimed.item.id in self._sending.values():
                continue  # it is ours, and lasts longer than it should
            await self._unknown(claimed, _STOPPED, at_once=True)

    async def _take(self, most: int, now: datetime) -> Taken:
        """Claim what may be sent now, and begin to send it."""
        pacer, lease = self._pacer, secrets.token_hex(8)
        until = now + self._send_time + _LEASE_MARGIN
        taken = await self._store.run(
            outbox.take,
            self._handler.account,
            most,
            lambda due: pacer.plan(due, now),
            lease,
            until,
            now,
        )
        for row in taken.ready:
            pacer.sending(row.conversation_id, now, public=row.public)
        for claimed in taken.claimed:
            task = asyncio.create_task(self._attempt(claimed))
            self._sending[task] = claimed.item.id
            task.add_done_callback(self._done)
        return taken

    async def _attempt(self, claimed: Claimed) -> None:
        send = asyncio.ensure_future(self._handler.send(claimed.item))
        if not await self._ended(send, self._send_time):
            if self._handler.capabilities.recovery is not Recovery.LOOKUP:
                await self._failed(claimed, _NO_ANSWER)
                late = asyncio.create_task(self._late_outcome(claimed, send))
                self._late.add(late)
                late.add_done_callback(self._done)
                return
            # A look-up would not see what an attempt brings that is still on its way.
            send.cancel()
            await asyncio.wait({send})
        await self._outcome(claimed, send)

    async def _late_outcome(self, claimed: Claimed, send: "asyncio.Future[Sent]") -> None:
        """A late success still turns "uncertain" into "sent"."""
        try:
            if await self._ended(send, _LATE):
                await self._outcome(claimed, send)
        finally:
            send.cancel()

    async def _outcome(self, claimed: Claimed, send: "asyncio.Future[Sent]") -> None:
        if send.cancelled():
            await self._failed(claimed, _NO_ANSWER)
            return
        try:
            sent = await send
        except SendError as error:
            await self._failed(claimed, error)
        except Exception as error:  # noqa: BLE001  # a fault of the handler's: who knows how far it came
            _log.exception("Sending %s failed", claimed.item.cause)
            await self._failed(claimed, Uncertain(f"internal error: {error!r}", Trouble.INTERNAL))
        else:
            self._status.problem = ""
            await self._store.run(outcomes.sent, claimed, sent.key, self._clock.now())

    async def _ended(self, send: "asyncio.Future[Sent]", within: timedelta) -> bool:
        """Wait for a send, but not for ever; whether it has ended."""
        ended = asyncio.Event()
        send.add_done_callback(lambda _: ended.set())
        await self._clock.wait(ended, self._clock.now() + within)
        return send.done()

    def _done(self, task: asyncio.Task[None]) -> None:
        full = len(self._sending) >= _AT_ONCE
        self._sending.pop(task, None)
        self._late.discard(task)
        if full:  # else whatever waits for this outcome is woken by its commit
            self._store.topics.publish([topics.OUTBOX])
        if not task.cancelled() and (error := task.exception()):
            # The row stays "sending" until its lease runs out; `recover` finds it then.
            _log.error("The outcome of a send could not be stored", exc_info=error)

    async def _failed(self, claimed: Claimed, error: SendError) -> None:
        now = self._clock.now()
        _log.warning("%s: %s: %s", claimed.item.cause, type(error).__name__, error)
        match error:
            case NotSent(retry_after=wanted):
                await self._again(claimed, error, wanted)
            case Misconfigured():
                self._status.problem = str(error)
                at = now + _MISCONFIGURED_RETRY
                self._pacer.account_refused(at)
                await self._store.run(outcomes.retry, claimed, error, at, counted=False)
            case Refused():
                await self._give_up(claimed, DeliveryState.DEAD, error)
            case Unreachable():
                await self._give_up(claimed, DeliveryState.UNREACHABLE, error)
            case _:
                await self._unknown(claimed, error)

    async def _unknown(self, claimed: Claimed, error: SendError, *, at_once: bool = False) -> None:
        """It may have arrived: send again where a repeat is harmless, ask, or call a person."""
        capabilities, now = self._handler.capabilities, self._clock.now()
        if claimed.item.act is not Act.SAY:  # a repeat changes nothing, on any network
            await self._again(claimed, error, at_once=at_once)
            return
        if capabilities.recovery is Recovery.KEYED:
            life = capabilities.key_life
            if life is None or now < claimed.first_sent_at + life:
                await self._again(claimed, error, at_once=at_once)
                return
        if capabilities.recovery is Recovery.LOOKUP:
            try:
                found = await self._handler.lookup(claimed.item)
            except Exception as failure:  # noqa: BLE001  # whatever it is, a person looks instead
                text = f"{error}; and it cannot be looked up: {failure}"
                error = Uncertain(text, error.trouble)
            else:
                if found is None:
                    await self._again(claimed, error, at_once=at_once)
                else:
                    await self._store.run(outcomes.sent, claimed, found.key, now)
                return
        await self._give_up(claimed, DeliveryState.UNCERTAIN, error)

    async def _again(
        self,
        claimed: Claimed,
        error: SendError,
        wanted: timedelta | None = None,
        *,
        at_once: bool = False,
    ) -> None:
        now = self._clock.now()
        last = claimed.first_sent_at + _GIVE_UP
        if now >= last:
            await self._give_up(claimed, DeliveryState.DEAD, error)
            return
        at = now if at_once else min(retry_at(claimed.item.attempt, now, wanted), last)
        if wanted:
            self._pacer.refused(claimed.conversation_id, at, now)
        await self._store.run(outcomes.retry, claimed, error, at)

    async def _give_up(self, claimed: Claimed, state: DeliveryState, error: SendError) -> None:
        await self._store.run(outcomes.give_up, claimed, state, error, self._clock.now())
