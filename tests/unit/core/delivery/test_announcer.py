"""New items in the queue are announced by mail and webhook, each once it has got through."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import pytest

from bot.core.delivery.announcer import Announcer, Channel, Notice, by_mail, by_webhook
from tests.support.acting import by
from tests.support.mail import mail_server
from tests.support.world import World, world

DESK = "http://127.0.0.1:8080/desk"


# ── what is announced to ─────────────────────────────────────────────────────────────────────────


class Webhook(ThreadingHTTPServer):
    """Keeps the bodies posted to it; answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.status = 200
        self.bodies: list[dict[str, object]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook"


class _Post(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast("Webhook", self.server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if server.status == 200:
            server.bodies.append(json.loads(body))
        self.send_response(server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Recorder:
    """A channel that keeps what it was told, or fails."""

    def __init__(self) -> None:
        self.failing = False
        self.told: list[list[int]] = []

    def __call__(self, notice: Notice) -> None:
        if self.failing:
            raise OSError("no route")
        self.told.append([item.id for item in notice.items])


# ── tests ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


def announcer(bot: World, *channels: Channel) -> Announcer:
    return Announcer(bot.store, bot.clock, channels, lambda: bot.mind.texts["fr"], DESK)


async def escalate(bot: World, conversation: str, text: str = "où est mon colis") -> None:
    await bot.talk(text, conversation=conversation)


async def test_a_webhook_is_posted_json(bot: World) -> None:
    with webhook() as server:
        tell = announcer(bot, by_webhook(server.url))
        await escalate(bot, "c1")
        await escalate(bot, "c2", "é" * 300)
        assert await tell.step() == 2
        assert await tell.step() == 0

    (body,) = server.bodies
    assert body["url"] == DESK
    assert body["escalations"] == [
        {"id": 1, "network": "net", "question": "où est mon colis"},
        {"id": 2, "network": "net", "question": "é" * 200 + "…"},
    ]
    assert str(body["text"]).startswith(bot.mind.texts["fr"].say("notice.subject", number=2))


async def test_a_mail_is_sent(bot: World) -> None:
    async with mail_server() as server:
        await escalate(bot, "c1", "où est\nmon colis")
        await announcer(bot, by_mail(server.post(user="bot"), "team@example.com")).step()

    (message,) = server.messages
    assert message["Subject"] == bot.mind.texts["fr"].say("notice.subject", number=1)
    assert (message["From"], message["To"]) == ("bot@example.com", "team@example.com")
    assert "où est mon colis" in message.get_content()
    assert DESK in message.get_content()
    assert len(server.logins) == 1
    assert message["Date"].datetime == bot.clock.now()


@pytest.mark.parametrize("status", [404, 500])
async def test_what_did_not_get_through_is_told_again(bot: World, status: int) -> None:
    with webhook() as server:
        server.status = status
        tell = announcer(bot, by_webhook(server.url))
        await escalate(bot, "c1")
        with pytest.raises(OSError, match=str(status)):
            await tell.step()
        server.status = 200
        assert await tell.step() == 1
        assert len(server.bodies) == 1


async def test_a_refused_mail_is_an_oserror(bot: World) -> None:
    async with mail_server() as server:
        server.refusal = "550 nobody here"
        await escalate(bot, "c1")
        with pytest.raises(OSError, match="nobody here"):
            await announcer(bot, by_mail(server.post(), "team@example.com")).step()


async def test_what_answers_may_be_no_web_server(bot: World) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 I speak something else\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await escalate(bot, "c1")
        with pytest.raises(OSError, match="I speak something else"):
            await announcer(bot, by_webhook(f"http://127.0.0.1:{port}/")).step()


async def test_one_channel_that_fails_neither_silences_nor_repeats_the_other(bot: World) -> None:
    for failing in (0, 1):
        channels = [Recorder(), Recorder()]
        tell = announcer(bot, *channels)
        bad, good = channels[failing], channels[1 - failing]
        bad.failing = True
        await escalate(bot, f"c{failing}")
        for _ in range(3):
            with pytest.raises(OSError, match="no route"):
                await tell.step()
        bad.failing = False
        await tell.step()

        assert good.told == bad.told == [[failing + 1]]


async def test_what_is_resolved_before_needs_no_announcement(bot: World) -> None:
    await escalate(bot, "c1")
    await bot.desk.resolve(1, by("lea"))

    assert await announcer(bot, Recorder()).step() == 0


async def test_a_restart_neither_forgets_nor_repeats(bot: World) -> None:
    channel = Recorder()
    await escalate(bot, "c1")
    await announcer(bot, channel).step()
    await escalate(bot, "c2")
    await announcer(bot, channel).step()

    assert channel.told == [[1], [2]]


async def test_the_loop_tries_again_every_minute(bot: World) -> None:
    channel = Recorder()
    channel.failing = True
    running = asyncio.create_task(announcer(bot, channel).run())
    await escalate(bot, "c1")
    assert (await bot.clock.asleep() - bot.clock.now()).total_seconds() == 60
    channel.failing = False
    bot.clock.advance(60)
    async with asyncio.timeout(60):
        while await bot.rows("SELECT id FROM escalations WHERE announced_at IS NULL"):
            continue
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert channel.told == [[1]]
