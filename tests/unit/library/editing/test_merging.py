"""Two admins change the same entry: both changes are there."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.editing.changing import Written
from bot.library.editing.merging import merge, merge_lines

BASE = Written("Q?", ("a", "b"), "One.\n\nTwo.\n\nThree.", ("t",))


def test_changes_in_different_places_are_put_together() -> None:
    mine = replace(BASE, answer="One!\n\nTwo.\n\nThree.", phrasings=("a", "b", "c"))
    theirs = replace(BASE, question="Q2?", answer="One.\n\nTwo.\n\nThree.\n\nFour.", tags=())
    merged = merge(BASE, mine, theirs)
    assert merged.clashes == ()
    assert merged.written == Written("Q2?", ("a", "b", "c"), "One!\n\nTwo.\n\nThree.\n\nFour.", ())


def test_changes_in_the_same_place_are_both_there_and_said() -> None:
    mine = replace(BASE, question="Mine?", answer="One.\n\nTwo from me.\n\nThree.", human=True)
    theirs = replace(BASE, question="Theirs?", answer="One.\n\nTwo from them.\n\nThree.")
    merged = merge(BASE, mine, theirs)
    assert merged.clashes == ("question", "answer")
    assert merged.written.question == "Mine?"
    assert merged.written.answer == "One.\n\nTwo from me.\n\nTwo from them.\n\nThree."
    assert merged.written.human


def test_the_same_change_twice_is_one() -> None:
    mine = replace(BASE, answer="One.", review_by=date(2027, 1, 1), phrasings=("b", "c"))
    assert merge(BASE, mine, mine) == merge(BASE, BASE, mine) == merge(BASE, mine, BASE)
    assert merge(BASE, mine, mine).written == mine
    assert merge(BASE, mine, mine).clashes == ()


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "made"),
    [
        ("abc", "abc", "ac", "ac"),
        ("abc", "xabc", "abcy", "xabcy"),
        ("abc", "ac", "ac", "ac"),
        ("abc", "", "abc", ""),
    ],
)
def test_lines(base: str, mine: str, theirs: str, made: str) -> None:
    assert merge_lines(base, mine, theirs) == (list(made), False)


LINES = st.lists(st.sampled_from("abcde"), max_size=8)


@given(base=LINES, mine=LINES, theirs=LINES)
def test_no_line_that_somebody_added_is_lost(
    base: list[str], mine: list[str], theirs: list[str]
) -> None:
    made, clash = merge_lines(base, mine, theirs)
    for line in (set(mine) | set(theirs)) - set(base):
        assert line in made
    if mine == base:
        assert (made, clash) == (theirs, False)
    if theirs == base:
        assert (made, clash) == (mine, False)
