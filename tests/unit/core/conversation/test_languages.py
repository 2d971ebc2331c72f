"""A brand of three languages, whose FAQ is not translated everywhere; real files, real matcher."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Brand, Faq, Settings
from bot.core.conversation.decisions import Mind
from bot.core.faq.rehearsing import Session
from bot.core.knowledge import live
from tests.support.clock import FakeClock

FAQ = {
    "en": """
## Can I bring my dog? {#dog}

> are dogs allowed in your shop

Dogs are welcome.

## Can I pay by card? {#card}

> do you take credit cards

Yes, by card.
""",
    "fr": """
## Puis-je venir avec mon chien ? {#dog}

> les chiens sont admis dans la boutique

Les chiens sont les bienvenus.

## Puis-je payer par carte ? {#card}

> vous prenez la carte bancaire

Oui, par carte.
""",
    "de": """
## Kann ich mit Karte zahlen? {#card}

> nehmt ihr kreditkarten

Ja, mit Karte.
""",
}
NOTE = "(Diese Antwort gibt es noch nicht auf Deutsch.)"


@pytest.fixture
def mind(tmp_path: Path) -> Mind:
    """French is the default, though English files come first."""
    for language, text in FAQ.items():
        folder = tmp_path / "faq" / language
        folder.mkdir(parents=True)
        (folder / "faq.md").write_text(text, encoding="utf-8")
    texts = tmp_path / "faq" / "texts"
    texts.mkdir()
    (texts / "de.toml").write_text(f'[conversation]\nuntranslated = "{NOTE}"\n', encoding="utf-8")
    brand = Brand("Die Marke", ("fr", "en", "de"))
    settings = replace(Settings(tmp_path), brand=brand, faq=Faq("faq"))
    return live.understand(settings, live.read(settings))


def told(mind: Mind, *lines: str) -> str:
    """What is said to the last line."""
    session = Session(mind, FakeClock(), introduced=True)
    said = [session.say(line).decision.said for line in lines][-1]
    return "\n".join(one.text for one in said)


def test_a_number_that_no_choice_has_is_a_question(mind: Mind) -> None:
    for number in ("0", "7", "9" * 5000):
        assert told(mind, number)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("vous prenez la carte bancaire ?", "Oui, par carte."),
        ("do you take credit cards", "Yes, by card."),
        ("nehmt ihr kreditkarten", "Ja, mit Karte."),
    ],
)
def test_an_answer_is_in_the_language_of_the_question(mind: Mind, asked: str, answer: str) -> None:
    assert told(mind, asked) == answer


def test_what_lacks_a_language_is_answered_in_the_default_with_a_note(mind: Mind) -> None:
    chosen = ("/language de", "are dogs allowed in your shop")
    assert told(mind, *chosen) == f"Les chiens sont les bienvenus.\n\n{NOTE}"


@pytest.mark.parametrize("asked", ["do you take credit cards", "vous prenez la carte bancaire ?"])
def test_the_followers_own_choice_wins_over_the_language_of_the_question(
    mind: Mind, asked: str
) -> None:
    assert told(mind, "/language de", asked) == "Ja, mit Karte."
    assert told(mind, "/language de", asked, "/language fr", asked) == "Oui, par carte."


def test_a_language_that_the_brand_does_not_speak_is_not_chosen(mind: Mind) -> None:
    assert told(mind, "/language es", "do you take credit cards") == "Yes, by card."
