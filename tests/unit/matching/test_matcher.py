import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import shipped
from bot.library.reading import read_library
from bot.matching.matcher import Matcher
from bot.models import Entry, Library, Source, Verdict, VerdictKind
from tests.unit.matching import shop

BOTH = Matcher.build(shop.library("fr", "en"), 0.9, ("fr", "en"))
GERMAN = Matcher.build(shop.library("fr"), 0.9, ("fr", "de"))
"""It reads German, too, as its followers may write."""


def first(verdict: Verdict) -> str:
    assert verdict.best is not None
    return verdict.best.entry.id


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Quels sont les délais de livraison ?", "delai"),
        ("c koi le delai pour recevoir mon coli", "delai"),
        ("QUELS SONT VOS HORAIRES D’OUVERTURE", "horaires"),
        ("how do i return an item", "retour"),
        ("what are your openning hours", "horaires"),
    ],
)
def test_what_the_faq_says_in_other_letters_is_answered(text: str, entry: str) -> None:
    verdict = BOTH.match(text)
    assert verdict.kind is VerdictKind.ANSWER
    assert first(verdict) == entry


@pytest.mark.parametrize(
    "text", ["quelle est la capitale du Pérou ?", "who won the world cup", "привет", "qsdf wxcv"]
)
def test_what_the_faq_does_not_know_goes_to_a_person(text: str) -> None:
    assert BOTH.match(text).kind is VerdictKind.ESCALATE


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "?!", "\u202e\u200d\x00"])
def test_a_message_without_words_escalates_without_matches(text: str) -> None:
    assert BOTH.match(text) == Verdict(VerdictKind.ESCALATE, (), "fr")
    assert len(BOTH.rank(text)) == 3


def test_one_word_that_several_entries_have_is_asked_back() -> None:
    matcher = Matcher.build(read_library(shipped.folder() / "faq"), 0.9, ("fr", "en"))
    for text, language in (("livraison", "fr"), ("delivery", "en")):
        verdict = matcher.match(text)
        assert verdict.kind is VerdictKind.CLARIFY, text
        assert {match.entry.language for match in verdict.matches} == {language}


@pytest.mark.parametrize("text", ["oeffnungszeiten", "Öffnungszeiten?", "OEFFNUNGSZEITEN"])
def test_german_without_umlauts_is_answered_as_with_them(text: str) -> None:
    opening = Entry("offen", "de", "Wann habt ihr auf?", ("öffnungszeiten",), "", Source("", 0), "")
    paying = replace(opening, id="karte", question="Nehmt ihr Karten?", phrasings=("bezahlen",))
    for languages in (("de",), ("en", "de")):
        verdict = Matcher.build(Library((opening, paying), ""), 0.9, languages).match(text)
        assert (verdict.kind, first(verdict)) == (VerdictKind.ANSWER, "offen")


def test_an_empty_library_escalates() -> None:
    matcher = Matcher.build(Library((), "none"), 0.9, ("fr", "en"))
    assert matcher.match("where is my parcel") == Verdict(VerdictKind.ESCALATE, (), "en")
    assert matcher.rank("where is my parcel") == ()


def test_one_entry_is_enough() -> None:
    matcher = Matcher.build(Library(shop.entries("fr")[:1], "one"))
    assert first(matcher.match("delai de livraison")) == "delai"


def test_the_answer_is_in_the_language_of_the_message() -> None:
    french, english = BOTH.match("vous êtes ouverts le dimanche ?"), BOTH.match("open on sundays?")
    assert french.best is not None
    assert english.best is not None
    assert (french.language, french.best.entry.language) == ("fr", "fr")
    assert (english.language, english.best.entry.language) == ("en", "en")
    assert french.best.entry.id == english.best.entry.id


def test_a_word_of_the_language_is_not_taken_for_one_of_the_faq() -> None:
    asked = replace(
        shop.entries("en")[0],
        id="cancel",
        language="es",
        question="¿Cómo cancelo?",
        phrasings=("cancelar mi abono",),
    )
    matcher = Matcher.build(Library((asked, *shop.entries("fr")), ""), 0.9, ("es", "fr"))
    assert matcher.mended("congelar mi abono") == ()
    assert [one.taken_for for one in matcher.mended("cancelra mi abono")] == ["cancelar"]
    assert matcher.match("congelar mi abono").matches[0].features["repaired"] == 0


