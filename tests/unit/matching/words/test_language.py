import math
import random
from string import ascii_lowercase

import pytest

from bot.matching.words import common_words
from bot.matching.words.language import LEAD, Detector, detector
from bot.matching.words.umlauts import with_umlauts


@pytest.fixture(scope="module")
def four() -> Detector:
    return detector(("fr", "en", "es", "de"), common_words.read(("fr", "en", "es", "de")), {})


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("vous livrez en combien de jours ?", "fr"),
        ("ou est mon colis", "fr"),
        ("where is my parcel", "en"),
        ("don't you ship abroad?", "en"),
        ("¿dónde está mi pedido?", "es"),
        ("cuando llega mi paquete", "es"),
        ("wann kommt mein Paket", "de"),
        ("ich möchte bestellen", "de"),
    ],
)
def test_short_lines(four: Detector, text: str, language: str) -> None:
    heard, lead = four.guess(text)
    assert heard == language
    assert lead >= LEAD


@pytest.mark.parametrize("text", ["", "😀", "12345", "??"])
def test_it_does_not_guess_without_words(four: Detector, text: str) -> None:
    assert four.guess(text) == (None, 0.0)


def test_one_language_is_no_question() -> None:
    assert detector(("fr",), {}, {}).guess("where is my parcel") == ("fr", math.inf)


def test_the_library_tells_its_words() -> None:
    texts = {"fr": ["percolateur"], "en": ["grinder"]}
    for language, (word,) in texts.items():
        tell = detector(("fr", "en"), common_words.read(("fr", "en")), texts)
        assert tell.guess(word)[0] == language


def test_a_word_without_its_accent_is_no_more_english_than_french() -> None:
    """It is left to the FAQ, or to the conversation, which language is meant."""
    tell = detector(("fr", "en"), common_words.read(("fr", "en")), {})
    assert tell.guess("café")[0] == "fr"
    assert tell.guess("cafe")[1] < LEAD


def test_marks_and_names_are_heard_as_such(four: Detector) -> None:
    assert four.guess("¿Toses?")[0] == "es"
    named, unnamed = four.guess("hallo Cortana"), four.guess("hallo")
    assert named == unnamed
    assert named[0] == "de"


def test_of_words_that_no_list_has_a_dozen_tells(four: Detector) -> None:
    chance = random.Random(3)  # noqa: S311  # no secret
    nonsense = ["".join(chance.choices(ascii_lowercase, k=9)) for _ in range(30)]
    assert four.guess(" ".join(nonsense)) == four.guess(" ".join(nonsense[:12]))
    known = four.guess(" ".join([*nonsense, "where is my parcel"]))
    assert known != four.guess(" ".join(nonsense))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Oeffnungszeiten?", "Öffnungszeiten?"),
        ("fuer groessere Maenner", "für grössere Männer"),
        ("ZURUECK", "ZURÜCK"),
        ("die neue Steuererklaerung ist aktuell", "die neue Steuererklärung ist aktuell"),
        ("quelle frauen bauen abenteuer", "quelle frauen bauen abenteuer"),
        ("does it fit my shoe", "does it fit my shoe"),
        ("xaeo " + "ae" * 700, "xaeo " + "ae" * 700),
    ],
)
def test_german_typed_without_umlauts_is_read_with_them(
    four: Detector, typed: str, meant: str
) -> None:
    assert four.spelt(typed) == meant
    french = detector(("fr", "en"), common_words.read(("fr", "en")), {})
    assert french.spelt(typed) == typed


def test_a_word_of_the_faq_may_have_an_umlaut_that_no_list_has() -> None:
    common = common_words.read(("de", "en"))
    assert detector(("de",), common, {}).spelt("uebertopf") == "uebertopf"
    assert detector(("de",), common, {"de": ["übertopf"]}).spelt("uebertopf") == "übertopf"


def test_what_has_many_vowels_is_no_word_to_be_looked_up() -> None:
    asked: list[str] = []

    def usual(word: str) -> float:
        asked.append(word)
        return 0.0

    assert with_umlauts("aeoeue" * 3 + " oel", usual) == "aeoeue" * 3 + " oel"
    assert set(asked) == {"oel", "öl"}
