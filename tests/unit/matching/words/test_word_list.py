"""A list of words answers as a dictionary does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.words.word_list import WordList

LETTERS = st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])
WORDS = st.text(LETTERS, max_size=5)
NUMBERS = st.integers(0, 900).map(lambda centibels: centibels / 100)


@given(st.dictionaries(WORDS, NUMBERS), st.lists(WORDS))
def test_it_holds_what_it_was_made_of(numbers: dict[str, float], others: list[str]) -> None:
    listed = WordList(numbers)
    assert dict(listed) == dict(listed.items()) == numbers
    assert len(listed) == len(numbers)
    for word in (*numbers, *others):
        assert (word in listed) == (word in numbers)
        assert listed.get(word) == numbers.get(word)


def test_part_of_a_word_is_not_in_it() -> None:
    listed = WordList({"then": 6.07, "the": 7.73})
    assert (listed["the"], listed["then"]) == (7.73, 6.07)
    assert not {"th", "he", "hen", "7.73", ""} & set(listed)
    assert "th" not in listed
    with pytest.raises(KeyError):
        listed["hen"]
