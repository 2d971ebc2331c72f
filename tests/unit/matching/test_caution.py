import pytest

from bot.matching.adaptation import STATED
from bot.matching.caution import turns
from bot.matching.matcher import Matcher
from bot.models import Entry, Library, Source, VerdictKind


def entry(key: str, language: str, question: str, *phrasings: str) -> Entry:
    return Entry(key, language, question, phrasings, "", Source("faq.md", 1), "v1")


ENGLISH = Matcher.build(
    Library(
        (
            entry("cancel", "en", "How do I cancel my order?", "cancel my order", "stop an order"),
            entry("pay", "en", "How can I pay?", "do you take cards"),
            entry("lost", "en", "My parcel was damaged", "the parcel is damaged"),
        ),
        "",
    )
)
FRENCH = Matcher.build(
    Library(
        (
            entry("annuler", "fr", "Comment annuler ma commande ?", "annuler ma commande"),
            entry("payer", "fr", "Comment payer ?", "vous prenez la carte"),
        ),
        "",
    )
)


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (ENGLISH, "my order is cancelled"),
        (ENGLISH, "My order has been cancelled"),
        (FRENCH, "ma commande est annulée"),
        (FRENCH, "ma commande a été annulée"),
    ],
)
def test_who_says_that_it_is_so_is_not_told_how_to_do_it(matcher: Matcher, text: str) -> None:
    verdict = matcher.match(text)
    assert verdict.kind is not VerdictKind.ANSWER
    assert verdict.matches[0].probability <= STATED
    assert verdict.matches[0].features["stated"] == 1


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (ENGLISH, "my order, can it be cancelled"),
        (ENGLISH, "i want my order cancelled"),
        (ENGLISH, "the parcel was damaged"),  # what the FAQ states may be stated
        (FRENCH, "je voudrais que ma commande soit annulée"),
    ],
)
def test_who_asks_is_believed_as_before(matcher: Matcher, text: str) -> None:
    assert matcher.match(text).matches[0].probability > STATED


def test_negation_tells_two_entries_apart() -> None:
    matcher = Matcher.build(
        Library(
            (
                entry("works", "en", "My virtual card", "get a virtual card", "virtual card order"),
                entry(
                    "fails", "en", "My virtual card doesn't work", "the virtual card isn't working"
                ),
            ),
            "",
        )
    )
    best = matcher.rank("card not working")[0]
    assert best.entry.id == "fails"
    assert best.features["contrary"] == 0
    assert matcher.rank("a virtual card that works")[0].features["contrary"] in {0, 1}


def test_a_language_without_lists_has_no_caution() -> None:
    assert not turns("fi").negates(["not"])
    assert not turns("fi").states([], {}, [])
