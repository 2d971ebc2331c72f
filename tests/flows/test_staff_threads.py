"""The team works in the threads of a channel, and follows on another network."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store import accounts
from bot.store.staff_room import staff
from tests.fakes import discord, telegram
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_forum import STAFF
from tests.fakes.telegram import FakeTelegram
from tests.support.whole import CALLS, WholeBot, told, whole_bot


@pytest.fixture
async def network() -> AsyncIterator[FakeDiscord]:
    async with discord.fake() as fake:
        fake.has_room = True
        yield fake


@pytest.fixture
async def followers() -> AsyncIterator[FakeTelegram]:
    async with telegram.fake() as fake:
        yield fake


@pytest.fixture
async def bot(
    tmp_path: Path, followers: FakeTelegram, network: FakeDiscord
) -> AsyncIterator[WholeBot]:
    async with whole_bot(tmp_path, followers, network) as one:
        await one.store.run(accounts.add, "lea", "hash", "manager", one.now())
        yield one


async def asked(bot: WholeBot, followers: FakeTelegram, network: FakeDiscord) -> str:
    """Ada asks for a person on her network, and Léa makes herself known in the thread."""
    await followers.say(CALLS)
    thread = await network.topic_of("Ada")
    await bot.store.run(staff.add_code, "lea", "CODE", bot.now() + timedelta(hours=1))
    await network.team_says("!link CODE", thread=thread)
    await network.told_in(thread, "Vous êtes désormais lea")
    return thread


async def test_a_line_in_the_thread_is_the_reply_and_is_marked_once_it_arrived(
    bot: WholeBot, followers: FakeTelegram, network: FakeDiscord
) -> None:
    thread = await asked(bot, followers, network)
    assert CALLS in network.shown(thread)[0]

    await network.team_presses("Je m'en occupe", thread=thread)
    await network.told_in(thread, "— lea s'en occupe.")
    [item] = await bot.queue()
    assert (item["state"], item["holder"], item["network"]) == ("claimed", "lea", "telegram")

    said = await network.team_says("Bonjour Ada, je regarde.", thread=thread)
    await told(followers, "Bonjour Ada, je regarde.")
    await network.marked(said)
    await network.team_edits(said, "Bonjour Ada !")
    await told(followers, "Bonjour Ada !")
    await network.team_says("// fidèle", thread=thread)
    await bot.store.until("SELECT 1 AS one FROM notes WHERE text = 'fidèle'")
    assert not [one for one in followers.sent if "fidèle" in one.text]


async def test_an_archived_thread_comes_back_and_a_deleted_one_is_made_again(
    bot: WholeBot, followers: FakeTelegram, network: FakeDiscord
) -> None:
    thread = await asked(bot, followers, network)
    network.archive(thread, locked=True)
    await followers.say("je suis là")
    await network.told_in(thread, "Ada Lovelace : je suis là")
    assert not network.archived(thread)

    network.delete_thread(thread)
    await followers.say("encore là")
    again = await network.topic_of("Ada")
    assert again != thread
    await network.told_in(again, "Ada Lovelace : encore là")
    said = await network.team_says("Me voici", thread=again)
    await network.marked(said)

    await network.team_presses("Résoudre", thread=again)
    await network.changes.until(lambda: network.archived(again))
    assert "🟢 Résolue" in network.shown(again)[0]


async def test_what_was_written_while_the_bot_was_away_is_sent(
    tmp_path: Path, followers: FakeTelegram, network: FakeDiscord
) -> None:
    async with whole_bot(tmp_path, followers, network) as bot:
        await bot.store.run(accounts.add, "lea", "hash", "manager", bot.now())
        thread = await asked(bot, followers, network)
    network.forget_sessions()
    said = await network.team_says("Entre-temps", thread=thread)
    async with whole_bot(tmp_path, followers, network):
        await told(followers, "Entre-temps")
        await network.marked(said)


async def test_followers_words_are_shown_as_words(
    bot: WholeBot, followers: FakeTelegram, network: FakeDiscord
) -> None:
    words = "un humain svp @everyone <@1> **gras** `x` https://x.example/a_b"
    await followers.say(words)
    thread = await network.topic_of("Ada")
    await network.told_in(thread, words)
    [first, *_] = network.called("start_thread")
    message = first["message"]
    assert message["allowed_mentions"]["parse"] == []
    assert r"\<@1\>" in message["content"] or r"\<@1" in message["content"]
    assert r"\*\*gras\*\*" in message["content"]
    assert len(await bot.queue()) == 1


async def test_a_thread_of_the_teams_own_is_theirs(
    bot: WholeBot, followers: FakeTelegram, network: FakeDiscord
) -> None:
    thread = await asked(bot, followers, network)
    place = {"id": "777", "type": 11, "guild_id": "900000000000000010", "parent_id": STAFF}
    network.channels["777"] = {**place, "name": "lunch", "thread_metadata": {"archived": False}}
    await network.team_says("on mange où ? un humain svp", thread="777")
    await network.team_says("Bonjour", thread=thread)
    await told(followers, "Bonjour")
    assert len(await bot.queue()) == 1
    assert network.shown("777") == []
