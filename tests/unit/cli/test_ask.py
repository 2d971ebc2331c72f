"""comptoir ask."""

import math
from pathlib import Path

import pytest

from bot.cli.explaining import MEANINGS
from bot.matching.weighing.fusion import BOTH_ACCEPT_FEATURES, BOTH_RANK_FEATURES
from tests.unit.cli.typed import DEMO, comptoir, document

DELIVERY = "vous livrez en combien de jours ?"


@pytest.mark.usefixtures("brand")
class TestInABrandsFolder:
    def test_an_answer_is_shown_as_it_stands_with_its_choices(self) -> None:
        shown = comptoir("ask", DELIVERY)
        assert shown.exit_code == 0
        first, *rest = shown.stdout.splitlines()
        assert first.startswith("answer: delai-livraison (faq/fr/livraison.md:")
        assert any("**3 à 5 jours ouvrés**" in line for line in rest)
        assert "[Parler à une personne]" in rest[-1]

    def test_several_things_are_told_one_by_one(self) -> None:
        text = "vous livrez en Belgique ? Et quelles sont vos couleurs de parapluies ?"
        first, second, third, fourth, last, *rest = comptoir("ask", text).stdout.splitlines()
        assert first == "“vous livrez en Belgique ?”"
        assert second.startswith("  answer: livraison-etranger (faq/fr/livraison.md:")
        assert third == "“Et quelles sont vos couleurs de parapluies ?”"
        assert fourth.startswith("  escalate: ")
        assert last == "a person is called for the last (unsure)"
        shown = "\n".join(rest)
        assert "**Union européenne**" in shown
        assert "au reste de votre message" in shown
        why = comptoir("ask", text, "--explain").stdout
        assert why.count("language    fr") == 2

    def test_the_document_has_each_reply_and_each_thing_that_was_asked(self) -> None:
        told = document("ask", "vous livrez en Belgique ? Et je peux payer par PayPal ?")
        assert [one["text"] for one in told["parts"]] == [
            "vous livrez en Belgique ?",
            "Et je peux payer par PayPal ?",
        ]
        assert [one["verdict"] for one in told["parts"]] == ["answer", "answer"]
        assert [one["entry"] for one in told["replies"]] == [
            "livraison-etranger",
            "moyens-paiement",
        ]
        assert all(len(one["version"]) == 12 for one in told["replies"])
        assert told["entry"] == "livraison-etranger"
        (alone,) = document("ask", DELIVERY)["replies"]
        assert alone["entry"] == "delai-livraison"

    def test_the_document_names_entry_version_and_library(self) -> None:
        told = document("ask", DELIVERY)
        assert (told["verdict"], told["entry"], told["language"]) == (
            "answer",
            "delai-livraison",
            "fr",
        )
        assert len(told["version"]) == 12
        assert len(told["library"]) == 64
        assert [choice["action"] for choice in told["choices"]] == [
            "helpful",
            "not_helpful",
            "person",
        ]
        assert told["matches"][0]["probability"] > 0.85

    @pytest.mark.parametrize(
        ("text", "escalated"),
        [
            ("non merci", None),
            ("non", "unsure"),  # of choices none was it, or an answer was not: a person
            ("non merci, je veux un humain", "asked"),
        ],
    )
    def test_declining_calls_nobody_but_saying_no_does(
        self, text: str, escalated: str | None
    ) -> None:
        assert document("ask", text)["escalate"] == escalated

    def test_a_greeting_is_met_in_kind(self) -> None:
        told = document("ask", "bonjour")
        assert (told["smalltalk"], told["verdict"], told["escalate"]) == ("greeting", None, None)
        assert told["text"] == "Bonjour ! Quelle est votre question ?"

    def test_the_wish_for_a_person_is_handed_over(self) -> None:
        told = document("ask", "real person please")
        assert (told["smalltalk"], told["escalate"], told["language"]) == ("person", "asked", "en")
        assert "a person is called (asked)" in comptoir("ask", "un humain svp").stdout

    def test_what_the_faq_does_not_answer_is_handed_over(self) -> None:
        told = document("ask", "quelle est la masse du soleil")
        assert (told["verdict"], told["escalate"], told["entry"]) == ("escalate", "unsure", None)

    def test_explain_tells_language_matches_phrasing_weights_and_thresholds(self) -> None:
        shown = comptoir("ask", DELIVERY, "--explain").stdout
        assert "language    fr" in shown
        assert "thresholds  an answer from 0.86" in shown
        assert f"nearest phrasing: {DELIVERY}" in shown
        assert "(bm25)" in shown
        assert "[matching] precision = 0.9" in shown
        assert "[understands]" in comptoir("ask", "merci", "--explain").stdout

    def test_what_is_weighed_sums_up_to_the_probability(self) -> None:
        told = document("ask", "vous livrez vite ? en combien de temps")
        why, best = told["why"], told["matches"][0]
        assert why["weighed"] == pytest.approx(best["probability"])
        odds = sum(why["accept"].values())
        assert 1 / (1 + math.exp(-odds)) == pytest.approx(best["probability"])
        lead = why["accept"].keys() & {"score", "share", "lead", "votes", "usual"}
        assert len(lead) == 5
        shown = comptoir("ask", "vous livrez vite ? en combien de temps", "--explain").stdout
        assert f"{odds:+.2f}  together: a probability of {best['probability']:.3f}" in shown
        word_for_word = comptoir("ask", DELIVERY, "--explain").stdout
        assert "written word for word" in word_for_word
        assert document("ask", "merci")["why"] is None
        held = document("ask", "my order is cancelled")
        assert held["why"]["held_at"] == held["matches"][0]["probability"] == 0.6

    def test_explain_tells_mended_words_and_what_holds_an_answer_back(self) -> None:
        mended = comptoir("ask", "livrasion gratuite a partir de combien", "--explain").stdout
        assert "mended      livrasion is read as livraison" in mended
        assert "not asked" not in mended
        stated = comptoir("ask", "my order is cancelled", "--explain").stdout
        assert "told or refused, not asked: annuler-commande" in stated

    def test_the_followers_language_decides_where_the_words_do_not(self) -> None:
        assert document("ask", "???", "--language", "en")["language"] == "en"
        assert document("ask", "???", "--language", "fr")["language"] == "fr"

    def test_a_language_of_which_nothing_is_known_is_refused(self) -> None:
        wrong = comptoir("ask", "hola", "--language", "es")
        assert wrong.exit_code == 2
        assert "'es': fr, en only" in wrong.stderr

    def test_a_broken_database_is_named(self, brand: Path) -> None:
        (brand / "var" / "comptoir.db").write_text("no database at all" * 100, encoding="utf-8")
        wrong = comptoir("ask", DELIVERY)
        assert wrong.exit_code == 2
        assert "comptoir.db cannot be read: file is not a database" in wrong.stderr

    def test_an_empty_question_is_refused(self) -> None:
        assert comptoir("ask", "  ").exit_code == 2

    def test_faults_of_the_faq_are_named_with_their_place(self, brand: Path) -> None:
        file = brand / "faq" / "fr" / "nouveau.md"
        file.write_text("# Un\n\n## Sans réponse ?\n\n## Aussi ?\n", encoding="utf-8")
        wrong = comptoir("ask", DELIVERY)
        assert wrong.exit_code == 2
        lines = wrong.stderr.splitlines()
        assert [line.rpartition(": ")[0].split(": ")[1] for line in lines if line][:2] == [
            "faq/fr/nouveau.md:3",
            "faq/fr/nouveau.md:5",
        ]
        assert all(line.startswith("comptoir: faq/fr/nouveau.md:") for line in lines)


