"""What is due at the desk: targets, waking, alerts, releases, closing, reopening."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.queue.hours import Hours
from bot.core.queue.opening_time import OpeningTime
from bot.core.queue.timing import (
    Return,
    Standing,
    Step,
    first_response,
    on_return,
    resolution,
    schedule,
)
from bot.desk_rules import DeskTimes
from bot.escalation import EscalationState

PARIS = ZoneInfo("Europe/Paris")
TIMES = DeskTimes(
    first_response_minutes=60,
    resolve_minutes=540,
    alert_minutes=30,
    release_minutes=60,
    close_hours=72,
    reopen_days=14,
)
OFF = DeskTimes(0, 0, 0, 0, 0, 0)


def at(text: str) -> datetime:
    """A moment in Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


OPENING = OpeningTime.between(
    Hours("Mo-Fr 09:00-18:00", "FR", PARIS), at("2026-11-01T00:00"), at("2027-02-01T00:00")
)
FRIDAY = at("2026-11-27T17:50")
OPEN = Standing(EscalationState.OPEN, FRIDAY, FRIDAY)
CLAIMED = replace(
    OPEN,
    state=EscalationState.CLAIMED,
    seen_at=FRIDAY,
    claimed_at=at("2026-11-27T17:55"),
)
ANSWERED = replace(
    CLAIMED, first_reply_at=at("2026-11-30T09:20"), replied_at=at("2026-11-30T09:20")
)


def steps(standing: Standing, times: DeskTimes = TIMES) -> list[tuple[Step, datetime]]:
    return [(due.step, due.at) for due in schedule(standing, times, OPENING)]


# ── targets ──────────────────────────────────────────────────────────────────────────────────────


def test_targets_are_counted_in_opening_time() -> None:
    first, whole = first_response(OPEN, TIMES, OPENING), resolution(OPEN, TIMES, OPENING)
    assert first is not None
    assert whole is not None
    assert (first.due, whole.due) == (at("2026-11-30T09:50"), at("2026-11-30T17:50"))
    assert not first.missed(at("2026-11-30T09:50"))
    assert first.missed(at("2026-11-30T09:51"))


def test_a_target_is_met_or_missed_for_good() -> None:
    late = replace(ANSWERED, first_reply_at=at("2026-11-30T10:00"))
    for standing, missed in ((ANSWERED, False), (late, True)):
        target = first_response(standing, TIMES, OPENING)
        assert target is not None
        assert target.missed(at("2026-12-25T10:00")) is missed
    resolved = replace(OPEN, resolved_at=at("2026-11-30T09:10"))
    target = first_response(resolved, TIMES, OPENING)
    assert target is not None
    assert not target.missed(at("2026-12-25T10:00"))


def test_there_need_be_no_target() -> None:
    assert first_response(OPEN, OFF, OPENING) is None
    assert resolution(OPEN, OFF, OPENING) is None


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────


def test_what_nobody_has_seen_alerts_once() -> None:
    assert steps(OPEN) == [(Step.ALERT, at("2026-11-30T09:20"))]
    assert steps(replace(OPEN, alerted_at=at("2026-11-30T09:20"))) == []
    assert steps(replace(OPEN, seen_at=FRIDAY)) == []
    assert steps(OPEN, OFF) == []


# ── releases ─────────────────────────────────────────────────────────────────────────────────────


def test_a_claim_whose_manager_is_away_is_released() -> None:
    assert steps(CLAIMED) == [(Step.RELEASE, at("2026-11-30T09:55"))]
    active = replace(CLAIMED, active_at=at("2026-11-30T09:30"))
    assert steps(active) == [(Step.RELEASE, at("2026-11-30T10:30"))]
    assert steps(CLAIMED, OFF) == []


def test_a_claim_whose_follower_does_not_wait_is_kept() -> None:
    assert Step.RELEASE not in dict(steps(ANSWERED))
    asked_again = replace(ANSWERED, asked_at=at("2026-11-30T09:40"), active_at=ANSWERED.replied_at)
    assert steps(asked_again) == [(Step.RELEASE, at("2026-11-30T10:20"))]


# ── closing ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_quiet_is_closed_by_the_calendar() -> None:
    assert steps(ANSWERED) == [(Step.CLOSE, at("2026-12-03T09:20"))]
    assert steps(ANSWERED, OFF) == []


def test_what_its_follower_waits_for_is_never_closed() -> None:
    assert Step.CLOSE not in dict(steps(OPEN))
    assert Step.CLOSE not in dict(steps(replace(ANSWERED, asked_at=at("2026-11-30T09:21"))))


def test_a_promise_comes_back_and_is_not_closed_before() -> None:
    promised = replace(ANSWERED, promised_for=at("2026-12-10T10:00"))
    assert steps(promised) == [(Step.WAKE, at("2026-12-10T10:00"))]
    assert steps(replace(promised, promised_for=None)) == [(Step.CLOSE, at("2026-12-03T09:20"))]


def test_what_is_resolved_is_left_alone() -> None:
    resolved = replace(ANSWERED, state=EscalationState.RESOLVED)
    assert steps(replace(resolved, promised_for=FRIDAY)) == []


# ── snoozing ─────────────────────────────────────────────────────────────────────────────────────

SNOOZED = replace(CLAIMED, snoozed_at=at("2026-11-27T17:58"), snoozed_until=at("2026-12-01T10:00"))


def test_what_is_snoozed_comes_back_at_its_time() -> None:
    assert steps(SNOOZED) == [(Step.WAKE, at("2026-12-01T10:00"))]


def test_it_comes_back_when_the_follower_writes() -> None:
    for until in (None, at("2026-12-01T10:00")):
        written = replace(SNOOZED, snoozed_until=until, asked_at=at("2026-11-28T11:00"))
        assert steps(written) == [(Step.WAKE, at("2026-11-28T11:00"))]


def test_until_the_follower_writes_it_stays_away() -> None:
    waiting = replace(SNOOZED, snoozed_until=None)
    assert steps(waiting) == []


# ── the follower writes again ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("days", "times", "settled", "becomes"),
    [
        (1, TIMES, False, Return.REOPEN),
        (14, TIMES, False, Return.REOPEN),
        (15, TIMES, False, Return.NEW),
        (1, OFF, False, Return.NEW),
        (1, TIMES, True, Return.LEAVE),
        (15, TIMES, True, Return.LEAVE),
    ],
)
def test_when_the_follower_writes_again(
    days: int, times: DeskTimes, settled: bool, becomes: Return
) -> None:
    assert on_return(FRIDAY, FRIDAY + timedelta(days=days), times, settled=settled) is becomes
