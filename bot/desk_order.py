"""Where an escalation stands in the queue and in time."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """How much an escalation presses, most first."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Order:
    """An escalation's priority, and what has happened to it; None is what has not."""

    level: Level = Level.NORMAL
    because: tuple[str, ...] = ()
    """The names of the admin's rules that say so."""
    respond_by: datetime | None = None
    """The target for a person's first reply; None where there is none."""
    resolve_by: datetime | None = None
    asked_at: datetime | None = None
    """The follower's last word, where that is not what opened it."""
    seen_at: datetime | None = None
    alerted_at: datetime | None = None
    claimed_at: datetime | None = None
    active_at: datetime | None = None
    """The last sign of the manager who holds it."""
    first_reply_at: datetime | None = None
    replied_at: datetime | None = None
    snoozed_at: datetime | None = None
    snoozed_until: datetime | None = None
    """None while snoozed: until the follower writes."""