@pytest.mark.usefixtures("empty")
class TestWithoutABrandsFolder:
    def test_no_bot_toml_is_needed_beside_an_faq(self) -> None:
        assert document("ask", DELIVERY, "--faq", DEMO)["entry"] == "delai-livraison"

    def test_one_file_is_an_faq_too(self) -> None:
        told = document("ask", "how long does delivery take?", "--faq", DEMO / "en/delivery.md")
        assert (told["entry"], told["language"]) == ("delai-livraison", "en")

    def test_an_faq_may_be_in_a_language_that_the_settings_do_not_name(self, empty: Path) -> None:
        (empty / "de").mkdir()
        text = "# Laden\n\n## Wann öffnet ihr?\n\n> ab wann ist offen\n\nUm **neun**.\n"
        (empty / "de" / "laden.md").write_text(text, encoding="utf-8")
        told = document("ask", "Wann öffnet ihr?", "--faq", empty)
        assert told["text"].startswith("Um **neun**.")

    def test_a_configuration_that_is_named_must_be_there(self) -> None:
        wrong = comptoir("ask", DELIVERY, "--faq", DEMO, "--config", "no.toml")
        assert wrong.exit_code == 2
        assert wrong.stderr.startswith("comptoir: there is no no.toml")

    def test_without_faq_and_bot_toml_it_says_what_to_do(self) -> None:
        wrong = comptoir("ask", DELIVERY)
        assert wrong.exit_code == 2
        assert "comptoir init DIR" in wrong.stderr

    def test_an_faq_that_is_not_there_is_named(self) -> None:
        wrong = comptoir("ask", DELIVERY, "--faq", "nowhere")
        assert wrong.exit_code == 2
        assert wrong.stderr.startswith("comptoir: there is no FAQ at nowhere")


def test_every_feature_is_put_into_words() -> None:
    assert set(MEANINGS) == {*BOTH_RANK_FEATURES, *BOTH_ACCEPT_FEATURES, "usual"}
