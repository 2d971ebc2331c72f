"""Mistyped words are read as they were meant: by the FAQ, the language, and what stands beside."""

from collections.abc import Mapping, Sequence

import pytest

from bot.matching.indexing.building import build
from bot.matching.indexing.index import Index
from bot.matching.reading import read
from bot.matching.words import common_words
from bot.matching.words.language import Profile, detector
from bot.models import Entry, Source

SPOKEN = ("en", "fr")
LISTED = common_words.read(SPOKEN)


def indexed(language: str, wordings: Sequence[str]) -> Index:
    entries = [
        Entry(str(place), language, wording, (), "", Source("faq.md", place), "v1")
        for place, wording in enumerate(wordings)
    ]
    return build(language, entries, common_words.weights(language))


ENGLISH = indexed(
    "en",
    [
        "Do I wait for my parcel?",
        "What is the refund?",
        "I cannot top up my card",
        "Why was my card declined?",
        "How long does the refund to my card take?",
        "Do you sell an Aeropress?",
        "What does overcharging do?",
    ],
)
FRENCH = indexed(
    "fr",
    [
        "Comment annuler ma commande ?",
        "Comment résilier l'abonnement ?",
        "Quels sont les délais de livraison ?",
        "Où est mon colis ?",
        "Puis-je modifier l'adresse de ma commande ?",
    ],
)


def known(*indexes: Index) -> Mapping[str, Profile]:
    written = {index.language: index.written for index in indexes}
    return detector([*written], LISTED, written).profiles


def meant(text: str, index: Index = ENGLISH, *others: Index) -> str:
    return read(index, text, known(index, *others)).meant


@pytest.mark.parametrize(
    ("typed", "as_meant"),
    [
        ("my parcl", "my parcel"),
        ("waht refnud", "what refund"),  # "wait" is as near, and in the FAQ, but less usual
        ("abuot yuor parcel wth it", "about your parcel with it"),
        ("the parcel of my firend", "the parcel of my friend"),
        ("tomorow", "tomorrow"),
        ("is the refnud here?", "is the refund here ?"),
        ("hw long is it", "how long is it"),
        ("teh refund", "the refund"),  # it is listed, but that rarely
        ("my crd", "my card"),
        ("what is ovrechargig", "what is overcharging"),  # two mistakes, in a long word
        ("aeroprss", "aeropress"),
    ],
)
def test_a_mistyped_word_is_read_as_what_is_likeliest(typed: str, as_meant: str) -> None:
    assert meant(typed) == as_meant


@pytest.mark.parametrize(
    ("typed", "as_meant"),
    [
        ("comande", "commande"),
        ("ou est mon colsi ?", "ou est mon colis ?"),
        ("résilier labonnement", "résilier l abonnement"),
        ("quelle livrason demian", "quelle livraison demain"),
        ("coment sa marche", "comment sa marche"),
    ],
)
def test_so_it_is_in_french(typed: str, as_meant: str) -> None:
    assert meant(typed, FRENCH) == as_meant


@pytest.mark.parametrize(
    "text",
    [
        "What's the Refund?",
        "my Chemex",
        "pay by USB or KLM or xqz",
        "tomorrow and friends",
        "the consignment",
        "a contactless passcode",
        "order 66x or 2024",
        "can I wash it in warm water",
    ],
)
def test_what_is_no_mistake_stays_as_it_is(text: str) -> None:
    assert meant(text) == text


def test_what_stands_beside_tells_which_word_was_meant() -> None:
    places = ("here", "there", "abroad", "online", "today")
    said = ("my card", "that car")
    index = indexed("en", [f"{one} works {place}" for place in places for one in said])
    assert meant("my carx", index) == "my card"
    assert meant("that carx", index) == "that car"


def test_a_space_that_was_lost_is_put_where_the_faq_has_one() -> None:
    assert meant("topup") == "top up"
    assert meant("upmy") == "up my"
    assert meant("cardmy") == "cardmy"


def test_what_another_of_the_brands_languages_has_is_no_mistake() -> None:
    assert meant("peut") == "put"
    assert meant("peut", ENGLISH, FRENCH) == "peut"


def test_where_most_is_unknown_little_is_looked_at() -> None:
    strange = " ".join(f"zq{letter}xvqj" for letter in "bcdfghjklmnp")
    assert meant(f"refnud {strange[:7]}") == f"refund {strange[:7]}"
    assert meant(f"{strange} refnud") == f"{strange} refnud"


def test_words_are_matched_as_they_were_meant() -> None:
    tokens = read(ENGLISH, "Waht firend, refnud topup?", known(ENGLISH)).tokens
    assert [token.word for token in tokens] == ["what", "friend", "refund", "top", "up"]
    assert all(token.repair for token in tokens)


def test_a_form_of_a_word_is_matched_as_the_faq_has_it() -> None:
    reading = read(FRENCH, "ma commande est annulée", known(FRENCH))
    assert reading.meant == "ma commande est annulée"
    assert [token.word for token in reading.tokens] == ["ma", "commande", "est", "annuler"]


@pytest.mark.parametrize("wordings", [["2024"], ["???"]])
def test_an_faq_without_words_mends_nothing(wordings: Sequence[str]) -> None:
    assert meant("refnud xqz", indexed("en", wordings)) == "refnud xqz"
    assert not read(ENGLISH, "refnud", {}).tokens[0].repair
