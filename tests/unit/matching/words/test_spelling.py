import pytest
from hypothesis import given
from hypothesis import strategies as st
from marisa_trie import Trie

from bot.matching.words.spelling import LONGEST, SHORTEST, reach, repair, slips

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
    found = repair(word, VOCABULARY)
    assert found is not None
    assert found.taken_for == meant
    assert 0.7 <= found.similarity < 1


@pytest.mark.parametrize("word", ["col", "voiture", "2024", "x" * 5000])
def test_short_far_and_odd_words_stay(word: str) -> None:
    assert repair(word, VOCABULARY) is None


def test_of_equally_near_words_the_first_was_meant() -> None:
    for words in (("wait", "what"), ("what", "wait")):
        found = repair("waht", reach(words))
        assert found is not None
        assert (found.taken_for, found.mistakes) == (words[0], 1)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("coli", {"colis"}),
        ("ccolis", {"colis"}),
        ("cilis", {"colis"}),
        ("oclis", {"colis"}),
        ("coliss", {"colis"}),
        ("colisperdu", {"colis perdu"}),
        ("ls", {"as", "is"}),
        ("colis", set()),
        ("ilsoc", set()),
    ],
)
def test_one_mistake_makes_a_word_of_another(word: str, meant: set[str]) -> None:
    known = Trie(["colis", "perdu", "as", "is"])
    assert slips(word, "abcdefghijklmnopqrstuvwxyz", known).keys() == meant


def test_some_mistakes_are_likelier() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    what = Trie(["what"])
    likely = slips("waht", letters, what)["what"]
    assert slips("wht", letters, what)["what"] > likely  # in fewer places
    assert slips("whaat", letters, what)["what"] < likely  # letters too many are not all doubled
    assert slips("whut", letters, what)["what"] == pytest.approx(likely / len(letters))
    assert slips("whaat", letters, what)["what"] > slips("whakt", letters, what)["what"] * 10


@given(st.lists(st.text("abc", min_size=1, max_size=12)), st.text("abc", min_size=4, max_size=12))
def test_no_word_that_is_near_enough_is_out_of_reach(known: list[str], word: str) -> None:
    everything = dict.fromkeys(range(SHORTEST, LONGEST + 1), tuple(known))
    assert repair(word, reach(known)) == repair(word, everything)
