"""The FAQ that the project ships: two languages, as a real shop would have them."""

from collections import Counter
from pathlib import Path

import pytest

from bot.library.reading import read_library
from bot.models import Library

FAQ = Path(__file__).parents[3] / "faq"


@pytest.fixture(scope="module")
def demo() -> Library:
    return read_library(FAQ, ("fr", "en"))


def test_it_has_some_forty_entries_in_each_language(demo: Library) -> None:
    counts = Counter(entry.language for entry in demo.entries)
    assert set(counts) == {"fr", "en"}
    assert min(counts.values()) >= 40


def test_every_entry_is_translated_and_alike(demo: Library) -> None:
    french, english = (
        {(e.id, e.human, e.review_by) for e in demo.entries if e.language == language}
        for language in ("fr", "en")
    )
    assert french == english


def test_every_entry_has_three_to_six_phrasings_of_its_own(demo: Library) -> None:
    wordings = Counter[tuple[str, str]]()
    for entry in demo.entries:
        assert 3 <= len(entry.phrasings) <= 6, entry.source
        wordings.update((entry.language, text.casefold()) for text in entry.phrasings)
        wordings[entry.language, entry.question.casefold()] += 1
    assert [wording for wording, count in wordings.items() if count > 1] == []


def test_some_entries_go_to_a_human_and_most_do_not(demo: Library) -> None:
    human = {entry.id for entry in demo.entries if entry.human}
    assert {"plainte", "colis-non-recu"} <= human
    assert len(human) <= 5


def test_it_says_that_it_is_an_assistant_and_how_to_reach_a_person(demo: Library) -> None:
    answers = [entry.answer for entry in demo.entries if entry.id == "robot"]
    assert len(answers) == 2
    assert all("**/human**" in answer for answer in answers)
