import pytest

from bot.matching.words import common_words


def test_a_common_word_says_less_than_a_rare_one() -> None:
    weights = common_words.weights("en")
    assert weights["the"] == pytest.approx(0.12)
    assert weights["the"] < weights["order"] < common_words.RARE
    assert "percolator" not in weights


def test_words_are_listed_as_they_are_compared() -> None:
    lists = common_words.read(("fr", "en"))
    assert lists["fr"]["été"] > 5
    assert lists["en"]["dont"] > 5
    assert "ete" in common_words.weights("fr")


@pytest.mark.parametrize("language", ["xx", "", "../en"])
def test_a_language_without_a_list_has_no_words(language: str) -> None:
    assert common_words.read((language,)) == {language: {}}
