"""Escalations given in turn."""

from datetime import UTC, datetime, timedelta

from bot.core.queue.turns import Candidate, next_in_turn

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANN = Candidate("ann", NOW, 3)
BEN = Candidate("ben", NOW - timedelta(hours=1), 9)
ZOE = Candidate("zoe", None, 0)
YAN = Candidate("yan", None, 0)


def test_who_was_given_none_comes_first_then_who_was_longest_ago() -> None:
    assert next_in_turn([ANN, BEN, ZOE, YAN], most=0) == "yan"
    assert next_in_turn([ANN, BEN, ZOE], most=0) == "zoe"
    assert next_in_turn([ANN, BEN], most=0) == "ben"


def test_who_holds_enough_is_left_out() -> None:
    assert next_in_turn([ANN, BEN], most=9) == "ann"
    assert next_in_turn([ANN, BEN], most=3) is None
    assert next_in_turn([], most=0) is None


def test_turns_go_round() -> None:
    people = {name: Candidate(name, None, 0) for name in ("c", "a", "b")}
    given = []
    for minute in range(6):
        name = next_in_turn(people.values(), most=0)
        assert name
        given.append(name)
        people[name] = Candidate(name, NOW + timedelta(minutes=minute), 0)
    assert given == ["a", "b", "c", "a", "b", "c"]
