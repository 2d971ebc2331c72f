"""An inbox for handlers under test: it keeps what it accepts, and can refuse or hold back."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.models import Incoming, StaffLine
from tests.fakes.network import Changes


class StoreIsDown(Exception):
    """What a refusing inbox raises."""


class KeepingInbox:
    """Accepts into `events`; while `open` is not set, `accept` waits before it keeps anything."""

    def __init__(self) -> None:
        self.events: list[Incoming] = []
        self.offered: list[Incoming] = []
        """All that was handed in, also what was not kept."""
        self.staff: list[StaffLine] = []
        """What the team has said."""
        self.open = asyncio.Event()
        self.open.set()
        self.refusing = False
        self._cursors: dict[str, str] = {}
        self._changes = Changes()

    async def cursor(self, stream: str) -> str | None:
        return self._cursors.get(stream)

    async def cursors(self, prefix: str) -> Mapping[str, str]:
        return {key: one for key, one in self._cursors.items() if key.startswith(prefix)}

    async def accept(
        self, events: Sequence[Incoming | StaffLine], stream: str = "", cursor: str | None = None
    ) -> None:
        followers = [event for event in events if isinstance(event, Incoming)]
        self.offered += followers
        self._changes.announce()
        await self.open.wait()
        if self.refusing:
            raise StoreIsDown
        self.events += followers
        self.staff += [event for event in events if isinstance(event, StaffLine)]
        if cursor is not None:
            self._cursors[stream] = cursor
        self._changes.announce()

    async def kept(self, number: int) -> Incoming:
        """The event of that number, from 1, as soon as it is kept."""
        await self._changes.until(lambda: len(self.events) >= number)
        return self.events[number - 1]

    async def said(self, number: int) -> StaffLine:
        """The team's line of that number, from 1, as soon as it is kept."""
        await self._changes.until(lambda: len(self.staff) >= number)
        return self.staff[number - 1]

    async def handed(self, number: int) -> Incoming:
        """The event of that number, from 1, as soon as it is handed in."""
        await self._changes.until(lambda: len(self.offered) >= number)
        return self.offered[number - 1]
