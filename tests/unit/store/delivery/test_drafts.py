"""Replies that managers have begun."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import Overtaken
from bot.store import journal
from bot.store.delivery import drafts
from bot.store.delivery.drafts import Draft
from bot.store.people import followers
from bot.store.protocol import Tx
from tests.support.acting import by
from tests.support.clock import START
from tests.support.traces import traces
from tests.support.world import World, incoming, world


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        await one.hear(incoming("un humain svp", key="k1", conversation="c1"))
        one.clock.advance(10)
        await one.turn()
        assert [item.id for item in await one.queue()] == [1]
        yield one


async def keep(bot: World, manager: str, text: str, client_id: str = "r1", item: int = 1) -> None:
    await bot.store.run(drafts.keep, item, manager, Draft(text, client_id), START)


async def test_each_manager_has_one_draft_on_an_item(bot: World) -> None:
    await keep(bot, "lea", "Bon")
    await keep(bot, "lea", "Bonjour")
    await keep(bot, "max", "Salut", "r2")
    assert await bot.store.run(drafts.begun, 1, "lea") == Draft("Bonjour", "r1")
    assert await bot.store.run(drafts.begun, 1, "max") == Draft("Salut", "r2")
    assert await bot.store.run(drafts.where, "lea") == {1}
    await keep(bot, "lea", " \n ")
    assert await bot.store.run(drafts.begun, 1, "lea") is None
    assert await bot.store.run(drafts.where, "lea") == set()


async def test_no_draft_stays_of_what_was_sent_however_late_it_is_saved(bot: World) -> None:
    await keep(bot, "lea", "Bonjour")
    await bot.desk.reply(1, by("lea"), "Bonjour Ann", "r1")
    assert await bot.store.run(drafts.begun, 1, "lea") is None
    await keep(bot, "lea", "Bonjour An")
    assert await bot.store.run(drafts.begun, 1, "lea") is None
    await keep(bot, "lea", "Encore un mot", "r2")
    assert await bot.store.run(drafts.begun, 1, "lea") == Draft("Encore un mot", "r2")


async def test_there_is_no_draft_on_nothing(bot: World) -> None:
    await keep(bot, "lea", "Bonjour", item=99)
    assert await bot.rows("SELECT * FROM drafts") == []


async def test_drafts_are_given_out_and_erased_with_their_follower(
    bot: World, tmp_path: Path
) -> None:
    await keep(bot, "lea", "SECRET draft")
    data = await bot.store.run(followers.export, 1)
    assert [row["text"] for row in data["drafts"]] == ["SECRET draft"]
    await bot.store.run(_erase)
    assert await bot.store.scrub()
    assert traces(tmp_path, "SECRET") == []


def _erase(tx: Tx) -> None:
    followers.erase(tx, 1, START)


# ── a reply that was written without having read another one ─────────────────────────────────────


async def test_nobody_answers_over_anothers_answer_unread(bot: World) -> None:
    read = await bot.store.run(journal.position)
    await bot.desk.reply(1, by("max"), "Voilà", "m1")
    await bot.desk.release(1, by("max"))
    await keep(bot, "lea", "Bonjour")

    with pytest.raises(Overtaken) as caught:
        await bot.desk.reply(1, by("lea"), "Bonjour", "r1", seen=read)
    assert caught.value.holder == "max"
    assert (await bot.desk.show(1)).escalation.holder == ""  # and nothing else was done
    assert await bot.store.run(drafts.begun, 1, "lea") == Draft("Bonjour", "r1")

    read = await bot.store.run(journal.position)
    for text in ("Bonjour", "et ceci"):  # one's own answer overtakes nobody
        await bot.desk.reply(1, by("lea"), text, text, seen=read)
    await bot.turn()
    assert bot.handler.texts[-3:] == ["Voilà", "Bonjour", "et ceci"]
