"""The admin's rules of what presses most."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import options
from bot.core.queue.priority import Asked, Priorities, Priority, order
from bot.desk_rules import DeskTimes, PriorityRule
from bot.errors import ConfigError
from bot.escalation import Level
from bot.library.rules.spotting import finders

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULES = Priorities(
    (
        PriorityRule("Law", "urgent", words=("avocat*", "legal action")),
        PriorityRule("Scam", "urgent", words=("arnaque*",), networks=("webchat",)),
        PriorityRule("VIP", "high", tags=("vip", "press")),
        PriorityRule("Long", "high", waited_minutes=60),
        PriorityRule("Idle", "low", words=("just curious",)),
    )
)


def of(
    text: str = "hello", *tags: str, account: str = "webchat", minutes: float = 0
) -> tuple[str, tuple[str, ...]]:
    asked = Asked(text, frozenset(tags), account, NOW, timedelta(minutes=minutes))
    found = RULES.of(asked)
    return found.level, found.because


def test_words_tags_networks_and_waiting() -> None:
    assert of() == ("normal", ())
    assert of("Mon AVOCATE…") == ("urgent", ("Law",))
    assert of("hello", "vip") == ("high", ("VIP",))
    assert of(minutes=59.9) == ("normal", ())
    assert of(minutes=60) == ("high", ("Long",))
    assert of("Just curious!") == ("low", ("Idle",))


def test_all_that_a_rule_names_must_apply() -> None:
    assert of("arnaque") == ("urgent", ("Scam",))
    assert of("arnaque", account="other") == ("normal", ())


def test_the_most_pressing_level_wins_and_says_why() -> None:
    assert of("arnaque, avocat", "vip", minutes=90) == ("urgent", ("Law", "Scam"))
    assert of("just curious", "press", minutes=90) == ("high", ("VIP", "Long"))


def test_the_queue_is_in_order_of_pressing_then_of_waiting() -> None:
    early, late = NOW, NOW + timedelta(hours=1)
    queue = [
        (Priority(Level.LOW), early),
        (Priority(), late),
        (Priority(), early),
        (Priority(Level.HIGH), late),
        (Priority(Level.URGENT), late),
    ]
    assert sorted(queue, key=lambda one: order(*one)) == [queue[i] for i in (4, 3, 2, 1, 0)]


def test_kinds_are_found_with_finders() -> None:
    rules = (PriorityRule("Money", "high", words=("[amount]",)),)
    asked = Asked("il manque 30 €", frozenset(), "webchat", NOW, timedelta())
    assert Priorities(rules, finders(("fr",))).of(asked).level is Level.HIGH
    assert Priorities(rules).of(asked).level is Level.NORMAL


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"name": "N", "level": "urgent"}, "at least one of words"),
        ({"name": " ", "level": "urgent", "tags": ["a"]}, "name must not be empty"),
        ({"name": "N", "level": "hot", "tags": ["a"]}, 'one of "urgent", "high"'),
        ({"name": "N", "level": "low", "waited_minutes": -1}, "0 or more"),
        ({"name": "N", "level": "low", "wordz": ["a"]}, "did you mean 'words'"),
        ({"level": "low", "tags": ["a"]}, "needs the key 'name'"),
    ],
)
def test_a_rule_that_cannot_be_used_is_said(table: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        options.read(PriorityRule, table, "[[desk.priority]]")


def test_a_wording_that_cannot_be_read_is_said() -> None:
    with pytest.raises(ConfigError, match=r"'Law' words: .*between words"):
        Priorities((PriorityRule("Law", "high", words=("… avocat",)),))


def test_times_are_not_negative() -> None:
    with pytest.raises(ConfigError, match="close_hours must be 0 or more"):
        options.read(DeskTimes, {"close_hours": -1}, "[desk.times]")
