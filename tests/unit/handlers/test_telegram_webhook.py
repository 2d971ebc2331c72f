"""Telegram's webhook mode, the way back to polling, and the commands that are registered."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.contract import Command, Handler, Profile, WebRequest
from bot.errors import Misconfigured
from bot.models import Choice, OutboxItem, Reply
from handlers.telegram import build
from tests.fakes.inbox import KeepingInbox
from tests.fakes.network import serving
from tests.fakes.telegram_webhook import PUBLIC, CallingTelegram
from tests.support.clock import FakeClock

URL = f"{PUBLIC}/hooks/telegram/updates"
KINDS = ["message", "edited_message", "callback_query", "my_chat_member"]


@pytest.fixture
async def telegram() -> AsyncIterator[CallingTelegram]:
    async with CallingTelegram() as server:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def handler(telegram: CallingTelegram, clock: FakeClock) -> AsyncIterator[Handler]:
    made = telegram.handler(clock)
    yield made
    await made.close()


@pytest.fixture
def inbox() -> KeepingInbox:
    return KeepingInbox()


async def call(handler: Handler, body: bytes, secret: str) -> int:
    [route] = handler.routes()
    assert (route.method, route.path) == ("POST", "updates")
    headers = {"x-telegram-bot-api-secret-token": secret}
    return (await route.handle(WebRequest(headers, {}, body))).status


async def minute(clock: FakeClock) -> None:
    """Let a minute pass, and what is done then be done."""
    clock.advance(60)
    while await clock.asleep() <= clock.now():  # noqa: ASYNC110  # who was woken is yet to run
        await asyncio.sleep(0)


async def test_the_webhook_is_set_with_a_secret_that_is_not_the_token(
    telegram: CallingTelegram, handler: Handler, inbox: KeepingInbox, clock: FakeClock
) -> None:
    async with telegram.serve(handler, inbox):
        await clock.asleep()
    [parameters] = telegram.called("setWebhook")
    assert parameters["url"] == URL
    assert json.loads(parameters["allowed_updates"]) == KINDS
    assert parameters["max_connections"] == "40"
    assert "drop_pending_updates" not in parameters
    secret = parameters["secret_token"]
    assert re.fullmatch("[0-9a-f]{64}", secret)
    other = CallingTelegram(token="1:other")
    async with other:
        another = other.handler(clock)
        async with other.serve(another, inbox):
            await clock.asleep()
        await another.close()
    assert other.hook.secret != secret


async def test_what_is_not_from_telegram_is_refused(
    telegram: CallingTelegram, handler: Handler, inbox: KeepingInbox, clock: FakeClock
) -> None:
    async with telegram.serve(handler, inbox):
        await clock.asleep()
        secret = telegram.hook.secret
        for wrong in ("", secret[:-1], telegram.token, "é"):
            assert await call(handler, b'{"update_id": 1}', wrong) == 403
        for nonsense in (b"", b"\xff", b"[]"):
            assert await call(handler, nonsense, secret) == 400
        assert await call(handler, b'{"update_id": 1, "kind_of_next_year": {}}', secret) == 200
    assert await call(handler, b'{"update_id": 1}', secret) == 503  # nobody would store it
    assert not inbox.offered


async def test_what_could_not_be_stored_is_called_out_again(
    telegram: CallingTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    inbox.refusing = True
    async with telegram.serve(handler, inbox):
        said = await telegram.say("Bonjour")
        await inbox.handed(2)
        assert not said.acknowledged
        inbox.refusing = False
        await telegram.taken(said)
    assert [event.text for event in inbox.events] == ["Bonjour"]
    assert telegram.hook.last_error == "Wrong response from the webhook: 500 Internal Server Error"


async def test_a_press_is_acknowledged_by_the_answer(
    telegram: CallingTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    async with telegram.serve(handler, inbox):
        await telegram.say("Bonjour")
        await inbox.kept(1)
        await handler.send(OutboxItem(1, "a:1:0", "1001", Reply("?", (Choice("yes", "Oui"),))))
        await telegram.press("yes")
        await telegram.changes.until(lambda: telegram.called("answerCallbackQuery"))
        assert (await inbox.kept(2)).choice == "yes"
    assert not telegram.open_queries


@pytest.mark.parametrize(
    ("url", "words"),
    [("https://elsewhere.example/bot-secret", "elsewhere.example: stop"), ("", "another program")],
)
async def test_another_program_took_the_webhook(
    telegram: CallingTelegram,
    handler: Handler,
    inbox: KeepingInbox,
    clock: FakeClock,
    url: str,
    words: str,
) -> None:
    async def take_it() -> None:
        async with telegram.serve(handler, inbox):
            await clock.asleep()
            telegram.hook.url = url
            await minute(clock)

    with pytest.raises(Misconfigured, match=words) as raised:
        await take_it()
    assert "bot-secret" not in str(raised.value)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_webhook_of_another_program_is_left_to_it(
    telegram: CallingTelegram, mode: str, inbox: KeepingInbox
) -> None:
    telegram.hook.url = "https://elsewhere.example/bot-secret"
    telegram.mode = mode
    handler = telegram.handler(SystemClock())
    with pytest.raises(Misconfigured, match="deleteWebhook"):
        await handler.run(inbox)
    await handler.close()
    assert telegram.hook.url == "https://elsewhere.example/bot-secret"


async def test_an_address_of_ours_that_changed_is_set_anew(
    telegram: CallingTelegram, handler: Handler, inbox: KeepingInbox, clock: FakeClock
) -> None:
    telegram.hook.url = "https://old-shop.example/hooks/telegram/updates"
    async with telegram.serve(handler, inbox):
        await clock.asleep()
    assert telegram.hook.url == URL


async def test_that_telegram_cannot_reach_us_is_said_once(
    telegram: CallingTelegram,
    handler: Handler,
    inbox: KeepingInbox,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with telegram.serve(handler, inbox):
        await clock.asleep()
        telegram.hook.last_error, telegram.hook.last_error_at = (
            "Connection timed out",
            1_764_000_000,
        )
        for _ in range(3):
            await minute(clock)
        diagnoses = {one.subject: one for one in await handler.diagnose()}
    said = [record.message for record in caplog.records if "could not deliver" in record.message]
    assert len(said) == 1
    assert "Connection timed out" in said[0]
    assert "public_url" in said[0]
    assert diagnoses["webhook"].ok  # that error is a year old, and nothing waits


async def test_doctor_says_what_a_webhook_lacks(
    telegram: CallingTelegram, handler: Handler, clock: FakeClock
) -> None:
    async def webhook() -> tuple[bool, str]:
        [found] = [one for one in await handler.diagnose() if one.subject == "webhook"]
        return found.ok, found.detail

    assert await webhook() == (True, f"{URL} is set when the bot starts")
    telegram.hook.url = "https://old.example/hooks/telegram/updates"
    ok, detail = await webhook()
    assert (ok, "old.example" in detail) == (True, True)
    telegram.hook.url = URL
    assert await webhook() == (True, f"Telegram calls {URL}")
    telegram.hook.last_error = "SSL error {error:0A000086:SSL routines::certificate verify failed}"
    telegram.hook.last_error_at = int(clock.now().timestamp()) - 60
    ok, detail = await webhook()
    assert not ok
    assert "certificate verify failed" in detail
    assert "public_url in [web]" in detail
    telegram.hook.url = "https://elsewhere.example/x"
    assert "elsewhere.example" in (await webhook())[1]


# ── Back to polling ──────────────────────────────────────────────────────────────────────────────


async def test_back_to_polling_nothing_is_lost(
    telegram: CallingTelegram, inbox: KeepingInbox
) -> None:
    called = telegram.handler(SystemClock())
    async with telegram.serve(called, inbox):
        await telegram.say("one")
        await inbox.kept(1)
    await called.close()
    waiting = await telegram.say("two")  # while nothing runs
    telegram.mode = "polling"
    polling = telegram.handler(SystemClock())
    assert "removed when the bot starts" in repr(await polling.diagnose())
    async with serving(polling, inbox):
        assert (await inbox.kept(2)).text == "two"
        await telegram.taken(waiting)
    await polling.close()
    assert telegram.hook.url == ""
    [parameters] = telegram.called("deleteWebhook")
    assert "drop_pending_updates" not in parameters


# ── What the bot shows of itself ──────────────────────────────────────────────────────────────────

MENU = (
    Command("help", {"fr": "Aide", "en": "Help"}),
    Command("human", {"fr": "Parler à une personne", "en": "x" * 300}),
    Command("secret", {}),
)


APP_BUTTON = {"type": "web_app", "text": "Shop", "web_app": {"url": "https://shop.example"}}


async def test_everybody_sees_the_commands_in_the_default_language_or_their_own(
    telegram: CallingTelegram, inbox: KeepingInbox, clock: FakeClock
) -> None:
    handler = telegram.handler(clock, menu=lambda: MENU)
    async with telegram.serve(handler, inbox):
        await clock.asleep()
    await handler.close()
    assert set(telegram.commands) == {"", "fr", "en"}
    assert telegram.commands[""] == telegram.commands["fr"]
    assert telegram.commands["fr"] == [
        {"command": "help", "description": "Aide"},
        {"command": "human", "description": "Parler à une personne"},
    ]
    assert len(telegram.commands["en"][1]["description"]) <= 256
    assert telegram.menu_changes == 3


async def test_only_the_language_that_changed_is_registered(
    telegram: CallingTelegram, inbox: KeepingInbox, clock: FakeClock
) -> None:
    for english in ("Help", "Get help"):
        menu = [Command("help", {"fr": "Aide", "en": english})]
        handler = telegram.handler(clock, menu=menu.copy)
        async with telegram.serve(handler, inbox):
            await clock.asleep()
            [found] = [one for one in await handler.diagnose() if one.subject == "commands"]
            assert found.detail == "registered"
        await handler.close()
    told = [call.get("language_code", "") for call in telegram.called("setMyCommands")]
    assert told == ["", "fr", "en", "en"]


async def test_commands_that_are_refused_stop_nothing(
    telegram: CallingTelegram,
    inbox: KeepingInbox,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    telegram.fail_next(429, retry_after=3000, method="setMyCommands")
    handler = telegram.handler(clock, menu=lambda: MENU)
    async with telegram.serve(handler, inbox):
        await clock.asleep()
        await telegram.say("Bonjour")
        await inbox.kept(1)
        [found] = [one for one in await handler.diagnose() if one.subject == "commands"]
    await handler.close()
    assert "not everything could be registered" in caplog.text
    assert found.detail == (
        "changed, registered when the bot starts: commands (all languages), commands (fr), "
        "commands (en), menu button"
    )


async def test_the_bot_says_what_it_is_in_every_language(
    telegram: CallingTelegram, inbox: KeepingInbox, clock: FakeClock
) -> None:
    texts = Profile({"fr": "Nous", "en": "Us " * 60}, {"fr": "Bonjour\n\nà tous", "en": "x" * 600})
    telegram.short_descriptions["de"] = "Wir"
    for profile in (texts, texts, replace(texts, short={"fr": "Nous autres"})):
        section = replace(
            telegram.section(clock, public_url=PUBLIC), profile=partial(replace, profile)
        )
        handler = build(section)
        async with telegram.serve(handler, inbox):
            await clock.asleep()
        await handler.close()
    assert telegram.descriptions == {
        "": "Bonjour\n\nà tous",
        "fr": "Bonjour\n\nà tous",
        "en": f"{'x' * 511}…",
    }
    assert telegram.short_descriptions["de"] == "Wir"
    assert telegram.short_descriptions[""] == telegram.short_descriptions["fr"] == "Nous autres"
    assert len(telegram.called("setMyDescription")) == 3
    assert len(telegram.called("setMyShortDescription")) == 5
    assert telegram.menu_button == {"type": "default"}  # without commands there is no menu


@pytest.mark.parametrize(
    ("before", "after"), [({"type": "default"}, "commands"), (APP_BUTTON, "web_app")]
)
async def test_the_menu_button_shows_commands_unless_it_is_somebody_elses(
    telegram: CallingTelegram,
    inbox: KeepingInbox,
    clock: FakeClock,
    before: dict[str, Any],
    after: str,
) -> None:
    telegram.menu_button = before
    for _ in range(2):
        handler = telegram.handler(clock, menu=lambda: MENU)
        async with telegram.serve(handler, inbox):
            await clock.asleep()
        await handler.close()
    assert telegram.menu_button["type"] == after
    assert len(telegram.called("setChatMenuButton")) == (1 if after == "commands" else 0)