def test_only_the_beginning_of_a_message_is_mended() -> None:
    mended = BOTH.mended("livrasion " + "x" * 1500 + " livraisom")
    assert [repair.word for repair in mended] == ["livrasion"]


@pytest.mark.parametrize("text", ["12345", "wifi ?"])
def test_what_tells_no_language_is_met_in_the_brands_first(text: str) -> None:
    for languages in (("fr", "en"), ("en", "fr")):
        verdict = Matcher.build(shop.library("fr", "en"), 0.9, languages).match(text)
        assert (verdict.kind, verdict.language) == (VerdictKind.ESCALATE, languages[0])


@pytest.mark.parametrize("text", ["cafe", "ticket"])
def test_what_is_unsure_tells_no_language(
    text: str,
) -> None:
    library = read_library(shipped.folder() / "faq")
    for languages in (("fr", "en"), ("en", "fr")):
        matcher = Matcher.build(library, 0.9, languages)
        for fallback in ("", *languages):
            verdict = matcher.match(text, fallback=fallback)
            spoken = fallback or languages[0]
            assert (verdict.kind is VerdictKind.ANSWER, verdict.language) == (False, spoken)
            assert {match.entry.language for match in verdict.matches} == {spoken}


def test_a_word_of_both_languages_is_met_in_the_brands_first() -> None:
    french, english = shop.entries("fr"), shop.entries("en")
    same = (
        replace(french[0], id="accident", question="Un accident grave dans la rue", phrasings=()),
        replace(english[0], id="accident", question="Accidents", phrasings=("an accident",)),
    )
    verdict = Matcher.build(Library((*french, *english, *same), ""), 0.9, ("fr", "en")).match(
        "accident"
    )
    assert verdict.best is not None
    assert (verdict.best.entry.id, verdict.best.entry.language) == ("accident", "fr")
    assert verdict.language == "fr"


def test_the_followers_own_choice_of_language_wins() -> None:
    verdict = BOTH.match("when will my order arrive", language="fr")
    assert verdict.best is not None
    assert verdict.language == "fr"
    assert (verdict.best.entry.id, verdict.best.entry.language) == ("delai", "fr")
    assert verdict.best.phrasing == "when will my order arrive"


def test_other_languages_are_left_alone_only_where_they_hold_nothing_else() -> None:
    assert BOTH.lacking == {"fr": frozenset(), "en": {"paiement"}}
    verdict = BOTH.match("quand, je voudrais bien le savoir, arrive mon order", language="en")
    assert {match.phrasing for match in verdict.matches} <= set(BOTH.indexes[0].phrasings)
    mixed = replace(shop.entries("en")[0], id="warranty", question="How long is the warranty?")
    both = Matcher.build(Library((*shop.entries("fr"), mixed), ""), 0.9, ("fr", "en"))
    assert both.lacking["fr"] == {"warranty"}
    verdict = both.match("combien de temps, je voudrais savoir : How long is the warranty?")
    assert "warranty" in {match.entry.id for match in verdict.matches}


def test_without_a_translation_the_entry_is_given_as_it_is() -> None:
    verdict = BOTH.match("vous prenez la carte bancaire", language="en")
    assert verdict.best is not None
    assert (verdict.best.entry.id, verdict.best.entry.language) == ("paiement", "fr")


def test_a_choice_offers_what_the_language_of_the_message_does_not_have() -> None:
    french = [one for one in shop.entries("fr") if one.id in {"delai", "retour", "paiement"}]
    english = [one for one in shop.entries("en") if one.id == "horaires"]
    matcher = Matcher.build(Library((*french, *english), ""), 0.98, ("fr", "en"))
    verdict = matcher.match("vous prenez les cartes ? what are the hours please")
    assert verdict.kind is VerdictKind.CLARIFY
    found = {match.entry.id: match for match in verdict.matches}
    assert {"horaires", "paiement"} <= found.keys()
    assert sum(match.probability for match in verdict.matches) <= 1 + 1e-9


def test_matches_are_distinct_ordered_and_explained() -> None:
    verdict = BOTH.match("ma commande")
    ids = [match.entry.id for match in verdict.matches]
    chances = [match.probability for match in verdict.matches]
    assert len(set(ids)) == len(ids) == 3
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) <= 1 + 1e-9
    assert {"bm25", "head", "unknown"} <= set(verdict.matches[0].features)


