import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.spelling import LONGEST, SHORTEST, reach, repair

VOCABULARY = reach(("colis", "livraison", "perdu", "retour"))


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("coli", "colis"),
        ("livrasion", "livraison"),
        ("livrzison", "livraison"),
        ("rtour", "retour"),
    ],
)
def test_a_mistyped_word_is_taken_for_the_nearest(word: str, meant: str) -> None:
    found = repair(word, VOCABULARY, ())
    assert found is not None
    assert found.taken_for == meant
    assert 0.7 <= found.similarity < 1


@pytest.mark.parametrize("word", ["col", "voiture", "2024", "x" * 5000])
def test_short_far_and_odd_words_stay(word: str) -> None:
    assert repair(word, VOCABULARY, ()) is None


def test_of_equally_near_words_the_first_was_meant() -> None:
    for words in (("wait", "what"), ("what", "wait")):
        found = repair("waht", reach(words), ())
        assert found is not None
        assert (found.taken_for, found.mistakes) == (words[0], 1)


def test_a_common_word_is_not_a_mistake() -> None:
    assert repair("retours", VOCABULARY, {"retours"}) is None
    assert repair("retours", VOCABULARY, ()) is not None


@given(st.lists(st.text("abc", min_size=1, max_size=12)), st.text("abc", min_size=4, max_size=12))
def test_no_word_that_is_near_enough_is_out_of_reach(known: list[str], word: str) -> None:
    everything = dict.fromkeys(range(SHORTEST, LONGEST + 1), tuple(known))
    assert repair(word, reach(known), ()) == repair(word, everything, ())
