"""How many people a manager knows, against how many one can."""

from datetime import UTC, datetime, timedelta

from bot.core.people.saturation import Contact, gauge

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def contact(follower: int, days: float, manager: str = "ann", *, is_open: bool = False) -> Contact:
    return Contact(follower, NOW - timedelta(days=days), manager, is_open)


def test_followers_are_counted_once_per_manager() -> None:
    found = gauge(
        [contact(1, 1), contact(1, 2), contact(2, 3), contact(2, 4, "ben"), contact(3, 5, "gone")],
        ["ben", "ann", "zoe"],
        NOW,
        capacity=10,
    )
    assert [(load.name, load.active) for load in found.managers] == [
        ("ann", 2),
        ("ben", 1),
        ("zoe", 0),
    ]
    assert (found.desk.active, found.desk.capacity) == (3, 30)
    assert found.managers[0].share == 0.2


def test_the_window_and_the_trend() -> None:
    ages = ((1, 0), (2, 29.9), (3, 30), (4, 59.9), (5, 60), (6, -1), (1, 40))
    found = gauge([contact(*age) for age in ages], ["ann"], NOW)
    (ann,) = found.managers
    assert (ann.active, ann.before, ann.trend) == (2, 3, -1)


def test_open_requests_count_however_old() -> None:
    found = gauge([contact(1, 90, is_open=True), contact(2, 1)], ["ann"], NOW)
    assert (found.managers[0].open, found.managers[0].active) == (1, 1)


def test_how_many_people_are_needed() -> None:
    contacts = [contact(number, 1) for number in range(701)]
    assert gauge(contacts, ["ann"], NOW, capacity=350).needed == 3
    assert gauge(contacts, ["ann", "ben"], NOW, capacity=350).needed == 3
    assert gauge([], ["ann"], NOW).needed == 0


def test_without_managers_nothing_is_full() -> None:
    found = gauge([contact(1, 1)], [], NOW)
    assert (found.managers, found.desk.active, found.desk.share) == ((), 1, 0.0)
