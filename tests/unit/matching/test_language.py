import pytest

from bot.matching import common_words
from bot.matching.language import Detector, detector


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
    assert four.detect(text) == language


@pytest.mark.parametrize("text", ["", "😀", "12345", "??"])
def test_it_does_not_guess_without_words(four: Detector, text: str) -> None:
    assert four.detect(text) is None


def test_one_language_is_no_question() -> None:
    assert detector(("fr",), {}, {}).detect("where is my parcel") == "fr"


def test_the_library_tells_its_words() -> None:
    texts = {"fr": ["percolateur"], "en": ["grinder"]}
    assert (
        detector(("fr", "en"), common_words.read(("fr", "en")), texts).detect("percolateur") == "fr"
    )
    assert detector(("en", "fr"), common_words.read(("fr", "en")), texts).detect("grinder") == "en"


def test_marks_and_names_are_heard_as_such(four: Detector) -> None:
    assert four.guess("¿Toses?")[0] == "es"
    named, unnamed = four.guess("hallo Cortana"), four.guess("hallo")
    assert named == unnamed
    assert named[0] == "de"
