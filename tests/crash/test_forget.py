"""Killed at any instant of an erasure, the bot goes on with it, and says farewell once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.crash.scene import Scene, Telegram, scene
from tests.support.traces import traces

pytestmark = pytest.mark.crash

FAREWELL = "everything will be erased"
ERASE = "bot.core.privacy.rights._erase"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Scene[Telegram]]:
    async with Telegram() as network:
        yield scene(tmp_path, network)


async def scrubbed(stage: Scene[Telegram]) -> None:
    """Return once the files were rid of what was erased."""
    async with asyncio.timeout(60):
        done = "SELECT count(*) FROM erasures WHERE scrubbed_at NOT NULL"
        while stage.rows(done) != [(1,)]:  # noqa: ASYNC110  # in another process
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "instant",
    [
        f"before commit of {ERASE}",
        f"after {ERASE}",
        "before scrub",
        "before commit of bot.store.people.followers.scrubbed",
    ],
)
async def test_an_erasure_goes_on(stage: Scene[Telegram], instant: str) -> None:
    with stage.bot(instant) as bot:
        await stage.network.say("hello SECRET, where is my parcel?")
        await stage.until(stage.network.texts)
        await stage.network.say("/forget yes")
        await stage.death(bot)
    assert bool(traces(stage.folder / "var", "SECRET")) is ("scrubbed" not in instant)
    with stage.bot():
        await scrubbed(stage)

    assert traces(stage.folder / "var", "SECRET") == []
    assert sum(FAREWELL in text for text in stage.network.texts()) == 1
    assert stage.rows("SELECT count(*) FROM messages") == [(2,)]
