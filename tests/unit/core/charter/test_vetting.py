"""What the charter says to replies, messages and answers."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.charter.vetting import Vetting
from bot.library.reading import read_library
from bot.library.rules.charter import read_charter
from tests.support.minds import entry

ROOT = Path(__file__).parents[4]
CHARTER = """
## Refunds {#refund}

> rembours*
> ok: remboursement sous 5 jours

Why refunds.

## Personal {#personal .public}

> [personal]
> ok: @shop.example

Why in private.

## Disputes {#disputes .human}

> [entry: plainte]
> [tag: litige]
> avocat*
> ok: toast avocat

People.
"""


@pytest.fixture
def vetting(tmp_path: Path) -> Vetting:
    (tmp_path / "charter.md").write_text(CHARTER)
    return Vetting(read_charter(tmp_path, ("fr", "en")))


def told(vetting: Vetting, text: str, *, public: bool = False) -> list[tuple[str, str]]:
    return [
        (breach.rule.id, text[breach.start : breach.end])
        for breach in vetting.breaches(text, public=public)
    ]


def test_the_rule_its_reason_and_the_place_are_told(vetting: Vetting) -> None:
    text = "Promis, on vous REMBOURSE."
    (breach,) = vetting.breaches(text, public=False)
    assert (breach.rule.name, breach.rule.reason) == ("Refunds", "Why refunds.")
    assert (text[breach.start : breach.end], breach.pattern.text) == ("REMBOURSE", "rembours*")


def test_what_is_allowed_is_no_breach(vetting: Vetting) -> None:
    assert told(vetting, "Le remboursement sous 5 jours est la règle.") == []
    assert told(vetting, "Le remboursement sous 5 jours, remboursé !") == [("refund", "remboursé")]


def test_personal_details_are_forbidden_where_others_read(vetting: Vetting) -> None:
    text = "Ann ? ann@mail.example, 06 12 34 56 78, 4111 1111 1111 1111, équipe@shop.example."
    assert told(vetting, text) == []
    assert told(vetting, text, public=True) == [
        ("personal", "ann@mail.example"),
        ("personal", "06 12 34 56 78"),
        ("personal", "4111 1111 1111 1111"),
    ]


def test_subjects_are_kept_for_people(vetting: Vetting) -> None:
    complaint, tagged = entry("plainte"), replace(entry("autre"), tags=("litige",))
    for found in (
        vetting.kept_for_people("ouvrez-vous ?", complaint),
        vetting.kept_for_people("ouvrez-vous ?", tagged),
        vetting.kept_for_people("Mon AVOCATE vous écrira", entry("delai")),
        vetting.kept_for_people("mon avocat"),
    ):
        assert found is not None
        assert found.id == "disputes"
    assert vetting.kept_for_people("un toast avocat ?", entry("delai")) is None


def test_rules_of_another_language_do_not_apply(tmp_path: Path) -> None:
    for language, word in (("fr", "pain"), ("en", "bread")):
        folder = tmp_path / language
        folder.mkdir()
        (folder / "charter.md").write_text(
            f"## No {word} {{#x}}\n\n> {word}\n\nW\n\n## S {{.human}}\n\n> {word}\n\nW\n"
        )
    vetting = Vetting(read_charter(tmp_path, ("fr", "en")))
    assert vetting.breaches("no pain", public=False, language="en") == ()
    assert vetting.kept_for_people("no pain", language="en") is None
    assert len(vetting.breaches("no pain", public=False, language="fr")) == 1
    assert len(vetting.breaches("no pain", public=False)) == 1
    assert vetting.kept_for_people("no pain")


def test_translations_of_a_rule_are_told_once_in_the_first_language(tmp_path: Path) -> None:
    for language in ("en", "fr"):
        folder = tmp_path / language
        folder.mkdir()
        (folder / "charter.md").write_text(f"## In {language} {{#x}}\n\n> bio\n\nW\n")
    for languages, name in ((("fr", "en"), "In fr"), (("en", "fr"), "In en")):
        vetting = Vetting(read_charter(tmp_path, languages))
        assert [breach.rule.name for breach in vetting.breaches("bio", public=False)] == [name]


def test_answers_that_break_the_charter_are_named(tmp_path: Path) -> None:
    (tmp_path / "charter.md").write_text(CHARTER)
    (tmp_path / "faq.md").write_text("## A\n\nOK\n\n## B {#b}\n\nOn **rembourse** tout.\n")
    library = read_library(tmp_path, ("fr",))
    (fault,) = Vetting(read_charter(tmp_path, ("fr",))).answers(library)
    assert str(fault.source) == "faq.md:5"
    assert "'rembourse', which charter.md:2 forbids (Refunds)" in fault.message


def test_the_shipped_answers_keep_to_the_shipped_charter() -> None:
    library = read_library(ROOT / "faq", ("fr", "en"))
    vetting = Vetting(read_charter(ROOT / "faq", ("fr", "en")))
    assert list(vetting.answers(library)) == []


def test_the_shipped_charter_keeps_no_answered_question_for_people() -> None:
    library = read_library(ROOT / "faq", ("fr", "en"))
    vetting = Vetting(read_charter(ROOT / "faq", ("fr", "en")))
    for one in library.entries:
        for text in (one.question, *one.phrasings):
            kept = vetting.kept_for_people(text, one, one.language)
            assert kept is None or one.human, (one.id, text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Nous vous rembourserons demain.", "promesse-remboursement"),
        ("Vous serez livrée lundi sans faute.", "promesse-date"),
        ("We'll refund you.", "promesse-remboursement"),
        ("It will arrive on Monday.", "promesse-date"),
        ("C’est votre faute.", "faute-du-client"),
        ("Écrivez à ann@mail.example", "donnees-personnelles"),
    ],
)
def test_the_shipped_charter_stops_what_it_is_for(text: str, rule: str) -> None:
    vetting = Vetting(read_charter(ROOT / "faq", ("fr", "en")))
    assert {breach.rule.id for breach in vetting.breaches(text, public=True)} == {rule}
