"""How a part of the bot that works by itself waits for its work."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.clock import Clock
from bot.store.protocol import Store


async def follow(
    store: Store,
    clock: Clock,
    topic: str,
    step: Callable[[], Awaitable[datetime | None]],
    calm_seconds: float = 0.0,
) -> None:
    """Make a step now, and whenever its time has come or something has changed, until cancelled.

    Args:
        store: where things change.
        clock: the time.
        topic: what has to change (see `bot.store.topics`).
        step: does what there is to do; returns when there will be more, None for not by time alone.
        calm_seconds: rest so long before each further step: many changes then come to one.
    """
    with store.topics.listen(topic) as woken:
        while True:
            woken.clear()
            await clock.wait(woken, await step())
            if calm_seconds:
                await clock.sleep(calm_seconds)
