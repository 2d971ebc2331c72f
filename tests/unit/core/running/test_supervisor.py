"""A part that fails is started again, and says what is wrong until it works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bot.core.running.supervisor import Status, supervise
from bot.errors import Misconfigured
from tests.support.clock import FakeClock


class Part:
    """Fails as often as told, then runs."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.starts = 0
        self.cancelled = False
        self.stop = asyncio.Event()

    async def run(self) -> None:
        self.starts += 1
        if self.failures:
            if failure := self.failures.pop(0):
                raise failure
            return
        try:
            await self.stop.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


@asynccontextmanager
async def supervised(part: Part, clock: FakeClock) -> AsyncIterator[Status]:
    status = Status()
    task = asyncio.create_task(supervise("part", part.run, clock, status))
    try:
        yield status
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert not status.running


async def settle() -> None:
    """Let everything run that can without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)


async def pauses(clock: FakeClock, number: int) -> list[float]:
    """How long the supervisor pauses, so many times."""
    found = []
    for _ in range(number):
        await settle()
        found.append((clock.sleepers[0] - clock.now()).total_seconds())
        clock.advance(found[-1])
    await settle()
    return found


async def test_pauses_grow_up_to_a_minute_and_stay_there() -> None:
    part, clock = Part(*[ValueError("no")] * 20), FakeClock()
    async with supervised(part, clock) as status:
        assert await pauses(clock, 10) == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
        assert part.starts == 11
        assert "no" in status.problem


async def test_a_part_that_ran_long_starts_again_soon() -> None:
    part, clock = Part(*[ValueError("no")] * 6), FakeClock()
    async with supervised(part, clock):
        await pauses(clock, 6)
        clock.advance(61)
        await settle()
        part.stop.set()  # it ends, after more than a minute
        await settle()

        assert (clock.sleepers[0] - clock.now()).total_seconds() == 1


async def test_the_problem_is_gone_after_a_probation() -> None:
    part, clock = Part(ValueError("no")), FakeClock()
    async with supervised(part, clock) as status:
        await settle()
        assert (status.ok, status.running) == (False, False)
        clock.advance(1)
        await settle()
        assert (status.ok, status.running) == (False, True)
        clock.advance(5)
        await settle()
        assert status.ok


async def test_a_part_that_stops_by_itself_is_started_again() -> None:
    part, clock = Part(None), FakeClock()
    async with supervised(part, clock) as status:
        await settle()
        assert status.problem == "stopped by itself"
        clock.advance(1)
        await settle()
        assert part.starts == 2


async def test_misconfigured_is_tried_every_minute() -> None:
    part, clock = Part(*[Misconfigured("token revoked")] * 5), FakeClock()
    async with supervised(part, clock) as status:
        assert await pauses(clock, 5) == [60] * 5
        assert part.starts == 6
        assert status.problem == "token revoked"
        clock.advance(5)
        await settle()
        assert status.ok


async def test_cancelling_cancels_the_part() -> None:
    for failures in ((), (ValueError("no"),)):  # running, and on probation
        part, clock = Part(*failures), FakeClock()
        async with supervised(part, clock):
            await settle()
            clock.advance(1)
            await settle()
        assert part.cancelled


async def test_one_part_takes_no_other_down() -> None:
    good, bad, clock = Part(), Part(*[ValueError("no")] * 9), FakeClock()
    async with supervised(good, clock) as well, supervised(bad, clock) as ill:
        await settle()
        assert (well.ok, ill.ok) == (True, False)
