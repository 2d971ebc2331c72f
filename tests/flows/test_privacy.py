"""A follower asks what is kept, then to be forgotten."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.contract import Capabilities, Hosting, Recovery
from bot.core.privacy.rights import Eraser
from bot.escalation import Reason
from tests.support.acting import by
from tests.support.handler import ScriptedHandler
from tests.support.traces import traces
from tests.support.world import World, incoming, world

TEXT_ONLY = Capabilities(max_text=1000, max_choices=4, recovery=Recovery.NONE)
WITH_FILES = replace(TEXT_ONLY, max_files=1, max_file_bytes=100_000)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, ScriptedHandler(capabilities=WITH_FILES)) as one:
        yield one


def say(bot: World, key: str) -> str:
    return bot.mind.texts["fr"].say(key)


# ── one's data ───────────────────────────────────────────────────────────────────────────────────


async def test_ones_data_come_as_a_file_of_ours(bot: World) -> None:
    await bot.talk("SECRET")
    assert await bot.talk("/mydata") == [say(bot, "privacy.data")]

    (file,) = bot.handler.delivered[-1].reply.attachments
    assert file.media_type == "application/json"
    data = json.loads(bot.files.path(file).read_text(encoding="utf-8"))
    assert [row["text"] for row in data["messages"]] == ["SECRET", "/mydata"]


@pytest.mark.parametrize(
    ("capabilities", "sent"),
    [
        (TEXT_ONLY, False),
        (replace(WITH_FILES, max_file_bytes=100), False),
        (replace(TEXT_ONLY, hosting=Hosting()), True),
    ],
)
async def test_where_no_file_can_be_sent_a_person_is_asked(
    tmp_path: Path, capabilities: Capabilities, sent: bool
) -> None:
    async with world(tmp_path, ScriptedHandler(capabilities=capabilities)) as bot:
        await bot.talk("/mydata")

        [said] = await bot.rows("SELECT state, attachments FROM outbox")
        assert (said["state"], bool(said["attachments"])) == ("sent", sent)
        assert [one.reason for one in await bot.queue()] == ([] if sent else [Reason.ASKED])


# ── being forgotten ──────────────────────────────────────────────────────────────────────────────


async def erased(bot: World) -> None:
    """Let the time pass that an erasure takes."""
    eraser = Eraser(bot.store, bot.clock, bot.files)
    for seconds in (0, 60, 600):
        bot.clock.advance(seconds)
        await eraser.step()


async def test_a_confirmed_wish(bot: World, tmp_path: Path) -> None:
    await bot.hear(incoming("SECRET question", key="SECRET", name="SECRET"))
    bot.clock.advance(10)
    await bot.turn()
    await bot.desk.reply(1, by("lea"), "SECRET answer", "r")
    await bot.talk("/oubli")
    await bot.press("Oui, tout effacer")
    await bot.turn()
    assert bot.handler.texts[-1] == say(bot, "privacy.farewell")
    assert traces(tmp_path, "SECRET")

    await erased(bot)
    assert traces(tmp_path, "SECRET") == []
    assert await bot.queue() == ()
    assert len(await bot.rows("SELECT id FROM messages")) == 3
    assert say(bot, "conversation.introduction") in (await bot.talk("!prix"))[0]


async def test_a_written_yes(bot: World, tmp_path: Path) -> None:
    await bot.talk("SECRET")
    assert await bot.talk("/forget oui") == [say(bot, "privacy.farewell")]
    await erased(bot)

    assert traces(tmp_path, "SECRET") == []


async def test_a_wish_that_is_not_confirmed(bot: World, tmp_path: Path) -> None:
    await bot.talk("SECRET")
    assert await bot.talk("/forget") == [say(bot, "privacy.forget")]
    await bot.press("Non, ne rien effacer")
    await bot.turn()
    assert bot.handler.texts[-1] == say(bot, "privacy.kept")
    await erased(bot)

    assert traces(tmp_path, "SECRET")


async def test_in_a_room_only_ones_own_words_go(bot: World, tmp_path: Path) -> None:
    for number, who in enumerate(("SECRET-ann", "bob")):
        room = incoming(f"!prix {who}", key=f"{who}-{number}", conversation="room", follower=who)
        await bot.hear(replace(room, public=True))
    await bot.hear(incoming("bonjour", key="dm", conversation="dm", follower="SECRET-ann"))
    bot.clock.advance(10)
    await bot.turn()
    await bot.hear(
        incoming("/forget oui", key="SECRET-f", conversation="dm", follower="SECRET-ann")
    )
    await bot.turn()
    await erased(bot)

    assert traces(tmp_path, "SECRET") == []
    assert [row["text"] for row in await bot.rows("SELECT text FROM messages ORDER BY id")] == [
        *("", "!prix bob", "", "")
    ]
    replies = await bot.rows("SELECT in_reply_to FROM outbox WHERE text <> ''")
    assert [row["in_reply_to"] for row in replies] == ["bob-1"]


# ── other wishes ─────────────────────────────────────────────────────────────────────────────────


async def test_the_language_chosen_stays(bot: World, tmp_path: Path) -> None:
    await bot.talk("/language")
    await bot.press("English")
    await bot.turn()
    assert bot.handler.texts[-1] == bot.mind.texts["en"].say(
        "commands.language_set", language="English"
    )

    async with world(tmp_path) as restarted:
        await restarted.hear(incoming("!delai", key="later"))
        await restarted.turn()
        assert restarted.handler.texts == ["en: delai"]


async def test_a_person_is_asked_what_was_asked_before(bot: World) -> None:
    await bot.talk("!prix")
    await bot.talk("/human")
    assert [one.question for one in await bot.queue()] == ["!prix"]

    await bot.talk("/human mon colis", conversation="c2")
    await bot.talk("/human", conversation="c3")
    assert [one.question for one in await bot.queue()] == ["!prix", "mon colis", "/human"]


async def test_commands_while_a_manager_has_the_floor(bot: World) -> None:
    await bot.talk("un humain svp")
    await bot.desk.claim(1, by("lea"))

    assert await bot.talk("/aide") == [say(bot, "commands.overview").strip()]
    assert await bot.talk("/human encore moi") == []
    assert [line.text for line in await bot.lines()][-1] == "/human encore moi"
