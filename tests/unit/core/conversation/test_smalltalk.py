"""What is understood without the FAQ, in the shipped words and in those an admin writes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import shipped, texts
from bot.core.conversation.smalltalk import Gist, Heard, SmallTalk

SHIPPED = SmallTalk(texts.read(shipped.folder() / "faq", ["fr", "en"], "B"))
FOUR = SmallTalk(texts.read(shipped.folder() / "faq", ["fr", "en", "de", "es"], "B"))


def own(folder: Path, understands: str) -> SmallTalk:
    """Small talk as an admin changed it."""
    (folder / "texts").mkdir()
    (folder / "texts" / "fr.toml").write_text(f"[understands]\n{understands}\n")
    return SmallTalk(texts.read(folder, ["fr"], "B"))


@pytest.mark.parametrize(
    ("text", "gist", "language"),
    [
        ("Bonjour !", Gist.GREETING, "fr"),
        ("BONJOUUUUR", Gist.GREETING, "fr"),
        ("slt", Gist.GREETING, "fr"),
        ("J'ai une question", Gist.GREETING, "fr"),
        ("Bonjour à tous, j'aurais une petite question svp", Gist.GREETING, "fr"),
        ("Hi, I have a quick question", Gist.GREETING, "en"),
        ("Bonjour, comment ça va ?", Gist.GREETING, "fr"),
        ("Good morning everyone", Gist.GREETING, "en"),
        ("merci bcp", Gist.THANKS, "fr"),
        ("Super, merci beaucoup et bonne journée", Gist.THANKS, "fr"),
        ("thanks a lot for your help!", Gist.THANKS, "en"),
        ("non merci", Gist.DECLINED, "fr"),
        ("nan merci c'est bon", Gist.DECLINED, "fr"),
        ("Non, c'est bon !", Gist.DECLINED, "fr"),
        ("ça ira merci", Gist.DECLINED, "fr"),
        ("ok laissez tomber", Gist.DECLINED, "fr"),
        ("No thanks.", Gist.DECLINED, "en"),
        ("all good thanks", Gist.DECLINED, "en"),
        ("nvm", Gist.DECLINED, "en"),
        ("non merci, je veux un humain", Gist.PERSON, "fr"),
        ("non je veux un humain", Gist.PERSON, "fr"),
        ("No thanks, I want a real person", Gist.PERSON, "en"),
        ("un humain", Gist.PERSON, "fr"),
        ("Bonjour, un conseiller svp", Gist.PERSON, "fr"),
        ("j'aimerais parler à quelqu’un", Gist.PERSON, "fr"),
        ("Real person, please!!", Gist.PERSON, "en"),
        ("bonjourr", Gist.GREETING, "fr"),
        ("Salu tout le monde", Gist.GREETING, "fr"),
        ("helo there", Gist.GREETING, "en"),
        ("mrci beaucou", Gist.THANKS, "fr"),
        ("thnaks a lot", Gist.THANKS, "en"),
        ("un humin svp", Gist.PERSON, "fr"),
        ("parler a qqun svp", Gist.PERSON, "fr"),
        ("je veu parlé a un humain", Gist.PERSON, "fr"),
        ("un conseillé stp", Gist.PERSON, "fr"),
        ("real preson please", Gist.PERSON, "en"),
    ],
)
def test_small_talk(text: str, gist: Gist, language: str) -> None:
    assert SHIPPED.hear(text, "fr") == Heard(gist, language)


@pytest.mark.parametrize(
    ("text", "gist", "language"),
    [
        ("Guten Tag!", Gist.GREETING, "de"),
        ("hallo zusammen, ich hätte mal eine kurze Frage", Gist.GREETING, "de"),
        ("Grüß Gott", Gist.GREETING, "de"),
        ("danke", Gist.THANKS, "de"),
        ("ok danke schön, tschüß", Gist.THANKS, "de"),
        ("Vielen lieben Dank für die schnelle Antwort", Gist.THANKS, "de"),
        ("dnake", Gist.THANKS, "de"),
        ("nein danke, das wars", Gist.DECLINED, "de"),
        ("alles gut", Gist.DECLINED, "de"),
        ("ein Mensch bitte", Gist.PERSON, "de"),
        ("kann ich bitte mit einem Mitarbeiter sprechen", Gist.PERSON, "de"),
        ("mein Paket ist weg, ich will mit jemandem reden", Gist.PERSON, "de"),
        ("hola, buenas tardes", Gist.GREETING, "es"),
        ("Buenos días, tengo una duda", Gist.GREETING, "es"),
        ("gracias", Gist.THANKS, "es"),
        ("vale, muchas gracias por la ayuda!", Gist.THANKS, "es"),
        ("garcias", Gist.THANKS, "es"),
        ("no, gracias", Gist.DECLINED, "es"),
        ("nada más, eso es todo", Gist.DECLINED, "es"),
        ("una persona por favor", Gist.PERSON, "es"),
        ("no ha llegado nada, quiero hablar con alguien", Gist.PERSON, "es"),
        ("merci beaucoup", Gist.THANKS, "fr"),
        ("thanks a lot", Gist.THANKS, "en"),
    ],
)
def test_german_and_spanish_small_talk(text: str, gist: Gist, language: str) -> None:
    for spoken in ("", "en", language):
        assert FOUR.hear(text, spoken) == Heard(gist, language)


@pytest.mark.parametrize(
    "text",
    [
        "danke für nichts",
        "danke, aber mein Paket fehlt",
        "Guten Morgen, wann habt ihr auf?",
        "morgen",
        "ist jemand im Laden?",
        "gracias pero no ha llegado",
        "tengo una duda sobre mi pedido",
        "¿está listo?",
        "¿ya está resuelto?",
        "no está bien",
        "sí",
        "ja",
    ],
)
def test_german_and_spanish_questions_are_no_small_talk(text: str) -> None:
    assert FOUR.hear(text, "de") is None


@pytest.mark.parametrize(
    "text",
    [
        "merci de me dire vos délais de livraison",
        "bonjour vous livrez en Belgique ?",
        "j'ai une question sur ma commande",
        "j'ai une question : vous livrez en Belgique ?",
        "can I get a refund?",
        "le service client est ouvert le samedi ?",
        "vos agents sont nuls",
        "non",
        "Nope",
        "non merci pour la taille M, vous avez du L ?",
        "ça ira pour un filtre ?",
        "no thanks to you my parcel is lost",
        "argent",
        "un souper",
        "tanks",
        "Merci pour le colis",
        "salon",
        "",
        "👍",
        "?",
    ],
)
def test_questions_are_no_small_talk(text: str) -> None:
    assert SHIPPED.hear(text, "fr") is None


def test_words_of_both_languages_go_to_the_one_spoken() -> None:
    for language in ("fr", "en"):
        assert SHIPPED.hear("hello", language) == Heard(Gist.GREETING, language)


def test_asking_for_a_person_counts_in_a_message_of_any_length() -> None:
    story = "j'ai commandé un moulin, il est cassé, je suis déçu, " * 5

    assert SHIPPED.hear(f"{story} je veux parler à quelqu'un", "fr") == Heard(Gist.PERSON, "fr")
    assert SHIPPED.hear(story, "fr") is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Bonjour, vous livrez ?", "vous livrez ?"),
        ("good morning, do you ship?", "do you ship?"),
        ("Bonjour, j'ai une question : vous livrez ?", ": vous livrez ?"),
        ("bonjour", "bonjour"),
        ("bonjour, salut", "salut"),
        ("vous livrez ?", "vous livrez ?"),
        ("", ""),
        (
            "Bonjour,\nvous livrez en Suisse\nje peux payer ?",
            "vous livrez en Suisse\nje peux payer ?",
        ),
    ],
)
def test_the_greeting_is_taken_off(text: str, rest: str) -> None:
    assert SHIPPED.without_greeting(text) == rest


@pytest.mark.parametrize("key", ["person_anywhere", "person", "greeting", "thanks", "around"])
def test_a_phrase_without_letters_is_not_everywhere(tmp_path: Path, key: str) -> None:
    talk = own(tmp_path, f'{key} = ["", "👍", "?", "zut"]')

    for text in ("vous livrez en combien de jours", "svp", "livraison"):
        assert talk.hear(text, "fr") is None


def test_an_admins_words_count(tmp_path: Path) -> None:
    talk = own(tmp_path, 'greeting = ["wesh alors"]')

    assert talk.hear("Wesh, ALORS !!", "fr") == Heard(Gist.GREETING, "fr")
    assert talk.hear("bonjour", "fr") is None


@given(st.text(max_size=200), st.sampled_from(["fr", "en", "", "xx"]))
def test_any_text_is_heard_without_failing(text: str, language: str) -> None:
    heard = SHIPPED.hear(text, language)

    assert heard is None or heard.language in {"fr", "en"}
    assert SHIPPED.without_greeting(text) or not text.strip()
