"""Where a handler hands in what it received: durable before it returns."""

from collections.abc import Sequence

from bot.clock import Clock
from bot.models import Incoming
from bot.store import intake
from bot.store.protocol import Store


class Intake:
    """The `Inbox` of one account."""

    def __init__(self, store: Store, account: str, clock: Clock) -> None:
        self._store = store
        self._account = account
        self._clock = clock

    async def cursor(self, stream: str) -> str | None:
        """The cursor last stored with `accept` for this stream, or None."""
        return await self._store.run(intake.cursor, self._account, stream)

    async def accept(
        self, events: Sequence[Incoming], stream: str = "", cursor: str | None = None
    ) -> None:
        """Return only once durable; acknowledge to the platform after this."""
        now = self._clock.now()
        await self._store.run(intake.accept, self._account, events, stream, cursor, now)
