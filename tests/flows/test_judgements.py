"""What people say about answers is kept in the same step in which they say it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import Conflict, NotFound, Uncertain
from bot.judgements import Judgement, Origin
from bot.store.knowledge import judgements
from tests.support.acting import by
from tests.support.world import World, incoming, world


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


async def said(bot: World) -> list[Judgement]:
    return await bot.store.run(judgements.said)


async def told(bot: World) -> list[tuple[str, str, Origin]]:
    return [(one.question, one.entry_id, one.origin) for one in await said(bot)]


def label(bot: World, key: str) -> str:
    return bot.mind.texts["fr"].say(f"conversation.{key}")


@pytest.mark.parametrize(
    ("key", "origin"), [("helpful", Origin.HELPFUL), ("not_helpful", Origin.NOT_HELPFUL)]
)
async def test_a_press_under_an_answer(bot: World, key: str, origin: Origin) -> None:
    await bot.talk("!prix")
    await bot.press(label(bot, key))
    await bot.dispatch()

    (one,) = await said(bot)
    assert (one.question, one.language, one.entry_id) == ("!prix", "fr", "prix")
    assert (one.origin, one.entry_version, one.asker, one.actor) == (origin, "v-prix", 1, "")
    assert one.at == bot.clock.now()


async def test_a_choice_taken_and_the_answer_to_it(bot: World) -> None:
    await bot.talk("?delai,prix")
    await bot.press("prix ?")
    await bot.turn()
    await bot.press(label(bot, "helpful"))
    await bot.dispatch()

    assert await told(bot) == [
        ("?delai,prix", "prix", Origin.CHOICE),
        ("?delai,prix", "prix", Origin.HELPFUL),
    ]


async def test_none_of_the_offered_entries(bot: World) -> None:
    await bot.talk("?delai,prix")
    await bot.press(label(bot, "none_of_these"))
    await bot.dispatch()

    assert await told(bot) == [("?delai,prix", "delai", Origin.NONE_OF_THESE)]


async def test_the_wish_for_a_person_tells_nothing(bot: World) -> None:
    await bot.talk("!prix")
    await bot.press(label(bot, "person"))
    await bot.dispatch()

    assert await told(bot) == []


async def test_only_the_first_press_counts(bot: World) -> None:
    await bot.talk("!prix")
    await bot.press(label(bot, "helpful"))
    await bot.press(label(bot, "not_helpful"))
    await bot.dispatch()

    assert await told(bot) == [("!prix", "prix", Origin.HELPFUL)]


async def test_a_manager_says_what_answers_and_may_think_again(bot: World) -> None:
    await bot.talk("où est mon colis ? ann@example.org")
    entry = bot.mind.library.find("delai", "fr")
    item = await bot.desk.judge(1, by("lea"), entry)
    assert item.id == 1
    (one,) = await said(bot)
    assert (one.question, one.entry_id) == ("où est mon colis ? [e-mail]", "delai")
    assert (one.origin, one.actor, one.entry_version) == (Origin.MANAGER, "lea", "v-delai")
    assert await bot.desk.judgement(1) == one

    await bot.desk.judge(1, by("paul"), None)
    assert await told(bot) == [("où est mon colis ? [e-mail]", "", Origin.MANAGER)]
    audit = await bot.rows("SELECT actor, deed, escalation_id, detail FROM audit ORDER BY id")
    assert [tuple(row.values()) for row in audit] == [
        ("lea", "judge", 1, "delai"),
        ("paul", "judge", 1, "-"),
    ]


async def test_what_a_manager_cannot_judge(bot: World) -> None:
    bot.handler.script.append(Uncertain("cut off"))
    await bot.talk("!prix")
    with pytest.raises(Conflict, match="no question"):
        await bot.desk.judge(1, by("lea"), None)
    with pytest.raises(NotFound):
        await bot.desk.judge(7, by("lea"), None)
    assert await bot.desk.judgement(1) is None


async def test_a_press_in_a_room_belongs_to_who_asked(bot: World) -> None:
    for name in ("ann", "bob"):
        room = incoming(
            f"?delai,prix {name}" if name == "ann" else "!prix",
            key=name,
            conversation="room",
            follower=name,
            public=True,
        )
        await bot.hear(room)
    await bot.turn()
    bot.clock.advance(10)
    await bot.turn()
    asked = await bot.store.run(judgements.asked, 1, 1)
    assert asked
    assert (asked.text, asked.follower_id) == ("?delai,prix ann", 1)
