"""comptoir chat."""

import pytest

from tests.unit.cli.typed import comptoir, document

pytestmark = pytest.mark.usefixtures("brand")

DELIVERY = "vous livrez en combien de jours ?"


def test_the_bot_introduces_itself_once() -> None:
    first, second = document("chat", typed=f"{DELIVERY}\nmerci\n")["turns"]
    assert "assistant automatique" in first["text"]
    assert "3 à 5 jours ouvrés" in first["text"]
    assert second["text"] == "Avec plaisir !"


def test_a_choice_is_pressed_by_its_number_and_a_handover_is_told() -> None:
    answer, pressed, more = document("chat", typed=f"{DELIVERY}\n3\nqsdf wxcv\n")["turns"]
    assert answer["choices"][2]["action"] == "person"
    assert (pressed["line"], pressed["escalate"]) == ("Parler à une personne", "asked")
    assert "transmets à l'équipe" in pressed["text"]
    assert more["text"].startswith("J'ajoute cela à votre demande")


def test_one_press_counts() -> None:
    turns = document("chat", typed=f"{DELIVERY}\n1\n1\n")["turns"]
    assert turns[1]["text"] == "Merci, c'est noté."
    assert turns[2]["line"] == "1", "the second is a line like any other"


def test_the_same_question_three_times_offers_a_person() -> None:
    turns = document("chat", typed=f"{DELIVERY}\n" * 3)["turns"]
    assert [turn["entry"] for turn in turns] == ["delai-livraison", "delai-livraison", None]
    assert [choice["action"] for choice in turns[2]["choices"]] == ["person"]


def test_the_language_of_before_holds_for_words_that_do_not_tell() -> None:
    turns = document("chat", typed="hello, real person please\n???\n")["turns"]
    assert [turn["language"] for turn in turns] == ["en", "en"]


def test_people_see_numbered_choices_and_the_end_of_input_ends_it() -> None:
    shown = comptoir("chat", typed=f"\n{DELIVERY}\n")
    assert shown.exit_code == 0
    assert "  1. Utile\n  2. Pas utile\n  3. Parler à une personne\n" in shown.stdout


def test_commands_work_as_for_followers() -> None:
    turns = document("chat", typed=f"/langue\n2\n{DELIVERY}\n/help\n")["turns"]
    assert [choice["label"] for choice in turns[0]["choices"]] == ["Français", "English"]
    assert turns[1]["text"] == "Noted: English."
    assert [turn["language"] for turn in turns[1:]] == ["en"] * 3
    assert turns[2]["entry"] == "delai-livraison"
    assert [turn["command"] for turn in turns] == ["language", None, None, "help"]
    assert comptoir("ask", "/help").stdout.startswith("/help: understood without the FAQ\n")
