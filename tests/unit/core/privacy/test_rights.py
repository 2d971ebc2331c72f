"""Those who wish it are forgotten, down to the files, whatever comes in between."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.privacy import rights
from bot.core.privacy.rights import Eraser
from bot.core.privacy.sweeper import Sweeper
from bot.models import Attachment, Reply
from bot.store import sqlite, topics
from bot.store.delivery import outbox
from bot.store.files import Files
from bot.store.people import followers
from tests.support.traces import traces
from tests.support.world import World, world


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        await one.write("SECRET")
        one.clock.advance(10)
        await one.turn()
        yield one


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files")


@pytest.fixture
def eraser(bot: World, files: Files) -> Eraser:
    return Eraser(bot.store, bot.clock, files)


async def later(bot: World, eraser: Eraser) -> float | None:
    """Take a step; in how many seconds the eraser looks again."""
    at = await eraser.step()
    return None if at is None else (at - bot.clock.now()).total_seconds()


async def test_one_is_erased_after_a_minute(bot: World, eraser: Eraser, tmp_path: Path) -> None:
    assert await later(bot, eraser) is None
    await bot.store.run(followers.forget, 1, bot.clock.now())
    assert await later(bot, eraser) == 60
    assert traces(tmp_path, "SECRET")

    bot.clock.advance(60)
    assert await later(bot, eraser) is None
    assert traces(tmp_path, "SECRET") == []
    assert await bot.store.run(followers.unscrubbed) == []


def written(path: Path, at: datetime) -> None:
    """As if that file had been written then."""
    os.utime(path, (at.timestamp(), at.timestamp()))


async def exported(bot: World, files: Files, *conversations: int) -> Attachment:
    """What is kept of the follower, in a file that is sent to these conversations."""
    data = await rights.export(bot.store, files, 1, rights.THEMSELVES, bot.clock.now())
    for number in conversations:
        draft = outbox.Draft(f"data:{number}", number, "net", [Reply("here", attachments=(data,))])
        await bot.store.run(outbox.enqueue, draft, bot.clock.now())
    await bot.send()
    return data


async def test_an_export_is_a_file_of_ours(bot: World, files: Files) -> None:
    data = await exported(bot, files, 1)

    assert "SECRET" in files.path(data).read_text(encoding="utf-8")
    assert (data.name, data.media_type) == ("data.json", "application/json")


async def test_files_go_with_the_rest(
    bot: World, eraser: Eraser, files: Files, tmp_path: Path
) -> None:
    await exported(bot, files, 1)
    await bot.store.run(followers.forget, 1, bot.clock.now())
    bot.clock.advance(60)
    await eraser.step()

    assert traces(tmp_path, "SECRET") == []


async def test_a_file_that_others_were_sent_stays(bot: World, eraser: Eraser, files: Files) -> None:
    await bot.write("bonjour", conversation="c2")
    await bot.turn()
    data = await exported(bot, files, 1, 2)
    await bot.store.run(followers.forget, 1, bot.clock.now())
    bot.clock.advance(60)
    await eraser.step()

    assert files.path(data).is_file()


async def test_a_file_that_a_crash_left_is_swept_away(
    bot: World, eraser: Eraser, files: Files, tmp_path: Path
) -> None:
    left = await rights.export(
        bot.store, files, 1, rights.THEMSELVES, bot.clock.now()
    )  # and the reply was never stored
    written(files.path(left), bot.clock.now())
    await bot.store.run(followers.forget, 1, bot.clock.now())
    bot.clock.advance(60)
    await eraser.step()
    assert traces(tmp_path, "SECRET") == [left.reference]  # a reply might be about to name it

    bot.clock.advance(3601)
    await Sweeper(bot.store, bot.clock, files).step()
    assert traces(tmp_path, "SECRET") == []


async def test_what_cannot_be_scrubbed_now_is_scrubbed_later(
    bot: World, eraser: Eraser, tmp_path: Path
) -> None:
    await bot.store.run(followers.forget, 1, bot.clock.now())
    bot.clock.advance(60)
    await bot.store.run(lambda tx: tx.rows("PRAGMA busy_timeout = 10"))
    with closing(sqlite.connect(tmp_path / "comptoir.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM followers").fetchall()
        assert await later(bot, eraser) == 60
        assert traces(tmp_path, "SECRET")
        reader.execute("COMMIT")
    assert await later(bot, Eraser(bot.store, bot.clock, eraser._files)) is None  # after a restart

    assert traces(tmp_path, "SECRET") == []


async def test_the_loop_wakes_for_a_wish_and_when_it_is_due(
    bot: World, eraser: Eraser, tmp_path: Path
) -> None:
    running = asyncio.create_task(eraser.run())
    await bot.store.run(followers.forget, 1, bot.clock.now())
    assert await bot.clock.asleep() == bot.clock.now() + timedelta(minutes=1)
    with bot.store.topics.listen(topics.conversation(1)) as erased:
        bot.clock.advance(60)
        async with asyncio.timeout(60):
            await erased.wait()
            while await bot.store.run(followers.unscrubbed):  # noqa: ASYNC110  # its next unit of work
                await asyncio.sleep(0)
    assert traces(tmp_path, "SECRET") == []
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
