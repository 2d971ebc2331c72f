"""A reply that nobody reads on the page is mailed, once, to who has left an address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.contract import Capabilities, Hosting, Recovery
from bot.core.delivery.mail import Letter, is_final
from bot.core.delivery.mailer import Mailer
from bot.store.delivery import letters
from tests.support.acting import by
from tests.support.handler import CUT, ScriptedHandler
from tests.support.mail import mail_server
from tests.support.world import World, world

PAGE = "https://chat.example/chat"
ADA = "ada@example.org"
OURS = Capabilities(max_text=1000, max_choices=4, recovery=Recovery.KEYED, hosting=Hosting())


class Postman:
    """Keeps the letters it is given, or fails."""

    def __init__(self) -> None:
        self.failure: OSError | None = None
        self.letters: list[Letter] = []

    def __call__(self, letter: Letter) -> None:
        if self.failure:
            raise self.failure
        self.letters.append(letter)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    """A page whose follower, in conversation 1, waits for a person and has left an address."""
    async with world(tmp_path, ScriptedHandler("page", OURS), ScriptedHandler("net")) as one:
        await one.talk("un humain svp")
        await one.store.run(letters.set_address, 1, ADA)
        yield one


@pytest.fixture
def postman() -> Postman:
    return Postman()


def mailer(bot: World, post: Postman) -> Mailer:
    return Mailer(bot.store, bot.clock, post, lambda: bot.mind.texts, PAGE)


async def reply(bot: World, text: str = "**Bonjour**", key: str = "r1", number: int = 1) -> None:
    await bot.desk.reply(number, by("lea"), text, key)
    await bot.turn()


async def seen(bot: World) -> None:
    """The follower's page shows all there is."""
    lines = await bot.lines()
    await bot.store.run(letters.read, 1, lines[-1].position)


async def mail(bot: World, postman: Postman, after: float = 60) -> list[str]:
    """The bodies of what is mailed so much later."""
    bot.clock.advance(after)
    before = len(postman.letters)
    assert await mailer(bot, postman).step()
    return [letter.body for letter in postman.letters[before:]]


async def test_an_unread_reply_is_mailed_after_a_minute(bot: World, postman: Postman) -> None:
    await reply(bot)
    assert await mail(bot, postman, 59) == []
    [body] = await mail(bot, postman, 1)

    texts = bot.mind.texts["fr"]
    [letter] = postman.letters
    assert (letter.recipient, letter.subject) == (ADA, texts.say("mail.subject"))
    assert body.split("\n\n") == [
        texts.say("mail.opening", name="lea"),
        "Bonjour",
        texts.say("mail.where", address=PAGE),
        texts.say("mail.why"),
    ]


async def test_it_is_mailed_once(bot: World, postman: Postman) -> None:
    await reply(bot)
    assert len(await mail(bot, postman)) == 1
    assert await mail(bot, postman, 1000) == []
    await reply(bot, "Encore moi", "r2")
    [body] = await mail(bot, postman)
    assert "Encore moi" in body
    assert "Bonjour" not in body


async def test_what_was_read_is_not_mailed(bot: World, postman: Postman) -> None:
    await reply(bot)
    await seen(bot)
    await reply(bot, "Encore moi", "r2")
    [body] = await mail(bot, postman)
    assert "Bonjour" not in body


async def test_all_that_is_unread_goes_into_one_letter(bot: World, postman: Postman) -> None:
    await reply(bot, f"un{CUT}deux")
    bot.clock.advance(50)
    await reply(bot, "trois", "r2")
    [body] = await mail(bot, postman, 10)
    assert "un\n\ndeux\n\ntrois" in body
    assert await mail(bot, postman) == []


async def test_files_are_named(bot: World, postman: Postman) -> None:
    await reply(bot)
    attached = '[{"reference": "0", "name": "plan.pdf", "media_type": "a/b", "size": 1}]'
    await bot.store.run(
        lambda tx: tx.update("outbox", {"text": "", "attachments": attached}, "author = 'manager'")
    )
    [body] = await mail(bot, postman)
    assert bot.mind.texts["fr"].say("mail.file", name="plan.pdf") in body


