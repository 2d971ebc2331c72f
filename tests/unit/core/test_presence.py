"""Who is at the desk, and what they look at, as long as they say so."""

from collections.abc import Callable

from bot.core.presence import Here, Presence
from bot.store import topics
from tests.support.clock import FakeClock


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
    assert presence.last("lea", 7) is not None
    presence.left("lea", 7)
    assert presence.who(7) == ()
    assert presence.last("lea", 7) is None


def test_only_what_can_be_seen_wakes_others() -> None:
    presence, clock, woken = told()
    changes: tuple[tuple[int, Callable[[], None], bool], ...] = (
        (0, lambda: presence.seen("lea"), True),
        (1, lambda: presence.seen("lea"), False),
        (1, lambda: presence.seen("lea", 7), True),
        (1, lambda: presence.seen("lea", 7), False),
        (1, lambda: presence.seen("lea", 7, typing=True), True),
        (1, lambda: presence.seen("lea", 7, typing=True), False),
        (1, lambda: presence.left("lea", 7), True),
        (1, lambda: presence.left("lea", 7), False),
        (301, lambda: presence.seen("lea"), True),
    )
    for seconds, change, shows in changes:
        clock.advance(seconds)
        woken.clear()
        change()
        assert woken == ([topics.PRESENCE] if shows else [])


def test_what_is_long_gone_is_not_kept() -> None:
    presence, clock, _ = told()
    presence.seen("lea", 7)
    clock.advance(60)
    presence.seen("ann", 8)
    assert presence.last("lea", 7) is None
