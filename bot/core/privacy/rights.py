"""What is kept about a person: given to them as a file, and erased when they wish."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.core.running.following import follow
from bot.models import Attachment
from bot.store import audit, topics
from bot.store.audit import By, Deed, Surface
from bot.store.conversation import attachments
from bot.store.files import Files
from bot.store.people import followers
from bot.store.protocol import Store, Tx

_RETRY = timedelta(minutes=1)

_log = logging.getLogger(__name__)


async def export(store: Store, files: Files, follower_id: int, by: By, now: datetime) -> Attachment:
    """All that is kept about the person that a follower is, as one of our files.

    Raises:
        NotFound: there is no such follower, or they are erased.
    """
    content = followers.document(await store.run(exported, follower_id, by, now)).encode()

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return await files.add(pieces(), "data.json", "application/json", len(content))


def exported(tx: Tx, follower_id: int, by: By, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """The same as rows by table, within a unit of work; it is written down who has them."""
    found = followers.export(tx, follower_id)
    audit.write(tx, by, Deed.EXPORT, now, follower_id=follower_id)
    return found


async def erase(store: Store, files: Files, person: int, by: By, now: datetime) -> None:
    """Erase a person, and the files of ours that only they were sent.

    Files that a crash leaves belong to nothing any more: `bot.core.privacy.sweeper` finds them.
    """
    named = await store.run(_erase, person, by, now)
    await files.remove(named - await store.run(attachments.used))
    _log.info("Person %d is erased", person)


def _erase(tx: Tx, person: int, by: By, now: datetime) -> frozenset[str]:
    audit.write(tx, by, Deed.ERASE, now, follower_id=person)
    return followers.erase(tx, person, now)


THEMSELVES = By("", Surface.CHAT)
"""The follower, in a conversation."""


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
        await follow(self._store, self._clock, topics.PRIVACY, self.step)

    async def step(self) -> datetime | None:
        """Erase what can be now; returns when there will be more, if anything waits."""
        now = self._clock.now()
        ready, later = await self._store.run(followers.to_erase, now)
        for person in ready:
            await erase(self._store, self._files, person, THEMSELVES, now)
        if fresh := await self._store.run(followers.unscrubbed):
            if not await self._store.scrub():
                return now + _RETRY
            await self._store.run(followers.scrubbed, fresh, now)
        return later
