"""What commands do with the bot's database, beside a running bot."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from bot.config import Settings
from bot.store.protocol import Store, Tx

P = ParamSpec("P")
R = TypeVar("R")


def with_store(settings: Settings, act: Callable[[Store], Awaitable[R]]) -> R:
    """What comes of acting on the store that bot.toml names."""
    from bot.store.sqlite import opened  # noqa: PLC0415  # slow, see bot.cli.common

    async def work() -> R:
        async with opened(settings.database) as store:
            return await act(store)

    return asyncio.run(work())


def run(
    settings: Settings,
    unit: Callable[Concatenate[Tx, P], R],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """What one unit of work comes to."""
    return with_store(settings, lambda store: store.run(unit, *args, **kwargs))
