"""What the tests of the Discord handler share."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.clock import SystemClock
from bot.contract import Handler
from bot.models import Incoming, StaffLine
from tests.fakes.discord import FakeDiscord
from tests.fakes.inbox import KeepingInbox
from tests.support.clock import HurriedClock


class StoringInbox(KeepingInbox):
    """Keeps each event once, as the store does, and outlives handlers."""

    def __init__(self) -> None:
        super().__init__()
        self.repeated: list[str] = []

    async def accept(
        self, events: Sequence[Incoming | StaffLine], stream: str = "", cursor: str | None = None
    ) -> None:
        known = {event.key for event in self.events}
        self.repeated += [event.key for event in events if event.key in known]
        await super().accept([one for one in events if one.key not in known], stream, cursor)

    async def placed(self, stream: str) -> None:
        """Return once a cursor of a stream of that name is kept."""
        await self._changes.until(lambda: any(key.startswith(stream) for key in self._cursors))

    async def at(self, stream: str, words: str) -> None:
        """Return once a cursor holds these words."""
        await self._changes.until(lambda: words in self._cursors.get(stream, ""))

    def forget(self, conversation: str) -> None:
        """As the store forgets a person: their messages, and the streams named like them."""
        self.events = [one for one in self.events if one.conversation != conversation]
        for stream in [*self._cursors]:
            if stream == conversation or stream.startswith(f"{conversation}/"):
                del self._cursors[stream]

    @property
    def texts(self) -> list[str]:
        """What was said, in order."""
        return [event.text for event in self.events]


@asynccontextmanager
async def running(
    discord: FakeDiscord, inbox: KeepingInbox, clock: SystemClock | None = None
) -> AsyncIterator[Handler]:
    """A handler of its own, as after a start of the bot."""
    handler = discord.handler(clock or HurriedClock())
    try:
        async with discord.serve(handler, inbox):
            yield handler
    finally:
        await handler.close()
