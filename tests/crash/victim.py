"""A real bot in a process of its own, which the network kills at one instant inside the core.

    python -m tests.crash.victim BOT_TOML INSTANT EXECUTIONER

At the instant it tells the executioner (an address of the fake network), which sends SIGKILL. The
instants at the network itself need none of this: there the fake kills by what it receives.
"""

import asyncio
import logging
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import app, config
from bot.store.people import followers
from bot.store.protocol import Store, Tx
from bot.store.sqlite import opened
from bot.store.topics import Topics

_TAKE = "bot.store.delivery.outbox.take"
"""Only those that claim something count: "before commit of …take 2" is before the second send."""


class DoomedStore:
    """A store that calls the executioner at its instant."""

    def __init__(self, store: Store, instant: str, executioner: str) -> None:
        self._store = store
        self._instant = instant
        self._executioner = executioner
        self._taken = 0

    @property
    def topics(self) -> Topics:
        return self._store.topics

    async def run(self, unit: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        name = f"{unit.__module__}.{unit.__name__}"

        def doomed(tx: Tx) -> Any:
            result = unit(tx, *args, **kwargs)
            if counts(result) and name == _TAKE:
                self._taken += 1
            before = f"before commit of {name}"
            if counts(result) and self._instant in {before, f"{before} {self._taken}"}:
                self._die()
            return result

        def counts(result: Any) -> bool:
            return name != _TAKE or bool(result.claimed)

        result = await self._store.run(doomed)
        if counts(result) and self._instant == f"after {name}":
            await asyncio.to_thread(self._die)
        return result

    async def scrub(self) -> bool:
        if self._instant == "before scrub":
            await asyncio.to_thread(self._die)
        return await self._store.scrub()

    def _die(self) -> None:
        with suppress(OSError):
            urllib.request.urlopen(self._executioner, timeout=30)


def main() -> None:
    """Run until stopped or killed."""
    path, instant, executioner = sys.argv[1:]

    @asynccontextmanager
    async def opening(database: Path) -> AsyncIterator[Store]:
        async with opened(database) as store:
            yield DoomedStore(store, instant, executioner)

    followers.GRACE = timedelta(seconds=0.2)  # what is looked at is the order, not the time
    logging.basicConfig(level=logging.WARNING)
    settings = config.load(Path(path))
    asyncio.run(app.serve(settings, announce=logging.info, opening=opening))


if __name__ == "__main__":
    main()
