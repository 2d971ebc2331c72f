"""From a room where everybody reads to a private conversation."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import Rooms
from bot.escalation import Reason
from bot.models import IncomingKind, Manner
from bot.store.conversation import invitations
from tests.support.acting import by
from tests.support.handler import ScriptedHandler
from tests.support.world import World, incoming, world

DONE = "je transmets à l'équipe"


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, ScriptedHandler("net"), ScriptedHandler("web")) as one:
        yield one


async def say(bot: World, text: str, *, who: str = "ann", room: bool = True) -> str:
    """Somebody writes in the room, or in private; what comes back there."""
    where = "room" if room else who
    before = len(bot.handler.texts_to(where))
    key = f"{who}-{next(bot.keys)}"
    await bot.hear(incoming(text, key=key, conversation=where, follower=who, public=room, name=who))
    await bot.turn()
    bot.clock.advance(10)
    await bot.turn()
    return "\n".join(bot.handler.texts_to(where)[before:])


def code(text: str) -> str:
    found = re.search(r"\?start=(\S+)", text)
    assert found, text
    return found[1]


async def requests(bot: World) -> list[tuple[str, int, str]]:
    return [(one.question, one.conversation_id, one.name) for one in await bot.queue()]


ROOM, PRIVATE = 1, 2


async def test_a_question_is_taken_along_to_a_private_conversation(bot: World) -> None:
    link = code(await say(bot, "qsdf [e-mail]? mon mail : ann@mail.example"))
    assert await requests(bot) == []

    said = await say(bot, f"/start {link}", room=False)
    assert bot.mind.texts["fr"].say("public.carried") in said
    assert DONE in said
    question = "qsdf [e-mail]? mon mail : [e-mail]"
    assert await requests(bot) == [(question, PRIVATE, "ann")]
    assert (await bot.lines(PRIVATE))[0].text == question

    await bot.desk.reply(1, by("lea"), "Bonjour Ann", "r")
    await bot.send()
    assert bot.handler.texts_to("ann")[-1] == "Bonjour Ann"
    assert "Bonjour Ann" not in bot.handler.texts_to("room")


async def test_a_code_is_good_once_and_for_its_follower_only(bot: World) -> None:
    link = code(await say(bot, "un humain svp"))
    stolen = await say(bot, f"/start {link}", who="bob", room=False)
    assert DONE not in stolen

    assert DONE in await say(bot, f"/start {link}", room=False)
    again = await say(bot, f"/start {link}", room=False)
    assert again == bot.mind.texts["fr"].say("conversation.greeting")
    assert len(await requests(bot)) == 1


async def test_the_choice_of_a_person_brings_the_question_it_stands_under(bot: World) -> None:
    await say(bot, "!prix")
    (choice,) = bot.handler.delivered[-1].reply.choices
    await bot.hear(
        incoming(
            key="press",
            kind=IncomingKind.CHOICE,
            conversation="room",
            follower="ann",
            public=True,
            choice=choice.id,
        )
    )
    await bot.turn()
    assert bot.handler.delivered[-1].in_reply_to == "press"
    await say(bot, f"/start {code(bot.handler.texts_to('room')[-1])}", room=False)

    assert await requests(bot) == [("!prix", PRIVATE, "ann")]


async def test_where_people_answer_too_a_request_waits_there_until_it_is_taken_along(
    bot: World,
) -> None:
    bot.rooms["net"] = Rooms(Manner.ANSWER, {"room": Manner.ESCALATE})
    link = code(await say(bot, "qsdf"))
    await say(bot, "wxcv", who="bob")
    assert await requests(bot) == [("qsdf", ROOM, "ann"), ("wxcv", ROOM, "bob")]

    await say(bot, f"/start {link}", room=False)
    assert await requests(bot) == [("qsdf", PRIVATE, "ann"), ("wxcv", ROOM, "bob")]
    await bot.desk.reply(2, by("lea"), "Bonjour Bob", "r")
    await bot.send()
    reply = bot.handler.delivered[-1]
    assert (reply.conversation, reply.reply.text) == ("room", "Bonjour Bob")
    assert reply.in_reply_to.startswith("bob-")

    assert await say(bot, "!prix", who="bob") == ""  # Léa has the floor with Bob
    assert "fr: prix" in await say(bot, "!prix", who="cleo")  # and with nobody else


async def test_every_reply_in_a_room_names_the_message_it_answers(bot: World) -> None:
    for who in ("ann", "bob"):
        await say(bot, "!prix", who=who)

    assert [item.in_reply_to for item in bot.handler.delivered] == ["ann-0", "bob-1"]


async def test_a_silent_room_hears_nothing(bot: World) -> None:
    bot.rooms["net"] = Rooms(Manner.SILENT)

    assert await say(bot, "!prix") == ""
    assert "fr: prix" in await say(bot, "!prix", room=False)


async def test_a_conversation_of_our_page_goes_on_on_a_network(bot: World) -> None:
    await bot.hear(incoming("qsdf", key="w", conversation="page", follower="w"), account="web")
    bot.clock.advance(10)
    await bot.turn()
    assert await requests(bot) == [("qsdf", 1, "")]
    await bot.store.run(invitations.add, "c0de", 1, 1, bot.clock.now())

    said = await say(bot, "/start c0de", room=False)
    assert bot.mind.texts["fr"].say("handover.continued") in said
    assert await requests(bot) == [("qsdf", 2, "ann")]
    await bot.desk.reply(1, by("lea"), "Bonjour Ann", "r")
    await bot.send()
    assert bot.handler.texts_to("ann")[-1] == "Bonjour Ann"


async def test_people_ask_for_others_in_their_own_language(bot: World) -> None:
    await say(bot, "/language en", who="bob")

    assert await say(bot, "!delai", who="bob") == "en: delai"
    assert await say(bot, "!delai") == "fr: delai"


async def test_a_poisonous_line_in_a_room_holds_up_nobody(bot: World) -> None:
    bot.rooms["net"] = Rooms(Manner.ESCALATE)
    await bot.hear(
        incoming("!boom", key="a", conversation="room", follower="ann", public=True),
        incoming("!prix", key="b", conversation="room", follower="bob", public=True),
    )
    await bot.turn()

    assert bot.handler.texts_to("room")[-1] == "fr: prix"
    assert [one.reason for one in await bot.queue()] == [Reason.FAILED]
