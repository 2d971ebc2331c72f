"""The saturation gauge, looked at now and then: whom the managers know, against what they can."""

from datetime import timedelta

from bot.clock import Clock
from bot.core.people.saturation import WINDOW, Contact, Gauge, gauge
from bot.store import accounts
from bot.store.people import knowing
from bot.store.people.knowing import Known
from bot.store.protocol import Store, Tx

_FRESH = timedelta(minutes=1)
"""So long a reading is good enough: pages ask for it each time."""


class Gauging:
    """Reads the gauge."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._last: Gauge | None = None
        self._read_at = clock.now()

    async def read(self) -> Gauge:
        """The gauge as it was within the last minute."""
        now = self._clock.now()
        if self._last is None or now - self._read_at >= _FRESH:
            windows = ((now - WINDOW, now), (now - 2 * WINDOW, now - WINDOW))
            rows, managers = await self._store.run(_read, windows)
            self._last = gauge([_contact(row) for row in rows], sorted(managers), now)
            self._read_at = now
        return self._last


def _read(tx: Tx, windows: tuple[knowing.Window, ...]) -> tuple[list[Known], frozenset[str]]:
    return knowing.known(tx, windows), accounts.serving(tx)


def _contact(row: Known) -> Contact:
    return Contact(row.person, row.at, row.manager, row.held)
