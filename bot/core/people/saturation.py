"""How many people a manager knows at the moment, against how many one can."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

CAPACITY = 350
"""Followers that one person can know: 300 to 400 (issue 5)."""
WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Contact:
    """A manager wrote to a follower, or a follower to a manager."""

    follower: int
    """The person, whatever their accounts."""
    at: datetime
    manager: str
    open: bool = False
    """The follower has a request that is not resolved."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one manager, or the whole desk, carries."""

    name: str
    """Empty for the whole desk."""
    active: int
    """Followers with a contact within the window."""
    before: int
    """The same, one window earlier."""
    open: int
    """Active followers, or older ones, whose request is not resolved."""
    capacity: int

    @property
    def share(self) -> float:
        """Active followers by capacity: 1 is full."""
        return self.active / self.capacity if self.capacity else 0.0

    @property
    def trend(self) -> int:
        """Active followers more, or fewer, than one window earlier."""
        return self.active - self.before


@dataclass(frozen=True, slots=True)
class Gauge:
    """The whole desk, and each manager, fullest first."""

    desk: Load
    managers: tuple[Load, ...]

    @property
    def needed(self) -> int:
        """Managers that so many active followers take, in whole persons."""
        each = self.desk.capacity // max(1, len(self.managers))
        return -(-self.desk.active // each) if each else 0


def gauge(
    contacts: Iterable[Contact],
    managers: Sequence[str],
    now: datetime,
    capacity: int = CAPACITY,
    window: timedelta = WINDOW,
) -> Gauge:
    """Count followers per manager.

    A follower is active for the manager of a contact at most `window` ago. Followers of several
    managers count for each, and once for the desk; contacts of others than `managers` (people who
    have left) count for the desk only.

    Args:
        contacts: in any order, any number per follower; the trend is right only where contacts of
            two windows are given, not just everybody's last one.
        managers: everybody who may carry followers, also those without any.
        now: where the window ends.
        capacity: followers that one manager can carry.
        window: how long a contact keeps a follower active.
    """
    rows = [contact for contact in contacts if contact.at <= now]
    loads = [
        _load(name, [row for row in rows if row.manager == name], now, capacity, window)
        for name in dict.fromkeys(managers)
    ]
    desk = _load("", rows, now, capacity * len(loads), window)
    return Gauge(desk, tuple(sorted(loads, key=lambda load: (-load.active, load.name))))


def _load(
    name: str, rows: Sequence[Contact], now: datetime, capacity: int, window: timedelta
) -> Load:
    recent, earlier = now - window, now - 2 * window
    return Load(
        name,
        active=len({row.follower for row in rows if row.at > recent}),
        before=len({row.follower for row in rows if earlier < row.at <= recent}),
        open=len({row.follower for row in rows if row.open}),
        capacity=capacity,
    )
