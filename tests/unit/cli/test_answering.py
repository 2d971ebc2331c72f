"""comptoir queue, what helps to answer, on a database that a bot has written."""

import asyncio
from pathlib import Path

import pytest

from bot.core.desk.suggesting import Remembering
from bot.models import IncomingKind
from tests.support.acting import by
from tests.support.handler import ScriptedHandler
from tests.support.world import World, incoming, world
from tests.unit.cli.typed import comptoir, document

ASKED = "est-ce que vos sachets vont au compost du jardin ?"


async def _asked(var: Path) -> None:
    """Ann's question is answered; Bob and Zoé ask the same."""
    async with world(var, ScriptedHandler("webchat")) as bot:
        for number, name in enumerate(("Ann", "Bob", "Zoé")):
            await _ask(bot, f"c{number}", name)
        await bot.desk.reply(1, by("lea"), "Bonjour Ann, oui, tous.", "1")
        await bot.desk.resolve(1, by("lea"))
        await Remembering(bot.store, bot.clock).step()


async def _ask(bot: World, conversation: str, name: str) -> None:
    event = incoming(
        *(f"/human {ASKED}",),
        key=conversation,
        conversation=conversation,
        kind=IncomingKind.MESSAGE,
        name=name,
        language="fr",
    )
    await bot.hear(event)
    await bot.turn()


@pytest.fixture
def queue(brand: Path) -> Path:
    asyncio.run(_asked(brand / "var"))
    return brand


@pytest.mark.usefixtures("queue")
def test_suggestions_are_shown() -> None:
    told = document("queue", "suggest", 2, "--as", "lea")
    assert len(told["entries"]) == 3
    assert [one["text"] for one in told["past"]] == ["Bonjour Bob, oui, tous."]
    assert "Bonjour Bob" in told["canned"][0]["text"]
    shown = comptoir("queue", "suggest", 2).stdout
    assert "item 1  " in shown
    assert "canned numero-commande" in shown


@pytest.mark.usefixtures("queue")
def test_groups_are_listed_and_answered_at_once() -> None:
    assert comptoir("queue", "groups").stdout == "2 3\n"
    comptoir("queue", "claim", 3, "--as", "max")
    text = "Bonjour {first_name}, oui."
    told = document("queue", "reply-all", text, 2, 3, "--resolve", "--as", "lea", status=1)
    assert [(one["fate"], one["holder"]) for one in told["outcomes"]] == [
        ("sent", None),
        ("held", "max"),
    ]
    assert told["outcomes"][0]["item"]["state"] == "resolved"
    done = comptoir("queue", "reply-all", "Oui.", 3, "--as", "max")
    assert (done.exit_code, done.stdout.split()) == (0, ["3", "sent", "Zoé"])
    assert comptoir("queue", "groups").stdout == "nothing\n"


def test_an_answer_becomes_part_of_the_faq(queue: Path) -> None:
    file = queue / "faq" / "fr" / "cafes.md"
    before = file.read_text(encoding="utf-8")
    options = ("--file", "fr/cafes.md", "--as", "lea")
    kept = comptoir("queue", "promote", 1, *options, typed="n\n")
    assert kept.exit_code != 0
    assert "+Oui, tous." in kept.stderr
    assert file.read_text(encoding="utf-8") == before

    told = comptoir("queue", "promote", 1, *options, typed="y\n")
    assert told.stdout.endswith("is written to fr/cafes.md\n")
    assert file.read_text(encoding="utf-8").startswith(before)
    assert "Oui, tous." in comptoir("ask", ASKED).stdout
    again = comptoir("queue", "promote", 1, "--entry", "no-such-entry", "--yes")
    assert (again.exit_code, again.stdout) == (2, "")
    assert "there is no entry 'no-such-entry'" in again.stderr


def test_a_phrasing_is_added(queue: Path) -> None:
    told = document("queue", "promote", 1, "--entry", "delai-livraison", "--yes")
    assert (told["entry"], told["written"], told["answers"]) == ("delai-livraison", True, True)
    assert f"> {ASKED}\n" in (queue / "faq/fr/livraison.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("queue")
def test_what_is_not_resolved_is_not_promoted() -> None:
    refused = comptoir("queue", "promote", 2)
    assert (refused.exit_code, refused.stderr) == (
        *(2, "comptoir: item 2 is not resolved yet: resolve it first\n"),
    )
