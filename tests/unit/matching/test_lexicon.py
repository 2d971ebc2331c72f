"""Mistyped words are read as they were meant, by the FAQ's words and the language's."""

import pytest

from bot.matching import common_words
from bot.matching.lexicon import Lexicon, no_words

LISTED = common_words.read(["en", "fr"])


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    nothing = no_words("en", common_words.weights("en"))
    return nothing.revised((), ["do i wait for my parcel", "what is the refund"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("my parcl", "my parcel"),
        ("waht refnud", "what refund"),  # "wait" is as near, and in the FAQ, but not as common
        ("abuot yuor parcel wth it", "about your parcel with it"),
        ("the parcel of my firend", "the parcel of my friend"),
        ("tomorow", "tomorrow"),
        ("is the refnud here?", "is the refund here ?"),
    ],
)
def test_a_mistyped_word_is_the_commonest_of_the_nearest(
    lexicon: Lexicon, typed: str, meant: str
) -> None:
    assert lexicon.mend(typed, LISTED) == meant


@pytest.mark.parametrize(
    "text",
    [
        "What's the Refund?",
        "my Aeropress",
        "a pcl or xqz",
        "tomorrow and friends",
        "the consignment",
        "le colis",
    ],
)
def test_what_is_no_mistake_stays_as_it_is(lexicon: Lexicon, text: str) -> None:
    assert lexicon.mend(text, LISTED) == text


def test_where_most_is_unknown_little_is_looked_up(lexicon: Lexicon) -> None:
    strange = " ".join(f"zq{letter}xvqj" for letter in "bcdfghjk")
    assert lexicon.mend(f"refnud {strange[:7]}", LISTED) == f"refund {strange[:7]}"
    assert lexicon.mend(f"{strange} refnud", LISTED) == f"{strange} refnud"


def test_a_word_of_the_faq_is_likelier_than_one_of_the_language(lexicon: Lexicon) -> None:
    assert lexicon.mend("briof", LISTED) == "brief"
    assert lexicon.revised((), ["a brioc"]).mend("briof", LISTED) == "brioc"


def test_words_are_matched_as_the_faq_has_them_or_not_mended(lexicon: Lexicon) -> None:
    tokens = lexicon.read("waht firend refnud teh")
    assert [token.word for token in tokens] == ["what", "firend", "refund", "teh"]
    assert [token.repair is not None for token in tokens] == [True, False, True, False]


def test_a_revised_lexicon_mends_as_one_made_anew(lexicon: Lexicon) -> None:
    revised = lexicon.revised(["what is the refund"], ["cancel my order"])
    anew = no_words("en", lexicon.common).revised(
        (), ["do i wait for my parcel", "cancel my order"]
    )
    assert revised == anew
    assert revised.mend("waht ordr refnud", LISTED) == anew.mend("waht ordr refnud", LISTED)
