"""A follower asks; the FAQ or a person answers; the follower has it: with all loops running."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bot.clock import SystemClock
from bot.config import Patience
from bot.core.delivery.outbox import Outbox
from bot.escalation import Reason
from bot.store import topics
from tests.support.acting import by
from tests.support.clock import FakeClock
from tests.support.world import World, incoming, world


class RealClock(FakeClock):
    """Time as it passes."""

    def now(self) -> datetime:
        return SystemClock().now()

    async def wait(self, event: asyncio.Event, until: datetime | None) -> None:
        await SystemClock().wait(event, until)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[World]:
    """The bot as it runs, on the machine's own clock; an unsure line waits a moment only."""
    async with world(folder) as bot:
        bot.mind = replace(bot.mind, patience=Patience(0.02, 0.06))
        bot.clock = RealClock()
        outbox = Outbox(bot.store, bot.clock, bot.handler, bot.status)
        tasks = [asyncio.create_task(part.run()) for part in (bot.dispatcher, outbox)]
        try:
            yield bot
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def queue_has(bot: World, number: int) -> None:
    async with asyncio.timeout(60):
        with bot.store.topics.listen(topics.DESK) as changed:
            while len(await bot.queue()) < number:
                await changed.wait()
                changed.clear()


async def shows(bot: World, number: int) -> None:
    """Wait until the conversation has so many lines."""
    async with asyncio.timeout(60):
        with bot.store.topics.listen(topics.conversation(1)) as changed:
            while len(await bot.lines()) < number:
                await changed.wait()
                changed.clear()


async def test_the_story(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.write("!prix")
        await shows(bot, 2)
        await bot.write("une question que personne n'a prévue")
        await shows(bot, 4)
        await bot.desk.reply(1, by("lea"), "Je regarde.", "r1")
        await shows(bot, 5)
        await bot.write("merci")  # while she holds it

    async with running(tmp_path) as bot:  # after a restart
        await bot.desk.reply(1, by("lea"), "Je regarde.", "r1")  # her page tries again
        await bot.desk.reply(1, by("lea"), "C'est fait.", "r2")
        await shows(bot, 7)
        await bot.desk.resolve(1, by("lea"))
        await bot.hear(incoming("!delai", key="later"))
        await shows(bot, 9)

        assert bot.handler.texts == ["C'est fait.", "fr: delai"]
        said = [(line.author, line.text.rpartition("\n")[2]) for line in await bot.lines()]
        assert said == [
            ("follower", "!prix"),
            ("bot", "fr: prix"),
            ("follower", "une question que personne n'a prévue"),
            ("bot", said[3][1]),
            ("manager", "Je regarde."),
            ("follower", "merci"),
            ("manager", "C'est fait."),
            ("follower", "!delai"),
            ("bot", "fr: delai"),
        ]


async def test_many_followers_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        for number in range(60):
            await bot.write("!prix" if number % 3 else "qsdf", conversation=f"c{number}")
        await bot.handler.attempted(60)
        await queue_has(bot, 20)

        assert len({item.conversation for item in bot.handler.attempts}) == 60
        assert {item.reason for item in await bot.queue()} == {Reason.UNSURE}
        assert await bot.unhandled() == 0


async def test_another_process_replies(tmp_path: Path) -> None:
    async with running(tmp_path) as bot, world(tmp_path) as beside:
        await bot.write("un humain svp")
        await bot.handler.attempted(1)
        await shows(bot, 2)
        await beside.desk.reply(1, by("lea"), "Bonjour", "r1")  # `comptoir queue reply`
        await shows(bot, 3)

        assert bot.handler.texts[1] == "Bonjour"
        assert beside.handler.attempts == []
