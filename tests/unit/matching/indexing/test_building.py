import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.matching.adaptation import Adaptation, Lesson
from bot.matching.indexing.building import build
from bot.matching.matcher import Matcher
from bot.matching.meaning.encoding import Encoding
from bot.matching.words.common_words import weights
from bot.models import Entry, Library, Match, Source
from tests.support.encoders import Toy
from tests.unit.matching import shop

TEXT = """
where is my parcel when does it come price of the kettle café naïve ordered broken mill not cheap
refund money back shop open sunday how long delivery cost grinder über beans
"""
WORDS = TEXT.split()
LANGUAGES = ("en", "fr")
NOTHING = Matcher.build(Library((), ""), 0.9, LANGUAGES, own=False)
"""It knows what languages are like, and no entry."""
LESSONS = Adaptation(
    (
        Lesson("parcel price kettle", "en", "e1", sure=True),
        Lesson("where is the moon", "en", ""),
        Lesson("moon money", "en", "e2"),
    )
)


def entry(source: random.Random, number: int) -> Entry:
    question, *phrasings = (
        " ".join(source.choices((*WORDS, f"word{source.randrange(40)}"), k=source.randint(1, 7)))
        for _ in range(source.randint(1, 5))
    )
    answer = " ".join(source.choices(WORDS, k=source.randint(1, 12)))
    answer = source.choice((answer, "See our page.", ""))
    question = source.choice((question,) * 8 + ("😀 ??", "Where is my PARCEL?"))
    language = source.choice(("en", "en", "fr"))
    return Entry(
        f"e{number}", language, question, tuple(phrasings), answer, Source("faq.md", number), "v"
    )


def edited(source: random.Random, entries: list[Entry], number: int) -> list[Entry]:
    """The same after an edit: a new entry, one less, one that says something else, or moves."""
    result, place = list(entries), source.randrange(len(entries))
    match source.randrange(5):
        case 0:
            result.insert(place, entry(source, number))
        case 1:
            del result[place]
        case 2:
            result[place] = replace(entry(source, number), id=result[place].id)
        case 3:
            source.shuffle(result)
        case _:
            result.insert(source.randrange(len(result)), replace(result.pop(place), answer="No."))
    return result


def questions(source: random.Random, entries: list[Entry]) -> Iterator[str]:
    for _ in range(12):
        one = source.choice(entries)
        yield source.choice((one.question, *one.phrasings))
        yield " ".join(source.choices((*WORDS, "moon", "kettel", "word7"), k=4))


@pytest.mark.parametrize("seed", range(6))
def test_an_index_that_is_revised_is_the_same_as_one_made_of_nothing(seed: int) -> None:
    source = random.Random(seed)  # noqa: S311  # no secret
    entries = [entry(source, number) for number in range(24)]
    adaptation = (Adaptation(), LESSONS)[seed % 2]

    def built(before: Matcher) -> Matcher:
        library = Library(tuple(entries), "")
        return Matcher.build(library, 0.9, LANGUAGES, adaptation, own=False, before=before)

    matcher = built(NOTHING)
    for number in range(100, 106):
        for step in range(source.randint(1, 3)):
            entries = edited(source, entries, number + 100 * step)
        matcher, anew = built(matcher), built(NOTHING)
        for text in questions(source, entries):
            assert_alike(matcher.rank(text), anew.rank(text))
            assert matcher.match(text).kind is anew.match(text).kind
            assert matcher.detector.guess(text) == pytest.approx(anew.detector.guess(text))
            assert matcher.mended(text) == anew.mended(text)


def assert_alike(some: tuple[Match, ...], others: tuple[Match, ...]) -> None:
    assert [one.entry for one in some] == [one.entry for one in others]
    assert [one.phrasing for one in some] == [one.phrasing for one in others]
    for one, other in zip(some, others, strict=True):
        assert one.probability == pytest.approx(other.probability, abs=1e-5)
        assert one.features == pytest.approx(other.features, abs=1e-5)


def test_what_is_the_same_is_not_indexed_again() -> None:
    source = random.Random(1)  # noqa: S311  # no secret
    entries = [replace(entry(source, number), language="en") for number in range(9)]
    common = weights("en")
    before = build("en", entries, common)
    shown = [replace(one, version="v2") for one in entries]
    again = build("en", shown, common, before=before)
    assert again.postings is before.postings
    assert again.entries == tuple(shown)


def test_a_language_that_is_as_it_was_keeps_its_vectors_and_an_answer_the_head() -> None:
    toy = Toy()
    own = Encoding(toy, toy, frozenset({"en", "fr"}))
    before = Matcher.build(shop.library("fr", "en"), 0.9, LANGUAGES, own=own, before=NOTHING)
    asked, entries = len(toy.asked), list(before.library.entries)
    entries[0] = replace(entries[0], answer="En deux jours.")
    now = Matcher.build(Library(tuple(entries), ""), 0.9, LANGUAGES, own=own, before=before)
    assert now.sense.known["en"].encoded is before.sense.known["en"].encoded
    assert toy.asked[asked:].count("En deux jours.") == 1
    assert "where is my parcel" not in toy.asked[asked:]
    french = [index for index in (*before.indexes, *now.indexes) if index.language == "fr"]
    assert french[0].head is french[1].head
    found = now.match("Ma commande arrive quand ?").best
    assert found is not None
    assert found.entry.answer == "En deux jours."


def test_terms_of_entries_that_are_gone_are_forgotten_in_the_end() -> None:
    source = random.Random(2)  # noqa: S311  # no secret
    entries = [replace(entry(source, number), language="en") for number in range(9)]
    common = weights("en")
    index = build("en", entries, common)
    for number in range(30):
        name = "".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=12))
        entries[number % 9] = replace(entries[number % 9], question=name)
        index = build("en", entries, common, before=index)
    made = build("en", entries, common)
    assert len(index.by_characters.vocabulary) < 3 * len(made.by_characters.vocabulary)
    assert index.lexicon == made.lexicon
