"""Removes files that were taken in and then belonged to nothing that was said."""

from datetime import timedelta

from bot.clock import Clock
from bot.store.conversation import attachments
from bot.store.files import Files
from bot.store.protocol import Store

_EVERY = timedelta(hours=1)
"""How often to look, and how long a file may wait for what is said with it."""


class Sweeper:
    """Looks through our own files again and again."""

    def __init__(self, store: Store, clock: Clock, files: Files) -> None:
        self._store = store
        self._clock = clock
        self._files = files

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await self.step()
            await self._clock.sleep(_EVERY.total_seconds())

    async def step(self) -> int:
        """Sweep once; returns how many files went."""
        used = await self._store.run(attachments.used)
        return await self._files.sweep(used, self._clock.now() - _EVERY)
