"""Time that counts only while people are there."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.queue.hours import Hours
from bot.core.queue.opening_time import OpeningTime

PARIS = ZoneInfo("Europe/Paris")
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    """A moment in Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def opening(hours: str, start: str, end: str, region: str = "FR") -> OpeningTime:
    return OpeningTime.between(Hours(hours, region, PARIS), at(start), at(end))


WEEK = opening("Mo-Fr 09:00-18:00", "2026-11-01T00:00", "2027-01-15T00:00")


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-23T10:00", "2026-11-23T11:30", 1.5),
        ("2026-11-23T08:00", "2026-11-23T10:00", 1),
        ("2026-11-23T17:00", "2026-11-24T10:00", 2),
        ("2026-11-27T17:50", "2026-11-30T09:10", 1 / 3),  # over a weekend
        ("2026-11-28T10:00", "2026-11-29T10:00", 0),
        ("2026-11-10T17:00", "2026-11-12T10:00", 2),  # over Armistice Day
        ("2026-12-24T17:00", "2026-12-28T10:00", 2),  # over Christmas
        ("2026-11-23T11:00", "2026-11-23T10:00", 0),
        ("2026-11-23T10:00", "2026-11-23T10:00", 0),
        ("2026-11-23T00:00", "2026-11-28T00:00", 45),
    ],
)
def test_elapsed(start: str, end: str, hours: float) -> None:
    assert WEEK.elapsed(at(start), at(end)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-23T10:00", 1, "2026-11-23T11:00"),
        ("2026-11-23T17:50", 1, "2026-11-24T09:50"),
        ("2026-11-27T17:50", 1, "2026-11-30T09:50"),
        ("2026-11-28T12:00", 1, "2026-11-30T10:00"),
        ("2026-11-23T17:00", 1, "2026-11-23T18:00"),  # just before they leave
        ("2026-11-23T18:00", 1, "2026-11-24T10:00"),
        ("2026-11-23T09:00", 18, "2026-11-24T18:00"),
        ("2026-11-28T12:00", 0, "2026-11-28T12:00"),
    ],
)
def test_after(start: str, hours: float, due: str) -> None:
    assert WEEK.after(at(start), timedelta(hours=hours)) == at(due)


def test_what_lies_beyond_the_calendar_is_unknown() -> None:
    short = opening("Mo-Fr 09:00-18:00", "2026-11-23T00:00", "2026-11-24T12:00")
    assert short.after(at("2026-11-23T10:00"), 11 * HOUR) == at("2026-11-24T12:00")
    assert short.after(at("2026-11-23T10:00"), 12 * HOUR) is None
    assert short.elapsed(at("2026-11-23T10:00"), at("2026-12-23T10:00")) == 11 * HOUR


def test_without_hours_all_time_counts() -> None:
    always = opening("", "2026-11-01T00:00", "2026-12-01T00:00")
    assert always.elapsed(at("2026-11-07T10:00"), at("2026-11-08T11:00")) == 25 * HOUR
    assert always.after(at("2026-11-07T10:00"), 25 * HOUR) == at("2026-11-08T11:00")


def test_a_desk_that_is_never_open_has_no_time() -> None:
    never = opening("off", "2026-11-01T00:00", "2026-12-01T00:00")
    assert never.elapsed(at("2026-11-07T10:00"), at("2026-11-28T11:00")) == timedelta()
    assert never.after(at("2026-11-07T10:00"), HOUR) is None


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-10-24T20:00", "2026-10-25T08:00", 13),  # the clock is put back
        ("2026-03-28T20:00", "2026-03-29T08:00", 11),  # and forward
    ],
)
def test_an_hour_is_an_hour_when_the_clocks_change(start: str, end: str, hours: int) -> None:
    always = opening("24/7", "2026-01-01T00:00", "2026-12-01T00:00", region="")
    assert always.elapsed(at(start), at(end)) == hours * HOUR


MINUTES = st.integers(0, 60 * 24 * 60)


@settings(deadline=None)
@given(MINUTES, MINUTES, MINUTES)
def test_elapsed_adds_up_and_after_is_its_inverse(one: int, two: int, three: int) -> None:
    first, second, third = (
        at("2026-11-01T00:00") + timedelta(minutes=minutes) for minutes in sorted((one, two, three))
    )
    whole = WEEK.elapsed(first, third)
    assert whole == WEEK.elapsed(first, second) + WEEK.elapsed(second, third)
    due = WEEK.after(first, whole)
    assert due is not None
    assert due <= third
    assert WEEK.elapsed(first, due) == whole
