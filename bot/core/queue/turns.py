"""Who is given the next escalation where they go in turn."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A manager who is present."""

    name: str
    given_at: datetime | None
    """When one was last given to them, None where never."""
    held: int
    """Unresolved escalations that they hold."""


def next_in_turn(present: Iterable[Candidate], most: int) -> str | None:
    """The manager whose turn it is: who was given one longest ago, by name where that is equal.

    None where nobody is present or all hold `most` (or more) already; 0 sets no limit.
    """
    free = [one for one in present if not most or one.held < most]
    never = [one.name for one in free if one.given_at is None]
    if never:
        return min(never)
    given = [(one.given_at, one.name) for one in free if one.given_at is not None]
    return min(given)[1] if given else None
