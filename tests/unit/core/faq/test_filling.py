"""What canned replies are filled in with."""

from datetime import UTC, datetime

import pytest

from bot.config import Brand
from bot.core.faq.filling import Occasion, first_name, impersonal, values
from bot.escalation import Escalation, EscalationKind, EscalationState, Reason
from bot.library.canned import VARIABLES

EVENING = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)


def item(name: str, language: str = "fr") -> Escalation:
    return Escalation(
        id=1,
        kind=EscalationKind.QUESTION,
        reason=Reason.UNSURE,
        state=EscalationState.OPEN,
        holder="",
        version=1,
        conversation_id=1,
        outbox_id=None,
        question="Où est mon colis ?",
        language=language,
        account="net",
        name=name,
        opened_at=EVENING,
    )


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Léa", "Léa"),
        ("JEAN-MARC dupont", "Jean-Marc"),
        ("anne d'arc 🌸", "Anne"),
        ("Dr. McCoy", "McCoy"),
        ("🌸 zoé", "Zoé"),
        ("l33t_gamer", ""),
        ("J Dupont", "Dupont"),
        ("", ""),
        ("陳 大文", "大文"),
    ],
)
def test_first_names(name: str, first: str) -> None:
    assert first_name(name) == first


def test_every_variable_has_a_value_and_the_date_is_that_of_the_brand() -> None:
    known = values(Occasion(item("Léa Roux"), "camille", EVENING), Brand("La Brûlerie"))
    assert set(known) == set(VARIABLES)
    assert known["date"] == "24 novembre 2026"  # in Paris it is past midnight
    assert (known["first_name"], known["name"]) == ("Léa", "Léa Roux")
    english = values(Occasion(item("", "en"), "camille", EVENING), Brand())
    assert (english["date"], english["name"]) == ("November 24, 2026", "")
    unknown = values(Occasion(item("", ""), "camille", EVENING), Brand(languages=("zz",)))
    assert unknown["date"] == "November 24, 2026"


@pytest.mark.parametrize(
    ("answer", "name", "told"),
    [
        ("Bonjour Léa, voici.", "Léa Roux", "Bonjour {first_name}, voici."),
        ("Bonjour léa roux !", "Léa Roux", "Bonjour {name} !"),
        ("Bonjour Léa", "", "Bonjour Léa"),
        ("Un cadeau", "Ca", "Un cadeau"),
        ("A (b)", "A (b", "{name})"),
    ],
)
def test_names_of_others_become_variables(answer: str, name: str, told: str) -> None:
    assert impersonal(answer, name) == told
