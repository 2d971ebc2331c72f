"""Time that stands still until a test moves it, or that is over at once."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.clock import SystemClock
from tests.fakes.network import Changes

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday, 10:00 in Paris: the desk is open."""


class FakeClock:
    """A `Clock` whose hands a test turns."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._sleepers: list[tuple[datetime, asyncio.Event]] = []
        self._changed = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        await self.wait(asyncio.Event(), self._now + timedelta(seconds=seconds))

    async def wait(self, event: asyncio.Event, until: datetime | None) -> None:
        reached = asyncio.Event()
        if until is not None and until <= self._now:
            reached.set()
        sleeper = (until or datetime.max.replace(tzinfo=UTC), reached)
        self._sleepers.append(sleeper)
        self._changed.set()
        waits = {asyncio.ensure_future(one.wait()) for one in (event, reached)}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sleepers.remove(sleeper)
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def advance(self, seconds: float) -> None:
        """Let time pass, and wake who has slept long enough."""
        self._now += timedelta(seconds=seconds)
        for until, reached in self._sleepers:
            if until <= self._now:
                reached.set()

    @property
    def sleepers(self) -> list[datetime]:
        """Until when somebody sleeps, soonest first; without those who wait for an event only."""
        return sorted(until for until, _ in self._sleepers if until.year < 9999)

    async def asleep(self, but: datetime | None = None) -> datetime:
        """Return once somebody sleeps (not until `but`): until when, at the soonest."""
        async with asyncio.timeout(60):
            while not (found := [until for until in self.sleepers if until != but]):
                self._changed.clear()
                await self._changed.wait()
        return found[0]


class HurriedClock(SystemClock):
    """Sleeps are noted, and over at once."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self._changes = Changes()

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._changes.announce()
        await asyncio.sleep(0)

    async def slept(self, seconds: float) -> None:
        """Return once so many seconds have been slept in all."""
        await self._changes.until(lambda: sum(self.pauses) >= seconds)

    async def paused(self, times: int) -> None:
        """Return once so many sleeps have been begun."""
        await self._changes.until(lambda: len(self.pauses) >= times)
