"""Codes that bring a question, or a whole conversation, somewhere else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.escalation import EscalationKind, Reason
from bot.store.conversation import invitations
from bot.store.conversation.invitations import Carried
from bot.store.people import followers
from bot.store.protocol import Tx
from bot.store.queue import escalations
from bot.store.queue.escalations import Opening
from tests.support.clock import START
from tests.support.handler import ScriptedHandler
from tests.support.world import World, incoming, world


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    """Ann has asked in a room, and written in private; Bob too; Cleo on our own page."""
    async with world(tmp_path, ScriptedHandler("net"), ScriptedHandler("web")) as one:
        for number, who in enumerate(("ann", "bob")):
            room = incoming(f"ask {who}", key=f"r{number}", conversation="room", follower=who)
            await one.hear(room)
            await one.hear(incoming("x", key=f"d{number}", conversation=who, follower=who))
        await one.hear(incoming("ask cleo", key="w", conversation="w", follower="w"), account="web")
        yield one


ANN, BOB, CLEO = 1, 2, 3
ROOM, WITH_ANN, WITH_BOB, PAGE = 1, 2, 3, 4


def add(tx: Tx, message_id: int | None = 1, conversation: int = ROOM, whose: int = ANN) -> None:
    invitations.add(tx, "c0de", conversation, whose, START, message_id)


def escalate(tx: Tx, conversation_id: int, message_id: int) -> int:
    opening = Opening(
        f"ask:{message_id}",
        EscalationKind.QUESTION,
        Reason.ASKED,
        conversation_id,
        "?",
        message_id=message_id,
    )
    return escalations.open_(tx, opening, START)


async def find(bot: World, whose: int, code: str = "c0de", days: float = 0) -> Carried | None:
    return await bot.store.run(invitations.find, code, whose, START + timedelta(days=days))


async def redeem(bot: World, carried: Carried | None, into: int, line: int, whose: int) -> None:
    assert carried is not None
    await bot.store.run(invitations.redeem, carried, into, line, whose, START)


async def where(bot: World) -> list[int]:
    rows = await bot.rows("SELECT conversation_id AS id FROM escalations ORDER BY id")
    return [row["id"] for row in rows]


async def test_a_code_of_a_room_is_good_for_its_follower_once_and_for_a_week(bot: World) -> None:
    await bot.store.run(add)

    assert await find(bot, ANN) == Carried("c0de", ROOM, ANN, "ask ann", joins=False, waits=False)
    assert await find(bot, BOB) is None
    assert await find(bot, ANN, "other") is None
    assert await find(bot, ANN, days=6.9) is not None
    assert await find(bot, ANN, days=7) is None

    await redeem(bot, await find(bot, ANN), WITH_ANN, 2, ANN)
    assert await find(bot, ANN) is None


async def test_the_line_that_said_the_code_becomes_the_question(bot: World) -> None:
    await bot.store.run(add)
    await redeem(bot, await find(bot, ANN), WITH_ANN, 2, ANN)

    assert await bot.rows("SELECT text FROM messages WHERE id = 2") == [{"text": "ask ann"}]
    assert await where(bot) == []
    assert [one.id for one in await bot.store.run(followers.person, ANN)] == [ANN]


async def test_ones_own_request_in_the_room_moves_and_nobody_elses(bot: World) -> None:
    await bot.store.run(escalate, ROOM, 3)  # Bob's
    await bot.store.run(escalate, ROOM, 1)
    await bot.store.run(add)
    await redeem(bot, await find(bot, ANN), WITH_ANN, 2, ANN)

    assert await where(bot) == [ROOM, WITH_ANN]
    assert await bot.store.run(escalations.asked_in, 2) == "d0"
    kinds = await bot.rows("SELECT conversation_id AS id FROM journal WHERE kind = 'moved'")
    assert [row["id"] for row in kinds] == [ROOM, WITH_ANN]


async def test_where_a_request_waits_already_the_other_stays(bot: World) -> None:
    await bot.store.run(escalate, ROOM, 1)
    await bot.store.run(escalate, WITH_ANN, 2)
    await bot.store.run(add)
    await redeem(bot, await find(bot, ANN), WITH_ANN, 2, ANN)

    assert await where(bot) == [ROOM, WITH_ANN]


async def test_a_conversation_of_our_pages_goes_on_elsewhere(bot: World) -> None:
    await bot.store.run(escalate, PAGE, 5)
    await bot.store.run(add, None, PAGE, CLEO)
    carried = await find(bot, BOB)  # whoever brings it there is Cleo
    assert carried == Carried("c0de", PAGE, CLEO, "", joins=True, waits=True)
    await redeem(bot, carried, WITH_BOB, 4, BOB)

    assert await where(bot) == [WITH_BOB]
    assert [one.id for one in await bot.store.run(followers.person, CLEO)] == [BOB, CLEO]
    rows = await bot.rows("SELECT thread_id FROM conversations ORDER BY id")
    assert [row["thread_id"] for row in rows] == [None, None, PAGE, None]
    assert await find(bot, ANN) is None


async def test_a_code_of_our_pages_is_worth_nothing_on_them(bot: World) -> None:
    await bot.hear(incoming("hi", key="w2", conversation="w2", follower="w2"), account="web")
    await bot.store.run(add, None, PAGE, CLEO)

    assert await find(bot, 4) is None
