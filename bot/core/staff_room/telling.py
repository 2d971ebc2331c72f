"""Says in a staff room what the team is to know: one call at a time, at the pace of one chat.

What is said next, and what becomes of it, is in `calls.py`.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.clock import Clock
from bot.contract import Post, Recovery, StaffRoom
from bot.core.delivery.outbox import retry_at
from bot.core.running.supervisor import Status
from bot.core.staff_room import calls
from bot.core.staff_room.calls import Job, Move
from bot.core.staff_room.voice import Voice
from bot.errors import (
    Misconfigured,
    NotSent,
    Refused,
    SendError,
    Uncertain,
    Unreachable,
)
from bot.store import topics
from bot.store.protocol import Store
from bot.store.staff_room import posts
from bot.store.staff_room.posts import Kind

_CALM_SECONDS = 0.3
"""A room rests so long before it looks again: on a busy bot something happens all the time."""
_MISCONFIGURED_SECONDS = 60.0
_NOTICE = timedelta(minutes=10)
"""Of a crowd of topics that are still to be opened it is told once within this time."""

_log = logging.getLogger(__name__)


class Room:
    """The staff room of one account."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        account: str,
        room: StaffRoom,
        voice: Callable[[], Voice],
        status: Status,
    ) -> None:
        """Begin; `voice` is how the bot speaks there now."""
        self._store = store
        self._clock = clock
        self._account = account
        self._room = room
        self._voice = voice
        self._status = status
        self._free = clock.now()
        self._failures = 0
        self._notice_at = self._free
        """When it may next be told how many topics are still to be opened."""

    async def run(self) -> None:
        """Serve until cancelled; then let what is on its way finish."""
        await self.recover()
        with self._store.topics.listen(topics.DESK, topics.STAFF) as woken:
            while True:
                woken.clear()
                until = await self.step()
                await self._clock.wait(woken, until)
                await self._clock.sleep(_CALM_SECONDS)

    async def recover(self) -> None:
        """Settle the posts that were being sent when the bot stopped."""
        able, surely = self._room.capabilities, datetime.max.replace(tzinfo=UTC)
        if able.recovery is Recovery.KEYED:
            surely = self._clock.now() - able.key_life
        await self._store.run(posts.orphans, self._account, surely)

    async def step(self) -> datetime | None:
        """Make the call that is due, if one is; returns when to look again if nothing wakes us."""
        now = self._clock.now()
        if now < self._free:
            return self._free
        serving = asyncio.create_task(self._serve(now))
        try:
            return await asyncio.shield(serving)
        finally:
            if not serving.done():  # we are to stop: what has begun is finished all the same
                await asyncio.wait({serving})

    async def _serve(self, now: datetime) -> datetime | None:
        voice = self._voice()
        if now >= self._notice_at and await self._store.run(calls.crowd, self._account, voice, now):
            self._notice_at = now + _NOTICE
        job = await self._store.run(calls.upcoming, self._account, voice, now)
        if job is None:
            return await self._store.run(posts.next_due, self._account, now)
        await self._attempt(job, voice)
        return self._free

    async def _attempt(self, job: Job, voice: Voice) -> None:
        self._free = self._clock.now() + timedelta(seconds=self._room.capabilities.pace_seconds)
        try:
            key, address = await self._call(job, voice)
        except SendError as error:
            await self._failed(job, error, voice)
        except Exception as error:  # noqa: BLE001  # a fault of the handler's: who knows how far it came
            _log.exception("%s room: a call failed", self._account)
            await self._failed(job, Uncertain(f"internal error: {error!r}"), voice)
        else:
            self._failures, self._status.problem = 0, ""
            opens = self._room.capabilities.reopens
            await self._store.run(calls.done, job, key, address, self._clock.now(), opens=opens)

    async def _call(self, job: Job, voice: Voice) -> tuple[str, str]:
        """One call; the key of what was said and the address of what was opened, if anything."""
        room, topic = self._room, job.topic
        match job.move:
            case Move.OPEN:
                opened = await room.open(f"topic:{topic.id}:{topic.told}", job.title, job.post)
                return opened.key, opened.topic
            case Move.SAY if job.due and job.due.kind is Kind.MARK:
                await room.mark(topic.address, job.due.line)
            case Move.SAY if job.due:
                post = job.post
                if job.due.doubtful:
                    post = Post(f"{voice.say('maybe_twice')}\n{post.text}", post.choices)
                sent = await room.post(job.due.cause, topic.address, post, job.due.line)
                return sent.key, ""
            case Move.EDIT:
                await room.edit(topic.address, topic.header_key, job.post)
            case Move.CLOSE:
                await room.close(topic.address)
            case Move.REOPEN:
                await room.reopen(topic.address)
            case _:
                await room.delete(topic.address)
        return "", ""

    async def _failed(self, job: Job, error: SendError, voice: Voice) -> None:
        self._failures += 1
        now = self._clock.now()
        _log.warning("%s room: %s: %s", self._account, type(error).__name__, error)
        refused = isinstance(error, Refused) and job.move is Move.OPEN  # so would all others be
        if refused or isinstance(error, Misconfigured | Unreachable):
            self._status.problem = str(error)
            self._free = now + timedelta(seconds=_MISCONFIGURED_SECONDS)
        elif isinstance(error, NotSent | Uncertain):
            wanted = error.retry_after if isinstance(error, NotSent) else None
            self._free = max(self._free, retry_at(self._failures, now, wanted))
        doubtful = isinstance(error, Uncertain) and not self._can_repeat(job, now)
        await self._store.run(calls.not_done, job, error, voice, now, doubtful=doubtful)

    def _can_repeat(self, job: Job, now: datetime) -> bool:
        able, first = self._room.capabilities, job.due.first_sent_at if job.due else None
        return able.recovery is Recovery.KEYED and now - (first or now) < able.key_life
