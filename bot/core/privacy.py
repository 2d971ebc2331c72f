"""What is kept about a person: given to them as a file, and erased when they wish."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.models import Attachment
from bot.store import attachments, followers, topics
from bot.store.files import Files
from bot.store.protocol import Store

_RETRY = timedelta(minutes=1)

_log = logging.getLogger(__name__)


async def export(store: Store, files: Files, follower_id: int) -> Attachment:
    """All that is kept about the person that a follower is, as one of our files.

    Raises:
        NotFound: there is no such follower, or they are erased.
    """
    content = followers.document(await store.run(followers.export, follower_id)).encode()

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return await files.add(pieces(), "data.json", "application/json", len(content))


async def erase(store: Store, files: Files, person: int, now: datetime) -> None:
    """Erase a person, and the files of ours that only they were sent.

    Files that a crash leaves belong to nothing any more: `bot.core.sweeper` finds them.
    """
    named = await store.run(followers.erase, person, now)
    await files.remove(named - await store.run(attachments.used))
    _log.info("Person %d is erased", person)


class Eraser:
    """Erases those who wish it, down to the traces in the files.

    What is still to be done stands in the store, so that a crash at any instant only delays it.
    """

    def __init__(self, store: Store, clock: Clock, files: Files) -> None:
        self._store = store
        self._clock = clock
        self._files = files

    async def run(self) -> None:
        """Serve until cancelled."""
        with self._store.topics.listen(topics.PRIVACY) as woken:
            while True:
                woken.clear()
                await self._clock.wait(woken, await self.step())

    async def step(self) -> datetime | None:
        """Erase what can be now; returns when there will be more, if anything waits."""
        now = self._clock.now()
        ready, later = await self._store.run(followers.to_erase, now)
        for person in ready:
            await erase(self._store, self._files, person, now)
        if fresh := await self._store.run(followers.unscrubbed):
            if not await self._store.scrub():
                return now + _RETRY
            await self._store.run(followers.scrubbed, fresh, now)
        return later
