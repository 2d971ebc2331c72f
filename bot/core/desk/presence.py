"""Who is at the desk right now, what they look at, and where they are typing.

It is held in memory: who is there says so again and again, also right after a restart.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.store import topics

PRESENT = timedelta(minutes=5)
"""Whoever was seen within this time is at the desk."""
VIEWING = timedelta(seconds=45)
"""… and looks at what they were last seen on, which an open page tells every 15 s."""
TYPING = timedelta(seconds=6)
"""… and is typing there."""
_KEPT = timedelta(days=2)
"""Signs are forgotten after this."""


@dataclass(frozen=True, slots=True)
class Here:
    """A manager who looks at an escalation."""

    manager: str
    typing: bool


@dataclass(frozen=True, slots=True)
class _Sight:
    """When a manager was last seen on something, and last typed there."""

    seen: datetime
    typed: datetime | None = None
    looks: bool = True
    """They have not turned away since."""


class Presence:
    """Managers at the desk, and in front of which escalations."""

    def __init__(self, clock: Clock, wake: Callable[[Iterable[str]], None] | None = None) -> None:
        """Begin with nobody there; `wake` is told `topics.PRESENCE` when what can be seen changes.

        When somebody comes to the desk it is told `topics.WATCH` as well. That nobody looks or
        types any more shows by time alone, and wakes nobody.
        """
        self._clock = clock
        self._wake = wake
        self._managers: dict[str, datetime] = {}
        self._sights: dict[tuple[int, str], _Sight] = {}

    def seen(self, manager: str, escalation_id: int | None = None, *, typing: bool = False) -> None:
        """Note a sign of a manager: anywhere, or looking at (and typing on) an escalation."""
        now = self._clock.now()
        came = manager not in self.present()
        self._managers[manager] = now
        changed = False
        if escalation_id is not None:
            before = self.who(escalation_id)
            known = self._sights.get((escalation_id, manager))
            typed = now if typing else known.typed if known else None
            self._sights[escalation_id, manager] = _Sight(now, typed)
            changed = self.who(escalation_id) != before
        if came:
            self._tidy(now)
            self._tell(topics.PRESENCE, topics.WATCH)
        elif changed:
            self._tell(topics.PRESENCE)

    def left(self, manager: str, escalation_id: int) -> None:
        """Note that a manager looks elsewhere now, or has sent what they typed."""
        sight = self._sights.get((escalation_id, manager))
        if sight and sight.looks:
            self._sights[escalation_id, manager] = replace(sight, looks=False, typed=None)
            self._tell(topics.PRESENCE)

    def who(self, escalation_id: int) -> tuple[Here, ...]:
        """Who looks at an escalation, by name."""
        now = self._clock.now()
        return tuple(
            Here(manager, bool(sight.typed and now - sight.typed < TYPING))
            for (number, manager), sight in sorted(self._sights.items())
            if number == escalation_id and sight.looks and now - sight.seen < VIEWING
        )

    def present(self) -> tuple[str, ...]:
        """Who is at the desk, by name."""
        now = self._clock.now()
        return tuple(sorted(name for name, at in self._managers.items() if now - at < PRESENT))

    def last(self, manager: str, escalation_id: int) -> datetime | None:
        """When a manager was last seen on an escalation since the bot was started, or None."""
        sight = self._sights.get((escalation_id, manager))
        return sight.seen if sight else None

    def _tidy(self, now: datetime) -> None:
        gone = [key for key, sight in self._sights.items() if now - sight.seen >= _KEPT]
        for key in gone:
            del self._sights[key]

    def _tell(self, *changed: str) -> None:
        if self._wake:
            self._wake(changed)
