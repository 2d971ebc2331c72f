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
from pathlib import Path
from typing import Any

from bot import app, config
from bot.store.protocol import Store, Tx
from bot.store.sqlite import opened
from bot.store.topics import Topics

_CLAIM = "bot.store.outbox.claim"
"""Its calls are counted: "before bot.store.outbox.claim 2" is before the second send."""


class DoomedStore:
    """A store that calls the executioner at its instant."""

    def __init__(self, store: Store, instant: str, executioner: str) -> None:
        self._store = store
        self._instant = instant
        self._executioner = executioner
        self._claims = 0

    @property
    def topics(self) -> Topics:
        return self._store.topics

    async def run(self, unit: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        name = f"{unit.__module__}.{unit.__name__}"

        def doomed(tx: Tx) -> Any:
            result = unit(tx, *args, **kwargs)
            if self._instant == f"before commit of {name}":
                self._die()
            return result

        self._claims += name == _CLAIM
        if self._instant in {f"before {name}", f"before {name} {self._claims}"}:
            await asyncio.to_thread(self._die)
        result = await self._store.run(doomed)
        if self._instant == f"after {name}":
            await asyncio.to_thread(self._die)
        return result

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

    logging.basicConfig(level=logging.WARNING)
    settings = config.load(Path(path))
    asyncio.run(app.serve(settings, announce=logging.info, opening=opening))


if __name__ == "__main__":
    main()
