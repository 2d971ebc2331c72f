"""comptoir correct, on a database that a bot has written."""

import asyncio
from pathlib import Path

import pytest

from bot.store import audit
from bot.store.sqlite import opened
from tests.support.whole import whole_bot
from tests.unit.cli.typed import comptoir, document

ASKED = "vous livrez en combien de jours ?"
ENTRY = "delai-livraison"


async def _asked(folder: Path) -> None:
    async with whole_bot(folder) as bot:
        for number in range(2):
            await bot.write(await bot.chatter(), ASKED)
            await bot.store.until(
                "SELECT 1 FROM (SELECT count(*) AS sent FROM outbox WHERE state = 'sent')"
                " WHERE sent > :number",
                number=number,
            )


@pytest.fixture
def asked(brand: Path) -> Path:
    asyncio.run(_asked(brand))
    return brand


def reword(brand: Path) -> None:
    file = brand / "faq" / "fr" / "livraison.md"
    text = file.read_text(encoding="utf-8")
    start = text.index("\n\n", text.index("\n> ", text.index(f"#{ENTRY}"))) + 2
    end = text.index("\n\n## ", start)
    file.write_text(text[:start] + "En **deux** jours.\n" + text[end:], encoding="utf-8")


async def _deeds(brand: Path) -> list[tuple[str, str, str, str]]:
    async with opened(brand / "var" / "comptoir.db") as store:
        return [
            (one.actor, str(one.surface), str(one.deed), one.detail)
            for one in await store.run(audit.entries)
        ]


def test_nobody_is_told_of_an_answer_that_has_not_changed(asked: Path) -> None:
    assert asked.is_dir()
    assert comptoir("correct", ENTRY).stdout == "conversations to tell: 0\n"
    assert document("correct", ENTRY, "--yes")["sent"] == 0


def test_it_is_shown_and_sent_only_with_yes_and_once(asked: Path) -> None:
    reword(asked)
    shown = comptoir("correct", ENTRY)
    assert shown.exit_code == 0
    assert "conversations to tell: 2 (webchat: 2)" in shown.stdout
    assert "in 'fr' they read:" in shown.stdout
    assert "En **deux** jours." in shown.stdout
    assert shown.stdout.endswith("nothing is sent yet: --yes sends it\n")
    found = document("correct", ENTRY, "--days", "30")
    assert (found["conversations"], found["networks"], found["sent"]) == (2, {"webchat": 2}, None)
    assert found["messages"]["fr"].endswith("En **deux** jours.")
    assert "sent: 2" in comptoir("correct", ENTRY, "--yes", "--as", "ada").stdout
    assert document("correct", ENTRY, "--yes", "--as", "ada")["sent"] == 0
    deeds = asyncio.run(_deeds(asked))
    assert [one for one in deeds if one[2] == "correct"] == [
        ("ada", "command", "correct", f"{ENTRY}: 2")
    ]


def test_who_is_left_out_is_said(asked: Path) -> None:
    reword(asked)
    with (asked / "bot.toml").open("a", encoding="utf-8") as config:
        config.write("\nenabled = false\n")
    shown = comptoir("correct", ENTRY)
    assert "conversations to tell: 0\nleft out: 2 (the network is not enabled)\n" in shown.stdout
    assert document("correct", ENTRY)["left_out"] == {"off": 2}


def test_an_entry_that_is_not_there_is_named_with_the_nearest(asked: Path) -> None:
    assert asked.is_dir()
    wrong = comptoir("correct", "delai-livrason")
    assert wrong.exit_code == 2
    assert "no entry 'delai-livrason' (did you mean 'delai-livraison'?)" in wrong.stderr
