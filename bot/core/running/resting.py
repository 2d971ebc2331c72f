"""What answering took for a moment goes back to the system: 4 MB after the first question."""

import asyncio
from collections.abc import Callable

from bot.clock import Clock
from bot.core.running.following import follow
from bot.process import give_back
from bot.store import topics
from bot.store.protocol import Store

_CALM_SECONDS = 10.0
"""From a message until then its answer is on its way, and often those of others."""


async def rest(store: Store, clock: Clock, give: Callable[[], None] = give_back) -> None:
    """Give memory back a while after messages have come, until cancelled."""

    async def step() -> None:
        await asyncio.to_thread(give)

    await follow(store, clock, topics.INBOX, step, _CALM_SECONDS)
