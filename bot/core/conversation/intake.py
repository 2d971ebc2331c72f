"""Where a handler hands in what it received: durable before it returns.

Of what is said where others read, only what is said to us is taken in, and without the personal
details in it; nothing where the bot is to be silent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.config import Rooms
from bot.core.privacy.masking import mask
from bot.models import Incoming, Manner, StaffLine
from bot.store.conversation import intake
from bot.store.protocol import Store, Tx
from bot.store.staff_room import staff

_USUAL = Rooms()


class Intake:
    """The `Inbox` of one account."""

    def __init__(self, store: Store, account: str, clock: Clock, rooms: Rooms = _USUAL) -> None:
        self._store = store
        self._account = account
        self._clock = clock
        self._rooms = rooms

    async def cursor(self, stream: str) -> str | None:
        """The cursor last stored with `accept` for this stream, or None."""
        return await self._store.run(intake.cursor, self._account, stream)

    async def cursors(self, prefix: str) -> Mapping[str, str]:
        """The same of all streams whose names begin so, by their names."""
        return await self._store.run(intake.cursors, self._account, prefix)

    async def accept(
        self, events: Sequence[Incoming | StaffLine], stream: str = "", cursor: str | None = None
    ) -> None:
        """Return only once durable; acknowledge to the platform after this."""
        await self._accept(events, stream, cursor)

    async def take(self, event: Incoming) -> int:
        """The same for one event; returns the id of its message."""
        (message_id,) = await self._accept([event], "", None)
        return message_id

    async def _accept(
        self, events: Sequence[Incoming | StaffLine], stream: str, cursor: str | None
    ) -> list[int]:
        taken = [
            replace(event, text=mask(event.text)) if event.public else event
            for event in events
            if isinstance(event, Incoming) and self._is_ours(event)
        ]
        lines = [event for event in events if isinstance(event, StaffLine)]
        now = self._clock.now()
        return await self._store.run(_taken, self._account, taken, lines, stream, cursor, now)

    def _is_ours(self, event: Incoming) -> bool:
        """Whether an event is for us to keep."""
        if not event.public:
            return True
        silent = self._rooms.manner(event.conversation) is Manner.SILENT
        # The store drops a change of what was not addressed to us, and so is not there.
        return not silent and (event.addressed or event.kind in intake.CHANGES)


def _taken(
    tx: Tx,
    account: str,
    events: Sequence[Incoming],
    lines: Sequence[StaffLine],
    stream: str,
    position: str | None,
    now: datetime,
) -> list[int]:
    """T1, of followers and of the team, who come in one batch."""
    staff.accept(tx, account, lines, now)
    return intake.accept(tx, account, events, stream, position, now)
