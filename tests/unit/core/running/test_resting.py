"""Memory goes back a while after messages have come, once for many."""

import asyncio
from datetime import timedelta
from pathlib import Path

from bot.core.running.resting import rest
from bot.store import topics
from tests.support.world import world


async def test_memory_goes_back_ten_seconds_after_the_first_of_some_messages(
    tmp_path: Path,
) -> None:
    given: asyncio.Queue[None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def give() -> None:
        loop.call_soon_threadsafe(given.put_nowait, None)

    async with world(tmp_path) as bot:
        resting = asyncio.create_task(rest(bot.store, bot.clock, give))
        await given.get()  # at its start
        bot.store.topics.publish([topics.INBOX])
        assert await bot.clock.asleep() == bot.clock.now() + timedelta(seconds=10)
        bot.store.topics.publish([topics.INBOX])
        bot.clock.advance(10)
        await given.get()
        assert not bot.clock.sleepers
        resting.cancel()
        await asyncio.wait({resting})
