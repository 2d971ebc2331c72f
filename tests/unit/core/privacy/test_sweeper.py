"""What was uploaded and never sent does not stay for ever."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.privacy.sweeper import Sweeper
from bot.models import Attachment
from tests.support.acting import by
from tests.support.handler import ScriptedHandler
from tests.support.world import World, incoming, world
from tests.unit.core.desk.test_revising import ABLE


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, ScriptedHandler("net", ABLE)) as one:
        await one.talk("un humain svp")
        yield one


async def kept(bot: World, content: bytes) -> Attachment:
    """A file that was taken in more than an hour ago."""

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    found = await bot.files.add(pieces(), "a.txt", "text/plain", 100)
    old = (bot.clock.now() - timedelta(hours=1, seconds=1)).timestamp()
    os.utime(bot.files.path(found), (old, old))
    return found


def is_there(bot: World, file: Attachment) -> bool:
    try:
        return bot.files.path(file).is_file()
    except FileNotFoundError:
        return False


async def test_what_belongs_to_nothing_said_goes(bot: World) -> None:
    replied, written, dropped = [await kept(bot, name) for name in (b"1", b"2", b"3")]
    await bot.desk.reply(1, by("lea"), "Voici", "r1", [replied])
    await bot.hear(incoming("Voici", key="k", attachments=(written,)))
    sweeper = Sweeper(bot.store, bot.clock, bot.files)

    assert await sweeper.step() == 1
    assert [is_there(bot, one) for one in (replied, written, dropped)] == [True, True, False]


async def test_it_looks_every_hour(bot: World) -> None:
    running = asyncio.create_task(Sweeper(bot.store, bot.clock, bot.files).run())
    assert await bot.clock.asleep() - bot.clock.now() == timedelta(hours=1)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
