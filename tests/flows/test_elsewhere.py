"""A follower begins in the web chat and goes on in another network, over the whole bot."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from bot.contract import Invitation
from tests.fakes import discord, telegram
from tests.fakes.discord import FakeDiscord
from tests.fakes.telegram import FakeTelegram
from tests.support.traces import traces
from tests.support.whole import ANSWERS, ASKS, CALLED, WholeBot, told, whole_bot

Network = FakeTelegram | FakeDiscord

CONTINUED = "continuons ici"
SECRET = "SECRET-4711"
ALL_SENT = """
    SELECT 1 AS one
    WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE state IN ('pending', 'sending'))
"""


@pytest.fixture(params=["telegram", "discord", "discord, by command"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def network(way: str) -> AsyncIterator[Network]:
    async with AsyncExitStack() as stack:
        if way == "telegram":
            fake = await stack.enter_async_context(telegram.fake())
            fake.first_person = 7_100_200_300  # a number to be looked for in files
            yield fake
        else:
            yield await stack.enter_async_context(discord.fake())


@pytest.fixture
async def bot(tmp_path: Path, network: Network) -> AsyncIterator[WholeBot]:
    async with whole_bot(tmp_path, network) as one:
        yield one


async def go_on(chatter: httpx.AsyncClient, network: Network, way: str) -> None:
    """Take the way that the page shows."""
    answer = await chatter.post("/chat/invitations", json={})
    [shown] = answer.json()["invitations"]
    assert shown["network"] == way.partition(",")[0]
    invitation = Invitation(shown["address"], shown["carries_code"])
    await network.open(invitation)
    if not invitation.carries_code and "command" in way:
        assert isinstance(network, FakeDiscord)
        await network.command("start", shown["code"])
    elif not invitation.carries_code:
        await network.say(f"/start {shown['code']}")


async def test_the_conversation_goes_on_where_the_follower_is(
    bot: WholeBot, network: Network, way: str, tmp_path: Path
) -> None:
    chatter = await bot.chatter()
    await bot.write(chatter, f"{SECRET} un humain svp")
    await bot.store.until("SELECT id FROM escalations")
    await go_on(chatter, network, way)
    await told(network, CONTINUED)

    # One item at the desk, with both places in one thread; the reply arrives where they are now.
    [item] = await bot.queue()
    assert item["network"] == way.partition(",")[0]
    assert f"{SECRET} un humain svp" in item["question"]
    await bot.reply(item["id"], "Bonjour, ici Camille.")
    await told(network, "Bonjour, ici Camille.")
    assert "Bonjour, ici Camille." not in await bot.page(chatter)
    await network.say(f"merci {SECRET}")
    await bot.store.until("SELECT id FROM messages WHERE text = :text", text=f"merci {SECRET}")
    case = await bot.case(item["id"])
    assert case[0] == f"{SECRET} un humain svp"
    assert [one for one in case if "Camille" in one or one.startswith("merci")] == [
        "Bonjour, ici Camille.",
        f"merci {SECRET}",
    ]
    assert len(await bot.queue()) == 1

    # The person asks for what is kept of them: all of it, from both places.
    await network.say("/mydata")
    [file] = (await told(network, "ce fichier")).files
    data = json.loads(file.content)
    assert {row["account"] for row in data["followers"]} == {"webchat", way.partition(",")[0]}
    texts = [row["text"] for row in data["messages"]]
    assert f"{SECRET} un humain svp" in texts
    assert f"merci {SECRET}" in texts

    # And to be forgotten: in both places, also by the networks' own numbers.
    addresses = [row["address"] for row in data["followers"]]
    await network.say("/forget oui")
    await told(network, "tout sera effacé")
    await bot.store.until(ALL_SENT)
    bot.pass_time(61)
    await bot.store.until("SELECT id FROM erasures WHERE scrubbed_at IS NOT NULL")
    for word in (SECRET, "ici Camille", *addresses):
        assert traces(tmp_path / "var", word) == [], word
    assert await bot.queue() == []

    # What they write now is somebody new's.
    await network.say(ASKS)
    await told(network, ANSWERS)
    assert (await bot.store.rows("SELECT count(*) AS number FROM followers"))[0]["number"] == 3


@pytest.mark.parametrize("way", ["telegram"])
async def test_a_code_is_good_once_and_for_who_brings_it_first(
    bot: WholeBot, network: Network, way: str
) -> None:
    chatter = await bot.chatter()
    await bot.write(chatter, "un humain svp")
    await bot.store.until("SELECT id FROM escalations")
    await go_on(chatter, network, way)
    await told(network, CONTINUED)
    [row] = await bot.store.rows("SELECT code FROM invitations")
    await network.say(f"/start {row['code']}", follower="eve")
    await network.say("et moi ?", follower="eve")
    await told(network, "assistant", "eve")
    [item] = await bot.queue()
    assert "et moi ?" not in await bot.case(item["id"])

    people = await bot.store.rows(
        "SELECT coalesce(person_id, id) AS person FROM followers ORDER BY id"
    )
    assert [one["person"] for one in people] == [1, 1, 3]


@pytest.mark.parametrize("way", ["telegram"])
async def test_without_an_open_request_it_goes_on_as_well(
    bot: WholeBot, network: Network, way: str
) -> None:
    chatter = await bot.chatter()
    await bot.write(chatter, ASKS)
    await bot.store.until("SELECT id FROM outbox WHERE state = 'sent'")
    await go_on(chatter, network, way)
    await told(network, CONTINUED)
    await network.say("un humain svp")
    await told(network, CALLED)

    [item] = await bot.queue()
    assert (await bot.case(item["id"]))[0] == ASKS