def test_a_higher_wanted_precision_answers_less() -> None:
    text = "je veux rendre ma commande"
    chance = BOTH.match(text).matches[0].probability
    assert Matcher.build(BOTH.library, 0.5).match(text).kind is VerdictKind.ANSWER
    assert chance < 1
    assert Matcher.build(BOTH.library, 1.0).match(text).kind is not VerdictKind.ANSWER


def test_an_answer_that_all_entries_share_tells_nothing() -> None:
    same = tuple(replace(entry, answer="See our parcel page.") for entry in shop.entries("en"))
    verdict = Matcher.build(Library(same, "same")).match("parcel page")
    assert verdict.matches[0].features["answer"] == 0


def test_the_answers_words_help() -> None:
    assert first(BOTH.match("les frais de port pour un article", language="fr")) == "retour"
    silent = tuple(replace(entry, answer="") for entry in shop.entries("fr"))
    telling = BOTH.match("paypal", language="fr").matches[0]
    assert telling.entry.id == "paiement"
    assert (
        telling.probability
        > Matcher.build(Library(silent, "")).match("paypal").matches[0].probability
    )


def test_the_same_question_gives_the_same_verdict() -> None:
    again = Matcher.build(shop.library("fr", "en"), 0.9, ("fr", "en"))
    assert again.match("mon colis svp") == BOTH.match("mon colis svp")


def test_a_follower_can_write_a_hundred_thousand_characters() -> None:
    long = f"{BOTH.indexes[0].phrasings[0]} " * 2000
    for text in (long, "mot " * 25_000, "x" * 100_000, "\ufdfa" * 100_000, "\u202e\x07a" * 33_000):
        assert BOTH.match(text).kind is VerdictKind.ESCALATE


ODD = st.sampled_from(
    [
        *("livraison", "oeffnungszeiten", "ou est mon colis", "İstanbul", "½", "ae" * 60),
        *("配送", "доставка", "הַזמנה", "التوصيل", "ﷺ", "😀", "👩\u200d👧"),
        *("\u202e", "\u2066", "\u200d", "\x00", "\u0336", "\ud800"),
    ]
)
"""Words of several scripts, and what may stand between their letters."""


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(ODD, max_size=60).map("".join),
        st.lists(ODD, max_size=900).map(" ".join),
    )
)
def test_any_text_gets_a_verdict(text: str) -> None:
    for matcher in (BOTH, GERMAN):
        verdict = matcher.match(text)
        assert verdict.kind in VerdictKind
        assert all(0 <= match.probability <= 1 for match in verdict.matches)
        assert matcher.rank(text)
        assert all(repair.word for repair in matcher.mended(text))


def test_a_phrasing_word_for_word_is_answered_unless_two_entries_have_it() -> None:
    entries = shop.entries("en")
    verdict = Matcher.build(Library(entries, "")).match("Where is my PARCEL???")
    assert verdict.kind is VerdictKind.ANSWER
    assert verdict.matches[0].probability >= 0.99
    both = tuple(replace(entry, phrasings=("where is my parcel",)) for entry in entries)
    assert Matcher.build(Library(both, "")).match("where is my parcel").matches[0].probability < 0.9


def test_mended_words_are_told() -> None:
    (mended,) = BOTH.mended("ma comande arrive quand")
    assert (mended.word, mended.taken_for) == ("comande", "commande")
    assert not BOTH.mended("ma commande arrive quand")
    assert not Matcher.build(Library((), "")).mended("comande")


def test_linear_algebra_keeps_to_one_thread() -> None:
    program = "import os, bot.matching; print(os.environ['OPENBLAS_NUM_THREADS'])"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    told = subprocess.run(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, check=True
    )
    assert told.stdout == b"1\n"


def test_an_entry_without_words_is_as_likely_as_any_and_no_more() -> None:
    entry = replace(shop.entries("fr")[0], language="en", question="😀 ??", phrasings=())
    matcher = Matcher.build(Library((*shop.entries("fr"), entry), ""), 0.9, ("fr", "en"), own=False)
    for text in ("where is my parcel", "😀", "Ma commande arrive quand ?"):
        assert all(0 <= match.probability <= 1 for match in matcher.rank(text))
