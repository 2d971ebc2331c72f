"""comptoir subjects, on a database that a bot has written."""

import asyncio
from pathlib import Path

import pytest

from bot.clock import SystemClock
from tests.support.handler import ScriptedHandler
from tests.support.world import incoming, world
from tests.unit.cli.typed import comptoir, document

WAYS = ("puis-je louer un trombone ?", "le prix pour louer un trombone", "louer un trombone")


async def _asked(var: Path) -> None:
    async with world(var, ScriptedHandler("webchat")) as bot:
        for number, text in enumerate(WAYS):
            who = {"key": f"k{number}", "conversation": f"c{number}", "follower": f"f{number}"}
            now = SystemClock().now()
            await bot.hear(incoming(text, **who, language="fr", at=now))  # type: ignore[arg-type]  # `who` names fields
            await bot.turn()
            bot.clock.advance(10)
            await bot.turn()


@pytest.fixture
def asked(brand: Path) -> Path:
    asyncio.run(_asked(brand / "var"))
    return brand


def listed() -> list[dict[str, object]]:
    found: list[dict[str, object]] = document("subjects", "list")["subjects"]
    return found


def test_what_nothing_answers_is_listed(asked: Path) -> None:
    assert asked.is_dir()
    [one] = listed()
    assert (one["people"], one["question"], one["entry"]) == (3, WAYS[0], None)
    assert comptoir("subjects", "list").stdout.split() == [
        *(str(one["id"]), "3", "people", "new", "entry"),
        *WAYS[0].split(),
    ]


def test_a_new_entry_is_written_and_the_subject_goes(asked: Path) -> None:
    [one] = listed()
    lacks = comptoir("subjects", "accept", one["id"], "--yes")
    assert (lacks.exit_code, "needs --file" in lacks.stderr) == (2, True)
    new = ("--file", "fr/paiement-retours.md", "--answer", "Non, pas encore.", "--id", "trombone")
    refused = comptoir("subjects", "accept", one["id"], *new, typed="n\n")
    assert (refused.exit_code, "+Non, pas encore." in refused.stderr) == (130, True)
    assert len(listed()) == 1
    done = document("subjects", "accept", one["id"], *new, "--yes", "--as", "ada")
    assert done == {"entry": "trombone", "language": "fr", "file": "fr/paiement-retours.md"}
    text = (asked / "faq/fr/paiement-retours.md").read_text(encoding="utf-8")
    assert f"{{#trombone}}\n\n> {WAYS[1]}\n> {WAYS[2]}\n\nNon, pas encore." in text
    assert comptoir("subjects", "list").stdout == "nothing\n"
    log = comptoir("audit").stdout
    assert "trombone in fr/paiement-retours.md" in log
    assert comptoir("subjects", "accept", one["id"]).exit_code == 2


def test_a_way_to_ask_is_added_to_an_entry(asked: Path) -> None:
    [one] = listed()
    done = comptoir("subjects", "accept", one["id"], "--entry", "moyens-paiement", "--yes")
    assert done.exit_code == 0, done.output
    text = (asked / "faq/fr/paiement-retours.md").read_text(encoding="utf-8")
    assert f"\n> {WAYS[0]}\n" in text
    assert document("ask", WAYS[0])["entry"] == "moyens-paiement"


@pytest.mark.usefixtures("asked")
def test_a_subject_is_dismissed() -> None:
    [one] = listed()
    assert document("subjects", "dismiss", one["id"], "--as", "ada") == {"dismissed": one["id"]}
    assert listed() == []
    again = comptoir("subjects", "dismiss", one["id"])
    assert (again.exit_code, "no open subject" in again.stderr) == (2, True)
