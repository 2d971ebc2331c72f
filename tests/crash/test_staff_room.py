"""Killed at any instant, what the team says reaches the follower once, and the team is told."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.store.sqlite import opened
from bot.store.staff_room import staff
from tests.crash.scene import Scene, Telegram, scene
from tests.fakes.server import Drop
from tests.fakes.telegram_forum import FORUM

pytestmark = pytest.mark.crash

REPLY = "Bonjour Ada, je regarde."


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Scene[Telegram]]:
    async with Telegram() as network:
        made = scene(tmp_path, network)
        with (tmp_path / "bot.toml").open("a", encoding="utf-8") as file:
            file.write(f'staff = "{FORUM["id"]}"\nstaff_pace_seconds = 0.0\n')
        yield made


async def coded(stage: Scene[Telegram]) -> None:
    """The bot runs, and CODE makes its admin known in the room."""
    await (await stage.healthy()).aclose()
    async with opened(stage.folder / "var" / "comptoir.db") as store:
        until = datetime.now(UTC) + timedelta(hours=1)
        assert await store.run(staff.add_code, "admin", "CODE", until)


async def begun(stage: Scene[Telegram]) -> int:
    """The bot runs, its admin is known in the room, and Ada has asked for a person."""
    await coded(stage)
    network = stage.network
    await network.team_says("/link CODE", thread=0)
    await stage.until(lambda: shown(stage, 0, "admin"))
    await network.say("un humain svp")
    await stage.until(lambda: network.forum.titles)
    (thread,) = network.forum.titles
    await stage.until(lambda: shown(stage, thread, "transmets"))
    return thread


def shown(stage: Scene[Telegram], thread: int, words: str) -> bool:
    return any(words in text for text in stage.network.shown(thread))


def times(stage: Scene[Telegram], words: str) -> int:
    return sum(words in text for text in stage.network.texts())


@pytest.mark.parametrize("when", ["before commit of", "after"])
async def test_a_code_is_used_once_and_its_owner_told(stage: Scene[Telegram], when: str) -> None:
    with stage.bot():
        await coded(stage)
    with stage.bot(f"{when} bot.core.staff_room.serving._linked") as bot:
        await stage.network.team_says("/link CODE", thread=0)
        await stage.death(bot)
    with stage.bot():
        await stage.until(lambda: stage.network.shown(0))
        (told,) = stage.network.shown(0)
    assert "admin" in told


@pytest.mark.parametrize(
    "instant",
    [
        "before commit of bot.core.desk.replying.send",
        "before commit of bot.core.staff_room.serving._handled",
        "before commit of bot.store.delivery.outcomes.sent",
    ],
)
async def test_a_reply_leaves_once(stage: Scene[Telegram], instant: str) -> None:
    with stage.bot():
        thread = await begun(stage)
    with stage.bot(instant) as bot:
        said = await stage.network.team_says(REPLY, thread=thread)
        await stage.death(bot)
    with stage.bot():
        if "outcomes" in instant:  # it may have arrived: a person says so, and then it is marked
            await stage.until(lambda: shown(stage, thread, "Renvoyer"))
            await stage.network.team_presses("C'est arrivé", thread=thread)
        await stage.until(lambda: said.payload["message_id"] in stage.network.forum.reactions)
    assert times(stage, REPLY) - times(stage, f"« {REPLY}") == 1


async def test_what_the_team_may_have_been_told_is_told_again_and_says_so(
    stage: Scene[Telegram],
) -> None:
    def kill_after_receipt(method: str, parameters: Mapping[str, Any]) -> None:
        if method == "sendMessage" and "🚫" in parameters["text"]:
            stage.network.after = None
            stage.network.kill()
            raise Drop

    with stage.bot():
        thread = await begun(stage)
    stage.network.after = kill_after_receipt
    with stage.bot() as bot:
        await stage.network.team_says("Bonjour {first_name}", thread=thread)
        await stage.death(bot)
    with stage.bot():
        await stage.until(lambda: times(stage, "🚫") == 2)
        again = next(text for text in reversed(stage.network.shown(thread)) if "🚫" in text)
    assert again.startswith("(peut-être pour la seconde fois)")