@pytest.mark.parametrize("missing", ["address", "page"])
async def test_nobody_else_is_mailed(bot: World, postman: Postman, missing: str) -> None:
    if missing == "address":
        await bot.store.run(letters.set_address, 1, "")
        await reply(bot)
    else:
        await bot.write("un humain svp", account="net")
        await bot.turn()
        await bot.store.run(letters.set_address, 2, ADA)
        await reply(bot, number=2)
    assert await mail(bot, postman) == []


async def test_an_address_that_is_taken_away_gets_nothing_more(
    bot: World, postman: Postman
) -> None:
    await reply(bot)
    await bot.store.run(letters.set_address, 1, "")
    await bot.store.run(letters.set_address, 1, ADA)
    assert await mail(bot, postman) == []


async def test_what_cannot_be_mailed_is_tried_for_a_day(bot: World, postman: Postman) -> None:
    await reply(bot)
    bot.clock.advance(60)
    postman.failure = OSError("no route")
    assert not await mailer(bot, postman).step()
    postman.failure = None
    bot.clock.advance(24 * 3600 - 61)
    assert await mailer(bot, postman).step()
    assert len(postman.letters) == 1

    await reply(bot, "Encore moi", "r2")
    assert await mail(bot, postman, 24 * 3600) == []


async def test_one_address_that_fails_holds_up_no_other(bot: World) -> None:
    await bot.talk("un humain svp", conversation="c2")
    await bot.store.run(letters.set_address, 2, "bob@example.org")
    await reply(bot)
    await reply(bot, number=2)
    bot.clock.advance(60)
    async with mail_server() as server:
        told: list[str] = []

        def post(letter: Letter) -> None:
            server.refusal = "" if told else "450 come back later"
            told.append(letter.recipient)
            server.post()(letter)

        assert not await Mailer(bot.store, bot.clock, post, lambda: bot.mind.texts, PAGE).step()
    assert [message["To"] for message in server.messages] == ["bob@example.org"]


async def test_an_address_of_nobody_is_given_up(bot: World) -> None:
    await reply(bot)
    bot.clock.advance(60)
    async with mail_server() as server:
        server.refusal = "550 nobody here"
        one = Mailer(bot.store, bot.clock, server.post(), lambda: bot.mind.texts, PAGE)
        assert await one.step()
        server.refusal = ""
        assert await one.step()
    assert server.messages == []
    assert await bot.store.run(letters.told, [1]) == frozenset()


async def test_a_letter_says_that_no_machine_need_answer_and_is_known_again(bot: World) -> None:
    await reply(bot)
    bot.clock.advance(60)
    async with mail_server() as server:
        one = Mailer(bot.store, bot.clock, server.post(), lambda: bot.mind.texts, PAGE)
        await one.step()
        await bot.store.run(lambda tx: tx.update("letters", {"mailed_at": None}, "1 = 1"))
        await one.step()  # as after a crash between the letter and the note of it

    first, second = server.messages
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"].datetime == bot.clock.now()
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@example.com>")
    assert ADA not in first["Message-ID"]


async def test_the_desk_can_say_what_was_mailed(bot: World, postman: Postman) -> None:
    await reply(bot)
    [row] = await bot.rows("SELECT id FROM outbox WHERE author = 'manager'")
    assert await bot.store.run(letters.told, [1]) == frozenset()
    await mail(bot, postman)
    assert await bot.store.run(letters.told, [1]) == {row["id"]}


async def test_the_loop_looks_every_ten_seconds_and_less_often_while_it_fails(
    bot: World, postman: Postman
) -> None:
    await reply(bot)
    running = asyncio.create_task(mailer(bot, postman).run())
    start = bot.clock.now()
    assert await bot.clock.asleep() == start + timedelta(seconds=10)
    postman.failure = OSError("no route")
    bot.clock.advance(60)
    await until(bot, start + timedelta(seconds=120))
    postman.failure = None
    bot.clock.advance(60)
    await until(bot, start + timedelta(seconds=130))
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert len(postman.letters) == 1


async def until(bot: World, instant: datetime) -> None:
    """Return once the loop sleeps until then."""
    async with asyncio.timeout(60):
        while bot.clock.sleepers != [instant]:
            await bot.store.run(lambda _: None)


def test_an_error_of_the_network_is_not_final() -> None:
    assert not is_final(OSError("no route"))
