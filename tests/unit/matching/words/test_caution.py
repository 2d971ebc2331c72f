import pytest

from bot.matching.adaptation import STATED
from bot.matching.matcher import Matcher
from bot.matching.words.caution import turns
from bot.matching.words.lexicon import no_words
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


GERMAN = Matcher.build(
    Library(
        (
            entry(
                "stornieren", "de", "Wie storniere ich meine Bestellung?", "bestellung stornieren"
            ),
            entry("paket", "de", "Mein Paket ist nicht angekommen", "wo ist mein paket"),
            entry("loeschen", "de", "Wie lösche ich mein Konto?", "konto löschen"),
        ),
        "",
    )
)
SPANISH = Matcher.build(
    Library(
        (
            entry("cancelar", "es", "¿Cómo cancelo mi pedido?", "cancelar mi pedido"),
            entry("paquete", "es", "Mi paquete no ha llegado", "dónde está mi paquete"),
            entry("pagar", "es", "¿Cómo puedo pagar?", "aceptan tarjeta"),
        ),
        "",
    )
)
REFUND = Matcher.build(
    Library(
        (
            entry("refund", "en", "I want to be refunded", "refund please"),
            entry("blocked", "en", "I think my account is block"),
            entry("why", "en", "Why was my parcel returned?", "parcel returned to you"),
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
        (ENGLISH, "you cancelled my order without asking"),
        (FRENCH, "on m'a annulé la commande"),
        (GERMAN, "meine Bestellung wurde storniert"),
        (GERMAN, "ihr habt gestern ohne Grund mein Konto gelöscht"),
        (SPANISH, "mi pedido está cancelado"),
        (SPANISH, "han cancelado mi pedido sin avisar"),
        (ENGLISH, "why was my order cancelled"),
        (FRENCH, "pourquoi ma commande a été annulée"),
        (GERMAN, "warum wurde meine Bestellung storniert"),
        (REFUND, "I have been refunded"),  # what the FAQ only wishes may not
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
        (ENGLISH, "is my order cancelled"),
        (ENGLISH, "I don't want my order, cancel it"),
        (FRENCH, "je ne veux plus de ma commande, l'annuler"),
        (GERMAN, "ist meine Bestellung storniert"),
        (GERMAN, "mein Paket ist immer noch nicht angekommen"),
        (SPANISH, "mi paquete aún no ha llegado"),
        (REFUND, "my parcel was returned"),  # the FAQ says why
        (REFUND, "why was my parcel returned to sender"),
        (REFUND, "they say that my account is blocked"),  # as it is written, but for a mistake
    ],
)
def test_who_asks_is_believed_as_before(matcher: Matcher, text: str) -> None:
    assert matcher.match(text).matches[0].features["stated"] == 0


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (ENGLISH, "don't cancel my order"),
        (ENGLISH, "I never asked you to cancel my order"),
        (FRENCH, "je ne veux pas annuler ma commande"),
        (FRENCH, "n'annulez pas ma commande"),
        (GERMAN, "ich möchte meine Bestellung nicht stornieren"),
        (GERMAN, "bitte meine Bestellung nicht stornieren"),
        (SPANISH, "no quiero cancelar mi pedido"),
        (SPANISH, "por favor no cancelen mi pedido"),
    ],
)
def test_who_does_not_want_it_is_not_told_how_to_do_it(matcher: Matcher, text: str) -> None:
    best = matcher.match(text).matches[0]
    assert best.features["stated"] == 1
    assert best.probability <= STATED


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (GERMAN, "mein Paket ist angekommen, danke"),
        (SPANISH, "mi paquete ha llegado, gracias"),
        (ENGLISH, "the parcel is not damaged"),
    ],
)
def test_the_contrary_of_what_is_written_is_not_answered(matcher: Matcher, text: str) -> None:
    best = matcher.match(text).matches[0]
    assert best.features["stated"] == 1
    assert best.probability <= STATED


def test_what_an_entry_itself_refuses_may_be_refused() -> None:
    asked = entry("stop", "en", "I don't want to receive your letters", "stop receiving letters")
    matcher = Matcher.build(Library((asked, entry("pay", "en", "How can I pay?")), ""))
    best = matcher.match("I do not want to receive letters from you").matches[0]
    assert best.entry.id == "stop"
    assert best.features["stated"] == 0


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
    assert not turns("fi").turned([], no_words("fi", {}), [])
