"""The words of an FAQ, and which others are near to them."""

import pytest

from bot.matching.words import common_words
from bot.matching.words.lexicon import Lexicon, no_words
from bot.matching.words.spelling import repaired


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    nothing = no_words("en", common_words.weights("en"))
    return nothing.revised((), ["do i wait for my parcel", "what is the refund"])


def test_it_has_the_words_of_the_faq_and_the_most_common_ones(lexicon: Lexicon) -> None:
    assert [word in lexicon.known for word in ("parcel", "tomorrow", "consignment")] == [
        True,
        True,
        False,
    ]


def test_a_mistyped_word_counts_as_far_as_it_resembles_what_was_meant(lexicon: Lexicon) -> None:
    mistyped = repaired("refnud", "refund", 1)
    (meant,) = lexicon.read("refund")
    (token,) = lexicon.mended(mistyped)
    assert (token.word, token.stem, token.repair) == (meant.word, meant.stem, mistyped)
    assert token.weight == pytest.approx(meant.weight * 5 / 6)
    two = lexicon.mended(repaired("therefund", "the refund", 1))
    assert [token.word for token in two] == ["the", "refund"]


def test_a_revised_lexicon_is_as_one_made_anew(lexicon: Lexicon) -> None:
    revised = lexicon.revised(["what is the refund"], ["cancel my order"])
    anew = no_words("en", lexicon.common).revised(
        (), ["do i wait for my parcel", "cancel my order"]
    )
    assert revised == anew


def test_words_are_written_with_the_most_usual_letters(lexicon: Lexicon) -> None:
    assert set("abcdefghijklmnopqrstuvwxyz") <= set(lexicon.letters)
    every = " ".join(map(chr, range(0x4E00, 0x4F00)))
    assert len(no_words("zh", {}).revised((), [every]).letters) == 40
