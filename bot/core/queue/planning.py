"""What the watch over the queue makes of an item: pure decisions.

plan(item, …) → Plan    how much it presses, its targets, what is to be done now, when to look again
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.queue.opening_time import OpeningTime
from bot.core.queue.priority import Asked, Priorities
from bot.core.queue.timing import Standing, Step, first_response, resolution, schedule, standing
from bot.desk_rules import DeskTimes
from bot.escalation import Escalation, EscalationKind, EscalationState
from bot.store.queue.timing import Looked, Placed


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be kept of an item, and what is to be done about it now."""

    item: Escalation
    placed: Placed
    step: Step | None
    """The first one that is due; further ones are found at the next look."""


def plan(
    looked: Looked,
    tags: frozenset[str],
    priorities: Priorities,
    times: DeskTimes,
    opening: OpeningTime,
    now: datetime,
) -> Plan:
    """Decide on one item.

    Args:
        looked: the item, and the words in it.
        tags: of the entry that it asks, and of whoever asks it.
        priorities: the admin's rules.
        times: the admin's settings.
        opening: the desk's opening time around the present.
        now: the present.
    """
    item = looked.item
    stands = standing(item)
    if item.kind is EscalationKind.DELIVERY:  # nobody has asked anything: there are no targets
        times = replace(times, first_response_minutes=0, resolve_minutes=0, close_hours=0)
    since = _waits_since(stands)
    waited = opening.elapsed(since, now) if since else timedelta()
    priority = priorities.of(Asked(looked.words, tags, item.account, item.opened_at, waited))
    steps = schedule(stands, times, opening)
    due = [one.step for one in steps if one.at <= now]
    later = [one.at for one in steps if one.at > now]
    if item.state is not EscalationState.RESOLVED:
        later += _rules_begin(since, priorities, opening, now)
    respond, resolve = (target(stands, times, opening) for target in (first_response, resolution))
    placed = Placed(
        priority.level,
        priority.because,
        respond.due if respond else None,
        resolve.due if resolve else None,
        min(later, default=None),
    )
    return Plan(item, placed, due[0] if due else None)


def _waits_since(stands: Standing) -> datetime | None:
    """The first word that nobody has answered; None where the follower does not wait."""
    if not stands.follower_waits:
        return None
    return stands.opened_at if stands.replied_at is None else stands.asked_at


def _rules_begin(
    since: datetime | None, priorities: Priorities, opening: OpeningTime, now: datetime
) -> Iterator[datetime]:
    """When rules about waiting begin to apply."""
    for wait in priorities.waits if since else ():
        assert since is not None  # noqa: S101  # see above
        at = opening.after(since, wait)
        if at and at > now:
            yield at
