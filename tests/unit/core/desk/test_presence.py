"""Who is at the desk, and what they look at, as long as they say so."""

from collections.abc import Callable
from datetime import timedelta

from bot.core.desk.presence import Here, Presence
from bot.store import topics
from tests.support.clock import START, FakeClock

SHOWS = [topics.PRESENCE]
CAME = [topics.PRESENCE, topics.WATCH]
QUIET: list[str] = []


def told() -> tuple[Presence, FakeClock, list[str]]:
    clock, woken = FakeClock(), list[str]()
    return Presence(clock, woken.extend), clock, woken


def test_whoever_was_seen_a_short_while_ago_is_there() -> None:
    presence, clock, _ = told()
    presence.seen("lea")
    clock.advance(200)
    presence.seen("ann", 7)
    assert presence.present() == ("ann", "lea")
    clock.advance(100)
    assert presence.present() == ("ann",)
    clock.advance(200)
    assert presence.present() == ()


def test_who_looks_at_something_and_types_there() -> None:
    presence, clock, _ = told()
    presence.seen("lea", 7, typing=True)
    presence.seen("ann", 7)
    presence.seen("ann", 8)
    assert presence.who(7) == (Here("ann", typing=False), Here("lea", typing=True))
    clock.advance(6)
    presence.seen("lea", 7)
    assert presence.who(7) == (Here("ann", typing=False), Here("lea", typing=False))
    clock.advance(40)
    assert presence.who(7) == (Here("lea", typing=False),)
    presence.left("lea", 7)
    assert presence.who(7) == ()
    assert presence.last("lea", 7) == START + timedelta(seconds=6)
    assert presence.last("ann", 9) is None


def test_only_what_can_be_seen_wakes_others() -> None:
    presence, clock, woken = told()
    changes: tuple[tuple[int, Callable[[], None], list[str]], ...] = (
        (0, lambda: presence.seen("lea"), CAME),
        (1, lambda: presence.seen("lea"), QUIET),
        (1, lambda: presence.seen("lea", 7), SHOWS),
        (1, lambda: presence.seen("lea", 7), QUIET),
        (1, lambda: presence.seen("lea", 7, typing=True), SHOWS),
        (1, lambda: presence.seen("lea", 7, typing=True), QUIET),
        (1, lambda: presence.left("lea", 7), SHOWS),
        (1, lambda: presence.left("lea", 7), QUIET),
        (301, lambda: presence.seen("lea"), CAME),
    )
    for seconds, change, shows in changes:
        clock.advance(seconds)
        woken.clear()
        change()
        assert woken == shows


def test_what_is_long_gone_is_not_kept() -> None:
    presence, clock, _ = told()
    presence.seen("lea", 7)
    clock.advance(49 * 3600)
    presence.seen("ann", 8)
    assert presence.last("lea", 7) is None
