"""What is due at the desk, and when: decisions over an escalation's times, pure.

Targets, alerts and releases count opening time (`OpeningTime`), since they ask something of people
who may be at home; closing and reopening go by the calendar, since they wait for the follower.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.queue.opening_time import OpeningTime
from bot.desk_rules import DeskTimes
from bot.escalation import Escalation, EscalationState


@dataclass(frozen=True, slots=True)
class Standing:
    """How an escalation stands in time; None is what has not happened."""

    state: EscalationState
    opened_at: datetime
    asked_at: datetime
    """The follower's last word."""
    seen_at: datetime | None = None
    """Any manager looked at it first."""
    alerted_at: datetime | None = None
    claimed_at: datetime | None = None
    active_at: datetime | None = None
    """The last sign of the manager who holds it."""
    first_reply_at: datetime | None = None
    replied_at: datetime | None = None
    """The managers' last word."""
    resolved_at: datetime | None = None
    snoozed_at: datetime | None = None
    snoozed_until: datetime | None = None
    """None while snoozed: until the follower writes."""
    promised_for: datetime | None = None
    """What was promised to the follower comes back to the queue at this time."""

    @property
    def follower_waits(self) -> bool:
        """The last word is the follower's."""
        return self.replied_at is None or self.replied_at < self.asked_at


def standing(item: Escalation) -> Standing:
    """How an item of the queue stands."""
    order = item.order
    return Standing(
        state=item.state,
        opened_at=item.opened_at,
        asked_at=order.asked_at or item.opened_at,
        seen_at=order.seen_at,
        alerted_at=order.alerted_at,
        claimed_at=order.claimed_at,
        active_at=order.active_at,
        first_reply_at=order.first_reply_at,
        replied_at=order.replied_at,
        resolved_at=item.resolved_at,
        snoozed_at=order.snoozed_at,
        snoozed_until=order.snoozed_until,
    )


# ── Targets ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Target:
    """Something to be done by a time."""

    due: datetime | None
    """None where that is further away than the desk's calendar was made for."""
    done: datetime | None

    def missed(self, now: datetime) -> bool:
        """It was done too late, or is late by now."""
        return self.due is not None and (self.done or now) > self.due


def first_response(standing: Standing, times: DeskTimes, opening: OpeningTime) -> Target | None:
    """By when a person must have answered; None where there is no such target."""
    done = standing.first_reply_at or standing.resolved_at
    return _target(standing, times.first_response_minutes, opening, done)


def resolution(standing: Standing, times: DeskTimes, opening: OpeningTime) -> Target | None:
    """By when it must be resolved; None where there is no such target."""
    return _target(standing, times.resolve_minutes, opening, standing.resolved_at)


def _target(
    standing: Standing, minutes: float, opening: OpeningTime, done: datetime | None
) -> Target | None:
    if not minutes:
        return None
    return Target(opening.after(standing.opened_at, timedelta(minutes=minutes)), done)


# ── What the desk does by itself ─────────────────────────────────────────────────────────────────


class Step(StrEnum):
    """Something that the desk does by itself."""

    WAKE = "wake"
    """Bring back to the queue what was snoozed, or was promised for now."""
    ALERT = "alert"
    """Tell every staff room that nobody has looked at it."""
    RELEASE = "release"
    """Give it back to the queue: its manager is away."""
    CLOSE = "close"
    """Resolve it with a polite text: its follower has gone quiet."""


@dataclass(frozen=True, slots=True)
class Due:
    """A step, and when it is to be taken."""

    at: datetime
    step: Step


def schedule(standing: Standing, times: DeskTimes, opening: OpeningTime) -> tuple[Due, ...]:
    """The steps that will be taken unless something happens, earliest first.

    Those up to now are to be taken now; the next one says when to look again. A step that was taken
    changes the standing and is not listed again: WAKE clears `snoozed_at` or `promised_for`, ALERT
    sets `alerted_at`, RELEASE and CLOSE change `state`.
    """
    if standing.state is EscalationState.RESOLVED:
        return ()
    steps = [due for due in _steps(standing, times, opening) if due]
    return tuple(sorted(steps, key=lambda due: due.at))


def _steps(standing: Standing, times: DeskTimes, opening: OpeningTime) -> Iterator[Due | None]:
    if standing.promised_for:
        yield Due(standing.promised_for, Step.WAKE)
    if standing.snoozed_at is not None:
        woken = standing.asked_at if standing.asked_at > standing.snoozed_at else None
        wake = min(filter(None, (woken, standing.snoozed_until)), default=None)
        yield Due(wake, Step.WAKE) if wake else None
        return  # what is out of sight runs no clock until it is back
    yield _alert(standing, times, opening)
    yield _release(standing, times, opening)
    yield _close(standing, times)


def _alert(standing: Standing, times: DeskTimes, opening: OpeningTime) -> Due | None:
    known = standing.seen_at or standing.alerted_at
    if known or standing.state is not EscalationState.OPEN or not times.alert_minutes:
        return None
    return _after(standing.opened_at, times.alert_minutes, opening, Step.ALERT)


def _release(standing: Standing, times: DeskTimes, opening: OpeningTime) -> Due | None:
    held = standing.state is EscalationState.CLAIMED and standing.follower_waits
    signs = [sign for sign in (standing.claimed_at, standing.active_at) if sign]
    if not held or not signs or not times.release_minutes:
        return None
    return _after(max(signs), times.release_minutes, opening, Step.RELEASE)


def _close(standing: Standing, times: DeskTimes) -> Due | None:
    if standing.follower_waits or standing.promised_for or not times.close_hours:
        return None
    assert standing.replied_at is not None  # noqa: S101  # else the follower would wait
    return Due(standing.replied_at + timedelta(hours=times.close_hours), Step.CLOSE)


def _after(start: datetime, minutes: float, opening: OpeningTime, step: Step) -> Due | None:
    at = opening.after(start, timedelta(minutes=minutes))
    return Due(at, step) if at else None


# ── When the follower writes again ───────────────────────────────────────────────────────────────


class Return(StrEnum):
    """What becomes of a resolved escalation whose follower writes again."""

    REOPEN = "reopen"
    NEW = "new"
    """It is another request."""
    LEAVE = "leave"
    """Nothing is left to do for a person."""


def on_return(resolved_at: datetime, at: datetime, times: DeskTimes, *, settled: bool) -> Return:
    """Decide on a message that comes after its escalation was resolved.

    Args:
        resolved_at: when that was.
        at: when the follower wrote.
        times: the admin's settings; `reopen_days` 0 never reopens.
        settled: nothing is asked of a person: thanks, a greeting, or a question that the bot has
            answered.
    """
    if settled:
        return Return.LEAVE
    recent = at - resolved_at <= timedelta(days=times.reopen_days)
    return Return.REOPEN if recent and times.reopen_days else Return.NEW
