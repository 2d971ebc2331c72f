"""The team works in a staff room on a network, over the whole bot."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store import accounts, staff
from tests.fakes import telegram
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_forum import FORUM
from tests.fakes.telegram_updates import Update
from tests.support.whole import CALLS, WholeBot, told, whole_bot

ROOM = f'staff = "{FORUM["id"]}"\nstaff_pace_seconds = 0.0'


@pytest.fixture
async def network() -> AsyncIterator[FakeTelegram]:
    async with telegram.fake() as fake:
        yield fake


@pytest.fixture
async def bot(tmp_path: Path, network: FakeTelegram) -> AsyncIterator[WholeBot]:
    async with whole_bot(tmp_path, network, room=ROOM) as one:
        for name in ("lea", "paul"):
            await one.store.run(accounts.add, name, "hash", "manager", one.now())
        yield one


async def join(bot: WholeBot, network: FakeTelegram, who: str = "lea") -> None:
    """One of the team makes themselves known."""
    await bot.store.run(staff.add_code, who, f"CODE-{who}", bot.now() + timedelta(hours=1))
    await network.team_says(f"/link CODE-{who}", thread=0, who=who)
    await bot.store.until(
        "SELECT 1 AS one FROM staff_members JOIN users ON users.id = user_id WHERE name = :who",
        who=who,
    )


async def asked(network: FakeTelegram, follower: str = "ada", words: str = CALLS) -> int:
    """A follower asks for a person; the topic that is opened."""
    await network.say(words, follower=follower)
    return await network.topic_of(follower.title())


async def test_a_line_in_the_topic_is_the_reply_and_is_marked_once_it_arrived(
    bot: WholeBot, network: FakeTelegram
) -> None:
    await join(bot, network)
    thread = await asked(network)
    header = await network.told_in(thread, CALLS)
    assert "telegram" in header

    said = await network.team_says("Bonjour Ada, je regarde.", thread=thread)
    await told(network, "Bonjour Ada, je regarde.")
    await network.marked(said)
    await network.told_in(thread, "lea s'en occupe")
    [item] = await bot.queue()
    assert (item["state"], item["holder"]) == ("claimed", "lea")
    assert not [text for text in network.shown(thread)[1:] if "je regarde" in text]
